"""What a change means in Python: the names of two trees compared, read by griffe and never imported.

In doubt a change is called breaking. What callers pass may admit more than before, and what they read may admit less.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

import griffe

from contract.changes import Change, Meaning

PUBLIC, GENERATED = "commercelayer_klarna", "commercelayer_klarna_api"
# The modules that are public beside the package itself.
MODULES = ("errors", "plugins", "sandbox", "testing", "webhooks")

# Operators and protocols that callers rely on without naming them.
_DUNDERS = {f"__{name}__" for name in ("aenter", "aexit", "aiter", "anext", "await", "enter", "exit", "iter", "next")}
_DUNDERS |= {f"__{name}__" for name in ("bool", "call", "contains", "delitem", "eq", "getitem", "hash", "len", "lt")}
_DUNDERS |= {f"__{name}__" for name in ("reversed", "setitem")}
_ATTRS = {f"{package}.{name}" for package in ("attr", "attrs") for name in ("define", "frozen", "mutable")}

# What a plain function that hands on a coroutine says it returns: for callers the same as an async function.
_COROUTINE = re.compile(r"^(?:\w+\.)*Coroutine\[\s*Any\s*,\s*Any\s*,\s*(.*)\]$", re.DOTALL)

_Object: TypeAlias = griffe.Object | griffe.Alias
_Kind = griffe.ParameterKind
_POSITIONAL = {_Kind.positional_only, _Kind.positional_or_keyword}


@dataclass(frozen=True)
class _Parameter:
    name: str
    kind: griffe.ParameterKind | None
    type: str
    default: str | None = None

    def __str__(self) -> str:
        stars = {_Kind.var_positional: "*", _Kind.var_keyword: "**"}.get(self.kind or _Kind.positional_only, "")
        return f"{stars}{self.name}: {self.type}" + (f" = {self.default}" if self.default is not None else "")


@dataclass(frozen=True)
class _Name:
    """What users see of a name: its type, or what it returns; for functions, what they take."""

    kind: str
    type: str
    parameters: tuple[_Parameter, ...] = ()
    # Where it is defined: one thing may be exported from several places.
    origin: str = field(default="", compare=False)

    def __str__(self) -> str:
        if self.kind in ("attribute", "property"):
            return self.type
        if self.kind.endswith("class"):
            return f"{self.kind}({self.type})"
        kind = "" if self.kind == "function" else f"{self.kind} "
        return f"{kind}({_shown(self.parameters)}) -> {self.type}"


def _shown(parameters: tuple[_Parameter, ...]) -> str:
    words, kinds = [str(each) for each in parameters], [each.kind for each in parameters]
    if _Kind.keyword_only in kinds and _Kind.var_positional not in kinds:
        words.insert(kinds.index(_Kind.keyword_only), "*")
    if _Kind.positional_only in kinds:
        words.insert(kinds.count(_Kind.positional_only), "/")
    return ", ".join(words)


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
        """What users may use, by every name under which they may; see docs/compatibility.md."""
        package = self._packages[PUBLIC]
        modules = [package, *(package.members[name] for name in MODULES if name in package.members)]
        return {path: name for module in modules for path, name in _exported(module)}

    def generated(self) -> dict[str, _Name]:
        """All names of the generated package, each once."""
        found: dict[str, _Name] = {}
        seen: set[str] = set()
        ahead: list[_Object] = [self._packages[GENERATED]]
        while ahead:
            module = ahead.pop()
            new = {path: name for path, name in _exported(module) if name.origin not in seen}
            found |= new
            seen |= {name.origin for name in new.values()}
            ahead += [each for each in module.members.values() if isinstance(each, griffe.Module)]
        return found


def compare(before: Mapping[str, _Name], after: Mapping[str, _Name]) -> list[Change]:
    """The changes of a package's names, breaking first. A class says it for its members, and one path for all."""
    found: dict[tuple[str, str], Change] = {}
    whole = before.keys() ^ after.keys()
    for path in dict.fromkeys([*before, *after]):
        then, now = before.get(path), after.get(path)
        owner = path.rpartition(".")[0]
        if then == now or owner in whole:
            continue
        meaning: Meaning = "breaking"
        if now is None:
            what = "removed."
        elif then is None:
            meaning, what = "additive", f"added: `{now}`."
        else:
            meaning = "additive" if _still_serves(then, now) else "breaking"
            what = f"changed from `{then}` to `{now}`."
        member = owner in before and owner in after
        origin = (now or then or before[path]).origin
        # Names that come and go are said of each place; the rest once.
        found.setdefault((origin if member or (then and now) else path, what), Change(meaning, f"`{path}` {what}"))
    return sorted(found.values(), key=lambda change: (change.meaning != "breaking", change.text))


# ---- Reading -------------------------------------------------------------------------------------------------------


def _exported(module: _Object) -> Iterator[tuple[str, _Name]]:
    """The names of one module: those that it exports, or else defines."""
    names = module.exports
    if names is None:
        names = [name for name, each in module.members.items() if not (each.is_alias or name.startswith("_"))]
    for name in map(str, names):
        member = module.members.get(name)
        try:
            target = member.final_target if isinstance(member, griffe.Alias) else member
        except griffe.AliasResolutionError as error:  # of another package
            target = None
            yield f"{module.path}.{name}", _Name("attribute", error.alias.target_path, origin=error.alias.target_path)
        if not isinstance(target, griffe.Module) and (target or member is None):
            yield from _described(f"{module.path}.{name}", target, target.path if target else name)


def _described(path: str, target: griffe.Object | None, origin: str) -> Iterator[tuple[str, _Name]]:
    if isinstance(target, griffe.Class):
        options = _options(target)
        made = "" if options is None else f"attrs {' '.join(f'{k}={v}' for k, v in options.items() if k in _MATTERS)} "
        bases = ", ".join(str(base) for base in target.bases)
        yield path, _Name(" ".join(f"{made}class".split()), bases, origin=origin)
        yield f"{path}.__init__", replace(_constructor(target), origin=f"{origin}.__init__")
        for name, each in target.all_members.items():
            if not name.startswith("_") or name in _DUNDERS:
                try:
                    inner = each.final_target if isinstance(each, griffe.Alias) else each
                except griffe.AliasResolutionError:
                    continue
                yield from _described(f"{path}.{name}", inner, f"{origin}.{name}")
    elif isinstance(target, griffe.Function):
        yield path, replace(_function(target), origin=origin)
    elif isinstance(target, griffe.Attribute):
        made = str(target.value) if isinstance(target.value, griffe.ExprCall) else "value"
        annotation = str(target.annotation or made)
        read_only = "property" in target.labels and target.setter is None
        if declared := _DECLARED.fullmatch(annotation):
            read_only, annotation = True, f"list[{declared[2]}]" if declared[1] == "ToMany" else declared[2]
        kind = "property" if read_only else "attribute"
        yield path, _Name(kind, annotation, origin=origin)
    elif target is None:
        yield path, _Name("attribute", "unknown", origin=origin)


def _function(target: griffe.Function) -> _Name:
    kinds = [*sorted(target.labels & {"classmethod", "staticmethod"}), "function"]
    in_class = target.parent is not None and target.parent.is_class and "staticmethod" not in kinds
    parameters = tuple(
        _Parameter(
            each.name,
            each.kind,
            str(each.annotation or "Any"),
            None
            if each.default is None or each.kind in (_Kind.var_positional, _Kind.var_keyword)
            else str(each.default),
        )
        for each in list(target.parameters)[1 if in_class else 0 :]
    )
    returns = str(target.returns or "Any")
    if "async" not in target.labels:
        returns = _COROUTINE.sub(r"Awaitable[\1]", returns)
    return _Name(kinds[0], f"Awaitable[{returns}]" if "async" in target.labels else returns, parameters)


_ANY = tuple(
    _Parameter(name, kind, "Any") for name, kind in (("args", _Kind.var_positional), ("kwargs", _Kind.var_keyword))
)
# What the descriptors of resources are annotated with: they are read as the type within.
_DECLARED = re.compile(r"(Attribute|Renamed|ToOne|ToMany)\[(.*)\]")
# The options of attrs that change what one can do with an object.
_MATTERS = {"frozen", "eq", "order", "hash", "unsafe_hash"}


def _constructor(cls: griffe.Class) -> _Name:
    """How objects are made: as a class says itself, as attrs makes it from the fields, or as is not known."""
    for each in (cls, *cls.mro()):
        explicit = each.members.get("__init__")
        if isinstance(explicit, griffe.Function):
            return replace(_function(explicit), type="None")
        # A resource inherits from a generated model, but the client makes it.
        if _options(each) is not None and each.package.path == cls.package.path:
            fields = _fields(each)
            last = [one for one in fields if one.kind is _Kind.keyword_only]
            return _Name("function", "None", (*(one for one in fields if one not in last), *last))
    known = len(cls.bases) == len(cls.resolved_bases)
    return _Name("function", "None", () if known and not cls.bases else _ANY)


def _options(cls: griffe.Class) -> dict[str, str] | None:
    """The options of the decorator of attrs, if there is one."""
    for each in cls.decorators:
        if each.callable_path in _ATTRS:
            frozen = {"frozen": "True"} if each.callable_path.endswith("frozen") else {}
            return frozen | _keywords(each.value)
    return None


def _keywords(call: str | griffe.Expr | None) -> dict[str, str]:
    arguments = call.arguments if isinstance(call, griffe.ExprCall) else []
    return {each.name: str(each.value) for each in arguments if isinstance(each, griffe.ExprKeyword)}


def _fields(cls: griffe.Class) -> list[_Parameter]:
    """The fields of a class of attrs that its constructor takes, those of its bases first."""
    found: dict[str, _Parameter | None] = {}
    for each in (*reversed(cls.mro()), cls):
        options = _options(each)
        if options is None:
            continue
        defaults = {
            mark.callable_path.split(".")[-2]
            for member in each.members.values()
            if isinstance(member, griffe.Function)
            for mark in member.decorators
            if mark.callable_path.endswith(".default")
        }
        for name, member in each.members.items():
            if not isinstance(member, griffe.Attribute) or "property" in member.labels:
                continue
            value = member.value
            is_field = isinstance(value, griffe.ExprCall) and value.canonical_path in (
                "attrs.field",
                "attr.field",
                "attr.ib",
            )
            if (member.annotation is None and not is_field) or "ClassVar" in str(member.annotation):
                continue
            said = _keywords(value) if is_field else {}
            default = said.get("default") if is_field else None if value is None else str(value)
            if "factory" in said:
                default = f"Factory({said['factory']})"
            elif name in defaults:
                default = "..."
            by_name = said.get("kw_only", options.get("kw_only")) == "True"
            kind = _Kind.keyword_only if by_name else _Kind.positional_or_keyword
            argument = said.get("alias", name.lstrip("_")).strip("'\"")
            found.pop(name, None)
            taken = _Parameter(argument, kind, str(member.annotation or "Any"), default)
            found[name] = None if said.get("init") == "False" else taken
    return [each for each in found.values() if each is not None]


# ---- Judging -------------------------------------------------------------------------------------------------------


def _still_serves(then: _Name, now: _Name) -> bool:
    """Whether every use that was right still is."""
    if (then.kind, now.kind) == ("property", "attribute"):
        return _types(now.type) <= _types(then.type)
    if then.kind != now.kind or then.kind.endswith("class"):
        return False
    return _types(now.type) <= _types(then.type) and _still_accepts(then.parameters, now.parameters)


def _still_accepts(then: tuple[_Parameter, ...], now: tuple[_Parameter, ...]) -> bool:
    """Whether every call that was right still is."""
    before, after = ([each for each in side if each.kind in _POSITIONAL] for side in (then, now))
    open_ended = any(each.kind is _Kind.var_positional for each in then)
    if len(after) < len(before) or (open_ended and len(after) > len(before)):
        return False
    # By place, by star, or by name.
    pairs = list(zip(before, after, strict=False))
    for each in then:
        if each.kind not in _POSITIONAL:
            star = each.kind is not _Kind.keyword_only
            same = [one for one in now if (one.kind is each.kind if star else one.name == each.name)]
            if not same or same[0].kind is _Kind.positional_only or (not star and same[0].kind not in _BY_NAME):
                return False
            pairs.append((each, same[0]))
    for was, is_ in pairs:
        renamed = was.name != is_.name or is_.kind is _Kind.positional_only
        if was.kind is _Kind.positional_or_keyword and renamed:
            return False
        if was.default is not None and was.default != is_.default:
            return False
        if not _types(was.type) <= _types(is_.type):
            return False
    known = [is_ for _, is_ in pairs]
    stars = (_Kind.var_positional, _Kind.var_keyword)
    return all(each.default is not None or each.kind in stars for each in now if each not in known)


_BY_NAME = {_Kind.keyword_only, _Kind.positional_or_keyword}


def _types(annotation: str) -> frozenset[str]:
    """The alternatives of a type."""
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except SyntaxError:
        return frozenset({annotation})
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _types(ast.unparse(node.left)) | _types(ast.unparse(node.right))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _types(node.value)
    return frozenset({ast.unparse(node)})
