"""The page on the life of an order runs."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "orders.md").read_text(encoding="utf-8")


def test_the_life_of_an_order_runs() -> None:
    names: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert len(blocks) > 8
    for block in blocks:
        exec(compile(block, "docs/orders.md", "exec", dont_inherit=True), names)


def test_its_script_is_that_of_the_shop() -> None:
    """Which a browser runs, in ``tests/browser/test_shop.py``."""
    (script,) = re.findall(r"^```js\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    shop = {line.strip() for line in (ROOT / "examples" / "shop" / "checkout.html").read_text().splitlines()}
    assert [line for line in script.splitlines() if line.strip() not in shop] == []
