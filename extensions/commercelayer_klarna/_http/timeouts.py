"""How long each step of an attempt may take: the timeout, and the time that is left until the deadline of the call.

httpx gets four numbers when an attempt begins. Our own connections also call ``remaining`` before each further piece,
because a server that sends an answer byte by byte could otherwise hold a call for ever. The deadline is checked before
an attempt (``session``), before a wait (``retry``, ``tokens``) and before each piece (``backend``, ``body``).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import httpx

from commercelayer_klarna._values import define

# The API opens a session at Klarna while it creates a payment, so a read may take long, but not a connect.
_CONNECT = 5.0
# Our pool never has more requests than connections. So it has a free one at once, or it has leaked.
_HAND_OUT = 0.01
# A timeout of 0 means "do not wait" to httpcore, even when the answer is there.
_SHORTEST = 0.001


@define(eq=False)
class Deadline:
    """When an attempt must be over.

    Attributes:
        at: The moment, on ``clock``; ``None`` for never.
        clock: Tells the time, in seconds.
        step: Seconds for a step that was given no limit of its own, as the handshake with a SOCKS proxy.
        is_late: Whether a step began after the moment. One may: what has arrived by then is still read.
    """

    at: float | None
    clock: Callable[[], float]
    step: float | None = None
    is_late: bool = False

    def left(self) -> float | None:
        """Return the seconds that are left, at least a very short time; ``None`` without a limit."""
        return None if self.at is None else max(_SHORTEST, self.at - self.clock())

    def is_over(self) -> bool:
        """Return whether the moment has passed."""
        return self.at is not None and self.clock() >= self.at


CURRENT: ContextVar[Deadline | None] = ContextVar("commercelayer_klarna.deadline", default=None)
"""The deadline of the attempt that this thread or task is making."""


def timeouts(timeout: float | None, deadline: Deadline, *, is_owned: bool) -> dict[str, float | None]:
    """Return the seconds for each phase of an attempt that begins now, as httpx takes them.

    Requests have waited for a connection of our own pool (``is_owned``) before.
    """
    left = deadline.left()
    step = timeout if left is None else left if timeout is None else min(timeout, left)
    connect = _CONNECT if step is None else min(step, _CONNECT)
    pool = step if not is_owned else _HAND_OUT if step is None else min(step, _HAND_OUT)
    return {"connect": connect, "read": step, "write": step, "pool": pool}


class NotWrittenError(httpx.WriteTimeout):
    """The deadline of the call was over before a piece of the request was written."""


def time_to_write(seconds: float | None) -> float | None:
    """Return the seconds that the next piece of a request may take to be written, at most ``seconds``.

    Raises:
        NotWrittenError: The deadline has passed, so the piece must not be written.
    """
    deadline = CURRENT.get()
    if deadline is not None and deadline.is_over():
        raise NotWrittenError("the deadline of the call is over, it was not sent")
    return remaining(seconds, httpx.WriteTimeout)


def remaining(seconds: float | None, error: type[httpx.TimeoutException] = httpx.ReadTimeout) -> float | None:
    """Return the seconds that a step may take until the deadline of the current attempt, at most ``seconds``.

    Raises:
        httpx.TimeoutException: The deadline has passed. The class tells the phase: it is the argument ``error``.
    """
    deadline = CURRENT.get()
    if deadline is None:
        return seconds
    if seconds is None:
        seconds = deadline.step
    if deadline.at is None:
        return seconds
    left = deadline.at - deadline.clock()
    if left <= 0:
        if deadline.is_late:
            raise error("the deadline of the call is over")
        deadline.is_late, left = True, _SHORTEST
    return left if seconds is None else min(seconds, left)
