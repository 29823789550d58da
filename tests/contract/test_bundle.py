"""The bundle: the contract in one file, for compilers that follow no other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from contract import bundle
from contract.files import Slip
from contract.source import Source, places

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "spec" / "klarna_payments.yaml").read_text(encoding="utf-8")
TEXT = (ROOT / bundle.BUNDLE).read_text(encoding="utf-8")


def test_the_bundle_is_what_the_contract_says() -> None:
    assert bundle.bundled(Source(CONTRACT), ROOT) == TEXT


def test_the_bundle_is_valid_and_needs_no_other_file() -> None:
    document = json.loads(TEXT)
    validate(document)
    assert not [place for place, node in places(document) if isinstance(node, dict) and "externalValue" in node]
    examples = document["components"]["examples"]
    assert examples["order"]["value"] == json.loads((ROOT / "spec" / "examples" / "order.json").read_text())
    answer = document["paths"]["/orders/{order_id}"]["get"]["responses"]["200"]
    media = answer["content"]["application/vnd.api+json"]
    assert media["examples"] == {"order": {"$ref": "#/components/examples/order"}}


def test_an_example_that_is_missing_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "spec" / "examples", tmp_path / "spec" / "examples")
    (tmp_path / "spec" / "examples" / "order.json").unlink()
    with pytest.raises(Slip, match=r"^spec/examples/order\.json:1: this file is missing$"):
        bundle.bundled(Source(CONTRACT), tmp_path)
