"""What a change of the contract leaves to be done in the client: what the hand-written layer does not reach yet.

The generated tree says what there is, the syntax of the hand-written files says what they use; nothing is imported.
What stands beside the client is up to `surroundings`; that what is there is right is up to the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from contract.files import read_python

_PUBLIC = "extensions/commercelayer_klarna"
# The names that `operations` has for the packages of what is generated.
_PACKAGES = ("endpoints", "models")
_REQUEST_MODEL = re.compile(r"\w+(Create|Update)(Attributes|Relationships)")


@dataclass(frozen=True)
class Todo:
    """One line to be written by hand."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Room:
    """A hand-written module, as syntax."""

    def __init__(self, root: Path, file: str) -> None:
        self.file = file
        self.tree = read_python(root, file)

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef]:
        """The functions of the module."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}

    @cached_property
    def names(self) -> dict[str, set[str]]:
        """The names that each function mentions."""
        return {name: _names(node) for name, node in self.functions.items()}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the module."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

    def todo(self, node: ast.AST | None, text: str) -> Todo:
        """Something to be written at a node."""
        return Todo(self.file, getattr(node, "lineno", 1), text)


class Reach:
    """What the hand-written layer of one state of the repository reaches.

    Args:
        root: The repository.
        generated: The generated package, which need not be in place yet.
    """

    def __init__(self, root: Path, generated: Path) -> None:
        self._generated = generated
        self._operations = Room(root, f"{_PUBLIC}/_client/requests.py")
        self._resources = Room(root, f"{_PUBLIC}/resources.py")
        self._clients = [Room(root, f"{_PUBLIC}/_sync/client.py"), Room(root, f"{_PUBLIC}/_async/client.py")]

    def todos(self) -> list[Todo]:
        """Everything that is left to be done."""
        return list(dict.fromkeys([*self._endpoints(), *self._writable(), *self._resource_classes()]))

    def _endpoints(self) -> Iterator[Todo]:
        """Operations and their parameters."""
        files = [file for file in sorted(self._generated.glob("api/*/*.py")) if file.name != "__init__.py"]
        yield from self._gone_endpoints({file.stem for file in files})
        for file in files:
            users = [name for name, mentioned in self._operations.names.items() if file.stem in mentioned]
            if not users:
                yield Todo(self._operations.file, self._end(), f"write the operation that calls {file.stem}")
            for client in self._clients:
                if not self._callers(users) & _accessed(client.tree, "operations"):
                    owner = next(iter(client.classes.values()), None)
                    yield client.todo(owner, f"add the method for the operation {file.stem}")
            if users:
                passed = self._passed(users)
                for name in _keywords_of(file):
                    if name not in passed:
                        text = f"pass {name} to {file.stem}: nothing of the operation does"
                        yield self._operations.todo(self._operations.functions[users[0]], text)

    def _gone_endpoints(self, there: set[str]) -> Iterator[Todo]:
        """What is still called although the contract has it no more."""
        for node in ast.walk(self._operations.tree):
            if isinstance(node, ast.Attribute) and node.attr == "_get_kwargs":
                name = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
                if name not in there:
                    yield self._operations.todo(node, f"{name} is gone from the contract: remove what calls it")

    def _writable(self) -> Iterator[Todo]:
        """Attributes and relationships of requests."""
        for model, fields in self._models.items():
            if not _REQUEST_MODEL.fullmatch(model):
                continue
            calls = [
                (function, call)
                for function in self._operations.functions.values()
                for call in ast.walk(function)
                if isinstance(call, ast.Call) and _called(call) == model
            ]
            if not calls:
                continue  # its operation is missing too, which says more
            given = {keyword.arg for _, call in calls for keyword in call.keywords}
            for _, call in calls:
                for keyword in call.keywords:
                    if keyword.arg not in fields:
                        yield self._operations.todo(keyword, f"{model} has no {keyword.arg} any more: leave it out")
            function, call = max(calls, key=lambda each: len(each[1].keywords))
            for name in fields:
                if name not in given:
                    yield self._operations.todo(call, f"pass {name}= to {model}, and take it in {function.name}()")
                if name not in given or name in _arguments(function):
                    yield from self._taken_by_clients(function.name, name)

    def _taken_by_clients(self, operation: str, name: str) -> Iterator[Todo]:
        for client in self._clients:
            for owner in client.classes.values():
                for method in owner.body:
                    if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                        continue
                    calls = [call for call in ast.walk(method) if isinstance(call, ast.Call)]
                    for call in calls:
                        if operation in _accessed(call.func, "operations") and name not in _handed_on(method, call):
                            yield client.todo(method, f"take {name}= in {owner.name}.{method.name}() and hand it on")

    def _resource_classes(self) -> Iterator[Todo]:
        """Attribute models and relationships of answers."""
        for model in self._models:
            if model.endswith("Attributes") and not _REQUEST_MODEL.fullmatch(model) and model not in self._bases:
                yield self._resources.todo(
                    None, f"derive a resource class from {model}, with its type: class ...({model}, types=(...,))"
                )
        for model, cls in self._bases.items():
            declared = {
                node.target.id: node
                for node in cls.body
                if isinstance(node, ast.AnnAssign)
                if isinstance(node.target, ast.Name) and ast.unparse(node.annotation).startswith(("ToOne", "ToMany"))
            }
            there = self._relationships(model)
            for name, annotation in there.items():
                kind = "ToMany" if "ToMany" in annotation else "ToOne"
                made = ": ToMany[Resource] = ToMany()" if kind == "ToMany" else ": ToOne[Resource | None] = ToOne()"
                if name not in declared and name != "event_stores":
                    yield self._resources.todo(cls, f"add to {cls.name}: {name}{made}")
                elif name in declared and kind not in ast.unparse(declared[name].annotation):
                    yield self._resources.todo(declared[name], f"write in {cls.name}: {name}{made}")
            for name, node in declared.items():
                if name not in there:
                    yield self._resources.todo(node, f"{name} is gone from the contract: remove it from {cls.name}")

    @cached_property
    def _models(self) -> dict[str, dict[str, str]]:
        """The generated models: their fields with annotations."""
        found: dict[str, dict[str, str]] = {}
        for file in sorted(self._generated.glob("models/*.py")):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    found[node.name] = {
                        field.target.id: ast.unparse(field.annotation)
                        for field in node.body
                        if isinstance(field, ast.AnnAssign)
                        and isinstance(field.target, ast.Name)
                        and field.target.id != "additional_properties"
                    }
        return found

    @cached_property
    def _bases(self) -> dict[str, ast.ClassDef]:
        """The resource classes by the attribute model that they inherit."""
        return {
            base.id: cls
            for cls in self._resources.classes.values()
            for base in cls.bases
            if isinstance(base, ast.Name) and base.id.endswith("Attributes")
        }

    @cached_property
    def _types(self) -> dict[str, str]:
        """The attribute model of each resource type."""
        return {
            each: model
            for model, cls in self._bases.items()
            for argument in cls.keywords
            if argument.arg == "types"
            for each in ast.literal_eval(argument.value)
        }

    def _relationships(self, model: str) -> dict[str, str]:
        """The fields of the relationships model that stands beside an attribute model."""
        return self._models.get(model.removesuffix("Attributes") + "Relationships", {})

    def _callers(self, names: list[str]) -> set[str]:
        """The functions of `operations` that lead to these, and these."""
        found = set(names)
        while more := {
            name for name, mentioned in self._operations.names.items() if name not in found and mentioned & found
        }:
            found |= more
        return found

    def _passed(self, users: list[str]) -> set[str]:
        """Every keyword and key that these functions, and those that they call, write down."""
        functions, names = self._operations.functions, self._operations.names
        ahead, seen = list(users), set(users)
        passed: set[str] = set()
        while ahead:
            function = ahead.pop()
            for each in ast.walk(functions[function]):
                if isinstance(each, ast.keyword) and each.arg:
                    passed.add(each.arg)
                elif isinstance(each, ast.Dict):
                    passed |= {str(key.value) for key in each.keys if isinstance(key, ast.Constant)}
            called = names[function] & functions.keys() - seen
            seen |= called
            ahead += called
        return passed

    def _end(self) -> int:
        """The line after the last operation."""
        lines = [
            node.end_lineno or 0
            for node in self._operations.functions.values()
            if any(isinstance(each, ast.Attribute) and each.attr == "_get_kwargs" for each in ast.walk(node))
        ]
        return max(lines, default=0) + 1


def _names(node: ast.AST) -> set[str]:
    """The names that a node mentions, with or without the module that they are in."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Name):
            found.add(each.id)
        elif isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in _PACKAGES:
            found.add(each.attr)
    return found


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _accessed(node: ast.AST, owner: str) -> set[str]:
    """The attributes of a name that a node reads."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == owner
    }


def _handed_on(method: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> set[str]:
    """The arguments of a method that it uses in a call."""
    used = {each.id for part in (*call.args, *call.keywords) for each in ast.walk(part) if isinstance(each, ast.Name)}
    return _arguments(method) & used


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _keywords_of(endpoint: Path) -> list[str]:
    """The keyword arguments of an endpoint module's request builder."""
    for node in ast.parse(endpoint.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == "_get_kwargs":
            return [each.arg for each in node.args.kwonlyargs]
    return []
