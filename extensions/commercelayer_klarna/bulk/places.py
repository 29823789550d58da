"""Where exports are written: on this machine, or at an address that fsspec opens, such as ``s3://bucket/file.csv``.

A file appears when it is whole; until then it has another name.
"""

# fsspec is no dependency.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, TypeAlias

from commercelayer_klarna._client import tables
from commercelayer_klarna._values import frozen

__all__ = ["LocalFile", "Place", "RemoteFile", "place"]


@frozen
class LocalFile:
    """A file on this machine."""

    path: Path

    def write(self, fill: Callable[[IO[bytes]], None]) -> None:
        """Write the file."""
        part = self.path.with_name(f"{self.path.name}.part")
        with part.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def check(self) -> None:
        """Refuse a file that cannot be written.

        Raises:
            FileNotFoundError: There is no such directory.
        """
        if not self.path.parent.is_dir():
            raise FileNotFoundError(f"there is no directory {self.path.parent}: make it, or pass another path")

    def exists(self) -> bool:
        """Return whether the file is there."""
        return self.path.exists()

    def remove(self) -> None:
        """Delete the file, if it is there."""
        self.path.unlink(missing_ok=True)

    def __str__(self) -> str:
        return str(self.path)


@frozen
class RemoteFile:
    """A file in a system of fsspec.

    Attributes:
        address: Its address.
        system: The system.
        path: Its path there.
    """

    address: str
    system: Any
    path: str

    def write(self, fill: Callable[[IO[bytes]], None]) -> None:
        """Write the file."""
        part = f"{self.path}.part"
        with self.system.open(part, "wb") as file:
            fill(file)
        self.system.mv(part, self.path)

    def check(self) -> None:
        """Buckets have no directories, so there is nothing to refuse."""

    def exists(self) -> bool:
        """Return whether the file is there."""
        return bool(self.system.exists(self.path))

    def remove(self) -> None:
        """Delete the file, or all objects below its address, if there are any."""
        if self.exists():
            self.system.rm(self.path, recursive=True)

    def __str__(self) -> str:
        return self.address


Place: TypeAlias = LocalFile | RemoteFile


def place(path: str | os.PathLike[str]) -> Place:
    """Return the place of a path, or of an address such as ``s3://bucket/file``.

    Raises:
        TypeError: It is no path.
        ImportError: The extra ``bulk``, or the library for such addresses, is not installed.
    """
    _check(path)
    text = os.fspath(path)
    if "://" not in text:
        return LocalFile(Path(text))
    fsspec: Any = tables.library("fsspec.core", "bulk")
    return RemoteFile(text, *fsspec.url_to_fs(text))


def _check(path: object) -> None:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{path!r} is neither a path nor an address: pass one such as 'payments.csv'")
