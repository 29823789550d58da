"""A maintainer's slip is said with its file and line, and without a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract.files import Slip, read_json, read_python, read_text, read_yaml, unreadable
from contract.source import Source
from contract.validity import faults

ROOT = Path(__file__).parents[2]
CONTRACT = (ROOT / "spec" / "klarna_payments.yaml").read_text(encoding="utf-8")
OURS, THEIRS = "<" * 7 + " HEAD\n", ">" * 7 + " theirs\n"


def line_of(text: str, there: str) -> int:
    return text[: text.index(there)].count("\n") + 1


# ---- The contract ----------------------------------------------------------------------------------------------------

# What is written instead of what, where the line must be, and what is said.
INVALID: dict[str, tuple[str, str, str, str]] = {
    "an operation id twice": (
        "operationId: retrieve_klarna_payment\n",
        "operationId: list_klarna_payments\n",
        "operationId: list_klarna_payments\n      summary: Retrieve",
        "the operation id list_klarna_payments stands in line {first} already",
    ),
    "a reference to nothing": (
        "schemas/KlarnaPaymentListDocument'",
        "schemas/KlarnaPaymentListDocumnet'",
        "KlarnaPaymentListDocumnet",
        "$ref '#/components/schemas/KlarnaPaymentListDocumnet' leads to nothing;"
        " did you mean KlarnaPaymentListDocument?",
    ),
    "a reference to no parameter": (
        "'#/components/parameters/klarna_gateway_id'",
        "'#/components/parameters/nothing_like_it'",
        "nothing_like_it",
        "$ref '#/components/parameters/nothing_like_it' leads to nothing",
    ),
    "a reference to a file": (
        "items: { $ref: '#/components/schemas/Linkage' }",
        "items: { $ref: 'schemas/Linkage' }",
        "'schemas/Linkage'",
        "$ref 'schemas/Linkage' leads out of the contract: move what it names to components",
    ),
    "required twice": (
        "        - session_id\n",
        "        - session_id\n        - session_id\n",
        "        - session_id\n        - client_token",
        "session_id stands twice in required",
    ),
    "a type that is none": (
        "      description: Links of a resource.\n      type: object\n",
        "      description: Links of a resource.\n      type: [object, strng]\n",
        "type: [object, strng]",
        "['object', 'strng'] is not valid under any of the given schemas",
    ),
    "a word that is none": (
        "      responses:\n        '204':\n",
        "      respnses:\n        '204':\n",
        "    delete:\n",
        "Unevaluated properties are not allowed ('respnses' was unexpected)",
    ),
    "a parameter that the path has not": (
        "  /klarna_payments/{klarna_payment_id}/order:\n",
        "  /klarna_payments/{klarna_id}/order:\n",
        "  /klarna_payments/{klarna_id}/order:\n",
        "Path parameter 'klarna_id' for 'get' operation in '/klarna_payments/{klarna_id}/order' was not resolved",
    ),
}


@pytest.mark.parametrize("why", INVALID)
def test_what_is_invalid_has_its_line(why: str) -> None:
    old, new, there, said = INVALID[why]
    assert CONTRACT.count(old) >= 1
    text = CONTRACT.replace(old, new, 1)
    expected = said.replace("{first}", str(line_of(text, "operationId: list_klarna_payments")))
    assert faults(Source(text))[0] == f"{line_of(text, there)}: {expected}"


def test_the_contract_is_valid() -> None:
    assert faults(Source(CONTRACT)) == []


def test_a_long_reason_is_cut() -> None:
    fault = faults(Source(f"openapi: 3.1.0\ninfo: {{title: a, version: '1'}}\npaths: {list(range(1000))}\n"))[-1]
    assert re.match(r"3: \[0, ?1, ?2, ?3,", fault)
    assert len(fault) < 320


YAML: dict[str, tuple[str, int]] = {
    "a conflict": (f"a: 1\n{OURS}b: 2\n=======\nb: 3\n{THEIRS}", 2),
    "a tab": ("a:\n  b: 1\n\tc: 2\n", 3),
    "an indent": ("a:\n  b: 1\n   c: 2\n", 3),
    "an alias of nothing": ("a: 1\nb: *nothing\n", 2),
    "a merge of nothing": ("a: 1\nb:\n  <<: *later\nc: &later {}\n", 3),
    "an anchor twice": ("a: &a 1\nb: &a 2\n", 2),
    "a key twice": ("a: 1\nb: 2\na: 3\n", 3),
    "a circle": ("b: 1\na: &a\n  - *a\n", 2),
    "a control character": ("a: 1\nb: \0\n", 2),
    "no mapping": ("- 1\n", 1),
    "an open bracket": ("a: 1\nb: [\n", 3),
}


@pytest.mark.parametrize("why", YAML)
@pytest.mark.parametrize("file", ["spec/klarna_payments.yaml", "tests/contract/facts.yaml", "spec/generator.yaml"])
def test_yaml_that_cannot_be_read(tmp_path: Path, file: str, why: str) -> None:
    text, line = YAML[why]
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(text)
    with pytest.raises(Slip) as raised:
        read_yaml(tmp_path, file)
    assert str(raised.value).startswith(f"{file}:{line}: this cannot be read (")


# ---- Other files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_json, b'{\n  "a": 1\n  "b": 2\n}', "3: this cannot be read (Expecting ',' delimiter)"),
        (read_json, f'{{\n{OURS}  "a": 1\n'.encode(), "2: this cannot be read (a merge conflict is unresolved)"),
        (read_json, b"[" * 100_000, "1: this cannot be read (it is nested too deeply)"),
        (read_text, b"a\n\xff\n", "2: this cannot be read (it is not UTF-8)"),
        (read_text, f"a\n{THEIRS}".encode(), "2: this cannot be read (a merge conflict is unresolved)"),
        (read_python, b"a = 1\nb = (\n", "2: this cannot be read ('(' was never closed)"),
        (read_python, b"a = 1\0\n", "1: this cannot be read ("),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path: Path, read: Callable[..., object], text: bytes, said: str) -> None:
    (tmp_path / "file").write_bytes(text)
    with pytest.raises(Slip) as raised:
        read(tmp_path, "file")
    assert str(raised.value).startswith(f"file:{said}")


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(Slip, match=r"^.*file:1: this file is missing$"):
        read_text(tmp_path, "file")


def test_a_title_that_is_underlined_is_no_conflict(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("Title\n=======\n")
    assert read_text(tmp_path, "file") == "Title\n=======\n"


def test_every_file_of_a_folder_is_named(tmp_path: Path) -> None:
    for name, text in {"a.py": "a = 1\n", "b.py": "b =\n", "c/d.py": f"d = 1\n{OURS}"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [str(slip).partition(" (")[0] for slip in unreadable(tmp_path, ".")] == [
        "b.py:1: this cannot be read",
        "c/d.py:2: this cannot be read",
    ]


# ---- Whole runs ------------------------------------------------------------------------------------------------------

PACKAGE = "extensions/commercelayer_klarna"
# File, what is written instead of what (or nothing: it is deleted), and what is said.
SLIPS: dict[str, tuple[str, tuple[str, str] | None, str]] = {
    "an example": ("spec/examples/order.json", ('"id": ', '"id" '), "Expecting ':' delimiter"),
    "the facts": ("tests/contract/facts.yaml", ("operations:\n", "operations: [\n"), "while parsing"),
    "no facts": ("tests/contract/facts.yaml", None, "this file is missing"),
    "the shape of the facts": (
        "tests/contract/facts.yaml",
        ("  EventStoreAttributes:\n", "  EventStoreAttributes: none\n  Else:\n"),
        "this cannot be read (attributes.EventStoreAttributes is no mapping)",
    ),
    "the settings": ("spec/generator.yaml", ("field_prefix:", "field_prefix: a:"), "mapping values are not allowed"),
    "a setting of a wrong type": (
        "spec/generator.yaml",
        ("field_prefix: trigger_", "field_prefix: [1]"),
        "the generator cannot read its settings: ",
    ),
    "a template": ("spec/templates/models_init.py.jinja", ("{% endfor %}", "{% endfr %}"), "unknown tag 'endfr'"),
    "what a template does": (
        "spec/templates/models_init.py.jinja",
        ("alls | sort", "alls | sort(attribute=1 // 0)"),
        "the template fails (ZeroDivisionError",
    ),
    "an import of the sandbox": (
        f"{PACKAGE}/sandbox/api/schema.py",
        ("from typing import Literal", "from typing import Literally"),
        "this cannot be imported (ImportError: cannot import name 'Literally'",
    ),
    "a module is missing": (f"{PACKAGE}/_client/requests.py", None, "this file is missing"),
    "a conflict elsewhere": (
        f"{PACKAGE}/webhooks.py",
        ("from __future__", f"{OURS}from __future__"),
        "this cannot be read (a merge conflict is unresolved)",
    ),
    "the secrets": (f"{PACKAGE}/_redaction.py", ("SECRET_NAMES =", "SECRET_NAMES = ="), "this cannot be read ("),
    "the project": ("pyproject.toml", ("[project]\n", "[project\n"), "this cannot be read ("),
}


@pytest.mark.nightly
@pytest.mark.parametrize("what", SLIPS)
def test_a_slip_is_said_with_its_file(copy: Any, what: str) -> None:
    file, change, said = SLIPS[what]
    if change is None:
        (copy.root / file).unlink()
    else:
        copy.replace(*change, file)
    done = copy.regenerate("--check")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    (named,) = [line for line in done.stderr.splitlines() if line.startswith(f"{file}:")]
    assert said in named
    number = int(named.removeprefix(f"{file}:").partition(":")[0])
    text = (copy.root / file).read_text() if change else ""
    if change and "wrong type" not in what and "operations" not in change[0]:
        assert abs(number - line_of(text, change[1])) <= 2
