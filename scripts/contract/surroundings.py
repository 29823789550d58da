"""What a change of the contract leaves to be done beside the client: facts, examples, exports, sandbox, secrets.

The contract says what there is, the syntax of the other files what they have; nothing is imported but the sandbox's
table, in a process of its own. The client's own layer is up to `reach`.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from contract.files import Slip, read_json, read_python, read_text, read_yaml
from contract.reach import Todo
from contract.source import SCHEMAS, Place, Source

CONTRACT = "spec/klarna_payments.yaml"
EXAMPLES = "spec/examples"
FACTS = "tests/contract/facts.yaml"
PACKAGE = "extensions/commercelayer_klarna"
SECRETS = f"{PACKAGE}/_redaction.py"
SANDBOX = f"{PACKAGE}/sandbox"
ROWS = f"{SANDBOX}/api/schema.py"
SOURCES = f"{SANDBOX}/api/payment_sources.py"
RULES = f"{SANDBOX}/api/rules.py"
PROVENANCE = "scripts/sandbox_page.py"
# Where the class Resource may be, and what a resource class inherits from it.
RESOURCE = (f"{PACKAGE}/_jsonapi/resource.py", f"{PACKAGE}/resources.py")

_WRITTEN = re.compile(r"(\w+?)(Create|Update)(Attributes|Relationships)")
# What generated code may import beside the standard library.
_IMPORTED_AS = {"attrs": {"attr", "attrs"}}

T = TypeVar("T")


class Surroundings:
    """What stands beside the client in one state of the repository.

    Args:
        root: The repository.
        generated: The generated package, which need not be in place yet.
        source: The contract.
    """

    def __init__(self, root: Path, generated: Path, source: Source) -> None:
        self._root, self._generated, self._source = root, generated, source
        self.slips: list[Slip] = []

    def todos(self) -> list[Todo]:
        """Everything that is left to be done; a file that cannot be read is added to the slips instead."""
        checks = (self._examples, self._facts, self._exports, self._secrets, self._imports, self._sandbox)
        return list(dict.fromkeys(todo for check in checks for todo in self._tried(check)))

    def warnings(self) -> list[Todo]:
        """What users meet, and nobody can mend here."""
        return list(dict.fromkeys(self._tried(self._clashes)))

    def _tried(self, check: Callable[[], Iterator[T]]) -> list[T]:
        found: list[T] = []
        try:
            found.extend(check())
        except Slip as slip:
            if str(slip) not in map(str, self.slips):
                self.slips.append(slip)
        return found

    # ---- The contract ----------------------------------------------------------------------------------------------

    @cached_property
    def _names(self) -> Mapping[str, str]:
        """The schema of each resource type, by its type."""
        return self._source.resources

    def _members(self, schema: str) -> dict[str, Any]:
        members = self._source.schemas.get(schema, {}).get("properties", {})
        return members if isinstance(members, dict) else {}

    # ---- Examples --------------------------------------------------------------------------------------------------

    def _examples(self) -> Iterator[Todo]:
        """Attributes that no example document of their type has; others may be older, or have fewer on purpose."""
        nearest: dict[str, tuple[list[str], Todo]] = {}
        for path in sorted((self._root / EXAMPLES).glob("*.json")):
            file = f"{EXAMPLES}/{path.name}"
            text, document = read_json(self._root, file)
            data = document.get("data") if isinstance(document, dict) else None
            for resource in data if isinstance(data, list) else [data]:
                if not isinstance(resource, dict) or not {"links", "type", "id"} <= resource.keys():
                    continue  # a request, or an error
                type_ = resource["type"]
                attributes = resource.get("attributes", {})
                known = self._members(f"{self._names.get(type_, '')}Attributes")
                missing = [name for name in known if name not in attributes]
                line = text[: max(text.find(json.dumps(resource["id"])), 0)].count("\n") + 1
                todo = Todo(file, line, f"add {', '.join(missing)} to the attributes")
                if type_ not in nearest or len(missing) < len(nearest[type_][0]):
                    nearest[type_] = missing, todo
        for missing, todo in nearest.values():
            if missing:
                yield todo
        for type_ in self._names:
            if type_ not in nearest:
                text = f"write an example with a whole resource of type {type_}, and name it in {FACTS}"
                yield Todo(EXAMPLES, 1, text)

    # ---- Facts -----------------------------------------------------------------------------------------------------

    def _facts(self) -> Iterator[Todo]:
        """What the tests' own table of facts does not say, or says too much."""
        if not (self._root / "tests").exists():
            return  # of a distribution without tests
        facts = read_yaml(self._root, FACTS)
        files = {each.name: None for each in sorted((self._root / EXAMPLES).iterdir())}
        wanted: dict[Place, Mapping[str, Any]] = {
            ("resources",): dict.fromkeys(self._names.values()),
            ("operations",): {str(each.get("operationId")): each for _, each in self._source.operations()},
            ("examples",): files,
        }
        used = self._source.answers.keys() | self._source.requests.keys()
        for name in self._source.schemas:
            if (*SCHEMAS, name) in used and name.endswith(("Attributes", "Relationships")):
                wanted["attributes" if name.endswith("Attributes") else "relationships", name] = self._members(name)
        for place, members in wanted.items():
            known = facts.get(place, {})
            if not isinstance(known, dict):
                raise Slip(FACTS, facts.line(place), f"this cannot be read ({'.'.join(map(str, place))} is no mapping)")
            where = ".".join(map(str, place))
            for name in members:
                if name not in known:
                    yield Todo(FACTS, facts.line(place), f"add {name} to {where}, as the API documents it")
            for name in known:
                if name not in members:
                    text = f"remove {name} from {where}: the contract has it no more"
                    if place == ("examples",):
                        text = f"remove {name} from {where}: there is no such file"
                    yield Todo(FACTS, facts.line((*place, name)), text)
        for part in ("attributes", "relationships"):
            for name in facts.get((part,), {}):
                if (part, name) not in wanted:
                    text = f"remove {name} from {part}: the contract has it no more"
                    yield Todo(FACTS, facts.line((part, name)), text)

    # ---- Exports ---------------------------------------------------------------------------------------------------

    def _exports(self) -> Iterator[Todo]:
        """The three lists of public names: what is exported, from which module, and what type checkers are told."""
        file = f"{PACKAGE}/__init__.py"
        tree = read_python(self._root, file)
        lists = dict(_assigned(tree))
        exported = dict(_strings(lists.get("__all__")))
        lazy = lists.get("_MODULES")
        values = lazy.values if isinstance(lazy, ast.Dict) else []
        from_modules = {name: line for value in values for text, line in _strings(value) for name in text.split()}
        told, at_once = _imported(tree)
        for name, line in exported.items():
            if name not in from_modules and name not in at_once:
                yield Todo(file, line, f"add {name} to _MODULES, or importing it fails")
            if name not in told and name not in at_once:
                yield Todo(file, line, f"import {name} under TYPE_CHECKING, or type checkers do not know it")
        for name, line in from_modules.items():
            if name not in exported:
                yield Todo(file, line, f"add {name} to __all__, or remove it from _MODULES")
        for name in self._names.values():
            if name not in exported:
                yield Todo(file, lists["__all__"].lineno if "__all__" in lists else 1, f"export {name}")

    # ---- Secrets ---------------------------------------------------------------------------------------------------

    def _secrets(self) -> Iterator[Todo]:
        """What the contract calls secret, and what is kept out of reprs, logs and errors: the same names."""
        tree = read_python(self._root, SECRETS)
        node = dict(_assigned(tree)).get("SECRET_NAMES")
        hidden = {text for text, _ in _strings(node)}
        line = node.lineno if node is not None else 1
        for name in self._source.schemas:
            for member, schema in self._members(name).items():
                said = schema.get("x-secret") if isinstance(schema, dict) else None
                if said is True and member not in hidden:
                    yield Todo(SECRETS, line, f"add {member} to SECRET_NAMES: {name}.{member} is x-secret")
                if said is not True and member in hidden:
                    where = self._source.line((*SCHEMAS, name, "properties", member))
                    yield Todo(CONTRACT, where, f"write x-secret: true in {name}.{member}: SECRET_NAMES has it")

    # ---- The generated package -------------------------------------------------------------------------------------

    def _imports(self) -> Iterator[Todo]:
        """Packages that the generated code imports and the project does not depend on."""
        text = read_text(self._root, "pyproject.toml")
        try:
            project = tomllib.loads(text)["project"]
        except (tomllib.TOMLDecodeError, KeyError) as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else 1
            raise Slip("pyproject.toml", line, f"this cannot be read ({error})") from None
        names = [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in project.get("dependencies", [])]
        allowed = {self._generated.name, *sys.stdlib_module_names}
        for name in names:
            allowed |= _IMPORTED_AS.get(name, {name.replace("-", "_")})
        line = text[: max(text.find("\ndependencies"), 0)].count("\n") + 2
        users: dict[str, str] = {}
        for file in sorted(self._generated.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                for name in _roots(node):
                    if name not in allowed:
                        users.setdefault(name, file.relative_to(self._generated).as_posix())
        for name, user in users.items():
            text = f"{user} of the generated code imports {name}: depend on it, or pin a generator that does not"
            yield Todo("pyproject.toml", line, text)

    # ---- The sandbox -----------------------------------------------------------------------------------------------

    def _sandbox(self) -> Iterator[Todo]:
        """Attributes, relationships and triggers that the sandbox does not serve, and rows that rest on nothing."""
        tree = read_python(self._root, ROWS)
        lines: dict[str, int] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                made = node.func.id if isinstance(node.func, ast.Name) else ""
                if made not in ("Attribute", "Relationship"):
                    lines.setdefault(str(node.args[0].value), node.lineno)
        rows = _rows_of_sandbox(self._root)
        for type_, row in rows.items():
            for name, target in row["relationships"].items():
                if target not in rows:
                    text = f"{name} of {type_} leads to {target}, which has no row"
                    yield Todo(ROWS, lines.get(type_, 1), text)
        for type_, schema in self._names.items():
            line = lines.get(type_, 1)
            if type_ not in rows:
                yield Todo(ROWS, line, f"add a row for {type_}")
                continue
            row = rows[type_]
            if not row["partial"]:
                yield from self._served(type_, schema, row, line)
            if not row["writes_elsewhere"]:
                yield from self._written(type_, schema, row, line)
        yield from self._triggers(rows, lines)

    def _served(self, type_: str, schema: str, row: dict[str, Any], line: int) -> Iterator[Todo]:
        for part in ("attributes", "relationships"):
            kind = part.removesuffix("s")
            members = self._members(f"{schema}{part.capitalize()}")
            for name in members:
                if name not in row[part]:
                    yield Todo(ROWS, line, f"add the {kind} {name} to the row of {type_}")
            for name in row["returned"] if part == "attributes" else row[part]:
                if name not in members:
                    text = f"remove the {kind} {name} from the row of {type_}: the contract has it no more"
                    yield Todo(ROWS, line, text)

    def _written(self, type_: str, schema: str, row: dict[str, Any], line: int) -> Iterator[Todo]:
        for way, flag in (("Create", "creatable"), ("Update", "updatable")):
            for name in self._members(f"{schema}{way}Attributes"):
                if name.startswith("_"):
                    if name not in row["triggers"]:
                        yield Todo(ROWS, line, f"add the trigger {name} to the row of {type_}, and what it does")
                elif name in row["attributes"] and name not in row[flag]:
                    yield Todo(ROWS, line, f"make {name} {flag} in the row of {type_}")
                elif name not in row["attributes"] and name not in self._members(f"{schema}Attributes"):
                    yield Todo(ROWS, line, f"add the attribute {name}, {flag} and not returned, to the row of {type_}")
            for name in self._members(f"{schema}{way}Relationships"):
                if name in row["relationships"] and name not in row[flag]:
                    yield Todo(ROWS, line, f"make {name} {flag} in the row of {type_}")

    def _triggers(self, rows: dict[str, Any], lines: dict[str, int]) -> Iterator[Todo]:
        """Types that are not created; triggers that do nothing, that are gone, or that nobody says the source of."""
        page = read_python(self._root, PROVENANCE)
        told = " ".join(text for text, _ in _strings(page))
        table = _line_of(page, "TABLE")
        sources = read_python(self._root, SOURCES)
        values, at = _line_of(sources, "PAYMENT_SOURCES"), dict(reversed(_strings(sources)))
        rules = _line_of(read_python(self._root, RULES), "TRIGGERS")
        for type_, row in rows.items():
            schema = self._names.get(type_)
            if not row["created"]:
                yield Todo(
                    SOURCES, values, f"add a value for {type_}: what creating one opens, and what its triggers do"
                )
            for name in sorted(row["triggers"]):
                line = lines.get(type_, 1)
                if name not in row["carried_out"]:
                    known = (SOURCES, at.get(type_, values)) if type_ in row["sources"] else (RULES, rules)
                    yield Todo(*known, f"nothing carries out {name} of {type_}: write what it does")
                if f"`{name}" not in told:
                    text = f"add a row that says what `{name}` of {type_} does in the sandbox, and what that rests on"
                    yield Todo(PROVENANCE, table, text)
                written = self._members(f"{schema}UpdateAttributes")
                if written and not row["writes_elsewhere"] and name not in written:
                    yield Todo(ROWS, line, f"remove the trigger {name} of {type_}: the contract has it no more")

    # ---- Names -----------------------------------------------------------------------------------------------------

    def _clashes(self) -> Iterator[Todo]:
        """Attributes and relationships that are not found under their own name."""
        file = next((each for each in RESOURCE if (self._root / each).exists()), RESOURCE[-1])
        members = _members_of_class(read_python(self._root, file), "Resource")
        for schema in self._names.values():
            for part in ("Attributes", "Relationships"):
                compiled = self._compiled(f"{schema}{part}")
                for name in self._members(f"{schema}{part}"):
                    line = self._source.line((*SCHEMAS, f"{schema}{part}", "properties", name))
                    if name in members:
                        text = f'{schema} has a member {name} of its own: users reach this one by resource["{name}"]'
                        yield Todo(CONTRACT, line, text)
                    elif compiled and name not in compiled:
                        text = f'{name} is no name in Python: users reach it by resource["{name}"]'
                        yield Todo(CONTRACT, line, text)

    def _compiled(self, model: str) -> set[str]:
        """The fields of a generated model."""
        stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", model).lower()
        file = self._generated / "models" / f"{stem}.py"
        if not file.exists():
            return set()
        return {
            node.target.id
            for each in ast.parse(file.read_text(encoding="utf-8")).body
            if isinstance(each, ast.ClassDef)
            for node in each.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }


# ---- Syntax --------------------------------------------------------------------------------------------------------


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """What is assigned at the top of a module, by name."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def _line_of(tree: ast.Module, name: str) -> int:
    """The line where something is assigned at the top of a module."""
    return next((node.lineno for assigned, node in _assigned(tree) if assigned == name), 1)


def _strings(node: ast.AST | None) -> list[tuple[str, int]]:
    """The texts within a node, each with its line."""
    return [
        (each.value, each.lineno)
        for each in (ast.walk(node) if node is not None else ())
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    ]


def _imported(tree: ast.Module) -> tuple[set[str], set[str]]:
    """The names that a module imports for type checkers alone, and those that it has at once."""
    told, at_once = set[str](), set[str]()
    for node in tree.body:
        only_types = isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for each in ast.walk(node):
            if isinstance(each, ast.ImportFrom):
                (told if only_types else at_once).update(alias.asname or alias.name for alias in each.names)
    return told, at_once


def _roots(node: ast.AST) -> list[str]:
    """The top packages that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [str(node.module).partition(".")[0]] if isinstance(node, ast.ImportFrom) and not node.level else []


def _members_of_class(tree: ast.Module, name: str) -> set[str]:
    """The public names that a class has, with those of its bases in the same module."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    found: set[str] = set()
    ahead = [name]
    while ahead:
        cls = classes.pop(ahead.pop(), None)
        if cls is None:
            continue
        ahead += [base.id for base in cls.bases if isinstance(base, ast.Name)]
        for node in cls.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                found.add(node.target.id)
            elif isinstance(node, ast.Assign):
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {each for each in found if not each.startswith("_")}


_ROWS = """
import json, sys, traceback
root = sys.argv[1]
try:
    from commercelayer_klarna.sandbox.api import rules
    from commercelayer_klarna.sandbox.api.payment_sources import PAYMENT_SOURCES
    from commercelayer_klarna.sandbox.api.schema import EXPORTS, RESOURCES
except Exception as error:
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(root)]
    at = [frames[-1].filename, frames[-1].lineno] if frames else ["", 1]
    print(json.dumps({"error": f"{type(error).__name__}: {error}", "file": at[0], "line": at[1]}))
    raise SystemExit(3)
print(json.dumps({
    name: {
        "attributes": list(row.attributes),
        "returned": [each.name for each in row.attributes.values() if each.returned],
        "relationships": {each.name: each.target for each in row.relationships.values()},
        "creatable": [each.name for each in (*row.attributes.values(), *row.relationships.values()) if each.creatable],
        "updatable": [each.name for each in (*row.attributes.values(), *row.relationships.values()) if each.updatable],
        "triggers": list(row.triggers),
        "created": name in (*PAYMENT_SOURCES, EXPORTS) or "create" not in row.actions,
        "carried_out": list(rules.carried_out(name)),
        "sources": [each for each in PAYMENT_SOURCES],
        "partial": row.partial,
        "writes_elsewhere": row.writes_elsewhere,
    }
    for name, row in RESOURCES.items()
}))
"""


def _rows_of_sandbox(root: Path) -> dict[str, Any]:
    """Read the rows of the sandbox's table, in a process of its own: this one may have another tree's package."""
    paths = os.pathsep.join(str(root / each) for each in ("extensions", "generated"))
    environment = {**os.environ, "PYTHONPATH": paths}
    command = [sys.executable, "-c", _ROWS, str(root)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        raise Slip(ROWS, 1, f"this cannot be imported ({(done.stderr.strip() or 'no reason').splitlines()[-1]})")
    rows: dict[str, Any] = json.loads(done.stdout)
    if done.returncode:
        file = Path(rows["file"]).relative_to(root).as_posix() if rows["file"] else ROWS
        raise Slip(file, rows["line"], f"this cannot be imported ({rows['error']})")
    return rows
