"""The page on the life of an order runs, and the map in CONTRIBUTING.md is whole."""

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


def test_the_map_of_the_house_names_each_module() -> None:
    rows = [
        line.split("|")[1:3] for line in (ROOT / "CONTRIBUTING.md").read_text().splitlines() if line.startswith("| `")
    ]
    held = {wing.strip(" `"): set(re.findall(r"`(\w+)(?:\.py)?`", text)) for wing, text in rows}
    # Those of endpoints are named together: there is one for each.
    for wing in ("_client", "_http", "_pipeline", "_auth", "plugins", "_jsonapi"):
        modules = {each.stem for each in (ROOT / "extensions" / "commercelayer_klarna" / wing).glob("[a-z]*.py")}
        assert modules
        assert modules - held[wing] == set(), wing
