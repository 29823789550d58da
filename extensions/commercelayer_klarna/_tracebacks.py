"""Tracebacks: how they get short, and what they tell of who raised.

What stands between a caller's line and our error tells a caller nothing.

While the logger ``commercelayer_klarna`` writes DEBUG lines, tracebacks stay whole, for those who work on this package.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType
from typing import ParamSpec, TypeVar

__all__ = ["argument_errors", "causes", "is_of_a_signal", "of_a_signal", "shorten", "shortened"]

P = ParamSpec("P")
T = TypeVar("T")
E = TypeVar("E", bound=BaseException)

_LIBRARIES = {"anyio", "commercelayer_klarna", "commercelayer_klarna_api", "h11", "h2", "hpack", "httpcore", "httpx"}
_INNER = _LIBRARIES | sys.stdlib_module_names


def shorten(error: BaseException) -> None:
    """Cut the inner frames of a traceback: those after the first, and after the last of a plugin or of a caller.

    The causes that were named with ``from`` lose theirs as well.
    """
    import logging  # only where something failed: each program that makes a client loads this module

    if logging.getLogger("commercelayer_klarna").isEnabledFor(logging.DEBUG):
        return
    last = entry = error.__traceback__
    while entry is not None:
        if not _is_inner(entry.tb_frame):
            last = entry
        entry = entry.tb_next
    if last is not None:
        last.tb_next = None
    if error.__cause__ is not None and error.__cause__.__traceback__ is not None:
        shortened(error.__cause__)


def shortened(error: E) -> E:
    """Do the same and return the error, without the first frame too if it is of ours, for where it is raised again."""
    first = error.__traceback__
    shorten(error)
    if first is not None and first.tb_next is None and _is_inner(first.tb_frame):
        error.__traceback__ = None
    return error


def argument_errors(check: Callable[P, T]) -> Callable[P, T]:
    """Let the errors of a function that checks a caller's arguments end where it is called."""

    @wraps(check)
    def checked(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return check(*arguments, **named)
        except (TypeError, ValueError) as error:
            raise shortened(error) from error.__cause__

    return checked


def causes(error: BaseException, before: BaseException | None = None) -> list[BaseException]:
    """Return an error and what caused it since another one; attempts at several addresses are a group."""
    found: list[BaseException] = []
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop()
        if current is not None and current is not before and current not in found:
            found.append(current)
            todo += [current.__cause__, current.__context__]
            todo += getattr(current, "exceptions", ())
    return found


def of_a_signal(error: BaseException, before: BaseException | None) -> BaseException | None:
    """Return what a handler of a signal raised, if that is behind an error; ``None`` if nothing is.

    Libraries make an error of their own of a handler's ``TimeoutError``, as of those of sockets.

    Args:
        error: What came out.
        before: What was being handled when that began. It is behind every exception since.
    """
    return next((each for each in causes(error, before) if is_of_a_signal(each)), None)


def is_of_a_signal(error: BaseException) -> bool:
    """Return whether a handler of a signal raised it, in the middle of other code: that of a soft time limit does.

    It says nothing of the code that it was raised in, and is for the caller.
    """
    import signal  # only where something failed

    handlers = {_code(signal.getsignal(each)) for each in signal.valid_signals()} - {None}
    entry = error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code in handlers:
            return True
        entry = entry.tb_next
    return False


def _code(handler: object) -> object:
    """Return the code of a function or method, of one in a ``partial``, or of an object that can be called."""
    function = getattr(handler, "func", handler)
    return getattr(function, "__code__", None) or getattr(getattr(function, "__call__", None), "__code__", None)  # noqa: B004 - its code is asked for


def _is_inner(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in _INNER
