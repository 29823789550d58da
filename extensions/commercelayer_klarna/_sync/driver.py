# Written by scripts/unasync from _async/driver.py. Do not edit.
"""The driver: performs the effects that a flow yields, one after the other.

It does no I/O itself; that is the ``perform`` it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

__all__ = ["drive"]

E = TypeVar("E")
T = TypeVar("T")


def drive(flow: Generator[E, object, T], perform: Callable[[E], object]) -> T:
    """Perform the effects of a flow, and return what the flow returns.

    What an effect raises is raised within the flow, a cancellation included; the flow is closed in any case.
    """
    try:
        effect = next(flow)
        while True:
            try:
                result = perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(result)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    finally:
        flow.close()
