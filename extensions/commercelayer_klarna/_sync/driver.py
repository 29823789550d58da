# Written by scripts/unasync from _async/driver.py. Do not edit.
"""The driver performs the effects that a flow yields, one after the other.

It does no I/O itself: it calls a function that does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

E = TypeVar("E")
T = TypeVar("T")


def drive(flow: Generator[E, object, T], perform: Callable[[E], object]) -> T:
    """Perform the effects of a flow, and return what the flow returns.

    An exception from an effect is raised inside the flow, also a cancellation. The flow is closed in any case.
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
