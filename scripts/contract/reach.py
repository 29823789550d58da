"""What a change of the contract leaves to be done in the client: what the hand-written layer does not reach yet.

The contract says what there is, the syntax of the hand-written files says what they have; nothing is imported. A name
counts wherever it stands in its class, so that one may write a table as well as a function. What stands beside the
client is up to `surroundings`; that what is there is right is up to the tests.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contract.files import read_python
from contract.source import SCHEMAS, Source
from unasync import drift

_PUBLIC = "extensions/commercelayer_klarna"
_ASYNC = f"{_PUBLIC}/_async"
_CLIENT = f"{_ASYNC}/client.py"
_TYPES = f"{_PUBLIC}/_client/resource_types.py"
_REQUESTS = f"{_PUBLIC}/_client/requests.py"
_RESOURCES = f"{_PUBLIC}/resources.py"
_VERBS = ("retrieve", "create", "update", "delete", "list")
# The relationship that can only be listed, by an operation of its own.
_NEVER_INCLUDED = "event_stores"

# What may be written and the client does not offer, by resource type and name, with the reason.
NOT_OFFERED = {
    ("orders", "_authorize"): "a checkout places its order, which authorizes the payment",
    ("orders", "_authorization_amount_cents"): "goes with _authorize",
    ("orders", "_fix_payment_source"): "approving tries it by itself",
    ("orders", "_refresh"): "it drops the payment source, and an order refreshes itself",
    ("orders", "payment_source"): "the API sets it when a payment is created for the order",
    ("authorizations", "_cancel"): "for orders that were authorized and never placed; send it with request()",
    ("authorizations", "_forward"): "for what was done outside of the platform; send it with request()",
    ("captures", "_cancel"): "for orders that were paid and never placed; send it with request()",
    ("captures", "_forward"): "for what was done outside of the platform; send it with request()",
}


@dataclass(frozen=True)
class Todo:
    """One line to be written by hand."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True)
class _Class:
    """A class of the async client."""

    file: str
    node: ast.ClassDef
    # The rest of its module, without other classes.
    around: tuple[ast.stmt, ...]

    @property
    def own(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The methods that are written in it."""
        return {each.name: each for each in self.node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)}

    @property
    def bases(self) -> list[str]:
        """The names of its bases, without their parameters."""
        return [_name(each.value if isinstance(each, ast.Subscript) else each) for each in self.node.bases]

    def todo(self, text: str, at: ast.AST | None = None) -> Todo:
        """Something to be written in it."""
        return Todo(self.file, getattr(at or self.node, "lineno", 1), text)


class Reach:
    """What the hand-written layer of one state of the repository reaches.

    Args:
        root: The repository.
        generated: The generated package, which need not be in place yet.
        source: The contract.
    """

    def __init__(self, root: Path, generated: Path, source: Source) -> None:
        self._root, self._generated, self._source = root, generated, source

    def todos(self) -> list[Todo]:
        """Everything that is left to be done."""
        checks = (self._operations, self._gone, self._writable, self._triggers, self._not_offered, self._parameters)
        found = [todo for check in (*checks, self._resource_classes, self._sync_client) for todo in check()]
        return list(dict.fromkeys(found))

    # ---- Operations ------------------------------------------------------------------------------------------------

    def _operations(self) -> Iterator[Todo]:
        """Operations that no method reaches."""
        for name, operation in self._contract.items():
            type_ = str((operation.get("tags") or [""])[0])
            verb = self._standard.get(name)
            if verb is None and name in self._mentioned:
                continue
            if type_ not in self._rows:
                text = (
                    f"add a row for {type_}: {type_.upper()} = ResourceType({type_!r}, resources.{self._class(type_)})"
                )
                yield Todo(_TYPES, max((line for _, line in self._rows.values()), default=1), text)
            elif type_ not in self._endpoints:
                row = self._rows[type_][0]
                text = (
                    f"write the endpoint of {type_}, a class in {_ASYNC}, and a property that returns it:"
                    f" ...(self._session, resource_types.{row})"
                )
                yield Todo(_CLIENT, self._classes[self._client].node.lineno if self._client else 1, text)
            elif verb is None:
                yield self._endpoints[type_].todo(f"add a method for the operation {name}{self._how(type_, name)}")
            elif verb not in self._methods(self._endpoints[type_]):
                bases = " or ".join(each for each, cls in self._classes.items() if self._offers(cls, verb))
                text = f"add the method {verb} for the operation {name}: by the base {bases}, or written out"
                yield self._endpoints[type_].todo(text if bases else text.partition(":")[0])

    def _how(self, type_: str, name: str) -> str:
        start = f"retrieve_{_singular(type_)}_"
        if name.startswith(start):
            return f", with requests.related(self._type, {name.removeprefix(start)!r}, ...)"
        return f", with requests.RelatedList({name!r}, ...)" if name.startswith("list_") else ""

    def _gone(self) -> Iterator[Todo]:
        """Methods and names of operations that the contract has no more."""
        for type_, endpoint in self._endpoints.items():
            standard = {verb: name for name, verb in _standard(type_).items()}
            for verb in self._methods(endpoint):
                if verb in standard and standard[verb] not in self._contract:
                    yield endpoint.todo(f"{standard[verb]} is gone from the contract: remove the method {verb}")
            for method in endpoint.own.values():
                for call in _calls(method, "related"):
                    for text, node in _texts(*call.args[1:2]):
                        name = f"retrieve_{_singular(type_)}_{text}"
                        if name not in self._contract:
                            yield endpoint.todo(f"{name} is gone from the contract: remove what calls it", node)
        for file, tree in self._modules.items():
            for text, node in _texts(tree):
                if text not in self._contract and self._is_operation_id(text):
                    yield Todo(file, node.lineno, f"{text} is gone from the contract: remove what calls it")
        for type_, (row, line) in self._rows.items():
            if type_ not in self._types:
                yield Todo(_TYPES, line, f"{type_} is gone from the contract: remove the row {row}")

    def _is_operation_id(self, text: str) -> bool:
        """Whether a text is named like an operation of a type that the contract has."""
        types = "|".join(map(re.escape, self._types))
        names = "|".join(re.escape(_singular(each)) for each in self._types)
        return bool(re.fullmatch(rf"({'|'.join(_VERBS)})_(({types}|{names})(_\w+)?|\w+_({types}))", text))

    @cached_property
    def _mentioned(self) -> set[str]:
        """The operations that are named in the async client: by their id, or as the relationship that leads there."""
        found = {text for tree in self._modules.values() for text, _ in _texts(tree)}
        for type_, endpoint in self._endpoints.items():
            for method in endpoint.own.values():
                if next(_calls(method, "related"), None):
                    found |= {f"retrieve_{_singular(type_)}_{text}" for text, _ in _texts(method)}
        return found

    # ---- What may be written ---------------------------------------------------------------------------------------

    def _writable(self) -> Iterator[Todo]:
        """Relationships that a method does not take; attributes too, if it does not take whatever its type has."""
        for type_, endpoint in self._endpoints.items():
            for verb, way in (("create", "Create"), ("update", "Update")):
                owner, method = self._methods(endpoint).get(verb, (endpoint, None))
                if method is None:
                    continue
                related = self._members(type_, f"{way}Relationships")
                attributes = [] if method.args.kwarg else self._members(type_, f"{way}Attributes")
                taken = [each.arg for each in (*method.args.args[1:], *method.args.kwonlyargs)]
                for name in (*related, *(each for each in attributes if not each.startswith("_"))):
                    if name not in taken and (type_, name) not in NOT_OFFERED:
                        yield owner.todo(f"take {name}= in {verb}() of {type_}, and send it", method)
                for name in taken:
                    if name not in (*related, *attributes, "id", "include", "fields"):
                        yield owner.todo(
                            f"{name} is gone from the contract: remove it from {verb}() of {type_}", method
                        )

    def _triggers(self) -> Iterator[Todo]:
        """Triggers that no method pulls, and those that are gone."""
        for type_, endpoint in self._endpoints.items():
            there = [each for each in self._members(type_, "UpdateAttributes") if each.startswith("_")]
            pulled = self._texts_of(endpoint)
            for name in there:
                if name not in pulled and (type_, name) not in NOT_OFFERED:
                    text = f"add a method that pulls {name}: self._update_request(id, {{}}, trigger={name!r}, ...)"
                    yield endpoint.todo(text)
            for method in endpoint.own.values():
                for call in _calls(method, "_update_request"):
                    for name, node in _texts(*(each.value for each in call.keywords if each.arg == "trigger")):
                        if name not in there:
                            yield endpoint.todo(f"{name} is gone from the contract: remove what pulls it", node)

    def _not_offered(self) -> Iterator[Todo]:
        """Rows of the table above that say what is not so."""
        file = Path(__file__).resolve()
        lines = file.read_text(encoding="utf-8").splitlines()
        for (type_, name), _ in NOT_OFFERED.items():
            line = next((at for at, text in enumerate(lines, 1) if f'("{type_}", "{name}")' in text), 1)
            where = f"scripts/contract/{file.name}"
            there = self._members(type_, "UpdateAttributes") + self._members(type_, "UpdateRelationships")
            if name not in there:
                yield Todo(where, line, f"{name} of {type_} is gone from the contract: remove it from NOT_OFFERED")
            elif type_ in self._endpoints and name in self._offered(self._endpoints[type_]):
                yield Todo(where, line, f"{name} of {type_} is offered: remove it from NOT_OFFERED")

    def _offered(self, endpoint: _Class) -> set[str]:
        """The triggers that an endpoint pulls, and the arguments of its update."""
        _, update = self._methods(endpoint).get("update", (endpoint, None))
        arguments = {each.arg for each in update.args.kwonlyargs} if update else set[str]()
        return arguments | {each for each in self._texts_of(endpoint) if each.startswith("_")}

    def _parameters(self) -> Iterator[Todo]:
        """Parameters of operations that no request is given."""
        tree = self._read(_REQUESTS)
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        passed = {each.name: _keys(each) for each in functions}
        wanted = {name: self._keywords(name) for name in self._contract}
        for name, keywords in wanted.items():
            shared = {each.lineno: len(passed[each.name] & keywords) for each in functions}
            nearest = max(shared, key=lambda line: shared[line], default=1)
            for keyword in sorted(keywords.difference(*passed.values())):
                yield Todo(_REQUESTS, nearest, f"pass {keyword} to {name}: nothing does")
        known = set[str]().union(*wanted.values())
        for each in ast.walk(tree):
            if isinstance(each, ast.Dict) and {text for text, _ in _texts(*filter(None, each.keys))} & known:
                for text, key in _texts(*filter(None, each.keys)):
                    if text not in known:
                        yield Todo(_REQUESTS, key.lineno, f"{text} is gone from the contract: remove it")

    def _keywords(self, operation_id: str) -> set[str]:
        """The keyword arguments of the generated function that builds a request."""
        for file in self._generated.glob(f"api/*/{operation_id}.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name == "_get_kwargs":
                    return {each.arg for each in node.args.kwonlyargs}
        return set()

    # ---- What is read ----------------------------------------------------------------------------------------------

    def _resource_classes(self) -> Iterator[Todo]:
        """Resource classes and their relationships."""
        classes = {node.name: node for node in self._read(_RESOURCES).body if isinstance(node, ast.ClassDef)}
        of_types = {each: cls for cls in classes.values() for each in _types_of(cls)}
        for type_, schema in self._types.items():
            cls = of_types.get(type_)
            if cls is None:
                text = f"write the resource class: class {schema}({schema}Attributes, types=({type_!r},))"
                yield Todo(_RESOURCES, 1, text)
                continue
            there = self._relationships(schema)
            declared = {
                node.target.id: node
                for node in cls.body
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
                if _name(getattr(node.annotation, "value", node.annotation)) in ("ToOne", "ToMany")
            }
            for name, kind in there.items():
                made = f"{name}: {kind}[Resource{'' if kind == 'ToMany' else ' | None'}] = {kind}()"
                if name not in declared:
                    yield Todo(_RESOURCES, cls.lineno, f"add to {cls.name}: {made}")
                elif kind not in ast.unparse(declared[name].annotation):
                    yield Todo(_RESOURCES, declared[name].lineno, f"write in {cls.name}: {made}")
                if name not in (self._source.get((*SCHEMAS, schema, "x-include")) or {}):
                    line = self._source.line((*SCHEMAS, schema, "x-include"))
                    text = f"add {name} to x-include of {schema}, with the resource that it leads to"
                    yield Todo("spec/klarna_payments.yaml", line, text)
            for name, node in declared.items():
                if name not in there:
                    text = f"{name} is gone from the contract: remove it from {cls.name}"
                    yield Todo(_RESOURCES, node.lineno, text)

    def _relationships(self, schema: str) -> dict[str, str]:
        """The relationships of a resource, each as ``ToOne`` or ``ToMany``."""
        members = self._source.get((*SCHEMAS, f"{schema}Relationships", "properties")) or {}
        return {
            name: "ToMany" if "ToMany" in str(each.get("$ref")) else "ToOne"
            for name, each in members.items()
            if name != _NEVER_INCLUDED
        }

    def _sync_client(self) -> Iterator[Todo]:
        """Files of the sync client that are not what the async ones say."""
        try:
            names = drift(self._root / _PUBLIC)
        except subprocess.CalledProcessError:  # ruff cannot read its settings, which is told elsewhere
            return
        for name in names:
            yield Todo(f"{_PUBLIC}/_sync/{name}", 1, "run scripts/unasync: this is not what _async says")

    # ---- The contract ----------------------------------------------------------------------------------------------

    @cached_property
    def _types(self) -> Mapping[str, str]:
        """The schema of each resource type."""
        return self._source.resources

    @cached_property
    def _contract(self) -> dict[str, dict[str, Any]]:
        """The operations by their ids."""
        return {str(each.get("operationId")): each for _, each in self._source.operations()}

    @cached_property
    def _standard(self) -> dict[str, str]:
        """The operations that every type may have, with their verb."""
        return {name: verb for type_ in self._types for name, verb in _standard(type_).items()}

    def _members(self, type_: str, part: str) -> list[str]:
        """The names of what may be written."""
        return list(self._source.get((*SCHEMAS, f"{self._types.get(type_)}{part}", "properties")) or {})

    def _class(self, type_: str) -> str:
        return self._types.get(type_, "...")

    # ---- The client ------------------------------------------------------------------------------------------------

    def _read(self, file: str) -> ast.Module:
        return read_python(self._root, file)

    @cached_property
    def _rows(self) -> dict[str, tuple[str, int]]:
        """The rows of resource types: by type, the name of the row and its line."""
        rows: dict[str, tuple[str, int]] = {}
        for node in self._read(_TYPES).body:
            if isinstance(node, ast.Assign):
                for call in _calls(node, "ResourceType"):
                    (type_, _), *_ = _texts(*call.args[:1])
                    rows[type_] = _name(node.targets[0]), node.lineno
        return rows

    @cached_property
    def _modules(self) -> dict[str, ast.Module]:
        """The modules of the async client."""
        files = [each.relative_to(self._root).as_posix() for each in sorted((self._root / _ASYNC).glob("*.py"))]
        return {file: self._read(file) for file in files}

    @cached_property
    def _classes(self) -> dict[str, _Class]:
        """The classes of the async client by name."""
        found: dict[str, _Class] = {}
        for file, tree in self._modules.items():
            around = tuple(each for each in tree.body if not isinstance(each, ast.ClassDef))
            found |= {each.name: _Class(file, each, around) for each in tree.body if isinstance(each, ast.ClassDef)}
        return found

    @cached_property
    def _client(self) -> str:
        """The name of the client's class."""
        return next((name for name, cls in self._classes.items() if cls.file == _CLIENT), "")

    @cached_property
    def _endpoints(self) -> dict[str, _Class]:
        """The endpoint of each resource type: the class that has its row for `_type`, or is called with it."""
        types = {row: type_ for type_, (row, _) in self._rows.items()}
        found: dict[str, _Class] = {}
        for cls in self._classes.values():
            of_property = cls.own.get("_type")
            found |= {types[each]: cls for each in _names(of_property) if each in types}
            for call in (each for each in ast.walk(cls.node) if isinstance(each, ast.Call)):
                if called := self._classes.get(_name(call.func)):
                    found |= {types[_name(each)]: called for each in call.args if _name(each) in types}
        return found

    def _line_of(self, name: str) -> list[_Class]:
        """A class and its bases, in the order in which Python asks them."""
        cls = self._classes.get(name)
        return [cls, *(each for base in cls.bases for each in self._line_of(base))] if cls else []

    def _methods(self, endpoint: _Class) -> dict[str, tuple[_Class, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """The methods of an endpoint, those of its bases included, each with the class that has it."""
        line = self._line_of(endpoint.node.name)
        return {name: (cls, method) for cls in reversed(line) for name, method in cls.own.items()}

    def _texts_of(self, endpoint: _Class) -> set[str]:
        """The texts in a class and its bases, and in tables of their modules."""
        line = self._line_of(endpoint.node.name)
        return {text for cls in line for text, _ in _texts(cls.node, *cls.around)}

    def _offers(self, cls: _Class, verb: str) -> bool:
        """Whether a class is a base that offers a method to any type."""
        return verb in cls.own and cls not in self._endpoints.values()


def _singular(type_: str) -> str:
    return type_.removesuffix("s")


def _standard(type_: str) -> dict[str, str]:
    """The operations that a type may have, by id, with their verb."""
    return {f"{verb}_{type_ if verb == 'list' else _singular(type_)}": verb for verb in _VERBS}


def _types_of(cls: ast.ClassDef) -> tuple[str, ...]:
    """The types of a resource class."""
    return next((ast.literal_eval(each.value) for each in cls.keywords if each.arg == "types"), ())


def _name(node: ast.AST | None) -> str:
    """The last part of a dotted name."""
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "attr", ""))


def _names(node: ast.AST | None) -> set[str]:
    return {_name(each) for each in (ast.walk(node) if node else ())}


def _calls(node: ast.AST, name: str) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call) and _name(each.func) == name)


def _texts(*nodes: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """The texts within nodes."""
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value, each


def _keys(node: ast.AST) -> set[str]:
    """The keywords and keys that a node writes down."""
    found = {each.arg for each in ast.walk(node) if isinstance(each, ast.keyword) and each.arg}
    dicts = [each for each in ast.walk(node) if isinstance(each, ast.Dict)]
    return found | {text for each in dicts for text, _ in _texts(*filter(None, each.keys))}
