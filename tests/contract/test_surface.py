"""What a change of the packages means for who imports them, case by case; whole runs are in `test_rehearsals`."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from contract.surface import GENERATED, PUBLIC, Tree, compare


def tree(root: Path, files: Mapping[str, str]) -> Tree:
    for name, text in {f"{PUBLIC}/__init__.py": "", f"{GENERATED}/__init__.py": "", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(root, root)


def changed(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    before, after = tree(folder / "old", old), tree(folder / "new", new)
    return [f"{change.meaning}: {change.text}" for change in compare(before.public(), after.public())]


HEAD = """
from __future__ import annotations
from attrs import Factory, define, field, frozen
"""


# A function or class, as it was and is, and what that means.
@pytest.mark.parametrize(
    ("old", "new", "meaning"),
    [
        ("def f(filters=None): ...", "def f(x=1, filters=None): ...", "breaking"),
        ("def f(id, *keys): ...", "def f(id, deep=False, *keys): ...", "breaking"),
        ("def f(id, *keys): ...", "def f(id, *keys, deep=False): ...", "additive"),
        ("def f(a): ...", "def f(a, b=1): ...", "additive"),
        ("def f(a): ...", "def f(a, b): ...", "breaking"),
        ("def f(a): ...", "def f(a, *, b): ...", "breaking"),
        ("def f(a): ...", "def f(a, /): ...", "breaking"),
        ("def f(a, /): ...", "def f(b): ...", "additive"),
        ("def f(a): ...", "def f(*, a): ...", "breaking"),
        ("def f(*, a): ...", "def f(a): ...", "additive"),
        ("def f(**k): ...", "def f(): ...", "breaking"),
        ("def f(a=1): ...", "def f(a=2): ...", "breaking"),
        ("def f(a=1): ...", "def f(a): ...", "breaking"),
        ("def f(a): ...", "def f(a=1): ...", "additive"),
        ("def f(a: X | None): ...", "def f(a: X | str | None): ...", "additive"),
        ("def f(a: X | str | None): ...", "def f(a: X | None): ...", "breaking"),
        ("def f(a: list[X | None]): ...", "def f(a: list[X] | None): ...", "breaking"),
        ("def f() -> X | None: ...", "def f() -> X: ...", "additive"),
        ("def f() -> X: ...", "def f() -> X | None: ...", "breaking"),
        ("def f() -> X: ...", "async def f() -> X: ...", "breaking"),
        ("async def f() -> X: ...", "def f() -> X: ...", "breaking"),
        ("async def f() -> X: ...", "def f() -> Awaitable[X]: ...", None),
        ("async def f() -> X: ...", "def f() -> Coroutine[Any, Any, X]: ...", None),
        ("async def f() -> X[A, B]: ...", "def f() -> collections.abc.Coroutine[Any, Any, X[A, B]]: ...", None),
        ("async def f() -> X: ...", "def f() -> Coroutine[Any, Any, Y]: ...", "breaking"),
        ("class f:\n @property\n def p(self) -> X: ...", "class f:\n def p(self) -> X: ...", "breaking"),
        ("class f:\n def p(self) -> X: ...", "class f:\n @property\n def p(self) -> X: ...", "breaking"),
        ("class f: ...", "class f:\n def __init__(self, a): ...", "breaking"),
        ("class f: ...", "class f:\n def __init__(self, a=1): ...", "additive"),
        ("@frozen\nclass f:\n a: int", "@frozen\nclass f:\n a: int\n b: int", "breaking"),
        ("@define\nclass f:\n a: int", "@frozen\nclass f:\n a: int", "breaking"),
        ("@frozen\nclass f:\n a: int | None", "@frozen\nclass f:\n a: int", "breaking"),
        ("@frozen\nclass f:\n a: int = 1", "@frozen\nclass f:\n a: int", "breaking"),
        ("@frozen\nclass f:\n a: int = 1", "@frozen\nclass f:\n a: int = 2", "breaking"),
        ("@frozen\nclass f:\n a: int", "@frozen\nclass f:\n a: int\n b: list = field(factory=list)", "additive"),
        ("@frozen\nclass f:\n a: int", "@frozen\nclass f:\n a: int\n b: int = field(init=False)", "additive"),
        ("@frozen\nclass f:\n a: int = 1", "@frozen\nclass f:\n b: int = 1\n a: int = 1", "breaking"),
        ("@frozen\nclass f:\n a: int = 1", "@frozen\nclass f:\n b: int = field(default=1, kw_only=True)\n a: int = 1", "additive"),
        ("@frozen\nclass f:\n a: int", "@frozen(kw_only=True)\nclass f:\n a: int", "breaking"),
        ("@frozen(kw_only=True)\nclass f:\n a: int", "@frozen\nclass f:\n a: int", "additive"),
        ("@frozen\nclass _B:\n a: int\n@frozen\nclass f(_B): ...", "@frozen\nclass _B:\n a: int\n b: int\n@frozen\nclass f(_B): ...", "breaking"),
        *(
            (f"class f:\n def __{name}__(self): ...", "class f: ...", "breaking")
            for name in ["enter", "exit", "aenter", "aexit", "iter", "aiter", "getitem", "contains", "len", "eq", "hash"]
        ),
    ],
)  # fmt: skip
def test_a_definition(tmp_path: Path, old: str, new: str, meaning: str | None) -> None:
    file = f"{PUBLIC}/__init__.py"
    found = changed(tmp_path, {file: f"{HEAD}{old}\n"}, {file: f"{HEAD}{new}\n"})
    # The worst of what is said, for fields are attributes as well.
    assert (found[0].partition(":")[0] if found else None) == meaning, found


def test_how_a_parameter_is_passed_is_shown(tmp_path: Path) -> None:
    file = f"{PUBLIC}/__init__.py"
    found = changed(tmp_path, {file: "def f(a, b: int = 1): ..."}, {file: "def f(a, /, *, b: int = 1): ..."})
    text = "changed from `(a: Any, b: int = 1) -> Any` to `(a: Any, /, *, b: int = 1) -> Any`."
    assert found == [f"breaking: `commercelayer_klarna.f` {text}"]


LAZY = """
from typing import TYPE_CHECKING, Any
if TYPE_CHECKING:
    from commercelayer_klarna.errors import Thing
__all__ = ["Thing"]
def __getattr__(name: str) -> Any: ...
"""
ERRORS = "__all__ = ['Thing']\nclass Thing:\n def f(self) -> int: ...\n"


def test_what_is_imported_lazily_is_seen(tmp_path: Path) -> None:
    old = {f"{PUBLIC}/__init__.py": LAZY, f"{PUBLIC}/errors.py": ERRORS}
    new = old | {f"{PUBLIC}/errors.py": ERRORS.replace("int", "str")}
    text = "breaking: `commercelayer_klarna.Thing.f` changed from `() -> int` to `() -> str`."
    assert changed(tmp_path, old, new) == [text]


def test_a_name_dropped_from_one_module(tmp_path: Path) -> None:
    old = {f"{PUBLIC}/__init__.py": LAZY, f"{PUBLIC}/errors.py": ERRORS}
    new = old | {f"{PUBLIC}/errors.py": ERRORS.replace("['Thing']", "[]")}
    assert changed(tmp_path, old, new) == ["breaking: `commercelayer_klarna.errors.Thing` removed."]


def test_a_module_that_was_not_there(tmp_path: Path) -> None:
    new = {f"{PUBLIC}/errors.py": ERRORS}
    assert changed(tmp_path, {}, new) == ["additive: `commercelayer_klarna.errors.Thing` added: `class()`."]


def test_generated_models(tmp_path: Path) -> None:
    file = f"{GENERATED}/models.py"
    text = "from attrs import define as _define\n@_define\nclass M:\n a: int\n"
    before, after = tree(tmp_path / "old", {file: text}), tree(tmp_path / "new", {file: text + " b: int\n"})
    assert [change.meaning for change in compare(before.generated(), after.generated())] == ["breaking", "additive"]
