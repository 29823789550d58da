"""The business of a Klarna payment: what creating, updating, deleting and placing does, and what it is refused for.

Each rule first validates and then commits, so that a refusal leaves nothing behind. unknown: the texts of all 422s but
the documented "can't be blank"; clients can rely on the status, the code and the pointer.
"""

from collections.abc import Mapping

from commercelayer_klarna.sandbox.api import problems, wire
from commercelayer_klarna.sandbox.api.documents import Write
from commercelayer_klarna.sandbox.api.problems import Problem, Refused, undocumented, validation_error
from commercelayer_klarna.sandbox.api.schema import ORDER_EDITS, RESOURCES
from commercelayer_klarna.sandbox.api.state import Record, Ref, State
from commercelayer_klarna.sandbox.api.wire import JSON
from commercelayer_klarna.sandbox.oauth import tokens

# An order can change only before it is placed.
EDITABLE = ("draft", "pending")

_ASSETS = "https://klarna.example/assets"
_PAYMENT_METHODS = (("pay_later", "Pay later"), ("pay_over_time", "Financing"), ("pay_now", "Pay now"))


class Rules:
    """The rules over one state; `who` is what the event stores will say about the caller."""

    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, type_: str, write: Write, who: Mapping[str, JSON]) -> Record:
        """Create a Klarna payment, the one type that can be created: opens a session for the order's total."""
        order = self._order(write.linked.get("order"))
        method = self._method(order)
        attributes: dict[str, JSON] = {
            **self._session(order),
            "auth_token": None,
            "mismatched_amounts": False,
            # unknown: null or empty before the payment is authorized.
            "payment_instrument": {},
            **write.attributes,
        }
        linked = {"order": Ref("orders", order.id), "payment_gateway": method.linked["payment_gateway"]}
        payment = self._state.create(type_, attributes, linked, who)
        payment.session_cents = _total(order)
        # A later payment simply takes the place of an earlier one.
        self._set_source(order, payment, who)
        return payment

    def update(self, record: Record, write: Write, who: Mapping[str, JSON]) -> None:
        """Update a Klarna payment or an order."""
        if record.type == "orders":
            self._update_order(record, write, who)
        else:
            self._update_payment(record, write, who)

    def delete(self, payment: Record, who: Mapping[str, JSON]) -> None:
        """Delete a Klarna payment; inferred: its order is left without a source, and a placed order locks it."""
        order = self._state.follow(payment.linked.get("order"))
        if order is not None and not _editable(order):
            raise Refused(problems.locked("KlarnaPayment", payment.sequence))
        self._state.delete(payment)
        if order is not None and self._is_source(order, payment):
            self._set_source(order, None, who)

    def compare_amounts(self, order: Record) -> None:
        """Set on every payment of the order whether its session's amount still is the order's."""
        for payment in self._state.all("klarna_payments"):
            if payment.linked.get("order") == Ref("orders", order.id):
                payment.attributes["mismatched_amounts"] = payment.session_cents != _total(order)

    def _update_payment(self, payment: Record, write: Write, who: Mapping[str, JSON]) -> None:
        order = self._state.follow(payment.linked.get("order"))
        target = self._order(write.linked["order"]) if "order" in write.linked else order
        moves = target is not None and target is not order
        renews = "_update" in write.triggers
        # unknown: a placed order's payment; all but its reference and metadata is refused, as the order is bound to it.
        if (moves or renews or "auth_token" in write.attributes) and order is not None and not _editable(order):
            raise Refused(_not_editable())
        changes = dict(write.attributes)
        linked: dict[str, Ref | None] = {}
        if target is not None and moves:
            linked = {
                "order": Ref("orders", target.id),
                "payment_gateway": self._method(target).linked["payment_gateway"],
            }
        if target is not None and renews:
            # unknown: whether the token of an earlier authorization survives; what is not sent stays as it is.
            changes.update(self._session(target))
            payment.session_cents = _total(target)
        if target is not None:
            changes["mismatched_amounts"] = payment.session_cents != _total(target)
        self._state.update(payment, changes, linked, who)
        if target is not None and moves:
            if order is not None and self._is_source(order, payment):
                self._set_source(order, None, who)
            self._set_source(target, payment, who)

    def _update_order(self, order: Record, write: Write, who: Mapping[str, JSON]) -> None:
        changes, linked = dict(write.attributes), dict(write.linked)
        if linked.get("payment_method") and self._state.follow(linked["payment_method"]) is None:
            raise Refused(problems.blank("payment_method"))
        # A Klarna session is bound to the order as it was: one that is edited or refreshed loses its payment source.
        nullifies = "_nullify_payment_source" in write.triggers or _edits(order, write)
        if nullifies:
            if not _editable(order):
                raise Refused(_not_editable())
            linked["payment_source"] = None
            changes["payment_source_details"] = None
        if "_refresh" in write.triggers:
            changes["refreshed_at"] = self._state.now()
        payment: Record | None = None
        if "_place" in write.triggers:
            payment = self._placeable(order, None if nullifies else order.linked.get("payment_source"))
            changes.update(self._placed())
        self._state.update(order, changes, linked, who)
        if payment is not None:
            # inferred from an older example: what Klarna reports once the order exists there.
            self._state.update(payment, {"payment_instrument": {"issuer_type": "klarna"}}, {}, who)

    def _placeable(self, order: Record, source: Ref | None) -> Record:
        """Return the payment to place the order with, or refuse with everything that stands in the way."""
        if not _editable(order):
            raise Refused(_not_editable())
        payment = self._state.follow(source)
        pointer = "/data/relationships/payment_source"
        if payment is None:
            raise Refused(problems.blank("payment_source"))
        found: list[Problem] = []
        if not payment.attributes["auth_token"]:
            found.append(validation_error("payment_source", "auth token can't be blank", "blank", pointer))
        if payment.attributes["mismatched_amounts"]:
            found.append(validation_error("payment_source", "amounts do not match", "mismatched_amounts", pointer))
        if found:
            raise Refused(*found)
        return payment

    def _placed(self) -> dict[str, JSON]:
        now = self._state.now()
        return {
            "status": "placed",
            "payment_status": "authorized",
            "placed_at": now,
            "payment_updated_at": now,
            "editable": False,
            # The singular type is what recorded orders have.
            "payment_source_details": {"type": "klarna_payment", "klarna_id": self._state.new_uuid()},
        }

    def _order(self, ref: Ref | None) -> Record:
        """Return the order of a write. unknown: the answer for one that does not exist; here it counts as absent."""
        order = self._state.follow(ref)
        if order is None:
            because = None if ref is None else undocumented("the answer for an order that does not exist")
            raise Refused(problems.blank("order"), because=because)
        if not _editable(order):
            raise Refused(_not_editable())
        return order

    def _method(self, order: Record) -> Record:
        """Return the order's payment method, which must take Klarna payments."""
        method = self._state.follow(order.linked.get("payment_method"))
        if method is None or method.attributes["payment_source_type"] != "klarna_payments":
            raise Refused(
                validation_error("order", "payment method is invalid", "invalid", "/data/relationships/order")
            )
        return method

    def _session(self, order: Record) -> dict[str, JSON]:
        """Return a new Klarna session for the order's total, as the API would get it from Klarna."""
        session_id = self._state.new_uuid()
        header = tokens.encode(wire.write({"alg": "RS256", "kid": "sandbox"}))
        claims = tokens.encode(wire.write({"session_id": session_id, "amount": _total(order), "sandbox": True}))
        categories: list[JSON] = [
            {
                "identifier": identifier,
                "name": name,
                "asset_urls": {
                    "descriptive": f"{_ASSETS}/{identifier}/descriptive.svg",
                    "standard": f"{_ASSETS}/{identifier}/standard.svg",
                },
            }
            for identifier, name in _PAYMENT_METHODS
        ]
        return {"session_id": session_id, "client_token": f"{header}.{claims}.sandbox", "payment_methods": categories}

    def _is_source(self, order: Record, payment: Record) -> bool:
        return order.linked.get("payment_source") == Ref(payment.type, payment.id)

    def _set_source(self, order: Record, payment: Record | None, who: Mapping[str, JSON]) -> None:
        source = None if payment is None else Ref(RESOURCES[payment.type].name, payment.id)
        self._state.update(order, {}, {"payment_source": source}, who)


def _edits(order: Record, write: Write) -> bool:
    """Whether a write edits an order. unknown: what counts; here what changes anything but reference and metadata."""
    changed = any(order.attributes[name] != value for name, value in write.attributes.items() if name in ORDER_EDITS)
    relinked = any(order.linked.get(name) != ref for name, ref in write.linked.items())
    return changed or relinked or "_refresh" in write.triggers


def _editable(order: Record) -> bool:
    return order.attributes["status"] in EDITABLE


def _total(order: Record) -> int:
    total = order.attributes["total_amount_with_taxes_cents"]
    return total if isinstance(total, int) else 0


def _not_editable() -> Problem:
    return validation_error("order", "is not editable", "invalid", "/data/relationships/order")
