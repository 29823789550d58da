"""Putting a new folder in the place of an old one, so that whoever looks sees one of the two and never neither."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

# Of renameat2 (Linux) and renameatx_np (macOS): swap the two names in one step.
_EXCHANGE = 2
_HERE = {"linux": -100, "darwin": -2}
_CALLS = {"linux": "renameat2", "darwin": "renameatx_np"}


def swap(new: Path, old: Path) -> None:
    """Exchange two folders on one file system; if there is no old one, the new one is moved there.

    Where the system has no exchange, two renames do it, and a process that is killed between them leaves the old folder
    under its name with ``.old`` behind it: ``recover`` puts it back.
    """
    if not old.exists():
        new.rename(old)
        return
    if not _exchange(new, old):
        aside = _aside(old)
        old.rename(aside)
        new.rename(old)
        aside.rename(new)


def recover(old: Path) -> None:
    """Put back what a killed ``swap`` left aside."""
    if not old.exists() and _aside(old).exists():
        _aside(old).rename(old)


def _aside(old: Path) -> Path:
    return old.with_name(old.name + ".old")


def _exchange(one: Path, other: Path) -> bool:
    here = _HERE.get(sys.platform)
    call = None if here is None else getattr(ctypes.CDLL(None), _CALLS[sys.platform], None)
    if call is None or here is None:
        return False
    done: int = call(here, os.fsencode(one.absolute()), here, os.fsencode(other.absolute()), _EXCHANGE)
    return done == 0
