"""The table of rules and the page rendered from it."""

import re
from pathlib import Path
from typing import Any, get_args

import sandbox_page
from commercelayer_klarna.plugins import Timing
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api import state
from commercelayer_klarna.sandbox.doors import control
from commercelayer_klarna.testing import KlarnaSandbox
from support.order_life import OrderShop

ROOT = Path(__file__).parents[1]


def test_the_page_is_what_the_table_renders_to() -> None:
    assert (ROOT / "docs" / "sandbox.md").read_text() == sandbox_page.render()


def test_rows_of_a_topic_stand_together() -> None:
    topics = [row.topic for row in sandbox_page.TABLE]
    runs = [topic for index, topic in enumerate(topics) if index == 0 or topics[index - 1] != topic]
    assert len(runs) == len(set(runs))
    assert {row.certainty for row in sandbox_page.TABLE} == set(get_args(sandbox_page.Certainty))
    assert len({row.rule for row in sandbox_page.TABLE}) == len(sandbox_page.TABLE)
    for row in sandbox_page.TABLE:
        assert "|" not in row.rule + row.source
        assert row.certainty == "unknown" or row.source != "nothing"


def test_unknowns_are_listed_as_unknown() -> None:
    listed = sandbox_page.render().partition("## Unknown")[2].partition("##")[0]
    unknown = [row for row in sandbox_page.TABLE if row.certainty == "unknown"]
    assert len(re.findall(r"^- ", listed, re.MULTILINE)) == len(unknown) > 10
    assert all(row.rule in listed for row in unknown)


def test_the_documents_on_the_page_are_accepted() -> None:
    documents = re.findall(r"^\| `(/__sandbox__/\w+)` \| `(.*)` \|$", sandbox_page.render(), re.MULTILINE)
    assert len(documents) == 15
    for path, document in documents:
        sandbox = Sandbox()
        shop, order = OrderShop(sandbox), sandbox.order_ids[0]
        sandbox.decide("authorizations", "pending")
        shop.step(order, "pay")
        shop.step(order, "_place")
        placed = shop.order("placed")
        known = {"TRANSACTION": shop.transactions(order, "authorizations")[0]["id"], "ORDER": placed}
        known["AUTHORIZATION"] = shop.transactions(shop.order("approved"), "authorizations")[0]["id"]
        if path.endswith("payments"):
            known["ORDER"], known["PAYMENT"] = sandbox.order_ids[1], shop.pay(sandbox.order_ids[2])
        known["WEBHOOK"] = sandbox.add_webhook(["orders.place"], "http://127.0.0.1:9").id
        for word, id_ in known.items():
            document = document.replace(f'"{word}"', f'"{id_}"')
        body = document.encode()
        assert control.answer(sandbox, "POST", path, body).status == 200


def test_the_shopper_of_the_page_is_played() -> None:
    page = (ROOT / "docs" / "sandbox.md").read_text()
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/sandbox.md", "exec", dont_inherit=True), names)
    assert OrderShop(names["sandbox"]).state(names["order_id"])[:2] == ("placed", "authorized")
    (played,) = re.findall(r"^```py\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    compile(played, "docs/sandbox.md", "exec")
    pages = ROOT / "extensions" / "commercelayer_klarna" / "sandbox" / "doors" / "pages"
    text = "\n".join(each.read_text() for each in pages.iterdir() if each.suffix in (".html", ".js"))
    for id_ in re.findall(r"#([\w-]+)", played.replace("  # ", "")):
        assert f'id="{id_}"' in text or f'"{id_}"' in text, id_
    for name in re.findall(r"`(\w+)`", page.partition("both have")[2].partition("; all else")[0]):
        assert hasattr(KlarnaSandbox, name) or name in vars(KlarnaSandbox(Sandbox(), Timing())), name


def test_the_page_says_how_much_is_remembered() -> None:
    assert any(f"{state.MAXIMUM_EVENTS:,} event stores" in each for each in sandbox_page.DIFFERENCES)
