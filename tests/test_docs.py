"""The page on the life of an order runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commercelayer_klarna import TransitionError
from commercelayer_klarna.sandbox import Sandbox
from support.order_life import OrderShop

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")


def test_the_life_of_an_order_runs() -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 8
    for block in blocks:
        exec(compile(block, "docs/orders.md", "exec", dont_inherit=True), names)


def test_a_step_once_more_is_what_the_table_says() -> None:
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert len(rows) == 9
    shop = OrderShop(Sandbox())
    states = {"place": "pending", "capture": "approved", "refund": "paid"}
    with shop.sandbox.client() as payments:
        for endpoint, method, said in rows:
            order = shop.order(states.get(method, "placed"))
            id_ = order if endpoint == "orders" else shop.transactions(order, endpoint)[0]["id"]
            step = getattr(getattr(payments, endpoint), method)
            if "as much again" in said:
                assert step(id_, amount_cents=100).id != step(id_, amount_cents=100).id
            elif said.startswith("harmless"):
                assert (step(id_).id, step(id_).status) == (id_, step(id_).status)
            else:
                step(id_)
                with pytest.raises(TransitionError):
                    step(id_)


def test_its_script_is_that_of_the_shop() -> None:
    """Which a browser runs, in ``tests/browser/test_shop.py``."""
    (script,) = re.findall(r"^```js\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shop = {line.strip() for line in (ROOT / "examples" / "shop" / "checkout.html").read_text().splitlines()}
    assert [line for line in script.splitlines() if line.strip() not in shop] == []
