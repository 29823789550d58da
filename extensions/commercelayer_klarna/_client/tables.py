"""Tables of the resources of a list, for pyarrow, pandas and polars: typed columns, read out of what was fetched.

The types of columns are those of the contract, as the resource classes declare them.
"""

# None of the three libraries is a dependency.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# Columns are read from what resource classes declare.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from inspect import iscoroutine
from types import ModuleType, NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_type_hints

from commercelayer_klarna._json import JsonValue, is_iterable, is_object
from commercelayer_klarna._jsonapi.resource import Attribute, DateTime, Resource, ToMany, ToOne
from commercelayer_klarna._redaction import SECRET_NAMES, without_secrets
from commercelayer_klarna._values import frozen
from commercelayer_klarna.errors import ResponseFormatError

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    ArrowTable: TypeAlias = pyarrow.Table
    PandasFrame: TypeAlias = pandas.DataFrame
    PolarsFrame: TypeAlias = polars.DataFrame

__all__ = [
    "Column",
    "arrow_table",
    "columns",
    "library",
    "pandas_frame",
    "stream",
    "to_arrow",
    "to_pandas",
    "to_polars",
]

_LARGEST = 2**63

# How each library calls the types of columns.
_PANDAS = {
    "text": "string",
    "whole": "Int64",
    "number": "Float64",
    "truth": "boolean",
    "time": "datetime64[us, UTC]",
    "json": "string",
}


@frozen
class Column:
    """A column of a table.

    Attributes:
        name: Its name: an attribute, or a path to one, such as ``order.number``.
        kind: What it holds: text, whole (numbers), number, truth, time, or json (as text).
        is_list: Whether its path leads through a relationship to many, so that it holds a list of them.
        is_optional: Whether an answer may lack the attribute, which then is null.
    """

    name: str
    kind: str
    is_list: bool = False
    is_optional: bool = False

    def of(self, resource: Resource) -> object:
        """Return the value of a resource.

        Raises:
            NotFetchedError, NotIncludedError: The answer did not carry it, and the column was asked for by its name.
            ResponseFormatError: It is of another kind.
        """
        if self.is_optional and self.name not in resource and self.name != "id":
            return None
        value = _read(resource, self.name.split("."))
        if self.is_list and isinstance(value, list):
            return [self._checked(resource, each) for each in value]
        return self._checked(resource, value)

    def _checked(self, resource: Resource, value: JsonValue) -> object:
        if value is None:
            return None
        if self.kind == "json" or (self.kind == "text" and not isinstance(value, str)):
            return json.dumps(value, ensure_ascii=False, default=str)
        if not _is_of_kind(value, self.kind):
            where = f"{resource.type}/{resource.id}"
            raise ResponseFormatError(f"{where} has {self.name}={value!r:.80}, which no column of its type can hold")
        return float(value) if self.kind == "number" else value


def columns(resource: type[Resource], fields: Mapping[str, str], names: object = None) -> list[Column]:
    """Return the columns of a table.

    Args:
        resource: The class of the resources.
        fields: The sparse fieldsets that were asked for, as they are sent.
        names: The names of the columns. By default ``id`` and all attributes of the contract that were asked for,
            without secrets.

    Raises:
        ValueError: A name is given twice, or leads to something that is no single value.
        TypeError: They are no list of names.
    """
    if names is None:
        asked = fields.get(f"fields[{(*resource._types, '')[0]}]")
        named = None if asked is None else asked.split(",")
        found = [name for name in _kinds(resource) if name not in SECRET_NAMES and (named is None or name in named)]
        return [Column(name, *_kind_at(resource, name), is_optional=True) for name in ("id", *found)]
    if isinstance(names, str) or not is_iterable(names):
        raise TypeError(f"columns={names!r}: pass a list of names, such as ['id', 'order.number']")
    made: dict[str, Column] = {}
    for name in names:
        if not isinstance(name, str) or not all(name.split(".")):
            raise ValueError(f"columns has {name!r}: each is an attribute, or a path to one, such as 'order.number'")
        if name in made:
            raise ValueError(f"columns has {name!r} twice")
        made[name] = Column(name, *_kind_at(resource, name))
    if not made:
        raise ValueError("columns is empty: name at least one, or leave it out")
    return list(made.values())


def to_arrow(columns: Sequence[Column], resources: Sequence[Resource]) -> ArrowTable:
    """Return a table of pyarrow."""
    return arrow_table(columns, _data(columns, resources))


def arrow_table(columns: Sequence[Column], data: Mapping[str, Sequence[object]]) -> ArrowTable:
    """Return a table of pyarrow of the values of each column."""
    pyarrow: Any = library("pyarrow", "arrow")
    types = {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "truth": pyarrow.bool_(),
        "time": pyarrow.timestamp("us", "UTC"),
        "json": pyarrow.string(),
    }
    schema = pyarrow.schema(
        [(each.name, pyarrow.list_(types[each.kind]) if each.is_list else types[each.kind]) for each in columns]
    )
    table: ArrowTable = pyarrow.table(data, schema=schema)
    return table


def to_pandas(columns: Sequence[Column], resources: Sequence[Resource]) -> PandasFrame:
    """Return a frame of pandas. Its types are those that know null, so that whole numbers stay whole."""
    return pandas_frame(columns, _data(columns, resources))


def pandas_frame(columns: Sequence[Column], data: Mapping[str, Sequence[object]]) -> PandasFrame:
    """Return a frame of pandas of the values of each column."""
    pandas: Any = library("pandas", "pandas")
    kinds = {each.name: "object" if each.is_list else _PANDAS[each.kind] for each in columns}
    frame: PandasFrame = pandas.DataFrame({name: pandas.Series(data[name], dtype=kinds[name]) for name in data})
    return frame


def to_polars(columns: Sequence[Column], resources: Sequence[Resource]) -> PolarsFrame:
    """Return a frame of polars."""
    polars: Any = library("polars", "polars")
    types = {
        "text": polars.String,
        "whole": polars.Int64,
        "number": polars.Float64,
        "truth": polars.Boolean,
        "time": polars.Datetime("us", "UTC"),
        "json": polars.String,
    }
    schema = {each.name: polars.List(types[each.kind]) if each.is_list else types[each.kind] for each in columns}
    frame: PolarsFrame = polars.DataFrame(_data(columns, resources), schema=schema)
    return frame


def stream(table: object, requested_schema: object) -> object:
    """Return the Arrow C stream of a table, which any dataframe library reads.

    Raises:
        TypeError: It is still to be awaited.
    """
    if iscoroutine(table):
        table.close()
        raise TypeError("a list of the async client cannot be read without waiting: pass `await list.to_arrow()`")
    return table.__arrow_c_stream__(requested_schema)  # type: ignore[attr-defined]


def library(name: str, extra: str) -> ModuleType:
    """Return a library of an extra, or say which extra brings it."""
    try:
        return import_module(name)
    except ImportError:
        install = f'pip install "commercelayer-klarna[{extra}]"'
        raise ImportError(f"{name.partition('.')[0]} is not installed: {install}", name=name) from None


def _data(columns: Sequence[Column], resources: Sequence[Resource]) -> dict[str, list[object]]:
    return {each.name: [each.of(resource) for resource in resources] for each in columns}


def _read(resource: Resource, names: Sequence[str]) -> JsonValue:
    """Return what a path leads to: through relationships, to an attribute, and into what is JSON."""
    value: JsonValue = resource
    for place, name in enumerate(names):
        if isinstance(value, Resource):
            if name in ("id", "type"):
                value = getattr(value, name)
            elif name not in value and _is_relationship(value, name, is_last=place == len(names) - 1):
                value = value.related(name)
                if isinstance(value, list):
                    return [_read(each, names[place + 1 :]) for each in value]
            else:
                value = value[name]
                if isinstance(value, dict | list):  # secrets are read by their own names alone
                    value = without_secrets({name: value})[name]
        else:
            value = value.get(name) if is_object(value) else None
    return value


def _is_relationship(resource: Resource, name: str, *, is_last: bool) -> bool:
    member = resource._declared.get(name)
    return isinstance(member, ToOne | ToMany) or (member is None and not is_last)


def _kind_at(resource: type[Resource], path: str) -> tuple[str, bool]:
    """Return the kind of column that a path leads to, and whether it leads to several.

    Raises:
        ValueError: It leads to a resource, or through two relationships to many.
    """
    names, is_list = path.split("."), False
    for place, name in enumerate(names):
        is_last = place == len(names) - 1
        if name in ("id", "type"):
            return "text", is_list
        kind = _kinds(resource).get(name)
        if kind is not None:
            return (kind if is_last else "text"), is_list
        member = resource._declared.get(name)
        if isinstance(member, ToMany):
            if is_list:
                raise ValueError(f"columns has {path!r}, a list of lists at {name}: make a table of those resources")
            is_list = True
        if isinstance(member, ToOne | ToMany):
            if is_last:
                raise ValueError(f"columns has {path!r}, which is a resource: name what of it, such as '{path}.id'")
            resource = _target(resource, name)
        else:
            resource = Resource
    return "text", is_list  # what the contract does not know


def _hints(resource: type[Resource]) -> Mapping[str, Any]:
    """Return the annotations of a class, with those that it inherits."""
    if resource not in _HINTS:
        _HINTS[resource] = get_type_hints(resource)
    return _HINTS[resource]


_HINTS: dict[type[Resource], Mapping[str, Any]] = {}


def _kinds(resource: type[Resource]) -> dict[str, str]:
    """Return the kinds of the attributes that a class declares, in their order."""
    declared = {name: member for name, member in resource._declared.items() if isinstance(member, Attribute)}
    hints = _hints(resource)
    return {name: "time" if isinstance(each, DateTime) else _kind(hints.get(name)) for name, each in declared.items()}


def _kind(hint: object) -> str:
    """Return the kind of the annotation of an attribute, such as ``Attribute[str | None]``."""
    (inner,) = get_args(hint) or (Any,)
    types = {each for each in (get_args(inner) if isinstance(inner, UnionType) else (inner,)) if each is not NoneType}
    if str in types:
        return "text"
    if types == {int} or types == {bool}:
        return "whole" if types == {int} else "truth"
    return "number" if types <= {int, float} else "json"


def _target(resource: type[Resource], relationship: str) -> type[Resource]:
    """Return the class that a relationship leads to."""
    (inner,) = get_args(_hints(resource).get(relationship)) or (Resource,)
    found = [each for each in (*get_args(inner), inner) if isinstance(each, type) and issubclass(each, Resource)]
    return found[0] if found else Resource


def _is_of_kind(value: object, kind: str) -> bool:
    if kind == "truth":
        return isinstance(value, bool)
    if kind == "time":
        return isinstance(value, datetime)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return kind != "whole" or (isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST)
