"""The plugin ``audit``: who changed what, and what came of it, as JSON Lines in a file.

    payments = KlarnaPayments(..., plugins=[Audit("audit.jsonl")])
    payments.with_options(tags={"actor": "jane"}).delete(id)

A line is on the disk before the write that it tells of leaves this machine, so no change is without one. A second one
tells how the operation ended, also when the answer was lost and the payment was found. Both name the same operation.
Values that give access, such as ``auth_token``, are left out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from errno import ENOSPC
from typing import Any

from commercelayer_klarna.plugins import (
    Context,
    Flow,
    Layer,
    Operation,
    OperationFlow,
    OperationLayer,
    Plugin,
    Request,
    Resource,
    Stage,
    blocking,
    proceed,
    redact,
    send,
)

__all__ = ["Audit"]


class Audit(Plugin):
    """Write down every change.

    Args:
        path: The file, which is made if need be, for its owner alone. Several processes may write to one.
    """

    name = "audit"

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path

    def layers(self, ctx: Context) -> Iterable[Layer | OperationLayer]:
        """Return the layers: around each write, and around the operation that it belongs to."""

        def line(what: str, **facts: object) -> str:
            at = datetime.fromtimestamp(ctx.timing.now(), UTC).isoformat(timespec="milliseconds")
            return json.dumps({"at": at, "event": what, **facts}, ensure_ascii=False) + "\n"

        def write(request: Request) -> Flow:
            call = request.call
            if request.method != "GET":
                text = line(
                    "write",
                    operation=None if call.parent is None else call.parent.id,
                    name=call.operation,
                    organization=ctx.organization,
                    tags=dict(call.tags),
                    method=request.method,
                    path=request.path,
                    body=_body(request),
                )
                yield from blocking(lambda: self._append(text))
            return (yield from send(request))

        def whole(operation: Operation) -> OperationFlow:
            try:
                result = yield from proceed()
            except Exception as error:
                yield from self._outcome(operation, line, type(error).__name__, None)
                raise
            name = f"{result.type}/{result.id}" if isinstance(result, Resource) else None
            yield from self._outcome(operation, line, "done", name)

        return [OperationLayer("audit-operation", whole), Layer("audit", Stage.CALL, write, order=1_000)]

    def _outcome(self, operation: Operation, line: Any, outcome: str, result: str | None) -> OperationFlow:
        if operation.last is None:  # nothing was to be changed
            return
        text = line(
            "outcome", operation=operation.id, outcome=outcome, result=result, may_be_done=operation.may_be_done
        )
        yield from blocking(lambda: self._append(text))

    def _append(self, text: str) -> None:
        """Append a line, and return when it is on the disk."""
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            line = text.encode()
            if os.write(file, line) < len(line):  # the disk is almost full
                raise OSError(ENOSPC, os.strerror(ENOSPC), os.fspath(self._path))
            os.fsync(file)
        finally:
            os.close(file)


def _body(request: Request) -> object:
    if not request.content:
        return None
    try:
        return redact(json.loads(request.content))
    except ValueError:
        return f"{len(request.content)} bytes"
