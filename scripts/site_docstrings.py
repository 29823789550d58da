"""An extension of griffe, which reads the package for the site: how our values are made, and blocks of docstrings."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import griffe


class Values(griffe.Extension):
    """Give classes of attrs the ``__init__`` that attrs writes, and docstrings the code blocks of Markdown."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Drop the colons that announce a block; Markdown knows it by its indentation."""
        if obj.docstring is not None:
            obj.docstring.value = re.sub(r"(?m)^::\n\n|(:):$", r"\1", obj.docstring.value)

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Add what attrs adds."""
        for each in _classes(pkg):
            if _is_value(each) and "__init__" not in each.members:
                parameters = griffe.Parameters(griffe.Parameter("self"), *_parameters(each))
                each.set_member("__init__", griffe.Function("__init__", parameters=parameters))


def _classes(module: griffe.Module | griffe.Class) -> Iterator[griffe.Class]:
    for each in module.members.values():
        if isinstance(each, griffe.Class):
            yield each
        if isinstance(each, griffe.Module | griffe.Class):
            yield from _classes(each)


def _is_value(each: griffe.Class) -> bool:
    return any(re.match(r"(frozen|define)\b", str(decorator.value)) for decorator in each.decorators)


def _parameters(of: griffe.Class) -> list[griffe.Parameter]:
    """Return the parameters of a class, those of its bases first; a field that a class repeats moves to its end."""
    found: dict[str, griffe.Parameter] = {}
    for each in reversed([of, *of.mro()]):
        for name, field in each.members.items() if _is_value(each) else ():
            if isinstance(field, griffe.Attribute) and field.annotation is not None and field.value != "...":
                found.pop(name, None)
                parameter = _parameter(name.lstrip("_"), field)
                if parameter is not None:
                    found[name] = parameter
    return sorted(found.values(), key=lambda each: each.kind is griffe.ParameterKind.keyword_only)


def _parameter(name: str, field: griffe.Attribute) -> griffe.Parameter | None:
    if "ClassVar" in str(field.annotation):
        return None
    value = None if field.value is None else str(field.value)
    call = None if value is None else ast.parse(value, mode="eval").body
    given: dict[str, str] = {}
    if isinstance(call, ast.Call) and ast.unparse(call.func) == "field":
        given = {str(each.arg): ast.unparse(each.value) for each in call.keywords}
        value = given.get("default", "..." if "factory" in given else None)
    if given.get("init") == "False":
        return None
    kinds = griffe.ParameterKind
    kind = kinds.keyword_only if given.get("kw_only") == "True" else kinds.positional_or_keyword
    return griffe.Parameter(name, annotation=field.annotation, kind=kind, default=value)
