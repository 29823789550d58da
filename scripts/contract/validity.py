"""Whether the contract is valid OpenAPI, each fault with its line.

The validator is asked last: what people get wrong most is looked for before, since it says that without a line or with
the whole contract as its reason. What this project asks for beyond OpenAPI is up to `rules`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator, validate

from contract.source import Place, Source, places

_LONGEST = 300  # of a reason


def faults(source: Source) -> list[str]:
    """Return what makes the contract invalid, each as line and reason; the first kind of fault that there is."""
    for check in (_broken_references, _operation_ids, _doubles, _validator):
        if found := sorted({(source.line(place), reason) for place, reason in check(source)}):
            return [f"{line}: {reason}" for line, reason in found]
    return []


def _broken_references(source: Source) -> Iterator[tuple[Place, str]]:
    for place, node in places(source.data):
        reference = node.get("$ref") if isinstance(node, dict) else None
        if not isinstance(reference, str) or "properties" in place[-1:]:
            continue
        if not reference.startswith("#/"):
            yield (*place, "$ref"), f"$ref {reference!r} leads out of the contract: move what it names to components"
        elif source.get(source.place_of(reference)) is None:
            *owner, name = source.place_of(reference)
            known = source.get(tuple(owner))
            near = difflib.get_close_matches(str(name), map(str, known if isinstance(known, dict) else ()), n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            yield (*place, "$ref"), f"$ref {reference!r} leads to nothing{meant}"


def _operation_ids(source: Source) -> Iterator[tuple[Place, str]]:
    seen: dict[str, int] = {}
    for place, operation in source.operations():
        name = operation.get("operationId")
        if isinstance(name, str):
            line = source.line((*place, "operationId"))
            if name in seen:
                yield (*place, "operationId"), f"the operation id {name} stands in line {seen[name]} already"
            seen.setdefault(name, line)


def _doubles(source: Source) -> Iterator[tuple[Place, str]]:
    for place, node in places(source.data):
        if isinstance(node, list) and place[-1:] in (("required",), ("enum",), ("type",), ("tags",)):
            for index, item in enumerate(node):
                if isinstance(item, str) and item in node[:index]:
                    yield (*place, index), f"{item} stands twice in {place[-1]}"


def _validator(source: Source) -> Iterator[tuple[Place, str]]:
    if not str(source.get(("openapi",))).startswith("3."):
        yield ("openapi",), "the member openapi must name a version, such as 3.1.0"
        return
    try:
        if str(source.get(("openapi",))).startswith("3.1"):
            for error in OpenAPIV31SpecValidator(source.data).iter_errors():
                yield _place(source, error), _reason(error)
        else:
            validate(source.data)
    except Exception as error:  # the validator raises whatever comes: KeyError, RecursionError
        yield (), f"the validator fails with {type(error).__name__}: {_reason(error)}"


def _place(source: Source, error: Any) -> Place:
    """Return where an error lies; its path may begin at the schema that was looked at."""
    path = tuple(getattr(error, "absolute_path", ()))
    if named := re.search(r" in '(/[^']*)'", str(getattr(error, "message", ""))):
        return ("paths", named[1])
    instance = getattr(error, "instance", None)
    for place, node in places(source.data):
        if place[len(place) - len(path) :] == path and (
            node is instance or (not isinstance(node, dict | list) and node == instance)
        ):
            return place
    return path


def _reason(error: Any) -> str:
    text = str(getattr(error, "message", error)).strip().partition("\n")[0]
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."
