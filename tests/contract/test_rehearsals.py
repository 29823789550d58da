"""Changes of the contract, rehearsed on a copy of the repository: what the script says, makes, and asks to be done."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ATTRIBUTE = """        {name}:
          description: How risky Klarna found it.
          type: [string, 'null']
"""
OPERATION = """
  /klarna_payments/{klarna_payment_id}/echoes:
    parameters:
      - $ref: '#/components/parameters/klarna_payment_id'
    get:
      tags: [klarna_payments]
      operationId: list_klarna_payment_echoes
      summary: List the echoes of a klarna payment
      description: Refused to sales channels.
      parameters: *list_parameters
      responses:
        '200':
          description: A page of orders.
          content:
            application/vnd.api+json:
              schema: { $ref: '#/components/schemas/KlarnaPaymentListDocument' }
              examples: { klarna_payment_list: { externalValue: examples/klarna_payment_list.json } }
        4XX: { $ref: '#/components/responses/Error' }
        5XX: { $ref: '#/components/responses/ServerError' }
"""
OPERATIONS = "extensions/commercelayer_klarna/_client/requests.py"
CLIENT = "extensions/commercelayer_klarna/_sync/client.py"
ASYNC_CLIENT = "extensions/commercelayer_klarna/_async/client.py"
RESOURCES = "extensions/commercelayer_klarna/resources.py"
SANDBOX = "extensions/commercelayer_klarna/sandbox/api/schema.py"
FACTS = "tests/contract/facts.yaml"


def said(report: dict[str, Any], part: str) -> set[tuple[str, str]]:
    return {(change["meaning"], change["text"]) for change in report[part]}


def todos(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(todo["file"], todo["text"]) for todo in report["todos"]}


def line(copy: Any, file: str, start: str) -> int:
    lines = (copy.root / file).read_text().splitlines()
    return 1 + next(index for index, text in enumerate(lines) if text.strip().startswith(start))


@pytest.mark.nightly
def test_a_new_nullable_attribute(copy: Any) -> None:
    copy.replace("        - session_id\n", "        - session_id\n        - risk_level\n")
    copy.replace("        session_id:\n", ATTRIBUTE.format(name="risk_level") + "        session_id:\n")
    report = copy.report()
    assert (report["bump"], report["next_version"]) == ("patch", "0.1.1")
    added = "Attribute `risk_level` of klarna payments added (string or null)."
    assert said(report, "wire") == {("additive", added)}
    assert said(report, "python") == {
        ("additive", "`commercelayer_klarna.KlarnaPayment.risk_level` added: `str | None`.")
    }
    assert report["files"] == [
        "changed  PROVENANCE.json",
        "changed  models/klarna_payment_attributes.py",
        "changed  extensions/commercelayer_klarna/_jsonapi/attributes.py",
        "changed  extensions/commercelayer_klarna/_jsonapi/arguments.py",
        "changed  generated/klarna_payments.openapi.json",
    ]
    # The public class has it, as soon as the API sends it; what is asked for by hand is for tests and the sandbox.
    assert {file for file, _ in todos(report)} >= {SANDBOX, FACTS, "spec/examples/klarna_payment.json"}
    assert not {OPERATIONS, CLIENT, ASYNC_CLIENT, RESOURCES} & {file for file, _ in todos(report)}
    assert copy.python(READS) == "as it should be\n"
    done = copy.regenerate("--check")
    assert done.returncode == 1
    where = f"{FACTS}:{line(copy, FACTS, 'KlarnaPaymentAttributes:')}"
    assert f"to be done by hand: {where}: add risk_level to attributes.KlarnaPaymentAttributes" in done.stderr


READS = """
from commercelayer_klarna._document import Document
from commercelayer_klarna.errors import NotFetchedError
from commercelayer_klarna.resources import KlarnaPayment

old = {"type": "klarna_payments", "id": "x", "attributes": {"reference": "r"}}
new = {**old, "attributes": {"risk_level": "low"}}
assert Document({"data": new}).data.risk_level == "low"
assert "risk_level" in dir(KlarnaPayment)
try:
    Document({"data": old}).data.risk_level
except NotFetchedError:
    print("as it should be")
"""


@pytest.mark.nightly
def test_a_new_writable_attribute(copy: Any) -> None:
    copy.replace(
        "        _update: { type: boolean",
        "        widget_locale: { type: [string, 'null'], description: Language of the widget. }\n"
        "        _update: { type: boolean",
    )
    report = copy.report()
    text = "Attribute `widget_locale` of updates of klarna payments added (string or null)."
    assert said(report, "wire") == {("additive", text)}
    assert said(report, "python") == set()
    assert report["bump"] == "patch"
    assert todos(report) == {
        (FACTS, "add widget_locale to attributes.KlarnaPaymentUpdateAttributes, as the API documents it"),
        (SANDBOX, "add the attribute widget_locale, updatable and not returned, to the row of klarna_payments"),
    }
    # The client takes it as it is: what may be written is compiled too.
    assert copy.python(WRITES) == "['widget_locale']\n"
    assert copy.regenerate("--check").returncode == 1


WRITES = """
from commercelayer_klarna._jsonapi.arguments import KlarnaPaymentUpdate
from commercelayer_klarna._jsonapi.attributes import UPDATES

print([name for name in UPDATES["klarna_payments"].keys() & KlarnaPaymentUpdate.__optional_keys__ if "widget" in name])
"""


@pytest.mark.nightly
def test_a_removed_attribute(copy: Any) -> None:
    copy.replace("        - session_id\n", "")
    removed = (
        "        session_id:\n          description: Id of the Klarna session.\n          type: [string, 'null']\n"
    )
    copy.replace(removed, "")
    report = copy.report()
    assert (report["bump"], report["next_version"]) == ("minor", "0.2.0")
    assert said(report, "wire") == {("breaking", "Attribute `session_id` of klarna payments removed.")}
    assert said(report, "python") == {("breaking", "`commercelayer_klarna.KlarnaPayment.session_id` removed.")}
    assert todos(report) == {
        (FACTS, "remove session_id from attributes.KlarnaPaymentAttributes: the contract has it no more"),
        (SANDBOX, "remove the attribute session_id from the row of klarna_payments: the contract has it no more"),
    }
    reads = "from commercelayer_klarna import KlarnaPayment; print('session_id' in dir(KlarnaPayment))"
    assert copy.python(reads) == "False\n"


@pytest.mark.nightly
def test_a_changed_type(copy: Any) -> None:
    copy.replace(
        "          description: Id of the Klarna session.\n          type: [string, 'null']\n",
        "          description: Id of the Klarna session.\n          type: [integer, 'null']\n",
    )
    # Null alone: readers must now expect it. And what may be written may only grow.
    copy.replace(
        "        metadata: { $ref: '#/components/schemas/Metadata' }",
        "        metadata: { $ref: '#/components/schemas/FreeForm' }",
    )
    copy.replace(
        "        reference: { type: string, description: Any",
        "        reference: { type: [string, 'null'], description: Any",
    )
    report = copy.report()
    assert report["bump"] == "minor"
    assert said(report, "wire") == {
        ("breaking", "Attribute `session_id` of klarna payments changed from string or null to integer or null."),
        ("breaking", "Attribute `metadata` of creates of klarna payments changed from `Metadata` to anything."),
        ("additive", "Attribute `reference` of creates of klarna payments changed from string to string or null."),
    }
    text = "`commercelayer_klarna.KlarnaPayment.session_id` changed from `str | None` to `int | None`."
    assert said(report, "python") == {("breaking", text)}
    assert copy.regenerate("--check").returncode == 0
    assert "session_id: int | None" in (copy.package / "models" / "klarna_payment_attributes.py").read_text()


@pytest.mark.nightly
def test_a_new_operation(copy: Any) -> None:
    copy.replace(
        "\n  /klarna_payments/{klarna_payment_id}/payment_gateway:\n",
        OPERATION + "\n  /klarna_payments/{klarna_payment_id}/payment_gateway:\n",
    )
    report = copy.report()
    route = "GET /klarna_payments/{klarna_payment_id}/echoes"
    assert said(report, "wire") == {("additive", f"Operation `list_klarna_payment_echoes` added ({route}).")}
    assert "added    api/klarna_payments/list_klarna_payment_echoes.py" in report["files"]
    name = "list_klarna_payment_echoes"
    assert todos(report) == {
        (
            ASYNC_CLIENT,
            f"add a method for the operation {name}, with requests.RelatedList({name!r}, ...)",
        ),
        (FACTS, f"add {name} to operations, as the API documents it"),
    }
    lines = {todo["file"]: todo["line"] for todo in report["todos"]}
    assert lines[ASYNC_CLIENT] == line(copy, ASYNC_CLIENT, "class AsyncKlarnaPayments(")
    assert copy.regenerate("--check").returncode == 1


@pytest.mark.nightly
def test_a_renamed_parameter(copy: Any) -> None:
    copy.replace("      name: page[size]\n", "      name: page[limit]\n")
    report = copy.report()
    assert report["bump"] == "minor"
    changed = said(report, "wire")
    assert ("breaking", "Parameter `page[size]` of `list_klarna_payments` removed.") in changed
    assert ("additive", "Parameter `page[limit]` of `list_klarna_payments` added.") in changed
    names = set(re.findall(r"operationId: (list_\w+)", copy.contract.read_text()))
    assert len(changed) == 2 * len(names) > 6
    assert todos(report) == {
        *((OPERATIONS, f"pass pagelimit to {name}: nothing does") for name in names),
        (OPERATIONS, "pagesize is gone from the contract: remove it"),
    }


@pytest.mark.nightly
def test_a_new_relationship(copy: Any) -> None:
    copy.replace(
        "        payment_gateway: { $ref: '#/components/schemas/ToOneRelationship' }\n",
        "        payment_gateway: { $ref: '#/components/schemas/ToOneRelationship' }\n"
        "        guardian: { $ref: '#/components/schemas/ToOneRelationship' }\n"
        "        echoes: { $ref: '#/components/schemas/ToManyRelationship' }\n",
    )
    report = copy.report()
    assert said(report, "wire") == {
        ("additive", "Relationship `guardian` of klarna payments added (`ToOneRelationship`)."),
        ("additive", "Relationship `echoes` of klarna payments added (`ToManyRelationship`)."),
    }
    found = todos(report)
    assert (RESOURCES, "add to KlarnaPayment: guardian: ToOne[Resource | None] = ToOne()") in found
    assert (RESOURCES, "add to KlarnaPayment: echoes: ToMany[Resource] = ToMany()") in found
    assert {file for file, _ in found} == {RESOURCES, FACTS, SANDBOX, "spec/klarna_payments.yaml"}
    assert report["todos"][0]["line"] == line(copy, RESOURCES, "class KlarnaPayment(")


@pytest.mark.nightly
def test_a_description_alone(copy: Any) -> None:
    copy.replace("description: Id of the Klarna session.", "description: The Klarna session's id.")
    report = copy.report()
    assert report["bump"] == "patch"
    assert said(report, "wire") == {("editorial", "Attribute `session_id` of klarna payments is described anew.")}
    assert (report["python"], report["todos"]) == ([], [])
    assert copy.regenerate("--check").returncode == 0
    assert "The Klarna session's id." in (copy.package / "models" / "klarna_payment_attributes.py").read_text()


@pytest.mark.nightly
def test_an_invalid_contract(copy: Any) -> None:
    before = copy.digest()
    contract = copy.contract.read_text()
    for text in (contract.replace("openapi: 3.1.0", "openapi: 3.1.0\npaths: 5", 1), "a: [", "- 1\n", "\0"):
        copy.contract.write_text(text)
        done = copy.regenerate()
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("spec/klarna_payments.yaml is not a valid contract: ")
        assert "Traceback" not in done.stderr
    copy.contract.unlink()
    assert copy.regenerate().returncode == 1
    assert copy.digest() == before
    left = {each.name for each in copy.package.parent.iterdir()}
    assert left == {copy.package.name, "klarna_payments.openapi.json"}


@pytest.mark.parametrize("arguments", [(), pytest.param(("--check",), marks=pytest.mark.nightly)])
def test_a_rule_broken(copy: Any, arguments: tuple[str, ...]) -> None:
    before = copy.digest()
    copy.replace("operationId: list_klarna_payments\n", "operationId: listKlarnaPayments\n")
    number = line(copy, "spec/klarna_payments.yaml", "operationId: listKlarnaPayments")
    done = copy.regenerate(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    expected = f"spec/klarna_payments.yaml:{number}: snake-case-operation-id: the operation id 'listKlarnaPayments'"
    assert done.stderr.startswith(expected)
    assert "Name it like retrieve_klarna_payment" in done.stderr
    assert copy.digest() == before


@pytest.mark.nightly
def test_nothing(copy: Any) -> None:
    done = copy.regenerate()
    assert done.returncode == 0
    assert "Nothing changes for users." in done.stdout
    report = json.loads(copy.regenerate("--json").stdout)
    assert (report["bump"], report["next_version"], report["files"], report["wire"]) == ("none", "0.1.0", [], [])


@pytest.mark.nightly
def test_what_is_gone_is_still_used(copy: Any) -> None:
    text = copy.contract.read_text()
    start = text.index("  /klarna_payments/{klarna_payment_id}/payment_gateway:\n")
    copy.replace(text[start : text.index("  /klarna_payments/{klarna_payment_id}/event_stores:\n")], "")
    copy.replace("        payment_gateway: { $ref: '#/components/schemas/ToOneRelationship' }\n", "")
    copy.replace("order: Order, payment_gateway: PaymentGateway", "order: Order")
    copy.replace(
        "        market: { $ref: '#/components/schemas/ToOneRelationship' }",
        "        market: { $ref: '#/components/schemas/ToManyRelationship' }",
    )
    trigger = "        _update: { type: boolean, description: 'Trigger: true renews the session from the order. Never"
    copy.replace(trigger + " returned.' }\n", "")
    gone = "retrieve_klarna_payment_payment_gateway"
    expected = {
        (ASYNC_CLIENT, f"{gone} is gone from the contract: remove what calls it"),
        (ASYNC_CLIENT, "_update is gone from the contract: remove what pulls it"),
        (RESOURCES, "payment_gateway is gone from the contract: remove it from KlarnaPayment"),
        (RESOURCES, "write in Order: market: ToMany[Resource] = ToMany()"),
    }
    report = copy.report()
    assert expected <= todos(report)
    lines = {todo["text"]: todo["line"] for todo in report["todos"]}
    where = line(copy, RESOURCES, "market: ToOne")
    assert lines["write in Order: market: ToMany[Resource] = ToMany()"] == where


@pytest.mark.nightly
def test_the_sandbox_leads_nowhere(copy: Any) -> None:
    row = '        Relationship("payment_gateway", "payment_gateways"),\n        _EVENT_STORES,\n    ),\n'
    copy.replace(row, '        Relationship("guardian", "guardians"),\n' + row, SANDBOX)
    done = copy.regenerate("--check")
    assert done.returncode == 1
    where = f"{SANDBOX}:{line(copy, SANDBOX, '_KLARNA_PAYMENTS = ResourceType(')}"
    assert (
        f"to be done by hand: {where}: guardian of klarna_payments leads to guardians, which has no row" in done.stderr
    )


@pytest.mark.nightly
def test_a_file_that_cannot_be_read(copy: Any) -> None:
    copy.replace("def retrieve(", "<<<<<<< HEAD\ndef retrieve(", OPERATIONS)
    where = f"{OPERATIONS}:{line(copy, OPERATIONS, '<<<<<<<')}"
    for arguments in (("--check",), ()):
        done = copy.regenerate(*arguments)
        assert done.returncode == 2
        assert f"{where}: this cannot be read (a merge conflict is unresolved)\n" in done.stderr
        # Nothing of that file is called removed.
        assert "*breaking*" not in done.stdout


@pytest.mark.nightly
def test_without_anything_to_compare_with(copy: Any) -> None:
    copy.replace("description: Id of the Klarna session.", "description: The Klarna session's id.")
    before = copy.digest()
    for arguments, reason in [
        (("--against", str(copy.root / "spec")), "cannot be compared with"),
        (
            ("--against=--output=stolen",),
            "'--output=stolen' cannot be compared with: it is neither a folder nor a commit",
        ),
        (("--against", str(ROOT), "--report", str(copy.root / "nowhere" / "report.md")), "No such file or directory"),
    ]:
        done = copy.regenerate(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert reason in done.stderr
        assert "Traceback" not in done.stderr
    assert copy.digest() == before
    assert not (copy.root / "stolen").exists()
    done = copy.regenerate("--against", "")
    assert done.returncode == 0
    assert done.stdout.startswith("Compared with nothing, since HEAD cannot be compared with.")
    assert copy.digest() != before
