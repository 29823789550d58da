"""Trees of files, for tests that compare them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path


def digest(tree: Path) -> str:
    """What a tree is: the names and the bytes of its files, without bytecode."""
    total = sha256()
    for file in sorted(tree.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            total.update(str(file.relative_to(tree)).encode() + file.read_bytes())
    return total.hexdigest()
