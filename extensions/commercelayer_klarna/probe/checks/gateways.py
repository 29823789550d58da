"""Gateways: the generic ones, those of Klarna, and the payment methods that lead to them."""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

from commercelayer_klarna._json import JsonObject, as_object
from commercelayer_klarna._jsonapi.attributes import KlarnaGatewayAttributes
from commercelayer_klarna.probe.check import Check, Differs
from commercelayer_klarna.probe.exchange import Answer, Ask, CannotTell
from commercelayer_klarna.probe.expect import Topic, every, ok, that

__all__ = ["CHECKS"]

_G = Topic("spec/klarna_payments.yaml (KlarnaGateway, PaymentGateway), sandbox/api/schema.py")
_S = "klarna_gateways"


def _get(target: str) -> Ask:
    return Ask("GET", target)


def _attributes(resource: JsonObject) -> JsonObject:
    return as_object(resource.get("attributes"))


def _methods(answer: Answer) -> str:
    """Expect one of the payment methods to take klarna payments."""
    found = {str(_attributes(each).get("payment_source_type")) for each in ok(answer).included}
    if not found:
        raise CannotTell("no Klarna gateway has a payment method")
    if "klarna_payments" not in found:
        raise Differs(", ".join(sorted(found)))
    return ", ".join(sorted(found))


def _hidden(resource: JsonObject) -> bool:
    keys = as_object(_attributes(resource).get("credential_keys")).values()
    return all(str(each).startswith("*") for each in keys)


CHECKS: tuple[Check, ...] = (
    _G.seen("gateway-attributes", "F7.1", "documented", "a Klarna gateway has the attributes of the contract", _S, every(lambda each: _attributes(each).keys() >= {*KlarnaGatewayAttributes.__annotations__}, "one is missing")),
    _G.seen("gateway-credential-keys", "F7.1 F14", "documented", "`credential_keys` are there, and masked", _S, every(lambda each: "credential_keys" in _attributes(each) and _hidden(each), "they are not there, or not masked")),
    _G.seen("gateway-secrets", "F7.1 L4.5", "documented", "`api_key`, `api_secret` and `country_code` are never told", _S, every(lambda each: not {"api_key", "api_secret", "country_code"} & _attributes(each).keys(), "one of them is")),
    _G.seen("gateway-methods", "F7.3 L4.5", "documented", "a payment method of it takes `klarna_payments`", _S, _methods),
    _G.one("gateway-payments", "F2", "documented", "`/klarna_gateways/{id}/klarna_payments` lists its payments", _get("klarna_gateways/{gateway}/klarna_payments?page[size]=1"), that(lambda answer: all(each.get("type") == "klarna_payments" for each in answer.listed) and "record_count" in answer.meta, "something else")),
    _G.one("gateway-retrieve", "F2", "documented", "`/klarna_gateways/{id}` is the gateway", _get("klarna_gateways/{gateway}"), that(lambda answer: answer.data.get("type") == "klarna_gateways", "another type")),
    _G.one("gateways-generic", "F2 F7.1", "documented", "`/payment_gateways` lists gateways", _get("payment_gateways?page[size]=1"), that(lambda answer: "record_count" in answer.meta, "no list")),
    _G.one("gateway-payment-methods", "F2", "documented", "`/klarna_gateways/{id}/payment_methods` lists its payment methods", _get("klarna_gateways/{gateway}/payment_methods"), that(lambda answer: all(each.get("type") == "payment_methods" for each in answer.listed), "of another type")),
    _G.one("gateway-sort", "F7.1", "documented", "gateways can be sorted by name", _get("klarna_gateways?sort=name"), that(lambda answer: "record_count" in answer.meta, "no list")),
)  # fmt: skip
