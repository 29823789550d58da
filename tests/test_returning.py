"""The page on how to return a payment: each block runs, and shows no token.

Frameworks that are not installed for development are tried in the nightly run, which installs them.
"""

from __future__ import annotations

import importlib.util
import json
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from commercelayer_klarna import KlarnaPayment

PAGE = (Path(__file__).parents[1] / "docs" / "returning-a-payment.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
START, *REST = BLOCKS
LIBRARIES = ("fastapi", "flask", "rest_framework", "msgspec", "pydantic")


def needed(block: str) -> list[str]:
    return [each for each in LIBRARIES if re.search(rf"^(?:import|from) {each}\b", block, re.MULTILINE)]


def test_every_framework_has_a_block() -> None:
    assert {each for block in REST for each in needed(block)} == set(LIBRARIES)
    assert sum("shown = " in block for block in BLOCKS) == len(BLOCKS) - 1  # one is for the widget


@pytest.mark.parametrize("block", REST, ids=lambda block: "-".join(needed(block)) or "plain")
def test_a_block_runs_and_shows_no_token(block: str) -> None:
    missing = [each for each in needed(block) if importlib.util.find_spec(each) is None]
    if missing:
        pytest.skip(f"{missing} are installed by the nightly run")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(START, names)
    tokens = [names["payment"].client_token, names["payment"].auth_token]
    assert names["payment"].id in names["shown"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the frameworks
        # Without what this module imports from the future.
        exec(compile(block, "docs/returning-a-payment.md", "exec", dont_inherit=True), names)
    assert names["payment"].id in names["shown"]
    assert not [token for token in tokens if token in names["shown"]]


@pytest.fixture
def payment() -> KlarnaPayment:
    names: dict[str, Any] = {}
    exec(START, names)
    found: KlarnaPayment = names["payment"]
    return found


@frozen
class Holder:
    payment: object


def test_nothing_writes_a_payment_on_its_own(payment: KlarnaPayment) -> None:
    for write in (json.dumps, dict, vars, list):
        with pytest.raises(TypeError):
            write(payment)  # type: ignore[operator, arg-type]
    with pytest.raises(TypeError, match="call to_dict"):
        dict(payment)  # type: ignore[call-overload]


def test_what_is_shown_of_an_order_is_short_and_names_nobody(payment: KlarnaPayment) -> None:
    for shown in (repr(payment), repr(payment.order), str(Holder(payment)), f"{payment.order}"):
        assert len(shown) < 200
        assert "@" not in shown
        assert "token" not in shown
    assert payment.order.customer_email is not None
