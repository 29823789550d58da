"""Writes ``attributes.py`` and ``arguments.py`` of ``_jsonapi``: what the contract says of resources, for clients.

Fields and types come from the generated models, documentation and what may be included, sorted by and filtered by from
the contract. How an attribute is read is up to the descriptors of ``_jsonapi/resource.py``.
"""

from __future__ import annotations

import ast
import keyword
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import wrap
from typing import Any

from contract.source import SCHEMAS, Place, Source

ATTRIBUTES = Path("extensions/commercelayer_klarna/_jsonapi/attributes.py")
ARGUMENTS = ATTRIBUTES.with_name("arguments.py")

_MEMBERS = Path("extensions/commercelayer_klarna/_jsonapi/resource.py")
_PLAIN = ("str", "int", "float", "bool")
_DATE_TIME = "datetime.datetime"

# The predicates that editors complete, by the type of what is filtered by; the API has more (documented), and any other
# text is accepted.
_PREDICATES = {
    "text": ("eq", "not_eq", "in", "not_in", "start", "end", "cont", "matches", "null"),
    "moment": ("eq", "lt", "lteq", "gt", "gteq", "null"),
    "number": ("eq", "not_eq", "in", "lt", "lteq", "gt", "gteq", "null"),
    "truth": ("true", "false", "null"),
    "json": ("jcont", "null"),
}

_ATTRIBUTES = '''"""The resources of the contract as a caller sees them: their attributes, and what may be written.

Written by ``scripts/regenerate`` out of the contract and the generated models; never edited by hand. A resource class
inherits its attributes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._jsonapi.resource import Attribute, DateTime, FreeForm, ListOf, Resource
'''

_ARGUMENTS = '''"""What the methods of the clients take, for editors and type checkers: no program imports this.

Written by ``scripts/regenerate`` out of the contract and the generated models; never edited by hand. The names that
end with ``Create`` and ``Update`` say what may be written. Those that end with ``Include``, ``Sort``, ``Filter`` and
``Field`` are what the API is documented to take; any other text is accepted beside them:
``Sequence[KlarnaPaymentInclude | str]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

from commercelayer_klarna._json import JsonValue
'''


class Unwritable(Exception):
    """The contract says something that resources cannot read; the message has the line."""


@dataclass(frozen=True)
class _Field:
    """A field of a generated model.

    Attributes:
        name: Its name in Python.
        wire: Its name in documents.
        types: The alternatives of its type; empty when it may be anything.
        null: Whether it may be null.
    """

    name: str
    wire: str
    types: tuple[str, ...]
    null: bool

    @property
    def is_list(self) -> bool:
        return len(self.types) == 1 and self.types[0].startswith("list[")

    @property
    def is_plain(self) -> bool:
        return bool(self.types) and set(self.types) <= {*_PLAIN}


def written(generated: Path, source: Source, root: Path) -> dict[Path, str]:
    """Return the text of each module, by its path in the repository.

    Args:
        generated: The generated package, which need not be in place yet.
        source: The contract.
        root: The repository.

    Raises:
        Unwritable: An attribute has a type that resources do not read, or an extension keyword names what is not there.
    """
    writer = _Writer(generated, source, root)
    return {
        ATTRIBUTES: _module(_ATTRIBUTES, {**writer.resources(), **writer.tables()}),
        ARGUMENTS: _module(_ARGUMENTS, {**writer.documents(), **writer.names()}),
    }


def _module(head: str, parts: Mapping[str, str]) -> str:
    """Return the text of a module, with all its names in ``__all__``."""
    names = sorted(parts, key=lambda name: (not name.isupper(), name))
    text = f"{head}\n__all__ = {names!r}\n\n\n" + "\n\n".join(parts.values())
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--no-cache",
        "--select",
        "F401",
        "--fix",
        "-q",
        "-",
    ]
    used = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--line-length", "120", "-"]
    return subprocess.run(command, input=used, capture_output=True, text=True, check=True).stdout


class _Writer:
    def __init__(self, generated: Path, source: Source, root: Path) -> None:
        self._generated, self._source, self._root = generated, source, root

    # What is read

    def resources(self) -> dict[str, str]:
        """A class for each resource, with its attributes."""
        parts: dict[str, str] = {}
        for name in self._resources:
            model = f"{name}Attributes"
            lines = [f"class {model}(Resource):", *_docstring(self._description((*SCHEMAS, model))), ""]
            lines += ["    __slots__ = ()", ""]
            for each in self._models[model]:
                place = (*SCHEMAS, model, "properties", each.wire)
                if each.name in self._members:
                    lines += [f"    # Read as [{each.wire!r}]: {each.name} is something else in every resource.", ""]
                    continue
                kind, descriptor = self._descriptor(place, each)
                lines += [f"    {each.name}: Attribute[{kind}] = {descriptor}", *_docstring(self._description(place))]
            parts[model] = "\n".join([*lines, ""])
        return parts

    def _descriptor(self, place: Place, field: _Field) -> tuple[str, str]:
        """The type of an attribute, and the descriptor that reads it."""
        arguments = [] if field.name == field.wire else [repr(field.wire)]
        null = " | None" if field.null else ""
        if field.is_plain:
            kind, made = " | ".join(field.types) + null, "Attribute"
        elif not field.types:
            # What may be written is read as a copy, so that a change in place does not look saved.
            kind, made = "JsonValue", "FreeForm" if field.wire in self._writable else "Attribute"
        elif field.types == (_DATE_TIME,):
            kind, made = "datetime" + null, "DateTime"
            arguments += ["nullable=True"] if field.null else []
        elif field.is_list and (inner := field.types[0][5:-1]) in (*_PLAIN, "Any"):
            kind, made = f"list[{'JsonValue' if inner == 'Any' else inner}]", "ListOf"
        else:
            problem = f"{place[2]}.{field.wire} is a {' | '.join(field.types)}, which resources do not read"
            raise self._unwritable(place, f"{problem}: leave its type out")
        return kind, f"{made}({', '.join(arguments)})"

    # What is written

    def documents(self) -> dict[str, str]:
        """A typed dictionary for each request document."""
        parts: dict[str, str] = {}
        for _, name, fields in self._requests:
            place = (*SCHEMAS, f"{name}Attributes")
            about = _docstring(self._description(place))
            members = [(each, _written_type(each)) for each in fields if not each.wire.startswith("_")]
            if any(keyword.iskeyword(each.wire) for each, _ in members):
                items = ", ".join(f"{each.wire!r}: {kind!r}" for each, kind in members)
                made = f"{name} = TypedDict({name!r}, {{{items}}}, total=False)\n"
                parts[name] = made + "\n".join(map(str.strip, about))
                continue
            lines = [f"class {name}(TypedDict, total=False):", *about, ""]
            for each, kind in members:
                lines += [f"    {each.wire}: {kind}", *_docstring(self._description((*place, "properties", each.wire)))]
            parts[name] = "\n".join([*lines, ""])
        return parts

    def tables(self) -> dict[str, str]:
        """The tables of what may be written, by resource type."""
        creates: dict[str, str] = {}
        updates: dict[str, str] = {}
        triggers: dict[str, str] = {}
        for kind, name, fields in self._requests:
            table = creates if name.endswith("Create") else updates
            items = [f"{each.wire!r}: {_checked_type(each)}" for each in fields if not each.wire.startswith("_")]
            table[kind] = f"{{{', '.join(items)}}}"
            pulled = [each.wire for each in fields if each.wire.startswith("_")]
            if pulled:
                triggers[kind] = repr(tuple(pulled))
        types = "Mapping[str, Mapping[str, type]]"
        about = "by resource type, the name and its type."
        pulls = "The attributes that make the API do something, by resource type. They are never read."
        return {
            "CREATES": _table("CREATES", types, creates, f"What may be set on a new resource: {about}"),
            "UPDATES": _table("UPDATES", types, updates, f"What may be changed: {about}"),
            "TRIGGERS": _table("TRIGGERS", "Mapping[str, tuple[str, ...]]", triggers, pulls),
        }

    # Names for editors

    def names(self) -> dict[str, str]:
        """What may be included, sorted by and filtered by, and the fields, of each resource."""
        parts: dict[str, str] = {}
        for name in self._resources:
            title = str(self._source.get((*SCHEMAS, name, "description"), name)).rstrip(".")
            title = title[:1].lower() + title[1:]
            fields = [*(each.wire for each in self._models[f"{name}Attributes"]), *self._relationships(name)]
            sorts = self._listed(name, "x-sort")
            for suffix, about, names in (
                ("Include", "What may be included with", [*self._includes(name)]),
                ("Sort", "What one may sort by,", [each for sort in sorts for each in (sort, f"-{sort}")]),
                ("Filter", "What one may filter by,", [*self._filters(name)]),
                ("Field", "The fields of", ["id", *fields]),
            ):
                if names:
                    about = f"{about} in lists of resources like" if about.endswith(",") else about
                    items = ", ".join(map(repr, names))
                    text = f'{name}{suffix}: TypeAlias = Literal[{items}]\n"""{about} {title}."""\n'
                    parts[f"{name}{suffix}"] = text
        return parts

    def _includes(self, name: str, above: tuple[str, ...] = ()) -> Iterator[str]:
        """Paths of relationships, two steps at most: those and what they lead to."""
        place = (*SCHEMAS, name, "x-include")
        for relationship, target in (self._source.get(place) or {}).items():
            if relationship not in self._relationships(name):
                raise self._unwritable((*place, relationship), f"{name} has no relationship {relationship}")
            yield relationship
            if target not in (*self._resources, "Resource"):
                raise self._unwritable((*place, relationship), f"{target} is no resource of the contract")
            if not above and target != "Resource":
                yield from (f"{relationship}.{each}" for each in self._includes(target, (name,)))

    def _filters(self, name: str) -> Iterator[str]:
        fields = {each.wire: each for each in self._models[f"{name}Attributes"]}
        relationships = self._relationships(name)
        for each in self._listed(name, "x-filter"):
            if each not in fields and each != "id" and not each.startswith(tuple(f"{one}_" for one in relationships)):
                raise self._unwritable((*SCHEMAS, name, "x-filter"), f"{name} has no attribute {each}")
            yield from (f"{each}_{predicate}" for predicate in _PREDICATES[_filter_kind(fields.get(each))])

    def _listed(self, name: str, word: str) -> list[str]:
        return list(self._source.get((*SCHEMAS, name, word)) or [])

    # What there is

    @cached_property
    def _resources(self) -> list[str]:
        """The names of the resources, in the order of the contract."""
        answers = self._source.answers
        names = [name.removesuffix("Attributes") for name in self._source.schemas if name.endswith("Attributes")]
        return [each for each in names if (*SCHEMAS, f"{each}Attributes") in answers and each in self._source.schemas]

    @cached_property
    def _requests(self) -> list[tuple[str, str, list[_Field]]]:
        """The resource type, the name and the fields of what may be written."""
        found = []
        for resource in self._resources:
            for name in (f"{resource}Create", f"{resource}Update"):
                kind = self._source.get((*SCHEMAS, name, "properties", "type", "const"))
                if kind and f"{name}Attributes" in self._models:
                    found.append((str(kind), name, self._models[f"{name}Attributes"]))
        return found

    @cached_property
    def _writable(self) -> set[str]:
        """The names of all attributes that may be written, whatever the resource."""
        return {each.wire for _, _, fields in self._requests for each in fields}

    def _relationships(self, name: str) -> list[str]:
        return [each.wire for each in self._models.get(f"{name}Relationships", [])]

    @cached_property
    def _models(self) -> Mapping[str, list[_Field]]:
        """The fields of the generated models."""
        found: dict[str, list[_Field]] = {}
        for file in sorted(self._generated.glob("models/*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    found[node.name] = list(_fields(node))
        return found

    @cached_property
    def _members(self) -> set[str]:
        """The names that every resource has, which an attribute must not take."""
        tree = ast.parse((self._root / _MEMBERS).read_text(encoding="utf-8"))
        (resource,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Resource")
        return {node.name for node in ast.walk(resource) if isinstance(node, ast.FunctionDef)}

    def _description(self, place: Place) -> str:
        _, schema = self._source.resolved(place, self._source.get(place, {}))
        for each in (schema, *(schema.get("oneOf", ()) if isinstance(schema, dict) else ())):
            _, found = self._source.resolved(place, each)
            if isinstance(found, dict) and "description" in found:
                return str(found["description"])
        return f"{place[-1]}."

    def _unwritable(self, place: Place, problem: str) -> Unwritable:
        return Unwritable(f"{self._source.line(place)}: {problem}")


def _fields(model: ast.ClassDef) -> Iterator[_Field]:
    """The fields of a generated model, with the names that its ``to_dict`` writes."""
    wire: dict[str, str] = {}
    for node in ast.walk(model):
        if isinstance(node, ast.Dict):
            pairs: Iterable[tuple[Any, Any]] = zip(node.keys, node.values, strict=True)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            pairs = [(node.targets[0].slice, node.value)]
        else:
            continue
        wire |= {
            value.id: str(key.value)
            for key, value in pairs
            if isinstance(key, ast.Constant) and isinstance(value, ast.Name)
        }
    for node in model.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
            if name != "additional_properties":
                types = [each for each in _alternatives(node.annotation) if each != "Unset"]
                kept = () if "Any" in types else tuple(each for each in types if each != "None")
                yield _Field(name, wire.get(name, name), kept, "None" in types)


def _alternatives(annotation: ast.expr) -> list[str]:
    if isinstance(annotation, ast.BinOp):
        return [*_alternatives(annotation.left), *_alternatives(annotation.right)]
    return [ast.unparse(annotation)]


def _written_type(field: _Field) -> str:
    """The type that may be written, as a caller reads it."""
    null = " | None" if field.null else ""
    if field.is_plain:
        return " | ".join(field.types) + null
    if field.types == (_DATE_TIME,):
        return "datetime" + null
    if field.is_list:
        return "list[JsonValue]" + null
    # An object of its own model is given as a mapping.
    return "Mapping[str, JsonValue]" + null if len(field.types) == 1 else "JsonValue"


def _checked_type(field: _Field) -> str:
    """The type that what is written is checked to have."""
    if field.is_list:
        return "list"
    if len(field.types) != 1:
        return "object"
    if field.types == (_DATE_TIME,):
        return "datetime"
    return field.types[0] if field.is_plain else "dict"


def _filter_kind(field: _Field | None) -> str:
    if field is None or field.types == ("str",):
        return "text"
    if field.types == (_DATE_TIME,):
        return "moment"
    if field.types == ("bool",):
        return "truth"
    return "number" if field.is_plain else "json"


def _table(name: str, kind: str, rows: Mapping[str, str], about: str) -> str:
    items = ", ".join(f"{key!r}: {value}" for key, value in rows.items())
    return f'{name}: {kind} = {{{items}}}\n"""{about}"""\n'


def _docstring(text: str) -> list[str]:
    """A docstring that is indented."""
    safe = text.strip().replace("\\", "\\\\").replace('"""', "'''")
    lines = wrap(f'"""{safe}', 116)
    if lines[-1].endswith('"'):
        lines[-1] = f'{lines[-1][:-1]}\\"'
    lines[-1] += '"""'
    if len(lines[-1]) > 116:
        lines = [*lines[:-1], lines[-1][:-3], '"""']
    return [f"    {line}" for line in lines]
