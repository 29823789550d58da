"""Tell how far a work on many resources is: to a function of the caller, or as a bar of tqdm."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

from commercelayer_klarna._tracebacks import argument_errors

__all__ = ["Progress", "told"]

Progress: TypeAlias = Callable[[int, int], object] | bool | None
"""A function of how many resources are done, and how many there are; or ``True`` for a bar of tqdm."""


@argument_errors
def told(progress: Progress) -> Callable[[int, int], object] | None:
    """Return the function to call after each page, if there is one.

    Raises:
        ImportError: It is to be a bar, and tqdm is not installed.
        TypeError: It is neither a function nor a truth value.
    """
    if progress is None or progress is False:
        return None
    if progress is not True:
        if not callable(progress):
            raise TypeError(f"progress={progress!r}: pass a function of (done, total), or True for a bar of tqdm")
        return progress
    try:
        tqdm: Any = import_module("tqdm")
    except ImportError:
        raise ImportError(
            "tqdm is not installed, and progress=True is a bar of it: pip install tqdm, or pass a function of"
            " (done, total)",
            name="tqdm",
        ) from None
    bar = tqdm.tqdm(unit=" resources")

    def show(done: int, total: int) -> None:
        bar.total = total
        bar.update(done - bar.n)
        if done >= total:
            bar.close()

    return show
