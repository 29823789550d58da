"""The settings of a client that all its calls share, as plain values. Headers come from plugins (``jsonapi``)."""

from __future__ import annotations

from collections.abc import Mapping

from commercelayer_klarna._pipeline.plugin_set import PluginSet
from commercelayer_klarna._values import field, frozen
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import RetryPolicy


@frozen
class Settings:
    """The settings of a client that all its calls share.

    Attributes:
        base_url: Address of the API, without a slash at the end.
        timeout: Seconds that an attempt waits for the server at each step, or ``None``.
        deadline: Seconds for a whole call, or ``None``.
        max_response_bytes: Largest size of an answer, decompressed, or ``None`` for no limit.
        keepalive_expiry: Seconds for which a connection that nobody uses stays open, or ``None`` for no limit.
        retry: How to try again, or ``None`` not to.
        connections: How many connections of our own there are at most; ``None`` for the default of the client.
        headers: Headers for every request, in addition to those of plugins.
        plugins: The plugins, compiled.
        hosts: The hosts of the API and of its token endpoint.
        tags: What the caller says of its calls to plugins. Tags are never sent.
    """

    base_url: str
    timeout: float | None
    deadline: float | None
    max_response_bytes: int | None
    keepalive_expiry: float | None
    retry: RetryPolicy | None
    connections: int | None
    headers: Mapping[str, str] = field(repr=False)  # they may hold a secret, and frames show settings
    plugins: PluginSet = field(repr=False)
    hosts: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(factory=dict[str, str])

    @property
    def timing(self) -> Timing:
        """Return clock, sleep and chance."""
        return self.plugins.ctx.timing

    def ends_at(self) -> float | None:
        """Return when a call that begins now must be over, on ``Timing.monotonic``."""
        return None if self.deadline is None else self.timing.monotonic() + self.deadline
