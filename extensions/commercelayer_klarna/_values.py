"""Value classes of attrs that are made quickly.

What attrs compiles for each class takes a part of every start of a program. Values are seldom compared or shown, so
the methods for that stand here once, for all classes. To type checkers this is ``attrs.frozen``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from attrs import define as define
    from attrs import frozen as frozen
else:

    def frozen(cls: type | None = None, *, eq: bool = True, slots: bool = True) -> Any:
        """Make a class a frozen value, compared by what it holds unless ``eq`` is false.

        Without slots it is made in a third of the time, and takes more memory.
        """
        return partial(frozen, eq=eq, slots=slots) if cls is None else _made(attrs.frozen, cls, eq, slots)

    def define(cls: type | None = None, *, eq: bool = True) -> Any:
        """Make a class with slots whose values may change."""
        return partial(define, eq=eq) if cls is None else _made(attrs.define, cls, eq, True)


def _made(make: Any, cls: type, eq: bool, slots: bool) -> Any:
    has_repr = "__repr__" in vars(cls)
    made = make(cls, eq=False, repr=False, slots=slots)
    if eq:
        made.__eq__, made.__hash__ = _equals, _hash if make is attrs.frozen else None
    if not has_repr:
        made.__repr__ = _repr
    return made


def _fields(self: Any) -> tuple[attrs.Attribute[Any], ...]:
    return self.__attrs_attrs__  # type: ignore[no-any-return]


def _compared(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, each.name) for each in _fields(self) if each.eq)


def _equals(self: Any, other: object) -> bool:
    return _compared(self) == _compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in _fields(self) if each.repr)
    return f"{type(self).__name__}({', '.join(shown)})"
