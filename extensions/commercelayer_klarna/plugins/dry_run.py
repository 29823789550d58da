"""The plugin ``dry_run``: refuses all that would change something, and lets everything be read.

with KlarnaPayments(..., plugins=[DryRun()]) as payments:
    payments.retrieve(id)          # as always
    payments.delete(id)            # WriteRefusedError, and nothing is sent
"""

from __future__ import annotations

from collections.abc import Iterable

from commercelayer_klarna.plugins import (
    CommerceLayerError,
    Context,
    Flow,
    Layer,
    Plugin,
    Request,
    Stage,
    send,
)

__all__ = ["DryRun", "WriteRefusedError"]


class WriteRefusedError(CommerceLayerError):
    """A request would have changed something, and was not sent, since this is a dry run."""


class DryRun(Plugin):
    """Refuse writes."""

    name = "dry_run"

    def layers(self, ctx: Context) -> Iterable[Layer]:
        """Return the layer that refuses. Whatever is sent from further out passes it."""
        return [Layer("dry_run", Stage.CALL, _refusing, order=1_000)]


def _refusing(request: Request) -> Flow:
    if request.method not in {"GET", "HEAD"}:
        raise WriteRefusedError(f"{request.method} {request.path} was not sent: this is a dry run")
    return (yield from send(request))
