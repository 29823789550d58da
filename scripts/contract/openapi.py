"""An OpenAPI 3 document of any origin: read from a file or an address, and its schemas looked at.

What is read may be hostile or broken: its size is bounded, references are followed within the document alone and only
when somebody looks, and whatever is not shaped as OpenAPI says reads as empty. What the schemas mean for a resource is
left to `upstream`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
import yaml

LIMIT = 100_000_000
TIMEOUT = 60.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
NOTHING = object()

JSON_TYPES: dict[type, str] = {
    bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null",
}  # fmt: skip


class Unreadable(Exception):
    """The document cannot be read; the message says why and what to do."""


def load(source: str, *, limit: int = LIMIT, timeout: float = TIMEOUT) -> Document:
    """Read the document at a path or an address (https, or http on loopback), of at most `limit` bytes."""
    if "://" in source:
        content = b"".join(fetch(source, limit, timeout))
    else:
        try:
            with Path(source).open("rb") as file:
                content = file.read(limit + 1)
        except OSError as error:
            raise Unreadable(f"{source} cannot be read: {error.strerror}") from None
    if len(content) > limit:
        raise Unreadable(f"{source} is larger than {limit:,} bytes, the most that is read")
    return Document(parse(content, source))


def fetch(url: str, limit: int, timeout: float) -> Iterator[bytes]:
    """The bytes at an address, no more than one chunk beyond the limit and not after the timeout in seconds."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise Unreadable(f"{url} is not an https address")
    end = monotonic() + timeout
    total = 0
    try:
        with httpx.stream("GET", url, timeout=timeout) as response:
            if response.status_code != 200:
                where = response.headers.get("location")
                moved = f", and redirects to {where}, which is not followed: name that address" if where else ""
                raise Unreadable(f"{url} answered {response.status_code}{moved}")
            for chunk in response.iter_bytes():
                total += len(chunk)
                yield chunk
                if total > limit:
                    return
                if monotonic() > end:
                    raise Unreadable(f"{url} did not arrive within {timeout:g} seconds")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreadable(f"{url} could not be fetched: {error or type(error).__name__}") from None


def parse(content: bytes, source: str) -> dict[str, Any]:
    """The document in JSON or YAML, if it is OpenAPI 3."""
    kind = "JSON" if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "YAML"
    try:
        text = content.decode("utf-8-sig")
        document = json.loads(text) if kind == "JSON" else from_yaml(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise Unreadable(f"{source} is not {kind}: {str(error)[:500]}") from None
    version = mapping(document).get("openapi")
    if not str(version).startswith("3."):
        raise Unreadable(f"{source} is not an OpenAPI 3 document: its member openapi is {str(version)[:40]!r}")
    return mapping(document)


def from_yaml(text: str) -> Any:
    """The first YAML document in a text, its scalars as text but for null, true and false.

    Built from the events of the parser: a third of the time of a whole loader and a fifth of its memory, which matters
    for tens of megabytes. Tags are not acted on, merge keys are.
    """
    root: list[Any] = []
    anchors: dict[str, Any] = {}
    names: dict[str, str] = {}
    # The collections that are open, each with the key that waits for its value.
    frames: list[list[Any]] = [[root, NOTHING]]
    for event in yaml.parse(text, Loader):
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            closed = frames.pop()[0]
            if isinstance(closed, dict) and "<<" in closed:
                merged = closed.pop("<<")
                for each in merged if isinstance(merged, list) else [merged]:
                    closed.update({key: value for key, value in mapping(each).items() if key not in closed})
            continue
        at = frames[-1]
        is_key = isinstance(at[0], dict) and at[1] is NOTHING
        value: Any
        if isinstance(event, yaml.ScalarEvent):
            value = event.value
            if not is_key and event.implicit[0]:
                value = PLAIN.get(value, value)
        elif isinstance(event, yaml.MappingStartEvent):
            value = {}
        elif isinstance(event, yaml.SequenceStartEvent):
            value = []
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise yaml.YAMLError(f"the alias {event.anchor} stands for nothing")
            value = anchors[event.anchor]
        else:
            continue
        if isinstance(event, yaml.NodeEvent) and not isinstance(event, yaml.AliasEvent) and event.anchor:
            anchors[event.anchor] = value
        if is_key:
            at[1] = names.setdefault(value, value) if isinstance(value, str) else "?"
        elif isinstance(at[0], dict):
            at[0][at[1]], at[1] = value, NOTHING
        else:
            at[0].append(value)
        if isinstance(event, yaml.CollectionStartEvent):
            frames.append([value, NOTHING])
    return root[0] if root else None


class Kind(NamedTuple):
    """What a schema admits: JSON types or any, null, a format, the kind of items, the values if it is closed."""

    types: frozenset[str] = frozenset({"any"})
    nullable: bool = True
    format: str | None = None
    items: str = "any"
    values: frozenset[str] = frozenset()

    def __str__(self) -> str:
        words = " or ".join(sorted(self.types)) or "null"
        return f"array of {self.items}" if words == "array" else words


ANY = Kind()


class Document:
    """A document, and views of its schemas that are the same whether parts stand inline or behind references."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root

    def resolve(self, raw: Any) -> dict[str, Any]:
        """The node, or what its reference leads to; siblings of a reference win. A loop of references is empty."""
        node = mapping(raw)
        seen: set[str] = set()
        while isinstance(reference := node.get("$ref"), str):
            if reference in seen:
                return {}
            seen.add(reference)
            siblings = {key: value for key, value in node.items() if key != "$ref"}
            node = {**self._target(reference), **siblings}
        return node

    def _target(self, reference: str) -> dict[str, Any]:
        if not reference.startswith("#/"):
            raise Unreadable(f"it refers to {reference[:200]!r}, outside of itself: bundle it into one document first")
        node: Any = self.root
        for step in reference[2:].split("/"):
            key = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(node, list):
                node = node[int(key)] if key.isdecimal() and int(key) < len(node) else None
            else:
                node = mapping(node).get(key)
        if not isinstance(node, dict):
            raise Unreadable(f"it refers to {reference[:200]!r}, which it does not hold")
        return mapping(node)

    def branches(self, schema: Any) -> Iterator[dict[str, Any]]:
        """A schema and all that it is composed of, each once."""
        waiting, seen = [schema], set[int]()
        while waiting:
            node = waiting.pop()
            if id(node) not in seen:
                seen.add(id(node))
                branch = self.resolve(node)
                yield branch
                for word in ("allOf", "anyOf", "oneOf"):
                    waiting += listed(branch.get(word))

    def properties(self, schema: Any) -> dict[str, Any]:
        """All properties of an object, of whatever branch."""
        found: dict[str, Any] = {}
        for branch in self.branches(schema):
            for name, value in mapping(branch.get("properties")).items():
                found.setdefault(str(name), value)
        return found

    def required(self, schema: Any) -> set[str]:
        """Names of required properties, of whatever branch."""
        return {str(name) for branch in self.branches(schema) for name in listed(branch.get("required"))}

    def property(self, schema: Any, *names: str) -> Any:
        """The schema of a property of a property, and so on; empty when there is none."""
        for name in names:
            schema = self.properties(schema).get(name, {})
        return schema

    def flags(self, schema: Any) -> set[str]:
        """The keywords that are true of a schema, of whatever branch: deprecated, readOnly, writeOnly."""
        return {
            str(word) for branch in self.branches(schema) for word, value in branch.items() if value in (True, "true")
        }

    def kind(self, schema: Any, above: frozenset[int] = frozenset()) -> Kind:
        """What a schema admits. One that names no type admits anything, null too."""
        if id(schema) in above:
            return ANY
        above |= {id(schema)}
        node = self.resolve(schema)
        if types := admits(node):
            kinds = [Kind(
                frozenset(types - {"null"}),
                "null" in types,
                node["format"] if isinstance(node.get("format"), str) else None,
                str(self.kind(node.get("items"), above)),
                frozenset(map(str, enumerated(node))),
            )]  # fmt: skip
        else:
            alternatives = [self.kind(each, above) for word in ("anyOf", "oneOf") for each in listed(node.get(word))]
            together = [self.kind(each, above) for each in listed(node.get("allOf"))]
            kinds = alternatives or [each for each in together if each != ANY]
        if not kinds or ANY in kinds:
            return ANY
        return Kind(
            frozenset[str]().union(*(each.types for each in kinds)),
            node.get("nullable") is True or any(each.nullable for each in kinds),
            next((each.format for each in kinds if each.format), None),
            next((each.items for each in kinds if "array" in each.types), "any"),
            frozenset[str]().union(*(each.values for each in kinds)),
        )


def admits(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a schema names, or shows by its other members."""
    named = schema.get("type")
    if isinstance(named, str):
        return {named}
    if isinstance(named, list):
        return {str(each) for each in named}
    if values := enumerated(schema):
        return {JSON_TYPES.get(type(value), "string") for value in values}
    if "properties" in schema:
        return {"object"}
    return {"array"} if "items" in schema else set()


def enumerated(schema: dict[str, Any]) -> list[Any]:
    """The values that a schema is closed to; none when it is open."""
    return [schema["const"]] if "const" in schema else listed(schema.get("enum"))


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is an object, otherwise an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """The value if it is a list, otherwise an empty one."""
    return value if isinstance(value, list) else []
