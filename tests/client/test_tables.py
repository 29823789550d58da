"""Tables: the same columns, types and values for every library, from both clients.

pandas and polars are large, so they are tried in the nightly run, which installs them.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from commercelayer_klarna import NotFetchedError, NotIncludedError, ResponseFormatError, resources
from commercelayer_klarna._client import tables
from commercelayer_klarna._document import Document
from commercelayer_klarna.sandbox import Sandbox
from support.contract import Contract
from support.kind import Kind
from support.server import Server

WHEN = datetime(2026, 11, 22, 9, 0, 0, 250_000, tzinfo=UTC)
CREATED = "2026-11-22T09:00:00.250Z"


def needs(*libraries: str) -> pytest.MarkDecorator:
    missing = [each for each in libraries if importlib.util.find_spec(each) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{missing} are installed by the nightly run")


@pytest.fixture
def server(server: Server) -> Server:
    """Two payments with an order, and one without."""
    order = {
        "type": "orders",
        "id": "o",
        "attributes": {
            "number": 7,
            "total_amount_cents": 3500,
            "total_amount_float": 35,
            "guest": True,
            "placed_at": None,
            "created_at": CREATED,
            "payment_source_details": {"type": "klarna_payment", "client_token": "planted"},
        },
        "relationships": {
            "market": {"data": {"type": "markets", "id": "m"}},
            "customer": {"data": None},
            "line_items": {"data": [{"type": "line_items", "id": "1"}, {"type": "line_items", "id": "2"}]},
            "captures": {"data": [{"type": "captures", "id": "c"}]},
            "refunds": {"data": []},
        },
    }
    many = [
        {"type": "line_items", "id": "1", "attributes": {"sku_code": "TEE", "quantity": 2}},
        {"type": "line_items", "id": "2", "attributes": {"sku_code": None, "quantity": 1}},
        {"type": "captures", "id": "c", "attributes": {"created_at": CREATED}},
    ]
    market = {"type": "markets", "id": "m", "attributes": {"name": "Italy"}}
    payments = [
        {
            "type": "klarna_payments",
            "id": identifier,
            "attributes": {
                "reference": reference,
                "created_at": CREATED,
                "client_token": "planted",
                "mismatched_amounts": None,
                "metadata": {"cart": "42", "n": number, "token": "mine"},
                "payment_methods": [{"identifier": "pay_later"}],
            },
            "relationships": {"order": {"data": linkage}},
        }
        for number, (identifier, reference, linkage) in enumerate(
            [("p", "ü", {"type": "orders", "id": "o"}), ("q", None, {"type": "orders", "id": "o"}), ("r", "x", None)]
        )
    ]
    server.answer(
        200, {"data": payments[:2], "included": [order, market, *many], "meta": {"page_count": 2, "record_count": 3}}
    )
    server.answer(200, {"data": payments[2:], "meta": {"page_count": 2, "record_count": 3}})
    return server


PATHS = [
    "id",
    "type",
    "order.number",
    "order.total_amount_cents",
    "order.total_amount_float",
    "order.guest",
    "order.placed_at",
    "order.created_at",
    "order.market.name",
    "order.market.id",
    "order.customer.id",
    "metadata.cart",
    "metadata.n",
    "metadata.none.deep",
    "order.payment_source_details",
    "order.line_items.sku_code",
    "order.line_items.quantity",
    "order.captures.created_at",
    "order.refunds.id",
]
CHOSEN: dict[str, list[Any]] = {
    "id": ["p", "q", "r"],
    "type": ["klarna_payments"] * 3,
    "order.number": ["7", "7", None],
    "order.total_amount_cents": [3500, 3500, None],
    "order.total_amount_float": [35.0, 35.0, None],
    "order.guest": [True, True, None],
    "order.placed_at": [None] * 3,
    "order.created_at": [WHEN, WHEN, None],
    "order.market.name": ["Italy", "Italy", None],
    "order.market.id": ["m", "m", None],
    "order.customer.id": [None] * 3,
    "metadata.cart": ["42"] * 3,
    "metadata.n": ["0", "1", "2"],
    "metadata.none.deep": [None] * 3,
    "order.payment_source_details": ['{"type": "klarna_payment"}'] * 2 + [None],
    "order.line_items.sku_code": [["TEE", None], ["TEE", None], None],
    "order.line_items.quantity": [["2", "1"], ["2", "1"], None],  # the contract does not know its type
    "order.captures.created_at": [[WHEN], [WHEN], None],
    "order.refunds.id": [[], [], None],
}
TIME = pa.timestamp("us", "UTC")
TYPES = {
    "total_amount_cents": pa.int64(),
    "total_amount_float": pa.float64(),
    "guest": pa.bool_(),
    **dict.fromkeys(("sku_code", "quantity", "refunds.id"), pa.list_(pa.string())),
    "captures.created_at": pa.list_(TIME),
    "_at": TIME,
}


def test_chosen_columns_are_typed(kind: Kind, server: Server) -> None:
    table = kind.at(server).list(include=["order.market"]).to_arrow(columns=PATHS)
    assert table.to_pydict() == CHOSEN
    for field in table.schema:
        wanted = next((each for name, each in TYPES.items() if field.name.endswith(name)), pa.string())
        assert field.type == wanted, field


def test_the_columns_of_a_list_are_its_attributes_without_secrets(
    kind: Kind, server: Server, contract: Contract
) -> None:
    table = kind.at(server).list().to_arrow()
    told = contract.document["components"]["schemas"]["KlarnaPaymentAttributes"]["properties"]
    assert table.column_names == ["id", *(name for name, each in told.items() if not each.get("x-secret"))]
    assert {"session_id", "client_token", "auth_token"} - set(table.column_names) == {"client_token", "auth_token"}
    assert table["created_at"].to_pylist() == [WHEN] * 3
    assert table["reference"].to_pylist() == ["ü", None, "x"]
    assert table["updated_at"].null_count == 3
    assert table.schema.field("updated_at").type == TIME
    assert table["metadata"][0].as_py() == '{"cart": "42", "n": 0, "token": "mine"}'
    assert table["payment_methods"][0].as_py() == '[{"identifier": "pay_later"}]'
    assert "planted" not in str(table.to_pydict())
    named = kind.at(server).list(limit=1).to_arrow(columns=["client_token"])
    assert named.to_pydict() == {"client_token": ["planted"]}


def test_fields_that_were_asked_for_are_the_columns(kind: Kind, sandbox: Sandbox) -> None:
    payments = kind.on(sandbox)
    made = payments.create(order=sandbox.order_ids[0], reference="x")
    wanted = payments.list(fields=["reference", "auth_token", "created_at"])
    assert wanted.to_arrow().to_pylist() == [{"id": made.id, "created_at": made.created_at, "reference": "x"}]
    found = payments.list(fields={"orders": ["number"], "klarna_payments": ["order"]}, include=["order"])
    assert found.to_arrow(columns=["order.number"]).num_rows == 1
    events = payments.event_stores(made.id).to_arrow()
    assert events["event"].to_pylist() == ["create"]
    assert "client_token" not in events["payload"][0].as_py()


def test_an_empty_list_has_its_columns(kind: Kind, sandbox: Sandbox) -> None:
    table = kind.on(sandbox).list().to_arrow(columns=["id", "order.created_at"])
    assert (table.num_rows, table.column_names) == (0, ["id", "order.created_at"])
    assert table.schema.field("order.created_at").type == TIME


def test_any_library_reads_a_list(kind: Kind, server: Server) -> None:
    payments = kind.at(server)
    if kind.name == "async":
        with pytest.raises(TypeError, match=r"pass `await list.to_arrow\(\)`"):
            payments.list().__arrow_c_stream__()
        assert server.requests == []
    else:
        read = pa.RecordBatchReader.from_stream(payments.list(limit=2)).read_all()
        assert read["id"].to_pylist() == ["p", "q"]


WRONG: list[tuple[Any, type[Exception], str]] = [
    ("id", TypeError, "pass a list of names"),
    (5, TypeError, "pass a list of names"),
    ([], ValueError, "empty"),
    (["id", "id"], ValueError, "'id' twice"),
    ([5], ValueError, "has 5"),
    (["order."], ValueError, "'order.'"),
    ([""], ValueError, "''"),
    (["order"], ValueError, "which is a resource: name what of it, such as 'order.id'"),
    (["order.market"], ValueError, "such as 'order.market.id'"),
    (["order.line_items"], ValueError, "such as 'order.line_items.id'"),
    (["order.captures.order.refunds.id"], ValueError, "a list of lists at refunds"),
]


def test_columns_that_cannot_be_are_refused_before_anything_is_sent(kind: Kind, server: Server) -> None:
    for columns, error, message in WRONG:
        with pytest.raises(error, match=message):
            kind.at(server).list().to_arrow(columns=columns)
    assert server.requests == []


def test_a_column_that_did_not_come_is_named(server: Server, kind: Kind) -> None:
    page = kind.at(server).list(include=["order"]).first_page()
    for column, error, message in (
        ("session_id", NotFetchedError, "came without session_id"),
        ("order.numbre", NotFetchedError, "came without numbre"),
        ("order.shipping_address.city", NotIncludedError, "include="),
        ("order.market.price_list.id", NotIncludedError, "include="),
    ):
        with pytest.raises(error, match=message):
            tables.to_arrow(tables.columns(resources.KlarnaPayment, {}, [column]), list(page))


@pytest.mark.parametrize(("name", "value"), [
    ("total_amount_cents", 2**63), ("total_amount_cents", 5.5), ("total_amount_cents", True), ("guest", 1),
    ("total_amount_float", "5"), ("created_at", "soon"),
])  # fmt: skip
def test_what_no_column_of_its_type_can_hold_is_refused(name: str, value: Any) -> None:
    order: Any = Document({"data": {"type": "orders", "id": "o", "attributes": {name: value}}}).data
    with pytest.raises(ResponseFormatError, match=name):
        tables.to_arrow(tables.columns(resources.Order, {}, [name]), [order])
    assert tables.to_arrow(tables.columns(resources.Order, {}), []).num_rows == 0


@pytest.mark.parametrize("library", ["pyarrow", "pandas", "polars"])
def test_a_library_that_is_missing_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    extra = {"pyarrow": "arrow"}.get(library, library)
    with pytest.raises(
        ImportError, match=rf'{library} is not installed.*pip install "commercelayer-klarna\[{extra}\]"'
    ):
        getattr(tables, f"to_{extra}")([], [])


def test_tables_are_imported_on_use_alone() -> None:
    program = (
        "import sys; from commercelayer_klarna.sandbox import Sandbox; s = Sandbox(); p = s.client();"
        "list(p.list()); assert not {'commercelayer_klarna._client.tables', 'pyarrow'} & set(sys.modules);"
        "p.list().to_arrow(); assert 'pyarrow' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# ---- pandas and polars

ALL = [column.name for column in tables.columns(resources.KlarnaPayment, {})]


@needs("pandas")
def test_pandas_has_the_same(kind: Kind, server: Server) -> None:
    frame = kind.at(server).list(include=["order.market"]).to_pandas(columns=PATHS)
    for name, values in CHOSEN.items():
        assert [
            None if value is None else value for value in frame[name].astype(object).where(frame[name].notna(), None)
        ] == values
    kinds = {name: str(frame[name].dtype) for name in PATHS}
    assert kinds["order.total_amount_cents"] == "Int64"
    assert kinds["order.total_amount_float"] == "Float64"
    assert kinds["order.guest"] == "boolean"
    assert kinds["order.created_at"] == "datetime64[us, UTC]"
    assert kinds["order.number"] in {"string", "str"}
    nothing = kind.at(server).list(filters={"reference_eq": "x"}, limit=0).to_pandas()
    assert (len(nothing), list(nothing.columns)) == (0, ALL)


@needs("polars")
def test_polars_has_the_same(kind: Kind, server: Server) -> None:
    import polars  # type: ignore[import-not-found, unused-ignore]  # pyright: ignore[reportMissingImports]

    frame = kind.at(server).list(include=["order.market"]).to_polars(columns=PATHS)
    assert frame.to_dict(as_series=False) == CHOSEN
    assert frame.schema["order.total_amount_cents"] == polars.Int64
    assert frame.schema["order.created_at"] == polars.Datetime("us", "UTC")
    assert frame.schema["order.placed_at"] == polars.Datetime("us", "UTC")
    if kind.name == "sync":
        assert polars.DataFrame(kind.at(server).list(limit=0)).columns == ALL
