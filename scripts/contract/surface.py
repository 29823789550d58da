"""What a change means in Python: the names of two trees compared, read by griffe and never imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import griffe

from contract.changes import Change, Meaning

PUBLIC, GENERATED = "commercelayer_klarna", "commercelayer_klarna_api"
# The modules that are public beside the package itself.
MODULES = ("errors", "plugins", "pytest_plugin", "sandbox", "testing", "webhooks")


@dataclass(frozen=True)
class _Name:
    """What users see of a name; `parts` are the words whose change breaks callers."""

    text: str
    parts: tuple[tuple[str, str], ...] = ()


class Tree:
    """The packages of one state of the repository.

    Args:
        extensions: The folder that the public package is in.
        generated: The folder that the generated package is in.
    """

    def __init__(self, extensions: Path, generated: Path) -> None:
        loader = griffe.GriffeLoader(search_paths=[extensions, generated], allow_inspection=False)
        self._packages = {name: loader.load(name, try_relative_path=False) for name in (GENERATED, PUBLIC)}
        loader.resolve_aliases(implicit=True)

    def public(self) -> dict[str, _Name]:
        """What users may use, by the name under which they should; see docs/compatibility.md."""
        found: dict[str, _Name] = {}
        seen: set[str] = set()
        package = self._packages[PUBLIC]
        _collect(package, found, seen)
        for name in MODULES:
            _collect(package[name], found, seen)
        return found

    def generated(self) -> dict[str, _Name]:
        """All names of the generated package."""
        found: dict[str, _Name] = {}
        seen: set[str] = set()
        ahead: list[griffe.Object | griffe.Alias] = [self._packages[GENERATED]]
        while ahead:
            module = ahead.pop()
            _collect(module, found, seen)
            ahead += [each for each in module.members.values() if isinstance(each, griffe.Module)]
        return found


def compare(before: Mapping[str, _Name], after: Mapping[str, _Name]) -> list[Change]:
    """The changes of a package's names, breaking first."""
    changes = [Change("breaking", f"`{path}` removed.") for path in before if path not in after]
    for path, now in after.items():
        then = before.get(path)
        if then is None:
            changes.append(Change("additive", f"`{path}` added: `{now.text}`."))
        elif then != now:
            meaning: Meaning = "additive" if _still_accepts(then, now) else "breaking"
            changes.append(Change(meaning, f"`{path}` changed from `{then.text}` to `{now.text}`."))
    # A class says it for its members.
    whole = before.keys() ^ after.keys()
    said = [change for change in changes if _path(change).rpartition(".")[0] not in whole]
    return sorted(said, key=lambda change: (change.meaning != "breaking", change.text))


def _collect(module: griffe.Object | griffe.Alias, found: dict[str, _Name], seen: set[str]) -> None:
    """Describe the names of one module: those that it exports, or else defines."""
    exported = module.exports
    for name, member in module.members.items():
        if name in exported if exported is not None else not (member.is_alias or name.startswith("_")):
            _describe(f"{module.path}.{name}", member, found, seen)


def _describe(path: str, member: griffe.Object | griffe.Alias, found: dict[str, _Name], seen: set[str]) -> None:
    try:
        target = member.final_target if isinstance(member, griffe.Alias) else member
    except griffe.AliasResolutionError:
        return  # of another package
    if isinstance(target, griffe.Module) or (target.parent is not None and target.parent.is_module):
        if isinstance(target, griffe.Module) or target.path in seen:
            return  # it has a better name
        seen.add(target.path)
    if isinstance(target, griffe.Class):
        found[path] = _Name(f"class({', '.join(str(base) for base in target.bases)})")
        for name, inner in target.all_members.items():
            if not name.startswith("_") or name in ("__init__", "__call__"):
                _describe(f"{path}.{name}", inner, found, seen)
    elif isinstance(target, griffe.Function):
        parts = [
            (each.name, f"{each.kind.value if each.kind else ''}: {each.annotation}{' = ...' if each.default else ''}")
            for each in target.parameters
            if each.name not in ("self", "cls")
        ]
        shown = ", ".join(f"{name}: {_annotation(text)}" for name, text in parts)
        found[path] = _Name(f"({shown}) -> {target.returns}", (*parts, ("return", str(target.returns))))
    elif isinstance(target, griffe.Attribute):
        made = target.value if isinstance(target.value, griffe.ExprCall) else "value"
        found[path] = _Name(str(target.annotation or made))


def _annotation(text: str) -> str:
    return text.partition(": ")[2].removesuffix(" = ...") + (" = ..." if text.endswith(" = ...") else "")


def _still_accepts(then: _Name, now: _Name) -> bool:
    """Whether every use that was right still is.

    Of a function: the same parameters, and none but optional ones besides. Of an attribute: no values but those it had.
    """
    if not then.parts and not now.parts:
        return set(now.text.split(" | ")) < set(then.text.split(" | "))
    before, after = dict(then.parts), dict(now.parts)
    added = [text for name, text in after.items() if name not in before]
    same = [name for name, _ in now.parts if name in before] == [name for name, _ in then.parts]
    return same and all(after[name] == text for name, text in before.items()) and all("= ..." in each for each in added)


def _path(change: Change) -> str:
    return str(change.text.split("`")[1])
