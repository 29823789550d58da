"""The document of a write: parsed against the resource type, and refused wherever it is wrong.

This is about shape alone, which the API checks first (400). Whether the values make sense is up to ``rules`` (422).
"""

from __future__ import annotations

import re

from attrs import define, field

from commercelayer_klarna.sandbox.api import json_bytes, problems
from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.problems import Problem, Refused, not_modelled, undocumented
from commercelayer_klarna.sandbox.api.schema import Attribute, Relationship, ResourceType
from commercelayer_klarna.sandbox.api.state import Ref


@define
class Write:
    """What a create or update asks for."""

    attributes: dict[str, JSON] = field(factory=dict[str, JSON])
    linked: dict[str, Ref | None] = field(factory=dict[str, "Ref | None"])
    triggers: set[str] = field(factory=set[str])
    # The amounts that go with triggers, in cents.
    amounts: dict[str, int] = field(factory=dict[str, int])


def parse(body: bytes, resource: ResourceType, *, key: str | None) -> Write:
    """Return the write; ``key`` is the id in the URL of an update and None for a create."""
    try:
        document = json_bytes.read(body) if body.strip() else {}
    except ValueError as error:
        raise Refused(problems.invalid_data_format(f"The request body is not a JSON document: {error}.")) from None
    if not isinstance(document, dict):
        raise Refused(problems.invalid_data_format("The request body must be a JSON object."))
    others = [problems.param_not_allowed(name) for name in document if name != "data"]
    if others:
        raise Refused(*others, because=undocumented("members beside data"))
    data = document.get("data")
    if data is None:
        raise Refused(problems.param_missing("data"))
    if not isinstance(data, dict):
        raise Refused(problems.invalid_data_format("The member data must be a JSON object."))
    if data.get("type") is None:
        raise Refused(problems.param_missing("type"))
    if data["type"] != resource.name:
        raise Refused(problems.invalid_resource(str(data["type"])))
    if key is not None:
        _check_key(data, key)
    members = {"type", "attributes", "relationships"} if key is None else {"type", "attributes", "relationships", "id"}
    unknown = [problems.param_not_allowed(name) for name in data if name not in members]
    if unknown:
        raise Refused(*unknown)
    write = Write()
    _attributes(write, _object(data, "attributes"), resource, create=key is None)
    _relationships(write, _object(data, "relationships"), resource, create=key is None)
    return write


def _check_key(data: dict[str, JSON], key: str) -> None:
    if data.get("id") is None:
        raise Refused(problems.key_order_mismatch())
    if data["id"] != key:
        raise Refused(problems.key_not_included_in_url(str(data["id"])))


def _object(data: dict[str, JSON], name: str) -> dict[str, JSON]:
    """Return a member that may be left out. unknown: null; the documentation's examples never send it."""
    value = data.get(name, {})
    if not isinstance(value, dict):
        raise Refused(problems.invalid_data_format(f"The member {name} must be a JSON object."))
    return value


def _attributes(write: Write, sent: dict[str, JSON], resource: ResourceType, *, create: bool) -> None:
    refused: list[Problem] = []
    for name, value in sent.items():
        row = resource.attributes.get(name)
        pointer = f"/data/attributes/{name}"
        value = converted(value, _kind(row, name, resource))
        if not create and name in resource.triggers:
            # Documented as never null. inferred: false does nothing.
            if not isinstance(value, bool):
                refused.append(problems.invalid_field_value(name, "boolean"))
            elif value:
                write.triggers.add(name)
        elif not create and name in resource.amounts:
            if not isinstance(value, int) or isinstance(value, bool):
                refused.append(problems.invalid_field_value(name, "integer"))
            else:
                write.amounts[name] = value
        elif row is None or not (row.creatable if create else row.updatable):
            refused.append(problems.param_not_allowed(name, pointer))
        elif not row.accepts(value) or (create and value is None):
            # The specification lets an update send null, and a create not. unknown: whether the API minds.
            refused.append(problems.invalid_field_value(name, row.kind))
        else:
            write.attributes[name] = value
    _refuse(refused, resource)


def _kind(row: Attribute | None, name: str, resource: ResourceType) -> str:
    """Return the JSON type of what may be sent."""
    if row is not None:
        return row.kind
    return "boolean" if name in resource.triggers else "integer" if name in resource.amounts else ""


def converted(value: JSON, kind: str) -> JSON:
    """Return a value that was sent as text as what it stands for.

    The vendor's own command line sends all attributes as texts but metadata, flags and whole numbers included.
    unknown: what becomes of a text that stands for neither; it stays one here, and is refused.
    """
    if not isinstance(value, str):
        return value
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    return value


def _relationships(write: Write, sent: dict[str, JSON], resource: ResourceType, *, create: bool) -> None:
    refused: list[Problem] = []
    for name, value in sent.items():
        row = resource.relationships.get(name)
        if row is None or not (row.creatable if create else row.updatable):
            refused.append(problems.param_not_allowed(name, f"/data/relationships/{name}"))
            continue
        if not isinstance(value, dict) or set(value) != {"data"}:
            raise Refused(problems.invalid_links_object(name))
        write.linked[name] = _linkage(name, value["data"], row)
    _refuse(refused, resource)


def _linkage(name: str, data: JSON, row: Relationship) -> Ref | None:
    if data is None:
        return None
    if not isinstance(data, dict) or set(data) != {"type", "id"}:
        raise Refused(problems.invalid_links_object(name))
    type_, id_ = data["type"], data["id"]
    if not isinstance(type_, str) or not isinstance(id_, str):
        raise Refused(problems.invalid_links_object(name))
    if type_ not in (row.target, *row.others):
        raise Refused(problems.type_mismatch(type_, row.target))
    return Ref(type_, id_)


def _refuse(refused: list[Problem], resource: ResourceType) -> None:
    if not refused:
        return
    names = " ".join(problem.detail.partition(" ")[0] for problem in refused if problem.code == "PARAM_NOT_ALLOWED")
    because = not_modelled(f"writing {resource.name}: {names}") if resource.writes_elsewhere and names else None
    if not names:
        because = undocumented("whether values of another type are converted")
    raise Refused(*refused, because=because)
