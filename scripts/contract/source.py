"""The contract as data that knows its lines, and the ways to walk through it. What is right is up to `rules`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import unquote

import yaml

# The way to a part of the contract: its keys and indexes from the top.
Place: TypeAlias = tuple[str | int, ...]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SCHEMAS: Place = ("components", "schemas")
MEDIA_TYPE = "application/vnd.api+json"

# The keywords of a schema, by what their values are: one schema, a list of them, or some by name; or anything else.
_ONE = {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
_ONE |= {"unevaluatedItems", "unevaluatedProperties"}
_SEVERAL = {"allOf", "anyOf", "oneOf", "prefixItems"}
_BY_NAME = {"$defs", "dependentSchemas", "patternProperties", "properties"}
KEYWORDS = frozenset({*_ONE, *_SEVERAL, *_BY_NAME, "$comment", "$ref", "const", "default", "dependentRequired"})
KEYWORDS |= {"deprecated", "description", "discriminator", "enum", "example", "examples", "exclusiveMaximum"}
KEYWORDS |= {"exclusiveMinimum", "externalDocs", "format", "maxContains", "maxItems", "maxLength", "maxProperties"}
KEYWORDS |= {"maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "pattern"}
KEYWORDS |= {"readOnly", "required", "title", "type", "uniqueItems", "writeOnly"}

# Keywords whose values are data.
_VALUES = ("const", "default", "enum", "example", "examples")

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Malformed(ValueError):
    """A text that is no contract, with the line and the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line, self.reason = line, reason


class Source:
    """One contract.

    Args:
        text: YAML.

    Raises:
        Malformed: It is not YAML, it is no mapping, a key stands twice in one, or a part contains itself.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            loader = _LOADER(text)
            self._root = loader.get_single_node()
            _check(self._root)
            self.data: Any = loader.construct_document(self._root) if self._root else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            words = [each for each in (error.context, error.problem) if each]
            raise Malformed(mark.line + 1 if mark else 1, ", ".join(words)) from None
        except yaml.reader.ReaderError as error:
            raise Malformed(text.count("\n", 0, error.position) + 1, error.reason) from None
        except (yaml.YAMLError, RecursionError) as error:
            raise Malformed(1, str(error) or type(error).__name__) from None
        except ValueError as error:  # a date that is none
            raise error if isinstance(error, Malformed) else Malformed(1, str(error)) from None
        if not isinstance(self.data, dict):
            raise Malformed(1, "it is not a mapping")

    def line(self, place: Place) -> int:
        """The line where a part stands, from 1; of a part that is missing, that of the nearest one around it."""
        node, line = self._root, 1
        for key in place:
            found = None
            if isinstance(node, yaml.MappingNode):
                for name, value in node.value:
                    if name.value == str(key):
                        found, line = value, name.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
                found = node.value[key]
                line = found.start_mark.line + 1
            if found is None:
                break
            node = found
        return line

    def get(self, place: Place, default: Any = None) -> Any:
        """A part of the contract."""
        found = self.data
        for key in place:
            if isinstance(found, dict):
                found = found.get(key)
            elif isinstance(found, list) and isinstance(key, int) and key < len(found):
                found = found[key]
            else:
                found = None
            if found is None:
                return default
        return found

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The named schemas that say anything."""
        return {name: schema for name, schema in self.get(SCHEMAS, {}).items() if isinstance(schema, dict)}

    @property
    def resources(self) -> Mapping[str, str]:
        """The schema of each resource type, by its type."""
        return {each["x-type"]: name for name, each in self.schemas.items() if isinstance(each.get("x-type"), str)}

    def operations(self) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Every operation with its place."""
        paths = self.get(("paths",), {})
        for path, item in paths.items() if isinstance(paths, dict) else ():
            for method in METHODS if isinstance(item, dict) else ():
                if isinstance(item.get(method), dict):
                    yield ("paths", path, method), item[method]

    def parameters(self, place: Place) -> Iterator[tuple[Place, dict[str, Any]]]:
        """The parameters of an operation, those of its path first, references resolved."""
        for owner in (place[:-1], place):
            for index, item in enumerate(self.get((*owner, "parameters"), [])):
                yield self.resolved((*owner, "parameters", index), item)

    @staticmethod
    def place_of(reference: str) -> Place:
        """The place that a reference leads to."""
        steps = reference.removeprefix("#/").split("/")
        return tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in steps)

    def resolved(self, place: Place, item: Any) -> tuple[Place, Any]:
        """A part, or what it refers to."""
        seen: set[Place] = set()
        while isinstance(item, dict) and isinstance(item.get("$ref"), str) and place not in seen:
            seen.add(place)
            place = self.place_of(item["$ref"])
            item = self.get(place, {})
        return place, item

    def all_schemas(self) -> Iterator[tuple[Place, dict[str, Any]]]:
        """Every schema where it is written: named ones, those of parameters, headers and bodies, and their parts."""
        ahead: list[tuple[Place, Any]] = [((*SCHEMAS, name), schema) for name, schema in self.get(SCHEMAS, {}).items()]
        for place, node in places({key: value for key, value in self.data.items() if key != "components"}):
            if place[-1:] == ("schema",):
                ahead.append((place, node))
        for part, items in self.get(("components",), {}).items():
            if part != "schemas":
                for place, node in places(items, ("components", part)):
                    if place[-1:] == ("schema",):
                        ahead.append((place, node))
        while ahead:
            place, schema = ahead.pop()
            if not isinstance(schema, dict):
                continue
            yield place, schema
            for word, value in schema.items():
                if word in _ONE:
                    ahead.append(((*place, word), value))
                elif word in _SEVERAL and isinstance(value, list):
                    ahead += [((*place, word, index), each) for index, each in enumerate(value)]
                elif word in _BY_NAME and isinstance(value, dict):
                    ahead += [((*place, word, name), each) for name, each in value.items()]

    @cached_property
    def requests(self) -> dict[Place, Any]:
        """All schemas that request bodies lead to."""
        return self._reached((*place, "requestBody") for place, _ in self.operations())

    @cached_property
    def answers(self) -> dict[Place, Any]:
        """All schemas that the server's answers lead to.

        That of the token endpoint is one of them although no operation leads to it: it is on another host.
        """
        places: list[Place] = [(*place, "responses") for place, _ in self.operations()]
        return self._reached([*places, (*SCHEMAS, "TokenAnswer")])

    def _reached(self, roots: Iterator[Place] | list[Place]) -> dict[Place, Any]:
        """Every schema below the roots by its place, references followed once."""
        found: dict[Place, Any] = {}
        followed: set[Place] = set()
        ahead: list[tuple[Place, Any, bool]] = [(place, self.get(place), False) for place in roots]
        while ahead:
            place, node, names = ahead.pop()
            if isinstance(node, list):
                ahead += [((*place, index), item, False) for index, item in enumerate(node)]
            elif isinstance(node, dict):
                if isinstance(node.get("$ref"), str) and not names:
                    target, item = self.resolved(place, node)
                    if target not in followed:
                        followed.add(target)
                        ahead.append((target, item, False))
                    continue
                if not names and place not in found:
                    found[place] = node
                # Below `properties` keys are names of members, not keywords: a member may well be called enum.
                ahead += [
                    ((*place, key), value, key == "properties" and not names)
                    for key, value in node.items()
                    if names or key not in _VALUES
                ]
        return found


def _check(root: Any) -> None:
    """Refuse what the parser takes: of a key that stands twice the last would win, and a circle has no end."""
    done: set[int] = set()

    def check(node: Any, above: frozenset[int]) -> None:
        if id(node) in above:
            raise Malformed(node.start_mark.line + 1, "this contains itself")
        if id(node) in done or not isinstance(node, yaml.CollectionNode):
            return
        done.add(id(node))
        above |= {id(node)}
        seen: set[str] = set()
        for item in node.value:
            if isinstance(node, yaml.MappingNode):
                name, item = item
                if name.value in seen:
                    raise Malformed(name.start_mark.line + 1, f"{name.value} stands twice")
                seen.add(name.value)
            check(item, above)

    check(root, frozenset())


def places(node: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """A part and all its parts, each with its place."""
    yield place, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from places(value, (*place, index))


def named(place: Place) -> bool:
    """Whether a place is that of a named schema."""
    return len(place) == 3 and place[:2] == SCHEMAS


def allows_null(schema: Any) -> bool:
    """Whether a schema takes null, by its own words."""
    if not isinstance(schema, dict):
        return True
    for branches in (schema.get("oneOf"), schema.get("anyOf")):
        if branches is not None:
            return any(allows_null(branch) for branch in branches)
    if "$ref" in schema:
        return bool(schema["$ref"] == "#/components/schemas/FreeForm")
    kind = schema.get("type")
    return kind is None or kind == "null" or (isinstance(kind, list) and "null" in kind)
