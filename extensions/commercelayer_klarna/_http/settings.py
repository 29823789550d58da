"""What the calls of a client share, as plain values."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna.plugins.values import RetryPolicy, Timing

__all__ = ["Settings"]


@frozen
class Settings:
    """What the calls of a client share.

    Attributes:
        base_url: Address that paths are relative to, without a slash at the end.
        timeout: Seconds that an attempt waits for the server at each step, or ``None``.
        deadline: Seconds for the whole call, or ``None``.
        max_response_bytes: Largest size of an answer, decompressed, or ``None`` for no limit.
        retry: How to try again, or ``None`` not to.
        headers: Headers for every request, beside those of plugins.
        plugins: The plugins, compiled.
        direct: Hosts of this machine and of private networks, which are reached without a proxy.
    """

    base_url: str
    timeout: float | None
    deadline: float | None
    max_response_bytes: int | None
    retry: RetryPolicy | None
    headers: Mapping[str, str]
    plugins: PluginSet
    direct: tuple[str, ...] = ()

    @property
    def timing(self) -> Timing:
        """Where time comes from."""
        return self.plugins.ctx.timing

    def ends_at(self) -> float | None:
        """When a call that begins now must be over, on ``Timing.monotonic``."""
        return None if self.deadline is None else self.timing.monotonic() + self.deadline
