"""The attributes of the resources: written out of the contract and the generated models, and checked for drift."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import attrs
import pytest

from commercelayer_klarna import EventStore, KlarnaPayment, Order, PaymentGateway, Resource
from commercelayer_klarna._jsonapi import arguments, attributes
from commercelayer_klarna._jsonapi.resource import Attribute, ToMany, ToOne
from commercelayer_klarna.sandbox.api.schema import RESOURCES
from commercelayer_klarna_api import models

CLASSES = (KlarnaPayment, Order, PaymentGateway, EventStore)
FILE = "extensions/commercelayer_klarna/_jsonapi/attributes.py"
SESSION = "          description: Id of the Klarna session.\n          type: [string, 'null']\n"


def declared(cls: type[Resource], *kinds: type[Any]) -> list[str]:
    return [name for name, each in cls._declared.items() if isinstance(each, kinds)]


@pytest.mark.parametrize("cls", CLASSES)
def test_a_resource_has_the_attributes_of_its_model(cls: type[Resource]) -> None:
    model = attrs.fields(getattr(models, f"{cls.__name__}Attributes"))
    names = [each.name for each in model if each.init]
    assert len(names) >= 9
    assert declared(cls, Attribute) == names


@pytest.mark.parametrize("cls", CLASSES)
def test_every_attribute_is_documented(cls: type[Resource]) -> None:
    tree = ast.parse(Path(attributes.__file__).read_text())
    (written,) = (node for node in tree.body if getattr(node, "name", "") == f"{cls.__name__}Attributes")
    assert isinstance(written, ast.ClassDef)
    documented = [
        each.target.id
        for each, below in zip(written.body, written.body[1:], strict=False)
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    ]
    assert documented == declared(cls, Attribute)


def test_what_may_be_written() -> None:
    common = {"reference": str, "reference_origin": str, "metadata": dict}
    assert common.items() <= attributes.CREATES["klarna_payments"].items()
    assert {**common, "auth_token": str}.items() <= attributes.UPDATES["klarna_payments"].items()
    assert common.items() <= attributes.UPDATES["orders"].items()
    assert "_update" in attributes.TRIGGERS["klarna_payments"]
    assert "_place" in attributes.TRIGGERS["orders"]
    for changes in attributes.UPDATES.values():  # triggers are no attributes
        assert not [name for name in changes if name.startswith("_")]
    assert arguments.KlarnaPaymentUpdate.__annotations__.keys() == attributes.UPDATES["klarna_payments"].keys()


def test_what_editors_complete_is_what_the_sandbox_takes() -> None:
    row = RESOURCES["klarna_payments"]
    sorts = {each.name for each in row.attributes.values() if each.sortable} | {"id"}
    assert {each.removeprefix("-") for each in arguments.KlarnaPaymentSort.__args__} == sorts
    filtered = {each.name for each in row.attributes.values() if each.filterable} | {"id", "order"}
    for each in arguments.KlarnaPaymentFilter.__args__:
        assert each.startswith(tuple(filtered)), each
    assert set(arguments.KlarnaPaymentInclude.__args__) >= {"order", "order.market", "payment_gateway"}


@pytest.mark.parametrize("cls", [KlarnaPayment, Order, PaymentGateway])
def test_what_may_be_included_is_every_relationship_but_event_stores(cls: type[Resource]) -> None:
    literal = getattr(arguments, f"{cls.__name__}Include").__args__
    assert {each for each in literal if "." not in each} == set(declared(cls, ToOne, ToMany))


def written(copy: Any) -> str:
    return str((copy.root / FILE).read_text())


@pytest.mark.nightly
def test_the_file_is_checked_for_drift(copy: Any) -> None:
    usual = written(copy)
    (copy.root / FILE).write_text(usual.replace("Id of the Klarna session.", "Edited by hand."))
    done = copy.regenerate("--check")
    assert (done.returncode, done.stdout) == (1, f"changed  {FILE}\n")
    assert "Edited by hand." in written(copy)
    assert copy.regenerate().returncode == 0
    assert written(copy) == usual
    (copy.root / FILE).unlink()
    assert copy.regenerate("--check").returncode == 1


TYPES = {
    "type: [integer, 'null']": "Attribute[int | None] = Attribute()",
    "type: [string, integer, 'null']": "Attribute[int | str | None] = Attribute()",
    "type: [string, 'null']\n          format: date-time": "Attribute[datetime | None] = DateTime(nullable=True)",
    "additionalProperties: true": "Attribute[JsonValue] = Attribute()",
    "type: [array, 'null']\n          items: { type: string }": "Attribute[list[str]] = ListOf()",
}


@pytest.mark.nightly
def test_how_an_attribute_is_read_follows_from_its_type(copy: Any) -> None:
    names = [f"new_{number}" for number in range(len(TYPES))]
    required = "".join(f"        - {name}\n" for name in names)
    said = '          description: "Ends with a \'\\\\\' and a \\"quote\\""\n'
    added = "".join(f"        {name}:\n{said}          {schema}\n" for name, schema in zip(names, TYPES, strict=True))
    copy.replace("        - session_id\n", f"        - session_id\n{required}")
    copy.replace("        session_id:\n", f"{added}        session_id:\n")
    done = copy.regenerate()
    assert done.returncode == 0, done.stderr
    for name, line in zip(names, TYPES.values(), strict=True):
        assert f"    {name}: {line}\n" in written(copy)
    text = "from commercelayer_klarna import KlarnaPayment; print(KlarnaPayment.new_0.name)"
    assert copy.python(text) == "new_0\n"


@pytest.mark.nightly
def test_a_name_that_python_spells_otherwise(copy: Any) -> None:
    copy.replace("        - session_id\n", "        - session_id\n        - class\n        - links\n")
    new = "        {}:\n          description: How it is called.\n          type: [string, 'null']\n"
    copy.replace("        session_id:\n", f"{new.format('class')}{new.format('links')}        session_id:\n")
    copy.replace(
        "        _update: { type", "        class: { type: string, description: Its class. }\n        _update: { type"
    )
    assert copy.regenerate().returncode == 0
    program = """
from commercelayer_klarna import Document
from commercelayer_klarna._jsonapi.arguments import KlarnaPaymentUpdate
from commercelayer_klarna._jsonapi.attributes import UPDATES
json = {"type": "klarna_payments", "id": "x", "attributes": {"class": "first", "links": "l"}, "links": {"self": "s"}}
payment = Document({"data": json}).data
assert payment.class_ == payment["class"] == "first"
assert (payment["links"], payment.links) == ("l", {"self": "s"})
assert UPDATES["klarna_payments"]["class"] is str
print(*KlarnaPaymentUpdate.__annotations__)
"""
    assert {"auth_token", "class", "metadata"} <= set(copy.python(program).split())


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            SESSION,
            "          description: A day.\n          type: [string, 'null']\n          format: date\n",
            "KlarnaPaymentAttributes.session_id is a datetime.date, which resources do not read: leave its type out",
        ),
        (
            "x-include: { order: Order,",
            "x-include: { ordre: Order,",
            "KlarnaPayment has no relationship ordre",
        ),
        ("x-include: { order: Order,", "x-include: { order: Ordre,", "Ordre is no resource of the contract"),
        (
            "        - order_number\n",
            "        - order_number\n        - nothing\n",
            "KlarnaPayment has no attribute nothing",
        ),
    ],
)
def test_what_resources_cannot_read_is_refused_with_its_line(copy: Any, old: str, new: str, message: str) -> None:
    copy.replace(old, new)
    before = (copy.digest(), written(copy))
    done = copy.regenerate()
    assert done.returncode == 1
    assert done.stderr.startswith("spec/klarna_payments.yaml:")
    assert message in done.stderr
    assert (copy.digest(), written(copy)) == before


@pytest.mark.nightly
def test_a_renamed_attribute_keeps_its_old_name_for_users(copy: Any) -> None:
    copy.replace("        - session_id\n", "        - klarna_session_id\n")
    copy.replace("        session_id:\n", "        klarna_session_id:\n")
    resources = "extensions/commercelayer_klarna/resources.py"
    copy.replace("import Resource, ToMany", "import Renamed, Resource, ToMany", resources)
    kept = '    session_id: Renamed[str | None] = Renamed("klarna_session_id")\n    """Called otherwise now."""\n'
    copy.replace("    order: ToOne[Order]", f"{kept}    order: ToOne[Order]", resources)
    report = copy.report()
    assert {(change["meaning"], change["text"]) for change in report["python"]} == {
        ("additive", "`commercelayer_klarna.KlarnaPayment.klarna_session_id` added: `str | None`.")
    }
    program = """
import warnings
from commercelayer_klarna import Document
json = {"type": "klarna_payments", "id": "x", "attributes": {"klarna_session_id": "s"}}
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    assert Document({"data": json}).data.session_id == "s"
print(*(each.message for each in seen))
"""
    assert copy.python(program) == "KlarnaPayment.session_id is called klarna_session_id now: read that\n"
