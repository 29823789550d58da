"""Writes the contract as one JSON document that needs no other file: for compilers, mocks and linters of others.

It says what the contract says. YAML's anchors are written out, and the examples, which the contract names as files,
stand in the document's components.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

from contract.files import read_json
from contract.source import Source, places

BUNDLE = Path("generated/klarna_payments.openapi.json")
FOLDER = "spec"


def bundled(source: Source, root: Path) -> str:
    """Return the text of the document.

    Args:
        source: The contract.
        root: The repository, where the examples are.

    Raises:
        Slip: An example is missing, or cannot be read.
    """
    document = json.loads(json.dumps(source.data))  # no two parts are one object
    examples: dict[str, Any] = {}
    for place, node in list(places(document)):
        file = node.get("externalValue") if isinstance(node, dict) else None
        if not isinstance(file, str) or place[-2:-1] != ("examples",):
            continue
        name = PurePosixPath(file).stem
        if name not in examples:
            words = {key: text for key, text in node.items() if key != "externalValue"}
            examples[name] = {**words, "value": read_json(root, f"{FOLDER}/{file}")[1]}
        owner = document
        for key in place[:-1]:
            owner = owner[key]
        owner[place[-1]] = {"$ref": f"#/components/examples/{name}"}
    if examples:
        document.setdefault("components", {})["examples"] = examples
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
