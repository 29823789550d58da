"""The canned documents: what the API would send, made from the examples beside the contract.

A payment is about 2.6 kB, an order about 11 kB with a hundred attributes and links of three dozen relationships.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "spec" / "examples"
HOST = "https://acme.commercelayer.io/api"


def names() -> list[str]:
    """The attributes of a klarna payment."""
    return list(_example("klarna_payment.json")["data"]["attributes"])


def one() -> bytes:
    """A klarna payment."""
    return _written({"data": _payment(0)})


def page(count: int = 25) -> bytes:
    """A page of klarna payments."""
    return _written(_list([_payment(number) for number in range(count)]))


def included_page(count: int = 25) -> bytes:
    """A page of klarna payments with as many orders and gateways included."""
    included = [_order(number) for number in range(count)] + [_gateway(number) for number in range(count)]
    return _written({**_list([_payment(number, linked=True) for number in range(count)]), "included": included})


def numbered_page(number: int, pages: int, size: int = 25) -> bytes:
    """A page of a long list; ids are those of its place."""
    start = (number - 1) * size
    document = _list([_payment(start + each) for each in range(size)])
    document["meta"] = {"record_count": pages * size, "page_count": pages}
    if number < pages:
        document["links"]["next"] = f"{HOST}/klarna_payments?page[number]={number + 1}&page[size]={size}"
    return _written(document)


def _list(payments: list[Any]) -> dict[str, Any]:
    links = dict.fromkeys(("first", "last"), f"{HOST}/klarna_payments?page[number]=1&page[size]=25")
    return {"data": payments, "meta": {"record_count": len(payments), "page_count": 1}, "links": links}


def _payment(number: int, *, linked: bool = False) -> dict[str, Any]:
    payment: dict[str, Any] = _example("klarna_payment_list.json")["data"][1]
    _rename(payment, f"kPm{number:09}")
    attributes = payment["attributes"]
    method = attributes["payment_methods"][0]
    attributes["payment_methods"] = [
        {**method, "identifier": f"pay_{each}", "allowed": True, "legacy": None}
        for each in ("later", "now", "over", "in")
    ]
    attributes["client_token"] = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjgyMzA1ZWJjIn0." + "c" * 550
    if linked:
        payment["relationships"]["order"]["data"] = {"type": "orders", "id": f"oRd{number:09}"}
        payment["relationships"]["payment_gateway"]["data"] = {"type": "payment_gateways", "id": f"gAt{number:09}"}
    return payment


def _order(number: int) -> dict[str, Any]:
    order: dict[str, Any] = _example("order.json")["data"]
    _rename(order, f"oRd{number:09}")
    # The API's own orders have more of both than the part of them that the contract describes.
    names = [*order["relationships"], *(f"further_relationship_{each}" for each in range(19))]
    self_link = order["links"]["self"]
    order["relationships"] = {
        name: {"links": {"self": f"{self_link}/relationships/{name}", "related": f"{self_link}/{name}"}}
        for name in names
    }
    order["attributes"] |= {f"further_attribute_{each}": "value" * 4 for each in range(18)}
    order["attributes"]["metadata"] = {f"key_{each}": "value" * 4 for each in range(4)}
    return order


def _gateway(number: int) -> dict[str, Any]:
    gateway: dict[str, Any] = _example("payment_gateway.json")["data"]
    _rename(gateway, f"gAt{number:09}")
    return gateway


def _rename(resource: dict[str, Any], identifier: str) -> None:
    renamed = json.loads(json.dumps(resource).replace(resource["id"], identifier))
    resource.clear()
    resource.update(renamed)


def _example(name: str) -> Any:
    return json.loads((EXAMPLES / name).read_text())


def _written(document: Any) -> bytes:
    # Letters beyond ASCII as they are, as the API and the sandbox send them.
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
