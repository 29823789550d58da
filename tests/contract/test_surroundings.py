"""What is left to be done beside the client is named, each with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import commercelayer_klarna

CONTRACT = "spec/klarna_payments.yaml"
PACKAGE = "extensions/commercelayer_klarna"
ROWS = f"{PACKAGE}/sandbox/api/schema.py"
FACTS = "tests/contract/facts.yaml"


def said(copy: Any) -> set[str]:
    surroundings = copy.surroundings()
    todos = surroundings.todos()
    assert surroundings.slips == []
    return {str(todo) for todo in todos}


def new(copy: Any, change: tuple[str, str, str]) -> set[str]:
    """What is said after a change and was not said before."""
    before = said(copy)
    file, old, text = change
    copy.replace(old, text, file)
    return said(copy) - before


def line(copy: Any, file: str, start: str) -> int:
    lines = (copy.root / file).read_text().splitlines()
    return 1 + next(index for index, text in enumerate(lines) if text.strip().startswith(start))


# ---- Exports ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", commercelayer_klarna.__all__)
def test_each_name_that_is_exported_can_be_imported(name: str) -> None:
    # Asked of the package anew: a name that was imported before stands there.
    lazily: Callable[[str], object] = vars(commercelayer_klarna)["__getattr__"]
    assert (commercelayer_klarna.__version__ if name == "__version__" else lazily(name)) is not None


def test_an_export_that_no_module_is_known_of(copy: Any) -> None:
    file = f"{PACKAGE}/__init__.py"
    found = new(copy, (file, '"Authorization Capture EventStore ', '"Authorization Capture '))
    assert found == {
        f"{file}:{line(copy, file, chr(34) + 'EventStore')}: add EventStore to _MODULES, or importing it fails"
    }


@pytest.mark.nightly
def test_a_name_of_a_module_that_is_not_exported(copy: Any) -> None:
    file = f"{PACKAGE}/__init__.py"
    found = new(copy, (file, '    "Pager",\n', ""))
    assert found == {
        f"{file}:{line(copy, file, chr(34) + '_sync.pager')}: add Pager to __all__, or remove it from _MODULES"
    }


@pytest.mark.nightly
def test_an_export_that_type_checkers_do_not_know(copy: Any) -> None:
    file = f"{PACKAGE}/__init__.py"
    found = new(copy, (file, "        WebhookVerificationError,\n", ""))
    where = line(copy, file, '"WebhookVerificationError",')
    text = "import WebhookVerificationError under TYPE_CHECKING, or type checkers do not know it"
    assert found == {f"{file}:{where}: {text}"}


# ---- Secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_secret_that_would_be_shown(copy: Any) -> None:
    for old, text in (
        ("        - auth_token\n", "        - authorization_token\n"),
        ("        auth_token:\n", "        authorization_token:\n"),
    ):
        copy.replace(old, text)
    file = f"{PACKAGE}/_redaction.py"
    where = line(copy, file, "SECRET_NAMES")
    text = "add authorization_token to SECRET_NAMES: KlarnaPaymentAttributes.authorization_token is x-secret"
    assert f"{file}:{where}: {text}" in said(copy)


@pytest.mark.nightly
def test_a_secret_that_the_contract_does_not_call_so(copy: Any) -> None:
    old = "        client_token:\n          description: Secret that opens the Klarna widget in the browser.\n"
    end = "          type: [string, 'null']\n"
    found = new(copy, (CONTRACT, f"{old}{end}          x-secret: true\n", f"{old}{end}          x-secret: false\n"))
    where = line(copy, CONTRACT, "client_token:")
    text = "write x-secret: true in KlarnaPaymentAttributes.client_token: SECRET_NAMES has it"
    assert found == {f"{CONTRACT}:{where}: {text}"}


# ---- The sandbox -----------------------------------------------------------------------------------------------------


def test_a_trigger_that_the_sandbox_has_not(copy: Any) -> None:
    found = new(
        copy,
        (
            CONTRACT,
            "        _update: {",
            "        _ponder: { type: boolean, description: Ponders. }\n        _update: {",
        ),
    )
    where = line(copy, ROWS, "_KLARNA_PAYMENTS = ResourceType(")
    assert f"{ROWS}:{where}: add the trigger _ponder to the row of klarna_payments, and what it does" in found


@pytest.mark.nightly
def test_a_trigger_that_does_nothing_and_rests_on_nothing(copy: Any) -> None:
    sources = "extensions/commercelayer_klarna/sandbox/api/payment_sources.py"
    row = line(copy, sources, '"klarna_payments": PaymentSource(')
    carried_out = f"{sources}:{row}"
    found = new(copy, (ROWS, 'frozenset({"_update"})', 'frozenset({"_update", "_ponder"})'))
    where = line(copy, ROWS, "_KLARNA_PAYMENTS = ResourceType(")
    page = line(copy, "scripts/sandbox_page.py", "TABLE")
    assert found == {
        f"{carried_out}: nothing carries out _ponder of klarna_payments: write what it does",
        f"{ROWS}:{where}: remove the trigger _ponder of klarna_payments: the contract has it no more",
        f"scripts/sandbox_page.py:{page}: add a row that says what `_ponder` of klarna_payments does in the sandbox,"
        " and what that rests on",
    }


@pytest.mark.nightly
def test_what_the_sandbox_lets_nobody_write(copy: Any) -> None:
    found = new(copy, (ROWS, 'Attribute("auth_token", "string", updatable=True)', 'Attribute("auth_token", "string")'))
    where = line(copy, ROWS, "_KLARNA_PAYMENTS = ResourceType(")
    assert found == {f"{ROWS}:{where}: make auth_token updatable in the row of klarna_payments"}


@pytest.mark.nightly
def test_a_row_that_is_left_over(copy: Any) -> None:
    found = new(
        copy,
        (ROWS, 'Attribute("session_id", "string"),', 'Attribute("session_id", "string"), Attribute("old", "string"),'),
    )
    where = line(copy, ROWS, "_KLARNA_PAYMENTS = ResourceType(")
    assert found == {
        f"{ROWS}:{where}: remove the attribute old from the row of klarna_payments: the contract has it no more"
    }


# ---- Facts and examples ----------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_an_example_that_the_facts_do_not_name(copy: Any) -> None:
    before = said(copy)
    folder: Path = copy.root / "spec" / "examples"
    (folder / "update.json").rename(folder / "change.json")
    where = FACTS, line(copy, FACTS, "examples:"), line(copy, FACTS, "update.json:")
    assert said(copy) - before == {
        f"{FACTS}:{where[1]}: add change.json to examples, as the API documents it",
        f"{FACTS}:{where[2]}: remove update.json from examples: there is no such file",
    }


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("old", "text"),
    [
        ("    auth_token: string?\n    _update", "add auth_token to attributes.KlarnaPaymentUpdateAttributes"),
        ("  EventStore: event_stores\n", "add EventStore to resources"),
        (
            "  KlarnaPaymentCreateRelationships:\n    order: orders\n",
            "add order to relationships.KlarnaPaymentCreateRelationships",
        ),
    ],
)
def test_a_fact_that_is_missing(copy: Any, old: str, text: str) -> None:
    (found,) = new(copy, (FACTS, old, "    _update" if "_update" in old else ""))
    assert f": {text}, as the API documents it" in found


@pytest.mark.nightly
def test_a_schema_that_is_gone(copy: Any) -> None:
    found = new(
        copy,
        (FACTS, "  PaymentGatewayRelationships:\n", "  GuardianRelationships: {}\n  PaymentGatewayRelationships:\n"),
    )
    assert found == {
        f"{FACTS}:{line(copy, FACTS, 'GuardianRelationships:')}: remove GuardianRelationships from relationships:"
        " the contract has it no more"
    }


# ---- The generated package -------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_generated_code_that_imports_what_is_no_dependency(copy: Any) -> None:
    file = "generated/commercelayer_klarna_api/models/order.py"
    found = new(copy, (file, "from typing import", "from dateutil.parser import isoparse\nfrom typing import"))
    where = line(copy, "pyproject.toml", "dependencies = [")
    text = "models/order.py of the generated code imports dateutil: depend on it, or pin a generator that does not"
    assert found == {f"pyproject.toml:{where}: {text}"}


# ---- Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_a_name_that_a_resource_has_already_is_a_warning(copy: Any) -> None:
    assert copy.surroundings().warnings() == []
    for old in ("        - session_id\n", "        session_id:\n"):
        copy.replace(old, old.replace("session_id", "related"))
    (warning,) = copy.surroundings().warnings()
    assert warning.text == 'KlarnaPayment has a member related of its own: users reach this one by resource["related"]'
    assert "description: Id of the Klarna session." in (copy.root / CONTRACT).read_text().splitlines()[warning.line]


@pytest.mark.nightly
def test_a_name_that_is_none_in_python_is_a_warning(copy: Any) -> None:
    for old in ("        - session_id\n", "        session_id:\n"):
        copy.replace(old, old.replace("session_id", "class"))
    assert copy.regenerate().returncode == 0
    texts = [warning.text for warning in copy.surroundings().warnings()]
    assert texts == ['class is no name in Python: users reach it by resource["class"]']
    # Nobody is asked to write what the compiler made of it.
    assert not any("class_" in todo for todo in said(copy))
