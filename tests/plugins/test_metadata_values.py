"""Metadata come back as they went: by every way of reading them, by both parsers, or they are refused before that.

A nightly run draws more: HYPOTHESIS_PROFILE=nightly.
"""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from attrs import asdict, define
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from commercelayer_klarna import ResponseFormatError
from commercelayer_klarna.plugins import MetadataCodec
from commercelayer_klarna.plugins.metadata import (
    DecodedMetadata,
    Metadata,
    datetime_codec,
    decimal_codec,
    enum_codec,
    uuid_codec,
)
from commercelayer_klarna.sandbox import Sandbox
from support.kind import Kind
from support.server import Server

EXAMPLES = 150 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 5


class State(Enum):
    OPEN = "open"
    GONE = None
    PAIR = (1, 2)


class Level(IntEnum):
    LOW = 1


@define
class Address:
    city: str
    zip: str | None = None


WHEN = datetime(2026, 11, 22, 9, 30, 0, 250_001, tzinfo=timezone(timedelta(hours=2)))
TWICE = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Rome"))  # when the clocks go back
CODECS = [
    datetime_codec("due"),
    decimal_codec("amount"),
    uuid_codec("id"),
    enum_codec("state", State),
    enum_codec("level", Level),
    MetadataCodec(
        "address", lambda value: asdict(value) if isinstance(value, Address) else value, lambda v: Address(**v)
    ),
]
VALUES: dict[str, Any] = {
    "due": WHEN,
    "amount": Decimal("10.50"),
    "id": UUID(int=7),
    "state": State.OPEN,
    "level": Level.LOW,
    "address": Address("Roma"),
    "plain": {"erp": [1, 2.5, None]},
}


@pytest.fixture
def coded(kind: Kind, sandbox: Sandbox) -> Any:
    """A client with codecs of all kinds."""
    return kind.on(sandbox, plugins=[Metadata(CODECS)])


WRITES: dict[str, Any] = {
    "create": lambda payments, made, values: payments.create(order=made.order.id, metadata=values),
    "update": lambda payments, made, values: payments.update(made.id, metadata=values),
    "merge": lambda payments, made, values: payments.merge_metadata(made.id, values),
    "replace": lambda payments, made, values: payments.replace_metadata(made.id, values),
}


# ---- A codec never writes what it cannot read back -------------------------------------------------------------------


UNREADABLE: list[tuple[str, Any]] = [
    ("due", "soon"),
    ("due", "2026-11-22"),  # without a time zone
    ("due", 5),
    ("due", datetime.min.replace(tzinfo=timezone(timedelta(hours=2)))),
    ("amount", "a lot"),
    ("amount", "NaN"),
    ("amount", True),
    ("amount", [1]),
    ("id", "x"),
    ("id", 7),
    ("state", "shut"),
    ("state", State.GONE),  # null, which would delete the key in a merge
    ("state", State.PAIR),  # JSON has no pairs
    ("level", 2),
    ("address", {"street": "?"}),
]


def test_what_cannot_be_read_back_is_refused_at_once(coded: Any, sandbox: Sandbox) -> None:
    made = coded.create(order=sandbox.order_ids[0], metadata={"kept": 1}, include=["order"])
    sent = len(sandbox.requests)
    for key, value in UNREADABLE:
        for write in WRITES.values():
            with pytest.raises(ValueError, match=r".") as caught:
                write(coded, made, {"plain": 1, key: value})
            said = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", ())])
            assert repr(value) in said, said
            assert f"metadata[{key!r}]" in said
    assert len(sandbox.requests) == sent


def test_what_would_be_read_as_something_else_is_refused(kind: Kind, sandbox: Sandbox) -> None:
    rounding = MetadataCodec("amount", float, lambda value: Decimal(str(value)))
    payments = kind.on(sandbox, plugins=[Metadata([rounding])])
    order = sandbox.order_ids[0]
    assert payments.create(order=order, metadata={"amount": Decimal("0.25")}).ext.metadata["amount"] == Decimal("0.25")
    with pytest.raises(ValueError, match=r"metadata\['amount'\] is .* and read as .*: nothing was sent"):
        payments.create(order=order, metadata={"amount": Decimal("0.12345678901234567890")})


def test_an_hour_that_comes_twice_comes_back(coded: Any, sandbox: Sandbox) -> None:
    payment = coded.create(order=sandbox.order_ids[0], metadata={"due": TWICE})
    assert payment.ext.metadata["due"] == TWICE.astimezone(UTC)


def test_what_does_not_compare_by_value_may_be_written(kind: Kind, sandbox: Sandbox) -> None:
    class Note:
        def __init__(self, text: str) -> None:
            self.text = text

    codec = MetadataCodec("note", lambda note: getattr(note, "text", note), Note)
    payments = kind.on(sandbox, plugins=[Metadata([codec])])
    assert payments.create(order=sandbox.order_ids[0], metadata={"note": Note("x")}).ext.metadata["note"].text == "x"


# ---- What is read is the same elsewhere ------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
def test_what_codecs_read_pickles_as_what_it_is(coded: Any, sandbox: Sandbox) -> None:
    payment = coded.create(order=sandbox.order_ids[0], metadata=VALUES)
    here = dict(payment.ext.metadata)
    there = pickle.loads(pickle.dumps(payment.ext.metadata))
    assert there == here == VALUES
    assert str(there["amount"]) == "10.50"
    with pytest.raises(AttributeError, match="retrieve it by its id"):
        pickle.loads(pickle.dumps(payment)).ext.metadata  # noqa: B018
    with pytest.raises(AttributeError, match="retrieve it by its id"):
        pickle.loads(pickle.dumps(payment.ext)).metadata  # noqa: B018


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_copies_keep_their_codecs(coded: Any, sandbox: Sandbox, copied: Any) -> None:
    payment = coded.create(order=sandbox.order_ids[0], metadata=VALUES)
    for each in (copied(payment).ext.metadata, copied(payment.ext).metadata, copied(payment.ext.metadata)):
        assert type(each) is DecodedMetadata
        assert dict(each) == VALUES


def test_templates_show_what_codecs_read(coded: Any, sandbox: Sandbox) -> None:
    payment = coded.create(order=sandbox.order_ids[0], metadata=VALUES)
    template = Environment(autoescape=True).from_string(
        "{{ p.ext.metadata.amount + 1 }} {{ p.ext.metadata.due.year }} {{ p.ext.metadata['state'].name }}"
    )
    assert template.render(p=payment) == "11.50 2026 OPEN"


# ---- Equal values are found however they are spelt -------------------------------------------------------------------

SPELT = [Decimal("10.5"), Decimal("10.50"), Decimal("1.05E+1"), "10.5", "10.50", 10.5]


@pytest.mark.usefixtures("parser")
def test_equal_amounts_are_found(coded: Any, sandbox: Sandbox) -> None:
    stored = [10.5, "10.5", "10.50", Decimal("10.50")]
    made = [coded.create(order=sandbox.add_order(), metadata={"amount": each, "n": 1}).id for each in stored]
    coded.create(order=sandbox.order_ids[0], metadata={"amount": Decimal("10.51"), "n": 1})
    for wanted in SPELT:
        found = coded.find_by_metadata({"amount": wanted, "n": 1})
        assert sorted(each.id for each in found) == sorted(made), wanted
    assert sorted(each.id for page in coded.find_by_metadata({"amount": 10.5}).pages() for each in page) == sorted(made)
    assert coded.find_by_metadata({"amount": Decimal("10.50")}).exists() is True
    with pytest.raises(LookupError, match="not one"):
        coded.find_by_metadata({"amount": Decimal("10.50")}).one()
    assert len(list(coded.find_by_metadata({"amount": Decimal("10.5")}, limit=3, page_size=1))) == 3


def test_the_one_with_an_amount_is_found(coded: Any, sandbox: Sandbox) -> None:
    made = coded.create(order=sandbox.order_ids[0])
    wanted = coded.find_by_metadata({"amount": Decimal("10.000")})
    for stored in (10, 10.0, "10", "10.00", Decimal("10.000")):
        coded.replace_metadata(made.id, {"amount": stored})
        assert wanted.one().id == wanted.first().id == made.id
    assert coded.find_by_metadata({"amount": Decimal("10.001")}).first() is None


def test_a_list_of_several_spellings_goes_on_from_any_page(coded: Any, sandbox: Sandbox) -> None:
    made = [coded.create(order=sandbox.add_order(), metadata={"amount": each}).id for each in (10.5, "10.5", "10.50")]
    page = coded.find_by_metadata({"amount": Decimal("10.5")}).first_page()
    assert (len(page), page.record_count, page.page_count) == (1, None, None)
    rest = coded.find_by_metadata({"amount": Decimal("10.5")}, start=page.next)
    assert sorted([page[0].id, *(each.id for each in rest)]) == sorted(made)


@pytest.mark.parametrize(("key", "spelt"), [
    ("due", ["2026-11-22T09:30:00.250001+02:00", "2026-11-22T07:30:00.250001Z"]),
    ("id", ["00000000000000000000000000000007", "{00000000-0000-0000-0000-000000000007}"]),
])  # fmt: skip
def test_other_texts_that_a_codec_reads_are_looked_for_as_it_writes_them(
    coded: Any, sandbox: Sandbox, key: str, spelt: list[str]
) -> None:
    made = coded.create(order=sandbox.order_ids[0], metadata=VALUES)
    for each in spelt:
        assert coded.find_by_metadata({key: each}).one().id == made.id


def test_part_of_an_object_may_be_looked_for(coded: Any, sandbox: Sandbox) -> None:
    # What cannot be read as a whole address is no mistake in a question.
    made = coded.create(order=sandbox.order_ids[0], metadata={"address": Address("Roma", "00100")})
    assert coded.find_by_metadata({"address": {"zip": "00100"}}).one().id == made.id


@pytest.mark.usefixtures("parser")
def test_equal_numbers_in_filters_find_the_same(coded: Any) -> None:
    for number in (4000, 4000.0, Decimal(4000), Decimal("4E+3"), Decimal("4000.00")):
        found = coded.request("GET", "orders", filters={"total_amount_cents_gteq": number}).data
        assert len(found) == 2


# ---- Merges ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("parser")
def test_metadata_that_are_no_object_are_never_replaced_by_a_merge(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    payments = kind.at(server)
    for stored in ('{"cart": "42"}', "text", ["a"], [], "", 5, 0, True, False, 1.5):
        server.answer(200, {"data": payment_json | {"attributes": {"metadata": stored}}})
    merges = (
        lambda: payments.merge_metadata(payment_json["id"], {"note": "paid"}),
        lambda: payments.merge_metadata(payment_json["id"], {"note": "paid"}, deep=True),
        lambda: payments.remove_metadata(payment_json["id"], "note"),
    )
    for number in range(10):
        with pytest.raises(ResponseFormatError, match="cannot be written again: metadata must be a mapping"):
            merges[number % 3]()
    assert {each.method for each in server.requests} == {"GET"}
    assert len(server.requests) == 10


EXACT = ["18446744073709551617", "[340123450000000000000012345678]", "-9223372036854775809", "0.1", "1e+22", "5e-324"]
ROUNDED = ["12345678901234567.25", "-900719925474099.3", "1.23456789012345678e-7", "9007199254740993.0"]


def answered(payment_json: dict[str, Any], metadata: str) -> bytes:
    """An answer whose metadata are written so."""
    payment_json["attributes"]["metadata"] = "planted"
    return json.dumps({"data": payment_json}).replace('"planted"', metadata).encode()


@pytest.mark.usefixtures("parser")
def test_a_merge_writes_the_numbers_that_it_found(kind: Kind, server: Server, payment_json: dict[str, Any]) -> None:
    members = ", ".join(f'"{number}": {text}' for number, text in enumerate(EXACT))
    server.answer(200, answered(payment_json, f'{{{members}, "deep": {{"x": [{EXACT[0]}]}}}}'))
    payments = kind.at(server)
    payments.merge_metadata(payment_json["id"], {"deep": {"note": "paid"}}, deep=True)
    written = server.requests[1].body.decode()
    for number, text in enumerate(EXACT):
        assert f'"{number}":{text}' in written
    assert f'"deep":{{"x":[{EXACT[0]}],"note":"paid"}}' in written


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize("text", ROUNDED)
def test_a_number_that_a_float_does_not_keep_is_not_written(
    kind: Kind, server: Server, payment_json: dict[str, Any], text: str
) -> None:
    server.answer(200, answered(payment_json, f'{{"amount": {text}, "list": [{text}]}}'))
    payments = kind.at(server, plugins=[Metadata([decimal_codec("amount")])])
    with pytest.raises(ResponseFormatError, match=rf"metadata\['amount'\] is {re.escape(text)}.*: pass it as a text"):
        payments.merge_metadata(payment_json["id"], {"note": "paid"})
    with pytest.raises(ResponseFormatError, match=r"metadata\['list'\]\[0\] is "):
        payments.remove_metadata(payment_json["id"], "amount")
    read = payments.retrieve("p")
    for again in (read, copy.deepcopy(read), pickle.loads(pickle.dumps(read))):
        for write in (payments.replace_metadata, lambda id, values: payments.update(id, metadata=values)):
            with pytest.raises(ValueError, match="more digits than a float keeps"):
                write("p", again.metadata)
    assert {each.method for each in server.requests} == {"GET"}
    assert read.ext.metadata["amount"] == Decimal(text)
    assert read.metadata["amount"] == float(text)


@pytest.mark.usefixtures("parser")
def test_a_number_that_a_float_does_not_keep_can_be_replaced(
    kind: Kind, server: Server, payment_json: dict[str, Any]
) -> None:
    server.answer(200, answered(payment_json, f'{{"amount": {ROUNDED[0]}, "cart": 1}}'))
    payments = kind.at(server, plugins=[Metadata([decimal_codec("amount")])])
    payments.merge_metadata(payment_json["id"], {"amount": payments.retrieve("p").ext.metadata["amount"]})
    assert server.requests[-1].json["data"]["attributes"]["metadata"] == {"amount": ROUNDED[0], "cart": 1}
    payments.remove_metadata(payment_json["id"], "amount")
    assert server.requests[-1].json["data"]["attributes"]["metadata"] == {"cart": 1}


@pytest.mark.parametrize("missing", ["metadata", "updated_at"])
def test_an_answer_without_what_a_merge_needs_is_refused(
    kind: Kind, server: Server, payment_json: dict[str, Any], missing: str
) -> None:
    del payment_json["attributes"][missing]
    server.answer(200, {"data": payment_json})
    payments = kind.at(server)
    with pytest.raises(ResponseFormatError, match=f"without {missing}, so that nothing was written"):
        payments.merge_metadata(
            payment_json["id"], {"note": "paid"}, expected_updated_at=datetime(2026, 11, 22, 9, tzinfo=UTC)
        )
    assert [each.method for each in server.requests] == ["GET"]


# ---- Any JSON --------------------------------------------------------------------------------------------------------

UNCHECKED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
INTEGERS = st.integers() | st.integers(2**64, 2**200) | st.integers(-(2**200), -(2**63) - 1)
LEAVES = st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)
CODED = st.fixed_dictionaries(
    {},
    optional={
        "due": st.datetimes(
            datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC) | st.just(ZoneInfo("Europe/Rome"))
        ),
        "amount": st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.floats(0, 1e9) | st.integers(),
        "id": st.uuids(),
        "level": st.just(Level.LOW),
        "address": st.builds(Address, st.text(max_size=3)),
    },
)
METADATA = st.builds(
    lambda plain, values: plain | values, st.dictionaries(st.text(max_size=3), JSON, max_size=3), CODED
)


def exact(value: Any) -> str:
    """A text by which ``True``, ``1`` and ``1.0`` are not the same."""
    return json.dumps(value, sort_keys=True)


def same(read: Any, given: Any) -> bool:
    if isinstance(given, datetime):
        return bool(read == given.astimezone(UTC))
    if isinstance(given, float) and isinstance(read, Decimal):
        return read == Decimal(str(given))
    return bool(read == given)


@pytest.mark.usefixtures("parser")
@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=UNCHECKED)
@given(stored=METADATA, changes=METADATA, deep=st.booleans())
def test_any_metadata_come_back_as_they_went(kind: Kind, stored: Any, changes: Any, deep: bool) -> None:
    sandbox = Sandbox(orders=1)
    payments = kind.on(sandbox, plugins=[Metadata(CODECS)])
    try:
        made = payments.create(order=sandbox.order_ids[0], metadata=stored)
    except ValueError:
        # What JSON cannot carry, such as half of a surrogate pair; nothing was sent but for the token.
        assert not [each for each in sandbox.requests if each.path.startswith("/api")]
        return
    assert made.ext.metadata.keys() == stored.keys()
    assert all(same(made.ext.metadata[key], value) for key, value in stored.items())
    written = made.metadata
    for each in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), payments.retrieve(made.id)):
        assert exact(each.metadata) == exact(written)
    assert dict(pickle.loads(pickle.dumps(made.ext.metadata))) == dict(made.ext.metadata)
    again = payments.update(made.id, metadata=made.ext.metadata)
    assert all(same(again.ext.metadata[key], value) for key, value in stored.items())
    merged = payments.merge_metadata(made.id, changes, deep=deep)
    for key in {*stored, *changes}:
        if key not in changes:
            assert exact(merged.metadata[key]) == exact(again.metadata[key])
        elif changes[key] is None:
            assert key not in merged.metadata
        elif not (deep and isinstance(changes[key], dict)) and not isinstance(changes[key], Address):
            assert same(merged.ext.metadata[key], changes[key])
    assert exact(payments.merge_metadata(made.id, changes, deep=deep).metadata) == exact(merged.metadata)
    assert payments.retrieve(made.id).updated_at == merged.updated_at  # the second merge wrote nothing


def test_what_is_spelt_otherwise_while_one_walks_is_given_once(coded: Any, sandbox: Sandbox) -> None:
    made = coded.create(order=sandbox.order_ids[0], metadata={"amount": "10.5"})
    other = coded.create(order=sandbox.order_ids[1], metadata={"amount": 10.5})
    walk = iter(coded.find_by_metadata({"amount": "10.5"}))
    assert next(walk).id == made.id
    coded.replace_metadata(made.id, {"amount": "10.50"})
    assert [each.id for each in walk] == [other.id]
