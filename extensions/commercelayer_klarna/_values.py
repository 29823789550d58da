"""Value classes that cost the start of a program little.

To import attrs and to let it compile sixty classes took a sixth of a first call. Here a class gets its slots at once,
its attributes when they are first asked for, and its ``__init__`` with its second instance; what compares and shows
values stands once, for all classes. To type checkers these are classes of attrs. They are to attrs as well, once
somebody imports it: ``attrs.fields``, ``attrs.evolve``, ``attrs.asdict`` and classes of attrs that inherit from these
find the attributes they ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from inspect import Signature, signature
from types import FunctionType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, NoReturn

_MISSING = object()


class _Field:
    """An attribute of a value. The options mean what those of ``attrs.field`` mean."""

    __slots__ = (
        "alias",
        "converter",
        "default",
        "eq",
        "factory",
        "init",
        "kw_only",
        "name",
        "on_setattr",
        "repr",
        "type",
    )

    def __init__(
        self,
        *,
        default: object = _MISSING,
        factory: Callable[[], object] | None = None,
        init: bool = True,
        repr: bool = True,
        eq: bool = True,
        kw_only: bool = False,
        converter: Callable[[Any], object] | None = None,
        on_setattr: Callable[[object, object, Any], object] | None = None,
        alias: str = "",
    ) -> None:
        self.name, self.type, self.alias = "", "", alias
        self.default, self.factory, self.converter, self.on_setattr = default, factory, converter, on_setattr
        self.init, self.repr, self.eq, self.kw_only = init, repr, eq, kw_only

    def absent(self) -> object:
        """Return what the attribute is when nothing is given for it: missing, if something must be."""
        return self.factory() if self.factory else self.default


if TYPE_CHECKING:
    from attrs import asdict as asdict
    from attrs import define as define
    from attrs import evolve as evolve
    from attrs import field as field
    from attrs import fields as fields
    from attrs import frozen as frozen
else:

    def frozen(cls: type | None = None, *, eq: bool = True, slots: bool = True) -> Any:
        """Make a class a frozen value, compared by what it holds unless ``eq`` is false."""
        return partial(frozen, eq=eq, slots=slots) if cls is None else _made(cls, eq=eq, slots=slots, frozen=True)

    def define(cls: type | None = None, *, eq: bool = True) -> Any:
        """Make a class with slots whose values may change."""
        return partial(define, eq=eq) if cls is None else _made(cls, eq=eq, slots=True, frozen=False)

    field = _Field

    def fields(cls: type) -> tuple[Any, ...]:
        """Return the attributes of a class, inherited ones first."""
        return cls.__fields__ if "__fields__" in vars(cls) else cls.__attrs_attrs__  # a class of attrs inherits

    def evolve(value: Any, **changes: Any) -> Any:
        """Return a value that differs in some attributes."""
        kept = {each.alias: getattr(value, each.name) for each in fields(value.__class__) if each.init}
        return value.__class__(**{**kept, **changes})

    def asdict(value: Any) -> dict[str, Any]:
        """Return the attributes of a value, and of values in it, as a mapping."""
        import attrs

        return attrs.asdict(value)


def _made(cls: type, *, eq: bool, slots: bool, frozen: bool) -> type:
    """Return the class anew, with what it takes to be a value."""
    body = {name: each for name, each in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    own = (name for name, annotation in cls.__annotations__.items() if not annotation.startswith("ClassVar"))
    body["__given__"] = given = {name: body.pop(name, _MISSING) for name in own}
    body["__fields__"], body["__match_args__"] = _FIELDS, _MATCH_ARGUMENTS
    body["__attrs_attrs__"], body["__signature__"] = _ATTRIBUTES, _SIGNATURE
    body["__init__"] = _first_init
    if eq:
        body["__eq__"], body["__hash__"] = _equals, _hash if frozen else None
    if "__repr__" not in body:
        body["__repr__"] = _repr
    if frozen:
        body["__setattr__"] = body["__delattr__"] = _refuse
    elif checks := {name: each.on_setattr for name, each in given.items() if getattr(each, "on_setattr", None)}:
        body["__checks__"], body["__setattr__"] = {**getattr(cls, "__checks__", {}), **checks}, _set_checked
    if slots:
        weak = () if any(base.__weakrefoffset__ for base in cls.__bases__) else ("__weakref__",)
        body["__slots__"] = (*given, *weak)
        body["__getstate__"], body["__setstate__"] = _state, _set_state
    made = type(cls)(cls.__name__, cls.__bases__, body)
    _let_super_find(made)
    return made


def _values_in(classes: Iterable[Any]) -> Iterator[Any]:
    """Return those classes that are values themselves, and do not just inherit from one."""
    return (each for each in classes if "__given__" in vars(each))


def _let_super_find(made: type) -> None:
    """Tell ``super()`` the class that took the place of the one it was written in."""
    for each in vars(made).values():
        function = getattr(each, "__func__", each)  # of a class method or a static one
        if isinstance(function, FunctionType) and "__class__" in function.__code__.co_freevars:
            cells: Any = function.__closure__
            cells[function.__code__.co_freevars.index("__class__")].cell_contents = made
            return  # all functions of a class share it


def _first_init(self: Any, *given: object, **named: object) -> None:
    """Make the first instance of a class. The second one has an ``__init__`` compiled: many classes have but one."""
    cls = next(_values_in(type(self).__mro__))
    cls.__init__ = _second_init
    if not _is_filled(cls, self, given, named):
        _compiled(cls)(self, *given, **named)
    elif hasattr(cls, "__attrs_post_init__"):
        self.__attrs_post_init__()  # here, so that the traceback of what it refuses is as short as that of others


def _second_init(self: Any, *given: object, **named: object) -> None:
    _compiled(next(_values_in(type(self).__mro__)))(self, *given, **named)


def _is_filled(cls: Any, value: Any, given: tuple[object, ...], named: dict[str, object]) -> bool:
    """Give a value its attributes, as the compiled ``__init__`` would; leave to it what is wrong with the arguments."""
    taken = {each.alias: each for each in cls.__fields__ if each.init}
    needed = {alias for alias, each in taken.items() if each.default is _MISSING and not each.factory}
    places = (alias for alias, each in taken.items() if not each.kw_only)
    arguments = {**dict(zip(places, given, strict=False)), **named}
    if len(arguments) != len(given) + len(named) or not needed <= arguments.keys() <= taken.keys():
        return False
    for each in cls.__fields__:
        found = arguments[each.alias] if each.alias in arguments else each.absent()
        if found is not _MISSING:  # else the class sets it itself
            object.__setattr__(value, each.name, each.converter(found) if each.converter else found)
    return True


def _compiled(cls: Any) -> Callable[..., None]:
    """Compile the ``__init__`` of a class, and give it to the class."""
    names: dict[str, Any] = {"__name__": cls.__module__, "missing": _MISSING}
    parameters = ["self"]
    lines = ["values = self.__dict__"] if cls.__dictoffset__ else []
    for each in sorted(cls.__fields__, key=lambda each: each.kw_only):
        name, value = each.name, each.alias
        names |= {f"default_{name}": each.default, f"make_{name}": each.factory, f"convert_{name}": each.converter}
        if each.kw_only and "*" not in parameters:
            parameters.append("*")
        if each.init and each.factory:
            parameters.append(f"{value}=missing")
            value = f"make_{name}() if {value} is missing else {value}"
        elif each.init:
            parameters.append(value if each.default is _MISSING else f"{value}=default_{name}")
        elif each.factory:
            value = f"make_{name}()"
        elif each.default is not _MISSING:
            value = f"default_{name}"
        else:
            continue  # the class sets it itself
        if each.converter:
            value = f"convert_{name}({value})"
        slot = getattr(cls, name, None)
        if isinstance(slot, MemberDescriptorType):
            names[f"set_{name}"] = slot.__set__  # quicker than to find it by its name, and past what freezes
            lines.append(f"set_{name}(self, {value})")
        else:
            lines.append(f"values[{name!r}] = {value}")
    if hasattr(cls, "__attrs_post_init__"):
        lines.append("self.__attrs_post_init__()")
    body = "".join(f"\n    {line}" for line in lines or ["pass"])
    exec(f"def __init__({', '.join(parameters)}):{body}", names)  # noqa: S102 - from the names of the class
    init: Callable[..., None] = names["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = init
    return init


class _Fields:
    """Makes the attributes of a class when they are first asked for: inherited ones first."""

    def __get__(self, instance: object, owner: Any) -> tuple[_Field, ...]:
        cls, *above = _values_in(owner.__mro__)
        own: dict[str, _Field] = {}
        for name, given in cls.__given__.items():
            each = given if isinstance(given, _Field) else _Field(default=given)
            each.name, each.type, each.alias = name, cls.__annotations__[name], each.alias or name.lstrip("_")
            own[name] = each
        inherited: tuple[_Field, ...] = above[0].__fields__ if above else ()
        found = (*(each for each in inherited if each.name not in own), *own.values())
        cls.__fields__ = found
        return found


class _MatchArguments:
    """Tells ``match`` what stands where."""

    def __get__(self, instance: object, owner: Any) -> tuple[str, ...]:
        return tuple(each.name for each in owner.__fields__ if each.init and not each.kw_only)


class _Signature:
    """Tells what a class takes, to whom asks ``inspect``."""

    def __get__(self, instance: object, owner: Any) -> Signature:
        if instance is not None:
            raise AttributeError("__signature__")
        init = owner.__init__
        if init in (_first_init, _second_init):
            init = _compiled(next(_values_in(owner.__mro__)))
        types = {each.alias: each.type for each in owner.__fields__}
        _, *parameters = signature(init).parameters.values()
        return Signature([each.replace(annotation=types.get(each.name, each.annotation)) for each in parameters])


class _Attributes:
    """Tells attrs what a class has, in words of its own."""

    def __get__(self, instance: object, owner: Any) -> tuple[Any, ...]:
        import attrs

        told = {
            each.name: attrs.field(
                default=attrs.NOTHING if each.default is _MISSING else each.default,
                factory=each.factory,
                init=each.init,
                repr=each.repr,
                eq=each.eq,
                kw_only=each.kw_only,
                converter=each.converter,
                on_setattr=each.on_setattr,
                alias=each.alias,
                type=each.type,
            )
            for each in owner.__fields__
        }
        found: tuple[Any, ...] = attrs.fields(attrs.make_class(owner.__name__, told))
        owner.__attrs_attrs__ = found
        return found


_FIELDS, _MATCH_ARGUMENTS, _SIGNATURE, _ATTRIBUTES = _Fields(), _MatchArguments(), _Signature(), _Attributes()


def _refuse(self: object, name: str, value: object = None) -> NoReturn:
    from attrs.exceptions import FrozenInstanceError

    raise FrozenInstanceError


def _set_checked(self: Any, name: str, value: object) -> None:
    check = self.__checks__.get(name)
    object.__setattr__(self, name, check(self, None, value) if check else value)


def _state(self: Any) -> dict[str, object]:
    return {each.name: getattr(self, each.name) for each in self.__fields__ if hasattr(self, each.name)}


def _set_state(self: object, state: Mapping[str, object]) -> None:
    for name, value in state.items():
        object.__setattr__(self, name, value)


def _compared(self: Any) -> tuple[object, ...]:
    return tuple(getattr(self, each.name) for each in self.__fields__ if each.eq)


def _equals(self: Any, other: object) -> bool:
    return _compared(self) == _compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in self.__fields__ if each.repr)
    return f"{type(self).__name__}({', '.join(shown)})"
