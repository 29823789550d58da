"""Python's collections of garbage, where they would disturb a test."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collections() -> Iterator[None]:
    """Let Python collect no garbage: none of it is away when it is counted, and no signal is lost.

    What a signal handler raises in a callback of a collection is lost, and hypothesis has such a callback.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
