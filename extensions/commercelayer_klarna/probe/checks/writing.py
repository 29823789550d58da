"""Writing, with an order that is pending and has a Klarna payment method, before it is paid.

The checks follow each other: a payment is created, changed, replaced and deleted. Nothing is placed here. An order whose
payment has a shopper's authorization is left alone, since creating another payment would drop it.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from collections.abc import Callable, Mapping

from commercelayer_klarna._json import JsonObject, JsonValue, as_object
from commercelayer_klarna.plugins.jsonapi import MEDIA_TYPE
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask
from commercelayer_klarna.probe.expect import Topic, kind, ok, refused
from commercelayer_klarna.probe.visit import Visit

__all__ = ["CHECKS"]

_W = Topic("sandbox/api/documents.py, sandbox/api/problems.py, _client/requests.py", writes=True)
_R = Topic("sandbox/api/rules.py, sandbox/api/payment_sources.py", writes=True)
_K = "klarna_payments"
_REFERENCE = "klarna-probe"
_TOKEN: JsonObject = {"auth_token": "x"}
_METADATA: Mapping[str, object] = {"klarna-probe": {"a": [1, True, None]}, "other": "x"}


def _order(visit: Visit) -> str:
    """Return the order that is written to: the first that is pending, unpaid, and has no shopper's authorization."""
    remedy = "give a pending order with a Klarna payment method, and no authorization (--write ORDER_ID)"
    return visit.order("waiting", remedy)


def _payment(visit: Visit) -> str:
    return visit.keep("payment")


def _create(visit: Visit, **attributes: object) -> Answer:
    return visit.write("POST", _K, attributes=attributes or None, related={"order": ("orders", _order(visit))})


def _update(visit: Visit, **attributes: object) -> Answer:
    return visit.write("PATCH", _K, _payment(visit), attributes)


def _source(visit: Visit) -> str:
    """Return the id of the order's payment source, empty if it has none."""
    return str(visit.found(f"orders/{_order(visit)}?include=payment_source").related("payment_source").get("id", ""))


def _sent(
    method: str,
    document: Callable[[Visit], JsonObject | str],
    status: int,
    code: str,
    pointer: str = "",
    headers: Mapping[str, str | None] | None = None,
) -> Callable[[Visit], str]:
    """Send a document that must be refused, to the list of payments, or to the payment."""

    def run(visit: Visit) -> str:
        target = _K if method == "POST" else f"{_K}/{_payment(visit)}"
        return refused(visit.ask(Ask(method, target, document(visit), headers or {})), status, code, pointer)

    return run


def _data(type_: str = _K, **members: JsonValue) -> JsonObject:
    return {"data": {"type": type_, **members}}


def _linked(order: JsonValue) -> JsonObject:
    return {"order": {"data": order}}


def _new(visit: Visit, **attributes: JsonValue) -> JsonObject:
    return _data(attributes=attributes, relationships=_linked({"type": "orders", "id": _order(visit)}))


def _creates(visit: Visit) -> None:
    answer = _create(visit)
    if answer.status != 201:
        raise Differs(str(answer))
    visit.kept["payment"] = answer.id
    visit.kept["location"] = answer.headers.get("location", "")
    for name in ("auth_token", "payment_instrument", "session_id", "client_token", "payment_methods"):
        visit.kept[f"new {name}"] = kind(answer.attributes.get(name))
    visit.kept["session"] = str(answer.attributes.get("session_id"))


def _fresh(*wanted: tuple[str, str]) -> Callable[[Visit], str]:
    """Expect what a new payment was seen to have."""

    def run(visit: Visit) -> str:
        found = {name: visit.keep(f"new {name}") for name, _ in wanted}
        text = ", ".join(f"{name}: {value}" for name, value in found.items())
        if any(found[name] != value for name, value in wanted):
            raise Differs(text)
        return text

    return run


def _location(visit: Visit) -> None:
    if not visit.keep("location").endswith(f"/{_payment(visit)}"):
        raise Differs("it is not there, or another address")


def _becomes_source(visit: Visit) -> None:
    if _source(visit) != _payment(visit):
        raise Differs("it is not")


def _replaces(visit: Visit) -> None:
    first, answer = _payment(visit), _create(visit)
    ok(answer, 201)
    visit.kept["replaced payment"], visit.kept["payment"] = first, answer.id
    visit.kept["session"] = str(answer.attributes.get("session_id"))
    if _source(visit) != answer.id:
        raise Differs("the order keeps the first one")


def _changed(visit: Visit) -> None:
    """Expect what is not sent to stay as it is."""
    ok(_update(visit, reference=_REFERENCE, metadata=_METADATA))
    after = ok(_update(visit, reference_origin=_REFERENCE)).attributes
    if after.get("reference") != _REFERENCE or after.get("metadata") != _METADATA:
        raise Differs("another attribute changed")


def _metadata(sent: object, stored: object) -> Callable[[Visit], None]:
    """Expect what metadata comes to that is written over others."""

    def run(visit: Visit) -> None:
        ok(_update(visit, metadata=_METADATA))
        found = ok(_update(visit, metadata=sent)).attributes.get("metadata")
        if found != stored:
            raise Differs(f"it is {kind(found)}")

    return run


def _large(visit: Visit) -> None:
    found = ok(_update(visit, metadata={"large": "x" * 64_000, **{f"key-{number}": number for number in range(200)}}))
    if len(as_object(found.attributes.get("metadata"))) != 201:
        raise Differs("a part of it was stored")


def _deep(visit: Visit) -> None:
    value: JsonValue = 1
    for _ in range(50):
        value = {"deeper": value}
    if ok(_update(visit, metadata={"deep": value})).attributes.get("metadata") != {"deep": value}:
        raise Differs("another value was stored")


def _includes(visit: Visit) -> None:
    answer = ok(
        visit.ask(
            Ask(
                "PATCH",
                f"{_K}/{_payment(visit)}?include=order&fields[klarna_payments]=order",
                _data(id=_payment(visit), attributes={"reference": _REFERENCE}),
            )
        )
    )
    if not answer.related("order") or "attributes" in answer.data:
        raise Differs("no linkage, or all attributes")


def _refreshes(visit: Visit) -> str:
    """Tell whether a refresh opens another session."""
    before = visit.keep("session")
    answer = ok(_update(visit, _update=True)).attributes
    if answer.get("session_id") == before:
        raise Differs("the session is the same one")
    visit.kept["session"] = str(answer.get("session_id"))
    return "another session"


def _does_nothing(visit: Visit) -> None:
    if ok(_update(visit, _update=False)).attributes.get("session_id") != visit.keep("session"):
        raise Differs("it opened another session")


def _converts(visit: Visit) -> None:
    before = visit.keep("session")
    after = str(ok(_update(visit, _update="true")).attributes.get("session_id"))
    visit.kept["session"] = after
    if after == before:
        raise Differs("it did nothing")


def _keeps_token(visit: Visit) -> None:
    ok(_update(visit, auth_token=_REFERENCE))
    after = ok(_update(visit, _update=True)).attributes
    visit.kept["session"] = str(after.get("session_id"))
    if after.get("auth_token") != _REFERENCE:
        raise Differs(f"it is {kind(after.get('auth_token'))}")


def _nulls_token(visit: Visit) -> None:
    if ok(_update(visit, auth_token=None)).attributes.get("auth_token") is not None:
        raise Differs("it stays")


def _never_told(visit: Visit) -> None:
    if "_update" in ok(_update(visit, _update=False)).attributes:
        raise Differs("it is told")


def _events(visit: Visit) -> None:
    listed = visit.found(f"{_K}/{_payment(visit)}/event_stores?page[size]=25").listed
    found = {str(as_object(each.get("attributes")).get("event")) for each in listed}
    if not {"create", "update"} <= found:
        raise Differs(f"events: {', '.join(sorted(found)) or 'none'}")


def _an_order_of_none(visit: Visit) -> JsonObject:
    _order(visit)
    return _data(relationships=_linked({"type": "orders", "id": "xxxxxxxxxx"}))


def _without_method(visit: Visit) -> str:
    """Take the payment method from the order, try to create a payment, and give it back."""
    order, method = _order(visit), visit.keep("payment method")
    visit.needed(visit.write("PATCH", "orders", order, {}, {"payment_method": None}))
    try:
        return refused(_create(visit), 422, "VALIDATION_ERROR", "/data/relationships/order")
    finally:
        visit.needed(visit.write("PATCH", "orders", order, {}, {"payment_method": ("payment_methods", method)}))


def _places_without_token(visit: Visit) -> str:
    answer = visit.write("PATCH", "orders", _order(visit), {"_place": True})
    return refused(answer, 422, "VALIDATION_ERROR", "/data/relationships/payment_source")


def _step(trigger: str, status: int, code: str, pointer: str) -> Callable[[Visit], str]:
    return lambda visit: refused(visit.write("PATCH", "orders", _order(visit), {trigger: True}), status, code, pointer)


def _drops(**attributes: object) -> Callable[[Visit], None]:
    """Expect a write to take the payment source off the order."""

    def run(visit: Visit) -> None:
        ok(visit.write("PATCH", "orders", _order(visit), attributes))
        if _source(visit):
            raise Differs("it stays")
        answer = ok(_create(visit), 201)
        visit.kept["payment"] = answer.id

    return run


def _sets_null(visit: Visit) -> None:
    ok(visit.write("PATCH", "orders", _order(visit), {}, {"payment_source": None}))
    if _source(visit):
        raise Differs("it stays")


def _sets_source(visit: Visit) -> None:
    ok(visit.write("PATCH", "orders", _order(visit), {}, {"payment_source": (_K, _payment(visit))}))
    if _source(visit) != _payment(visit):
        raise Differs("it is another one, or none")


def _by_channel(**attributes: object) -> Callable[[Visit], str]:
    return lambda visit: refused(
        visit.write("PATCH", "orders", _order(visit), attributes, by="sales channel"), 401, "UNAUTHORIZED"
    )


def _channel_updates(visit: Visit) -> None:
    ok(visit.write("PATCH", _K, _payment(visit), {"reference": _REFERENCE}, by="sales channel"))


def _deletes(visit: Visit) -> None:
    answer = visit.ask(Ask("DELETE", f"{_K}/{_payment(visit)}"))
    if answer.status != 204 or answer.content:
        raise Differs(f"{answer}, {len(answer.content)} bytes")
    visit.kept["deleted payment"] = visit.kept.pop("payment")


def _is_gone(visit: Visit) -> str:
    return refused(visit.get(f"{_K}/{visit.keep('deleted payment')}"), 404, "RECORD_NOT_FOUND")


def _leaves_no_source(visit: Visit) -> None:
    visit.keep("deleted payment")
    if _source(visit):
        raise Differs("the order still has a payment source")


def _puts(visit: Visit) -> str:
    return refused(visit.ask(Ask("PUT", f"{_K}/{_payment(visit)}", _data(id=_payment(visit)))), 405)


def _of_itself(visit: Visit, **more: JsonValue) -> JsonObject:
    return _data(id=_payment(visit), **more)


_W_SPEC = "spec/klarna_payments.yaml, sandbox/api/rules.py, _client/requests.py"

CHECKS: tuple[Check, ...] = (
    _R.many("create", "F4.1 F2 L5", "documented", "creating a payment, without attributes, is 201", "POST klarna_payments", 1, _creates, _W_SPEC),
    _R.many("create-session", "F4.1 L5", "documented", "it has a session, a client token and payment methods", "nothing more", 0, _fresh(("session_id", "string"), ("client_token", "string"), ("payment_methods", "array")), _W_SPEC),
    _R.many("create-no-token", "F3.1", "documented", "its `auth_token` is null", "nothing more", 0, _fresh(("auth_token", "null")), _W_SPEC),
    _R.many("create-instrument", "F3.4 F17.9", "unknown", "its `payment_instrument` is an empty object", "nothing more", 0, _fresh(("payment_instrument", "empty object"))),
    _R.many("create-location", "F1.3 F17.13", "inferred", "the answer has a `Location`", "nothing more", 0, _location, "sandbox/api/engine.py"),
    _R.many("create-becomes-source", "F4.1", "documented", "it becomes the order's payment source", "GET the order", 1, _becomes_source),
    _R.many("create-again", "F4.1 F18.3", "inferred", "a second payment takes the place of the first", "POST klarna_payments, GET the order", 2, _replaces),
    _W.many("create-without-order", "F9.3 F18.3", "inferred", "without an order it is 422, blank, of the order", "POST klarna_payments", 1, _sent("POST", lambda visit: _order(visit) and _data(), 422, "VALIDATION_ERROR", "/data/relationships/order")),
    _W.many("create-order-of-none", "F17.4 F18.3 L6", "unknown", "with an order that does not exist it is 422 of the order", "POST klarna_payments", 1, _sent("POST", _an_order_of_none, 422, "VALIDATION_ERROR", "/data/relationships/order")),
    _R.many("create-without-method", "F17.4", "unknown", "for an order without payment method it is 422 of the order", "PATCH the order, POST klarna_payments, PATCH the order back", 3, _without_method),
    _W.many("create-again-after", "F4.1", "inferred", "and after the method is back a payment can be created", "POST klarna_payments", 1, _creates),
    _W.many("write-content-type", "F1.2 F9.2", "documented", "a write of another Content-Type is 415 `UNSUPPORTED_MEDIA_TYPE`", "PATCH the payment", 1, _sent("PATCH", _of_itself, 415, "UNSUPPORTED_MEDIA_TYPE", headers={"Content-Type": "application/json"}), "sandbox/api/engine.py"),
    _W.many("write-content-type-parameters", "F1.2", "inferred", "its parameters are ignored", "PATCH the payment", 1, lambda visit: str(ok(visit.ask(Ask("PATCH", f"{_K}/{_payment(visit)}", _of_itself(visit), {"Content-Type": f"{MEDIA_TYPE}; charset=utf-8"})))), "sandbox/api/engine.py"),
    _W.many("write-unknown-attribute", "F9.3", "inferred", "an unknown attribute is 400 `PARAM_NOT_ALLOWED`", "POST klarna_payments", 1, _sent("POST", lambda visit: _new(visit, no_such=1), 400, "PARAM_NOT_ALLOWED")),
    _W.many("write-read-only", "F3.1 F9.3", "inferred", "so is one that can only be read", "PATCH the payment", 1, _sent("PATCH", lambda visit: _of_itself(visit, attributes={"client_token": "x"}), 400, "PARAM_NOT_ALLOWED")),
    _W.many("write-token-on-create", "F3.1", "inferred", "so is `auth_token` in a create", "POST klarna_payments", 1, _sent("POST", lambda visit: _new(visit, **_TOKEN), 400, "PARAM_NOT_ALLOWED")),
    _W.many("write-type", "F9.3", "inferred", "another `type` is 400 `INVALID_RESOURCE`", "PATCH the payment", 1, _sent("PATCH", lambda visit: _data("orders", id=_payment(visit)), 400, "INVALID_RESOURCE")),
    _W.many("write-without-data", "F9.3", "inferred", "without `data` it is 400 `PARAM_MISSING`", "PATCH the payment", 1, _sent("PATCH", lambda visit: {}, 400, "PARAM_MISSING")),
    _W.many("write-no-json", "F9.3", "inferred", "what is no JSON is 400", "PATCH the payment", 1, _sent("PATCH", lambda visit: "no JSON", 400, "")),
    _W.many("write-linkage", "F9.3", "inferred", "a linkage without an id is 400 `INVALID_LINKS_OBJECT`", "POST klarna_payments", 1, _sent("POST", lambda visit: _order(visit) and _data(relationships=_linked({"type": "orders"})), 400, "INVALID_LINKS_OBJECT")),
    _W.many("write-linkage-type", "F9.3", "inferred", "a linkage of another type is 400 `TYPE_MISMATCH`", "POST klarna_payments", 1, _sent("POST", lambda visit: _data(relationships=_linked({"type": "markets", "id": _order(visit)})), 400, "TYPE_MISMATCH")),
    _W.many("write-another-id", "F4.2 F9.3", "documented", "another id in the document is 400 `KEY_NOT_INCLUDED_IN_URL`", "PATCH the payment", 1, _sent("PATCH", lambda visit: _payment(visit) and _data(id="xxxxxxxxxx"), 400, "KEY_NOT_INCLUDED_IN_URL")),
    _W.many("write-no-id", "F9.3", "inferred", "no id in the document is 400 `KEY_ORDER_MISMATCH`", "PATCH the payment", 1, _sent("PATCH", lambda visit: _payment(visit) and _data(), 400, "KEY_ORDER_MISMATCH")),
    _W.many("write-order-null", "F4.2", "inferred", "the order of a payment cannot be taken away: 422 of the order", "PATCH the payment", 1, _sent("PATCH", lambda visit: _of_itself(visit, relationships=_linked(None)), 422, "VALIDATION_ERROR", "/data/relationships/order")),
    _W.many("write-put", "F2", "inferred", "PUT is not answered: 405", "PUT the payment", 1, _puts, "sandbox/api/engine.py"),
    _W.many("update-part", "F4.2", "documented", "what is not sent stays as it is", "PATCH the payment twice", 2, _changed, _W_SPEC),
    _W.many("update-metadata", "F4.3", "documented", "metadata is replaced as a whole", "PATCH the payment twice", 2, _metadata({"only": 1}, {"only": 1}), "plugins/metadata.py, _client/metadata.py, sandbox/api/rules.py"),
    _W.many("update-metadata-null", "F17.12", "unknown", "`metadata: null` is stored as null", "PATCH the payment twice", 2, _metadata(None, None)),
    _W.many("update-metadata-large", "F4.3 F17.12", "unknown", "metadata of 64,000 bytes and 201 keys is stored", "PATCH the payment", 1, _large),
    _W.many("update-metadata-deep", "F4.3 F17.12", "unknown", "metadata of 50 levels is stored", "PATCH the payment", 1, _deep),
    _W.many("update-include", "F8.1", "documented", "include and fields work on a write", "PATCH the payment", 1, _includes),
    _R.many("refresh", "F4.2 F17.11", "unknown", "`_update: true` opens another session", "PATCH the payment", 1, _refreshes),
    _R.many("refresh-false", "F4.2 F17.11", "unknown", "`_update: false` does nothing", "PATCH the payment", 1, _does_nothing),
    _R.many("refresh-as-text", "F19.12", "inferred", "the text `true` stands for true", "PATCH the payment", 1, _converts, "sandbox/api/documents.py"),
    _W.many("refresh-as-other-text", "F19.12", "unknown", "another text is 400 `INVALID_FIELD_VALUE`", "PATCH the payment", 1, _sent("PATCH", lambda visit: _of_itself(visit, attributes={"_update": "perhaps"}), 400, "INVALID_FIELD_VALUE")),
    _R.many("refresh-keeps-token", "F17.11", "unknown", "`auth_token` survives a refresh", "PATCH the payment twice", 2, _keeps_token),
    _R.many("refresh-not-told", "F3.1", "documented", "`_update` is never told", "PATCH the payment", 1, _never_told, "sandbox/api/render.py"),
    _R.many("token-null", "F3.1", "documented", "`auth_token` can be set to null", "PATCH the payment", 1, _nulls_token, _W_SPEC),
    _R.many("events-of-writes", "F6", "documented", "each create and update leaves an event", "GET the payment's event stores", 1, _events, "sandbox/api/state.py"),
    _R.many("place-without-token", "F17.4 L11.1", "inferred", "placing without `auth_token` is 422 of the payment source", "PATCH the order with _place", 1, _places_without_token, "sandbox/api/order_life.py"),
    _R.many("approve-a-pending-order", "L6 L11.1 F19.7", "inferred", "approving a pending order is 422 of `status`", "PATCH the order with _approve", 1, _step("_approve", 422, "VALIDATION_ERROR", "/data/attributes/status"), "sandbox/api/order_life.py, _client/transitions.py"),
    _R.many("capture-a-pending-order", "L6 L11.1", "inferred", "so is capturing one", "PATCH the order with _capture", 1, _step("_capture", 422, "VALIDATION_ERROR", "/data/attributes/status"), "sandbox/api/order_life.py, _client/transitions.py"),
    _R.many("sales-channel-trigger", "L11.10 L6", "unknown", "a sales channel that sends `_approve` is told 401 `UNAUTHORIZED`", "PATCH the order with _approve, as a sales channel", 1, _by_channel(_approve=True), "sandbox/api/permissions.py"),
    _R.many("sales-channel-updates", "F12", "documented", "a sales channel updates a payment whose order waits", "PATCH the payment, as a sales channel", 1, _channel_updates, "sandbox/api/permissions.py"),
    _R.many("nullify", "F5.6 L1.3", "documented", "`_nullify_payment_source` drops the payment source", "PATCH and GET the order, POST klarna_payments", 3, _drops(_nullify_payment_source=True)),
    _R.many("refresh-of-order", "F5.6 L5", "documented", "so does `_refresh`", "PATCH and GET the order, POST klarna_payments", 3, _drops(_refresh=True)),
    _R.many("source-null", "L1.4", "inferred", "an order's `payment_source` can be set to null", "PATCH and GET the order", 2, _sets_null),
    _R.many("source-set", "L1.4", "inferred", "and to a payment of that order", "PATCH and GET the order", 2, _sets_source),
    _R.many("delete", "F4.4 F2", "documented", "deleting a payment is 204, without a body", "DELETE the payment", 1, _deletes, _W_SPEC),
    _R.many("deleted-is-gone", "F4.4", "inferred", "then it is 404", "GET the payment", 1, _is_gone),
    _R.many("delete-leaves-no-source", "F4.4 F17.5", "inferred", "and its order has no payment source", "GET the order", 1, _leaves_no_source),
)  # fmt: skip
