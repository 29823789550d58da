"""Metadata: merging, codecs, what JSON cannot carry, and the typed accessor; on the sandbox, with both clients."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commercelayer_klarna import ConflictError, PluginError
from commercelayer_klarna._client.metadata import merged
from commercelayer_klarna.plugins import AttemptStarted, Context, Event, MetadataCodec, Observer, Plugin
from commercelayer_klarna.plugins.metadata import (
    DecodedMetadata,
    Metadata,
    datetime_codec,
    decimal_codec,
    enum_codec,
    prefixed,
    uuid_codec,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.server import Server


class State(Enum):
    OPEN = "open"
    PAID = 2


WHEN = datetime(2026, 11, 22, 9, 30, 0, 250_000, tzinfo=timezone(timedelta(hours=2)))
AMOUNT = Decimal("1234567890.10")
ID = UUID("0b1d9815-165e-42e2-8867-35bc03789e00")


class Watching(Plugin):
    """Remembers what observers are told."""

    name = "watching"

    def __init__(self) -> None:
        self.events: list[Event] = []

    def observers(self, ctx: Context) -> Iterable[Observer]:
        return [self.events.append]

    @property
    def methods(self) -> list[str]:
        """The methods of the requests to the API; those for tokens have no number."""
        return [each.method for each in self.events if isinstance(each, AttemptStarted) and each.number]


class Codecs(Plugin):
    """Codecs of a third party."""

    def __init__(self, name: str, *codecs: MetadataCodec) -> None:
        self.name = name
        self._codecs = codecs

    def metadata_codecs(self, ctx: Context) -> Iterable[MetadataCodec]:
        return self._codecs


def fails(value: Any) -> Any:
    raise ZeroDivisionError("of the codec")


@pytest.fixture
def sandbox() -> Sandbox:
    """A sandbox whose clock never stands still, so that each write has a time of its own."""
    ticks = count(1_792_569_600)
    return Sandbox(clock=lambda: float(next(ticks)))


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def payments(kind: Kind, sandbox: Sandbox, watching: Watching) -> Any:
    return kind.on(sandbox, plugins=[watching])


def create(payments: Any, sandbox: Sandbox, **metadata: Any) -> Any:
    return payments.create(order=sandbox.order_ids[0], metadata=metadata)


def history(payments: Any, payment: Any) -> list[str]:
    return [event.event for event in payments.event_stores(payment.id)]


def exact(value: Any) -> str:
    """A text by which ``True`` and ``1`` are not the same."""
    return json.dumps(value, sort_keys=True)


# ---- Merging -------------------------------------------------------------------------------------------------------


def test_a_merge_leaves_other_keys_alone(payments: Any, sandbox: Sandbox, watching: Watching) -> None:
    payment = create(payments, sandbox, a=1, b={"c": 2, "d": 3}, e=None)
    watching.events.clear()
    changed = payments.merge_metadata(payment.id, {"a": [1], "new": "x"})
    assert changed.metadata == {"a": [1], "b": {"c": 2, "d": 3}, "e": None, "new": "x"}
    assert watching.methods == ["GET", "PATCH"]
    assert payments.retrieve(payment.id).metadata == changed.metadata
    assert history(payments, payment) == ["create", "update"]


def test_a_shallow_merge_replaces_objects(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, a={"b": 1, "c": 2}, z=0)
    assert payments.merge_metadata(payment.id, {"a": {"b": 9, "d": None}}).metadata == {
        "a": {"b": 9, "d": None},
        "z": 0,
    }


def test_a_deep_merge_merges_them(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, a={"b": 1, "c": {"d": 2, "e": 3}}, z=0)
    changes = {"a": {"b": 9, "c": {"d": None, "f": [None]}, "g": None}, "z": {"y": None}}
    assert payments.merge_metadata(payment.id, changes, deep=True).metadata == {
        "a": {"b": 9, "c": {"e": 3, "f": [None]}},
        "z": {},
    }


def test_a_merge_touches_nothing_else(payments: Any, sandbox: Sandbox) -> None:
    payment = payments.create(order=sandbox.order_ids[0], reference="po-1", metadata={"a": 1})
    assert payments.merge_metadata(payment.id, {"a": 2}).reference == "po-1"


def test_a_merged_none_deletes_its_key(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, a=1, b=2)
    assert payments.merge_metadata(payment.id, {"a": None, "never": None}).metadata == {"b": 2}
    assert payments.merge_metadata(payment.id, {"b": None}).metadata == {}


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("changes", [{}, {"a": 1}, {"never": None}, {"b": {"c": [1]}}])
def test_nothing_to_change_writes_nothing(
    payments: Any, sandbox: Sandbox, watching: Watching, changes: Any, deep: bool
) -> None:
    payment = create(payments, sandbox, a=1, b={"c": [1]})
    watching.events.clear()
    same = payments.merge_metadata(payment.id, changes, deep=deep)
    assert same.metadata == {"a": 1, "b": {"c": [1]}}
    assert same.updated_at == payment.updated_at
    assert watching.methods == ["GET"]
    assert history(payments, payment) == ["create"]


def test_the_caller_s_mapping_is_left_alone(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, a={"b": 1})
    changes = {"a": {"c": [1, {"d": None}]}, "e": None}
    before = copy.deepcopy(changes)
    payments.merge_metadata(payment.id, changes, deep=True)
    assert changes == before


def test_an_expected_time_that_is_right_lets_a_merge_through(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, a=1)
    elsewhere = payment.updated_at.astimezone(timezone(timedelta(hours=-5)))
    changed = payments.merge_metadata(payment.id, {"a": 2}, expected_updated_at=elsewhere)
    assert changed.metadata == {"a": 2}


@pytest.mark.parametrize("changes", [{"a": 3}, {}])
def test_an_expectation_that_does_not(payments: Any, sandbox: Sandbox, watching: Watching, changes: Any) -> None:
    payment = create(payments, sandbox, a=1)
    meanwhile = payments.update(payment.id, reference="somebody else's")
    watching.events.clear()
    with pytest.raises(ConflictError, match="nothing was written") as caught:
        payments.merge_metadata(payment.id, changes, expected_updated_at=payment.updated_at)
    for each in (payment.updated_at, meanwhile.updated_at):
        assert each.isoformat() in str(caught.value)
    assert caught.value.status_code == 0
    assert caught.value.path == f"klarna_payments/{payment.id}"
    assert watching.methods == ["GET"]
    assert payments.retrieve(payment.id) == meanwhile
    assert history(payments, payment) == ["create", "update"]


def test_replacing_leaves_nothing_of_what_was_there(payments: Any, sandbox: Sandbox, watching: Watching) -> None:
    payment = create(payments, sandbox, a=1, b=2)
    watching.events.clear()
    assert payments.replace_metadata(payment.id, {"c": None}).metadata == {"c": None}
    assert watching.methods == ["PATCH"]
    assert payments.replace_metadata(payment.id, {}).metadata == {}


def test_removing_deletes_the_keys_it_names(payments: Any, sandbox: Sandbox, watching: Watching) -> None:
    payment = create(payments, sandbox, a=1, b=2, c=3)
    assert payments.remove_metadata(payment.id, "a", "c", "never").metadata == {"b": 2}
    watching.events.clear()
    assert payments.remove_metadata(payment.id, "a").metadata == {"b": 2}
    assert payments.remove_metadata(payment.id).metadata == {"b": 2}
    assert watching.methods == ["GET", "GET"]


def test_metadata_that_are_null_can_be_merged_into(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payment_json["attributes"]["metadata"] = None
    server.answer(200, {"data": payment_json})
    kind.at(server).merge_metadata(payment_json["id"], {"a": 1, "b": None})
    assert server.requests[1].json["data"]["attributes"] == {"metadata": {"a": 1}}


# ---- merged() ------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    # Few keys, so that stored and changed ones meet.
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
OBJECTS = st.dictionaries(st.sampled_from("abcd"), JSON, max_size=4)


def merge_patch(target: Any, patch: Any) -> Any:
    """The algorithm of RFC 7396, word for word."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merge_patch(target.get(name), value)
    return target


@relaxed
@given(OBJECTS, OBJECTS)
def test_a_deep_merge_is_a_json_merge_patch(stored: dict[str, Any], changes: dict[str, Any]) -> None:
    assert exact(merged(stored, changes, deep=True)) == exact(merge_patch(stored, changes))


@relaxed
@given(OBJECTS, OBJECTS)
def test_a_shallow_merge_is_an_update_without_none(stored: dict[str, Any], changes: dict[str, Any]) -> None:
    expected = {key: value for key, value in {**stored, **changes}.items() if changes.get(key, 0) is not None}
    assert exact(merged(stored, changes)) == exact(expected)


@relaxed
@given(OBJECTS, OBJECTS, st.booleans())
def test_a_merge_does_not_touch_its_arguments(stored: dict[str, Any], changes: dict[str, Any], deep: bool) -> None:
    before = exact([stored, changes])
    result = merged(stored, changes, deep=deep)
    result["own"] = True
    assert exact([stored, changes]) == before


@relaxed
@given(OBJECTS, OBJECTS, st.booleans())
def test_what_is_none_in_the_changes_is_absent(stored: dict[str, Any], changes: dict[str, Any], deep: bool) -> None:
    result = merged(stored, changes, deep=deep)
    assert not {key for key, value in changes.items() if value is None} & result.keys()


@relaxed
@given(OBJECTS, OBJECTS, st.booleans())
def test_a_merge_is_idempotent(stored: dict[str, Any], changes: dict[str, Any], deep: bool) -> None:
    once = merged(stored, changes, deep=deep)
    assert exact(merged(once, changes, deep=deep)) == exact(once)
    assert exact(merged(stored, {}, deep=deep)) == exact(stored)


# ---- Codecs --------------------------------------------------------------------------------------------------------

CODECS = [datetime_codec("due"), decimal_codec("amount"), uuid_codec("id"), enum_codec("state", State)]
VALUES = {"due": WHEN, "amount": AMOUNT, "id": ID, "state": State.PAID, "plain": "x"}
WRITTEN = {
    "due": "2026-11-22T07:30:00.250Z",
    "amount": "1234567890.10",
    "id": "0b1d9815-165e-42e2-8867-35bc03789e00",
    "state": 2,
    "plain": "x",
}


@pytest.fixture
def coded(kind: Kind, sandbox: Sandbox) -> Any:
    """A client with a codec of each kind."""
    return kind.on(sandbox, plugins=[Metadata(CODECS)])


WRITES: dict[str, Callable[[Any, str, Any], Any]] = {
    "create": lambda payments, order, values: payments.create(order=order, metadata=values),
    "update": lambda payments, order, values: payments.update(payments.create(order=order).id, metadata=values),
    "replace": lambda payments, order, values: payments.replace_metadata(payments.create(order=order).id, values),
    "merge": lambda payments, order, values: payments.merge_metadata(payments.create(order=order).id, values),
}


@pytest.mark.parametrize("name", WRITES)
def test_every_codec_there_and_back(coded: Any, sandbox: Sandbox, name: str) -> None:
    payment = WRITES[name](coded, sandbox.order_ids[0], VALUES)
    assert payment.metadata == WRITTEN
    assert dict(payment.ext.metadata) == VALUES
    assert str(payment.ext.metadata["amount"]) == "1234567890.10"  # Decimal("1.1") would be equal to Decimal("1.10")


def test_json_values_are_written_as_they_are(coded: Any, sandbox: Sandbox) -> None:
    # What was read as JSON may be written back.
    payment = create(coded, sandbox, **WRITTEN)
    assert payment.metadata == WRITTEN
    assert dict(payment.ext.metadata) == VALUES


def test_a_number_is_a_decimal_by_its_text(coded: Any, sandbox: Sandbox) -> None:
    assert create(coded, sandbox, amount=0.1).ext.metadata["amount"] == Decimal("0.1")


def test_none_deletes_a_key_with_a_codec(coded: Any, sandbox: Sandbox) -> None:
    payment = create(coded, sandbox, **VALUES)
    assert coded.merge_metadata(payment.id, dict.fromkeys(CODEC_KEYS)).metadata == {"plain": "x"}


CODEC_KEYS = [codec.key for codec in CODECS]


def test_no_codec_is_asked_to_write_none(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, plugins=[Codecs("erp", MetadataCodec("k", fails, fails))])
    payment = create(payments, sandbox, k=None, a=1)
    assert payment.metadata == {"k": None, "a": 1}
    assert payments.merge_metadata(payment.id, {"k": None}).metadata == {"a": 1}


def test_a_merge_with_equal_values_writes_nothing(coded: Any, sandbox: Sandbox) -> None:
    payment = create(coded, sandbox, **VALUES)
    assert coded.merge_metadata(payment.id, {**VALUES, "due": WHEN.astimezone(UTC)}).updated_at == payment.updated_at
    assert history(coded, payment) == ["create"]


def test_codecs_are_for_keys_at_the_top(coded: Any, sandbox: Sandbox) -> None:
    payment = create(coded, sandbox, nested={"amount": "1.0"})
    assert payment.ext.metadata["nested"] == {"amount": "1.0"}


OTHERS = {"due": "2026-11-22T07:30:00.251Z", "amount": "1234567890.11", "id": str(UUID(int=1)), "state": "open"}


@pytest.mark.parametrize("key", CODEC_KEYS)
def test_payments_are_found_by_python_values(coded: Any, sandbox: Sandbox, key: str) -> None:
    first, second, _ = sandbox.order_ids
    wanted = coded.create(order=first, metadata=VALUES)
    coded.create(order=second, metadata={**WRITTEN, key: OTHERS[key]})
    assert [payment.id for payment in coded.find_by_metadata({key: VALUES[key]})] == [wanted.id]


def test_finding_by_several_and_nested_values(payments: Any, sandbox: Sandbox) -> None:
    first, second, third = sandbox.order_ids
    wanted = payments.create(order=first, metadata={"a": 1, "b": {"c": [1, 2], "d": 3}})
    payments.create(order=second, metadata={"a": 1, "b": {"c": [2]}})
    payments.create(order=third, metadata={"b": {"c": [1]}})
    assert [each.id for each in payments.find_by_metadata({"a": 1, "b": {"c": [1]}})] == [wanted.id]


def test_finding_takes_what_list_takes(payments: Any, sandbox: Sandbox) -> None:
    made = [payments.create(order=order, metadata={"a": 1}).id for order in sandbox.order_ids]
    pager = payments.find_by_metadata(
        {"a": 1}, sort=["-created_at"], page_size=2, include=["order"], fields={"klarna_payments": ["order"]}
    )
    page = pager.first_page()
    assert [each.id for each in page.data] == made[:0:-1]
    assert page.data[0].order.id == sandbox.order_ids[-1]
    assert "reference" not in page.data[0]


def test_finding_by_nothing_would_find_everything(payments: Any, watching: Watching) -> None:
    with pytest.raises(ValueError, match="values is empty"):
        payments.find_by_metadata({})
    assert watching.events == []


def tagging(key: str, tag: str, resource_type: str = "klarna_payments") -> MetadataCodec:
    """A codec of texts that shows that it was used."""
    return MetadataCodec(
        key, lambda value: f"{tag}:{value}", lambda value: value.removeprefix(f"{tag}:"), resource_type
    )


@pytest.mark.parametrize(
    ("key", "tag"),
    [
        ("erp.due", "exact"),
        ("erp.du", "prefix"),
        ("erp.due.at", "prefix"),
        ("erp.", "prefix"),
        ("erp.tax.rate", "longer"),
        ("erp", "any"),
        ("Erp.due", "any"),
        ("", "any"),
    ],
)
def test_exact_keys_go_first_then_the_longest_prefix(kind: Kind, sandbox: Sandbox, key: str, tag: str) -> None:
    codecs = [tagging("*", "any"), tagging("erp.*", "prefix"), tagging("erp.tax.*", "longer")]
    payments = kind.on(sandbox, plugins=[Metadata([*codecs, tagging("erp.due", "exact")])])
    payment = create(payments, sandbox, **{key: "x"})
    assert payment.metadata == {key: f"{tag}:x"}
    assert payment.ext.metadata[key] == "x"


def test_prefixed_codecs_read_keys_with_their_prefix(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, plugins=[Metadata(prefixed("erp.", [decimal_codec("amount"), uuid_codec("ids.*")]))])
    payment = create(payments, sandbox, **{"erp.amount": AMOUNT, "erp.ids.a": ID, "amount": "1.0"})
    assert payment.metadata == {"erp.amount": str(AMOUNT), "erp.ids.a": str(ID), "amount": "1.0"}
    assert dict(payment.ext.metadata) == {"erp.amount": AMOUNT, "erp.ids.a": ID, "amount": "1.0"}


def test_codecs_are_for_a_type(kind: Kind, sandbox: Sandbox) -> None:
    codecs = [tagging("a", "orders", "orders"), tagging("b", "all", "*"), tagging("c", "all", "*"), tagging("c", "own")]
    payments = kind.on(sandbox, plugins=[Metadata(codecs)])
    assert create(payments, sandbox, a="x", b="x", c="x").metadata == {"a": "x", "b": "all:x", "c": "own:x"}


@relaxed
@given(st.datetimes(timezones=st.timezones()).filter(lambda each: each.year in range(2, 9998)))
def test_every_date_time_comes_back_to_the_millisecond(when: datetime) -> None:
    codec = datetime_codec("k")
    read = codec.decode(codec.encode(when))
    assert read.utcoffset() == timedelta(0)
    assert timedelta(0) <= when - read < timedelta(milliseconds=1)


@relaxed
@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_comes_back_with_all_its_digits(value: Decimal) -> None:
    codec = decimal_codec("k")
    assert codec.decode(codec.encode(value)).as_tuple() == value.as_tuple()


# ---- What JSON cannot carry ----------------------------------------------------------------------------------------

REFUSED: list[tuple[Any, type[Exception]]] = [
    (float("nan"), ValueError),
    (float("inf"), ValueError),
    (float("-inf"), ValueError),
    ("\ud800", ValueError),
    ({1, 2}, TypeError),
    (Decimal(1), TypeError),
    (WHEN, TypeError),
    (date(2026, 11, 22), TypeError),
    (ID, TypeError),
    (State.OPEN, TypeError),
    (b"bytes", TypeError),
    (object(), TypeError),
    (iter([]), TypeError),
    ({5: 1}, TypeError),
    ({None: 1}, TypeError),
    ({("a",): 1}, TypeError),
    ({True: 1}, TypeError),
]
DEPTHS: dict[str, Callable[[Any], Any]] = {
    "": lambda value: value,
    "['a']": lambda value: {"a": value},
    "[1]": lambda value: [0, value],
    "[0]": lambda value: (value,),
    "['a'][0]['b'][1]": lambda value: {"a": [{"b": (0, value)}]},
}
OPERATIONS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "create": ("metadata", lambda payments, values: payments.create(order="o", metadata=values)),
    "update": ("metadata", lambda payments, values: payments.update("x", metadata=values)),
    "replace": ("metadata", lambda payments, values: payments.replace_metadata("x", values)),
    "merge": ("changes", lambda payments, values: payments.merge_metadata("x", values)),
    "find": ("values", lambda payments, values: payments.find_by_metadata(values).first_page()),
}


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("depth", DEPTHS)
def test_what_json_cannot_carry_is_named_and_not_sent(
    payments: Any, watching: Watching, operation: str, depth: str
) -> None:
    name, call = OPERATIONS[operation]
    for value, error in REFUSED:
        with pytest.raises(error) as caught:
            call(payments, {"fine": 1, "k": DEPTHS[depth](value)})
        assert str(caught.value).startswith(f"{name}['k']{depth} ")
    assert watching.events == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("key", [5, None, ("a",), True, b"k"])
def test_keys_are_strings(payments: Any, watching: Watching, operation: str, key: Any) -> None:
    name, call = OPERATIONS[operation]
    with pytest.raises(TypeError) as caught:
        call(payments, {"fine": 1, key: 1})
    assert str(caught.value).startswith(f"{name} has the key {key!r}")
    assert watching.events == []


@pytest.mark.parametrize("operation", ["update", "replace", "merge", "find"])
@pytest.mark.parametrize("values", ["text", 5, [("a", 1)]])
def test_metadata_is_a_mapping(payments: Any, watching: Watching, operation: str, values: Any) -> None:
    name, call = OPERATIONS[operation]
    with pytest.raises(TypeError, match=f"{name} must be a mapping"):
        call(payments, values)
    assert watching.events == []


class Text(str):
    """Text with another form of its own."""

    def __str__(self) -> str:
        return "wrong"


def test_what_json_can_carry_is_carried_as_it_is(payments: Any, sandbox: Sandbox) -> None:
    kept = {"ü": "ß\U0001f600\x00", "t": (1, 2), "f": 1.5, "b": True, "n": None, "i": 2**60, "": {"": []}}
    payment = create(payments, sandbox, **kept, text=Text("right"))
    assert exact(payment.metadata) == exact({**kept, "text": "right"})


# ---- Codecs that fail ----------------------------------------------------------------------------------------------


def notes(error: BaseException) -> str:
    return "\n".join(getattr(error, "__notes__", []))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_codec_that_cannot_write(kind: Kind, sandbox: Sandbox, watching: Watching, operation: str) -> None:
    payments = kind.on(sandbox, plugins=[watching, Codecs("erp", MetadataCodec("due*", fails, fails))])
    with pytest.raises(ZeroDivisionError, match="of the codec") as caught:
        OPERATIONS[operation][1](payments, {"due_at": 1})
    assert "metadata['due_at']" in notes(caught.value)
    assert "plugin 'erp', hook 'metadata_codecs'" in notes(caught.value)
    assert watching.events == []


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("key", "value"), [("due", datetime(2026, 1, 1)), ("amount", Decimal("NaN")), ("amount", Decimal("Infinity"))]
)
def test_what_our_codecs_cannot_write(
    kind: Kind, sandbox: Sandbox, watching: Watching, operation: str, key: str, value: Any
) -> None:
    payments = kind.on(sandbox, plugins=[watching, Metadata(CODECS)])
    with pytest.raises(ValueError, match=r"no time zone|not a finite number") as caught:
        OPERATIONS[operation][1](payments, {key: value})
    assert f"metadata['{key}']" in notes(caught.value)
    assert watching.events == []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_a_codec_wrote_is_checked_too(kind: Kind, sandbox: Sandbox, watching: Watching, operation: str) -> None:
    codec = MetadataCodec("k", lambda value: {"inner": {value}}, fails)
    payments = kind.on(sandbox, plugins=[watching, Codecs("erp", codec)])
    name, call = OPERATIONS[operation]
    with pytest.raises(TypeError) as caught:
        call(payments, {"k": 1})
    assert str(caught.value).startswith(f"{name}['k']['inner'] is a set")
    assert watching.events == []


def test_a_codec_that_cannot_read(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, plugins=[Codecs("erp", MetadataCodec("k", str, fails))])
    payment = payments.retrieve(create(kind.on(sandbox), sandbox, k="1", other=2).id)
    assert payment.ext.metadata["other"] == 2
    with pytest.raises(ZeroDivisionError) as caught:
        payment.ext.metadata["k"]
    assert "plugin 'erp', hook 'metadata_codecs'" in notes(caught.value)
    assert payment.metadata == {"k": "1", "other": 2}  # still to be read as JSON


def test_two_plugins_cannot_have_the_same_key(kind: Kind, sandbox: Sandbox) -> None:
    one, other = Codecs("erp", decimal_codec("amount")), Codecs("crm", uuid_codec("amount"))
    with pytest.raises(PluginError) as caught:
        kind.on(sandbox, plugins=[one, other])
    for name in ("'erp'", "'crm'", "'amount'", "'metadata_codecs'"):
        assert name in str(caught.value)


def test_nor_can_one_plugin_have_it_twice(kind: Kind, sandbox: Sandbox) -> None:
    with pytest.raises(PluginError, match="'amount'"):
        kind.on(sandbox, plugins=[Metadata([decimal_codec("amount"), uuid_codec("amount")])])


def test_keys_and_prefixes_and_types_do_not_collide(kind: Kind, sandbox: Sandbox) -> None:
    plugins = [Codecs("erp", tagging("a", "exact")), Codecs("crm", tagging("a*", "prefix"), tagging("a", "all", "*"))]
    payments = kind.on(sandbox, plugins=plugins)
    assert create(payments, sandbox, a="x", ab="x").metadata == {"a": "exact:x", "ab": "prefix:x"}


# ---- The accessor --------------------------------------------------------------------------------------------------


def test_the_accessor_has_a_type(coded: Any, sandbox: Sandbox) -> None:
    payment = create(coded, sandbox, **VALUES)
    decoded = payment.accessor(DecodedMetadata)
    assert type(decoded) is DecodedMetadata
    assert decoded is payment.ext.metadata
    assert decoded["amount"] == AMOUNT


def test_the_accessor_is_a_mapping(coded: Any, sandbox: Sandbox) -> None:
    decoded = create(coded, sandbox, **VALUES).ext.metadata
    assert list(decoded) == list(VALUES)
    assert len(decoded) == 5
    assert decoded == VALUES
    assert "due" in decoded
    assert "never" not in decoded
    assert decoded.get("never", 7) == 7
    with pytest.raises(KeyError):
        decoded["never"]


def test_the_accessor_is_there_without_codecs(payments: Any, sandbox: Sandbox) -> None:
    payment = create(payments, sandbox, due="2026-11-22T07:30:00.250Z")
    assert dict(payment.ext.metadata) == {"due": "2026-11-22T07:30:00.250Z"}


def test_the_accessor_is_a_plugin_s(kind: Kind, sandbox: Sandbox) -> None:
    payment = create(kind.on(sandbox, without=["metadata"]), sandbox, a=1)
    with pytest.raises(LookupError, match="DecodedMetadata"):
        payment.accessor(DecodedMetadata)
    with pytest.raises(AttributeError, match="'metadata'"):
        payment.ext.metadata  # noqa: B018


def test_metadata_that_are_null_are_none(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    payment_json["attributes"]["metadata"] = None
    server.answer(200, {"data": payment_json})
    payment = kind.at(server, plugins=[Metadata(CODECS)]).retrieve("x")
    assert payment.metadata is None
    assert payment.ext.metadata == {}
    assert len(payment.accessor(DecodedMetadata)) == 0
    with pytest.raises(KeyError):
        payment.ext.metadata["due"]


@pytest.mark.parametrize(
    ("stored", "change"), [({"n": 1}, {"n": True}), ({"n": 0}, {"n": False}), ({"n": 1}, {"n": 1.0})]
)
def test_values_that_only_python_takes_for_equal_are_written(
    payments: Any, sandbox: Sandbox, stored: Any, change: Any
) -> None:
    made = payments.create(order=sandbox.order_ids[0], metadata=stored)
    value = payments.merge_metadata(made.id, change).metadata["n"]
    assert type(value) is type(change["n"])


def test_null_under_a_key_with_a_codec_is_none(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox, plugins=[Metadata([datetime_codec("due")])])
    made = payments.create(order=sandbox.order_ids[0], metadata={"due": None, "odd": 5})
    assert made.ext.metadata["due"] is None
    assert "due" in made.ext.metadata


def test_what_cannot_be_read_names_its_key(kind: Kind, sandbox: Sandbox) -> None:
    made = kind.on(sandbox).create(order=sandbox.order_ids[0], metadata={"due": "soon"})
    payments = kind.on(sandbox, plugins=[Metadata([datetime_codec("due")])])
    with pytest.raises(ValueError, match="soon") as caught:
        payments.retrieve(made.id).ext.metadata["due"]
    assert f"while reading metadata['due'] of klarna_payments/{made.id}" in caught.value.__notes__


def test_a_time_without_a_zone_is_refused_not_compared(payments: Any, sandbox: Sandbox) -> None:
    made = payments.create(order=sandbox.order_ids[0])
    with pytest.raises(ValueError, match="no time zone"):
        payments.merge_metadata(made.id, {"a": 1}, expected_updated_at=datetime(2026, 1, 1))
