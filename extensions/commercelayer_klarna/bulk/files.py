"""The forms of exports: JSON Lines, CSV and Parquet."""

# pyarrow is no dependency.
# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Literal, TypeAlias

from commercelayer_klarna._client import tables
from commercelayer_klarna._client.query import query
from commercelayer_klarna._json import JsonValue
from commercelayer_klarna._tracebacks import argument_errors
from commercelayer_klarna._values import frozen
from commercelayer_klarna.bulk.places import Place, place

if TYPE_CHECKING:
    from commercelayer_klarna._client.query import Fields
    from commercelayer_klarna.resources import Resource

__all__ = ["Form", "Format", "form", "jsonl"]

Format: TypeAlias = Literal["jsonl", "csv", "parquet"]
_FORMATS: dict[str, Format] = {"jsonl": "jsonl", "csv": "csv", "parquet": "parquet"}
# Rows of Parquet that are in memory at the same time.
_GROUP = 10_000


@frozen
class Form:
    """How resources are written, and where.

    Attributes:
        place: The file.
        format: Its format.
        columns: The columns, or ``None`` for resources with everything that they came with.
    """

    place: Place
    format: Format
    columns: tuple[tables.Column, ...] | None

    def described(self) -> Mapping[str, object]:
        """Return what rows depend on."""
        return {"format": self.format, "columns": self.columns and [each.name for each in self.columns]}

    def row(self, resource: Resource) -> str:
        """Return a resource as a row, in JSON."""
        value: object = (
            resource.to_dict() if self.columns is None else [_plain(each.of(resource)) for each in self.columns]
        )
        return _json(value)

    def write(self, rows: Iterable[str]) -> None:
        """Write the file."""
        fill = {"jsonl": self._jsonl, "csv": self._csv, "parquet": self._parquet}[self.format]
        self.place.write(lambda file: fill(file, rows))

    def _jsonl(self, file: IO[bytes], rows: Iterable[str]) -> None:
        names = None if self.columns is None else [each.name for each in self.columns]
        for row in rows:
            named = row if names is None else _json(dict(zip(names, json.loads(row), strict=True)))
            file.write(f"{named}\n".encode())

    def _csv(self, file: IO[bytes], rows: Iterable[str]) -> None:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow([each.name for each in self.columns or ()])
        for row in rows:
            writer.writerow(
                [each if each is None or isinstance(each, str) else _json(each) for each in json.loads(row)]
            )
        text.flush()
        text.detach()

    def _parquet(self, file: IO[bytes], rows: Iterable[str]) -> None:
        parquet: Any = tables.library("pyarrow.parquet", "arrow")
        rows, columns = iter(rows), self.columns or ()
        table = self._table(columns, list(islice(rows, _GROUP)))
        with parquet.ParquetWriter(file, table.schema) as writer:
            while True:
                writer.write_table(table)
                group = list(islice(rows, _GROUP))
                if not group:
                    break
                table = self._table(columns, group)

    def _table(self, columns: Sequence[tables.Column], rows: list[str]) -> Any:
        data: dict[str, list[object]] = {each.name: [] for each in columns}
        for row in rows:
            for column, value in zip(columns, json.loads(row), strict=True):
                data[column.name].append(_moments(value) if column.kind == "time" else value)
        return tables.arrow_table(columns, data)


@argument_errors
def form(
    path: str | os.PathLike[str],
    format: Format | None,
    resource: type[Resource],
    resource_type: str,
    *,
    columns: Sequence[str] | None,
    fields: Fields | None,
) -> Form:
    """Return how resources are written, by the ending of the file if no format is named.

    Raises:
        ValueError: The format is unknown, or a column cannot be one.
        FileNotFoundError: There is no such directory.
        ImportError: The library of the format is not installed.
    """
    where = place(path)
    wanted = format or PurePath(str(where)).suffix.removeprefix(".")
    chosen = _FORMATS.get(wanted)
    if chosen is None:
        raise ValueError(f"format={wanted!r} of {where} is none of {', '.join(_FORMATS)}: name one, or end the file so")
    where.check()
    if chosen == "parquet":
        tables.library("pyarrow.parquet", "arrow")
    if columns is None and chosen == "jsonl":
        return Form(where, chosen, None)
    asked = query(resource_type, fields=fields).fields
    return Form(where, chosen, tuple(tables.columns(resource, asked, columns)))


def jsonl(path: str | os.PathLike[str]) -> Form:
    """Return how rows are written that are JSON already.

    Raises:
        ValueError: The file is for something else.
        FileNotFoundError: There is no such directory.
    """
    where = place(path)
    if PurePath(str(where)).suffix not in (".jsonl", ".ndjson"):
        raise ValueError(f"{where} is not for JSON Lines, which exports of the API are written in: end it with .jsonl")
    where.check()
    return Form(where, "jsonl", None)


# What ``json.dumps`` does, without a new encoder for each row.
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _plain(value: object) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _moments(value: JsonValue) -> object:
    if isinstance(value, list):
        return [_moments(each) for each in value]
    return datetime.fromisoformat(value) if isinstance(value, str) else value
