"""Values that attrs does not make: they are what attrs would have made, also to attrs."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
import weakref
from threading import Barrier, Thread
from typing import Any, ClassVar, Generic, TypeVar

import attrs
import pytest

from commercelayer_klarna._values import define, evolve, field, fields, frozen

T = TypeVar("T")


def _shout(value: str) -> str:
    return value.upper()


def _positive(_: object, attribute: object, value: int) -> int:
    if value < 0:
        raise ValueError(f"{value} is negative")
    return value


@frozen
class Base:
    """A value."""

    kind: ClassVar[str] = "base"
    first: str
    second: int = 2
    _hidden: tuple[int, ...] = ()
    items: list[int] = field(factory=list)
    secret: str = field(default="s", repr=False)
    ignored: int = field(default=0, eq=False)
    loud: str = field(default="x", converter=_shout)


UNCHECKED: Any = Base


@frozen
class Child(Base):
    second: int = 3
    named: str | None = field(default=None, kw_only=True)
    made: list[int] = field(factory=list, init=False)
    late: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "late", self.second + 1)


@frozen(slots=False)
class Event(Generic[T]):
    of: T
    renamed: int = field(default=1, alias="number")


@frozen(eq=False)
class Single:
    of: int


@define
class Counter:
    count: int = field(on_setattr=_positive)
    name: str = "n"


@attrs.frozen
class OfAttrs(Base):
    third: int = 3


def test_it_takes_what_its_attributes_say() -> None:
    value = Base("a", 5, hidden=(1,))  # type: ignore[call-arg, unused-ignore]
    assert (value.first, value.second, value._hidden, value.items, value.loud) == ("a", 5, (1,), [], "X")
    assert Base.kind == "base"
    assert Base("a").items is not Base("a").items
    child = Child("a", named="n")
    assert (child.second, child.late, child.made, child.named) == (3, 4, [], "n")
    assert Event("x", number=7).renamed == 7


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: UNCHECKED(), r"Base.__init__\(\) missing 1 required positional argument: 'first'"),
        (lambda: UNCHECKED("a", other=1), r"unexpected keyword argument 'other'"),
        (lambda: UNCHECKED("a", 1, (), [], "s", 0, "x", "more"), r"takes from 2 to 8 positional arguments"),
    ],
)
def test_wrong_arguments_are_refused_as_python_does(call: Any, said: str) -> None:
    for _ in range(2):  # compiled by the first
        with pytest.raises(TypeError, match=said):
            call()


def test_what_a_value_refuses_itself_has_a_short_traceback_in_its_first_instance_too() -> None:
    @frozen
    class Even:
        of: int

        def __attrs_post_init__(self) -> None:
            if self.of % 2:
                raise ValueError(f"{self.of} is odd")

    with pytest.raises(ValueError, match="1 is odd") as caught:
        Even(1)
    assert [each.name for each in caught.traceback[1:]] == ["_first_init", "__attrs_post_init__"]


def test_a_class_that_just_inherits_may_have_an_init_of_its_own() -> None:
    @frozen
    class Pair:
        left: int
        right: int = 0

    class Twice(Pair):
        def __init__(self, both: int) -> None:
            super().__init__(both, both)

    for number in (1, 2, 3):
        assert Twice(number) == Twice(number)
        assert (Twice(number).left, Twice(number).right) == (number, number)
    assert Pair(1) == Pair(1, 0)


def test_what_checks_an_attribute_is_inherited_beside_another() -> None:
    def positive(value: Any, attribute: Any, given: int) -> int:
        if given < 0:
            raise ValueError(f"{given} is negative")
        return given

    @define
    class Parent:
        left: int = field(default=0, on_setattr=positive)

    @define
    class Child(Parent):
        right: int = field(default=0, on_setattr=positive)

    child = Child()
    for name in ("left", "right"):
        setattr(child, name, 1)
        with pytest.raises(ValueError, match="-1 is negative"):
            setattr(child, name, -1)
    assert (child.left, child.right) == (1, 1)


def test_frozen_values_refuse_changes() -> None:
    for value in (Base("a"), Child("a"), Event(1)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            value.first = "b"  # type: ignore[misc, union-attr]
        with pytest.raises(AttributeError):
            del value.first  # type: ignore[misc, union-attr]
    with pytest.raises(AttributeError):
        Counter(1).other = 2  # type: ignore[attr-defined]


def test_assignment_is_checked_where_it_says_so() -> None:
    counter = Counter(-1)  # as attrs: what is given at first is not
    counter.count, counter.name = 4, "m"
    with pytest.raises(ValueError, match="-3 is negative"):
        counter.count = -3
    assert (counter.count, counter.name) == (4, "m")


def test_values_compare_and_hash_by_what_they_hold() -> None:
    assert Base("a", items=[]) == Base("a", ignored=9)
    assert Base("a") != Base("b")
    assert Base("a") != Child("a")
    assert hash(Event("x")) == hash(Event("x"))
    assert Single(1) != Single(1)
    assert Counter(1) == Counter(1)
    with pytest.raises(TypeError, match="unhashable"):
        hash(Counter(1))


def test_they_are_shown_without_secrets() -> None:
    assert repr(Event("x", 2)) == "Event(of='x', renamed=2)"
    assert "secret" not in repr(Base("a"))


@pytest.mark.parametrize("value", [Base("a", 3), Child("a", named="n"), Event("x"), Counter(3), OfAttrs("a", third=9)])
def test_they_are_copied_and_pickled(value: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value
    assert copy.copy(value) == value == copy.deepcopy(value)
    assert weakref.ref(value)() is value


def test_super_finds_the_class_above() -> None:
    @frozen
    class Told(Base):
        def __new__(cls, *given: object, **named: object) -> Any:
            return super().__new__(cls)

        def __repr__(self) -> str:
            return f"told {super().__repr__()}"

    assert repr(Told("a")).startswith("told Told(first='a'")


def test_they_match_by_position() -> None:
    match Base("a", 7):
        case Base(first, second):
            assert (first, second) == ("a", 7)
        case _:
            pytest.fail("nothing matched")


def test_a_value_that_differs_is_made() -> None:
    changed = evolve(Child("a", named="n"), second=9)
    assert (changed.first, changed.second, changed.late, changed.named) == ("a", 9, 10, "n")
    assert evolve(OfAttrs("a", third=9), first="b") == OfAttrs("b", third=9)
    assert [each.name for each in fields(OfAttrs)][-2:] == ["loud", "third"]


def test_inspect_tells_what_a_class_takes() -> None:
    class Plain(Base):
        def __init__(self) -> None:
            super().__init__("plain")

    told = str(inspect.signature(Child))
    assert told.startswith("(first: 'str', ")
    assert told.endswith("second: 'int' = 3, *, named: 'str | None' = None)")
    assert str(inspect.signature(Plain)) == "()"
    assert Plain().first == "plain"


def test_attrs_knows_them() -> None:
    assert attrs.has(Base)
    assert [each.name for each in attrs.fields(Child)] == [each.name for each in fields(Child)]
    assert attrs.fields(Base).first.type == "str"
    assert attrs.evolve(Child("a"), second=8) == Child("a", second=8)
    assert attrs.asdict(Event(Event(1))) == {"of": {"of": 1, "renamed": 1}, "renamed": 1}
    inherited = OfAttrs("a", 5, third=6)
    assert (inherited.first, inherited.second, inherited.third, inherited.loud) == ("a", 5, 6, "X")
    assert inherited == OfAttrs("a", 5, third=6) != OfAttrs("a", 5)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        inherited.first = "b"  # type: ignore[misc]


def test_threads_may_make_the_first_ones_together() -> None:
    for _ in range(20):

        @frozen
        class Fresh:
            value: int
            items: list[int] = field(factory=list)

        together, made = Barrier(4), []

        def make(number: int, cls: Any = Fresh, together: Barrier = together, made: list[Any] = made) -> None:
            together.wait()
            made.append(cls(number))

        threads = [Thread(target=make, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(each.value for each in made) == [0, 1, 2, 3]


def test_a_value_needs_no_attrs() -> None:
    program = """
import sys
from commercelayer_klarna._values import define, evolve, field, frozen
@frozen
class Value:
    one: int
    two: list[int] = field(factory=list)
assert evolve(Value(1), one=2) == Value(2) and hash(Value) and repr(Value(1)) == "Value(one=1, two=[])"
assert "attr" not in sys.modules, "attrs was imported"
"""
    subprocess.run([sys.executable, "-c", "from __future__ import annotations" + program], check=True)
