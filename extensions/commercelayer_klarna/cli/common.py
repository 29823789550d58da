"""What the commands share: their options, the client, and how they print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

try:
    import typer
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Table
    from rich.text import Text
except ImportError as error:
    raise ImportError(f'{error}: the command needs an extra: pip install "commercelayer-klarna[cli]"') from None

from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.errors import CommerceLayerError
from commercelayer_klarna.plugins.flow import Interceptor
from commercelayer_klarna.plugins.hookspecs import Plugin
from commercelayer_klarna.plugins.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.progress import Task

    from commercelayer_klarna._sync.endpoint import Listing
    from commercelayer_klarna.plugins.values import Context, Request, Response
    from commercelayer_klarna.resources import Resource

__all__ = [
    "DEADLINE",
    "AsJson",
    "Filter",
    "InSandbox",
    "Include",
    "Kind",
    "LastHeaders",
    "Of",
    "Yes",
    "client",
    "endpoint_of",
    "in_one_line",
    "pairs",
    "print_one",
    "print_table",
    "progress",
    "say",
    "say_error",
    "say_json",
]

# What a job needs that runs at the pace of the limits: its calls wait for their turn.
DEADLINE = 300.0


class Kind(StrEnum):
    """What a command is about."""

    klarna_payments = "klarna_payments"
    orders = "orders"
    authorizations = "authorizations"
    captures = "captures"
    refunds = "refunds"
    voids = "voids"


Of = Annotated[Kind, typer.Option("--of", help="What it is about.")]
Filter = Annotated[list[str] | None, typer.Option("--filter", help="Such as created_at_gteq=2026-01-01T00:00:00Z.")]
Include = Annotated[list[str] | None, typer.Option("--include", help="Relationship path to include.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
InSandbox = Annotated[bool, typer.Option("--sandbox", help="A sandbox in this process, for trying.")]


class LastHeaders(Plugin, Interceptor):
    """Remembers the headers of the last answer."""

    name = "headers"

    def __init__(self) -> None:
        self.last: Mapping[str, str] = {}

    def interceptors(self, ctx: Context) -> Iterable[Interceptor]:
        """Return itself."""
        return [self]

    def on_response(self, request: Request, response: Response) -> Response:
        """Remember the headers."""
        self.last = response.headers
        return response


@contextmanager
def client(sandbox: bool, *more: Plugin) -> Generator[KlarnaPayments]:
    """Make a client; what goes wrong with it ends the command with one line."""
    with in_one_line(), _made(sandbox, *more) as payments:
        yield payments


@contextmanager
def in_one_line() -> Generator[None]:
    """Let what goes wrong end the command with one line."""
    try:
        yield
    except (CommerceLayerError, ValueError, TypeError, OSError, ImportError) as error:
        say_error(f"{type(error).__name__}: {error}")
        raise typer.Exit(1) from None


def _made(sandbox: bool, *more: Plugin) -> KlarnaPayments:
    if not sandbox:
        return KlarnaPayments.from_env(plugins=[Limits(), *more], deadline=DEADLINE)
    from commercelayer_klarna.sandbox import Sandbox

    stand_in = Sandbox()
    with stand_in.client() as payments:
        for number, order in enumerate(stand_in.order_ids):
            payments.create(order=order, reference=f"example-{number}")
    return stand_in.client(plugins=more)


def endpoint_of(payments: KlarnaPayments, kind: Kind) -> Listing[Resource]:
    """Return the endpoint that a command is about."""
    endpoint: Listing[Any] = payments if kind is Kind.klarna_payments else getattr(payments, kind.value)
    return endpoint


def pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    """Read options such as ``name=value``."""
    found = dict[str, str]()
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise ValueError(f"{option} {text!r} is not of the form name=value")
        found[name] = value
    return found


def say(text: object) -> None:
    """Print what was asked for."""
    print(text)  # noqa: T201


def say_json(value: object) -> None:
    """Print a value for programs."""
    say(json.dumps(value, ensure_ascii=False, indent=2))


def say_error(text: str) -> None:
    """Print what went wrong."""
    print(text, file=sys.stderr)  # noqa: T201


def print_one(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a resource."""
    if as_json:
        say_json(found)
    else:
        print_table([{"name": name, "value": value} for name, value in found.items()], ["name", "value"])


def print_table(rows: list[dict[str, Any]], names: list[str]) -> None:
    """Print a table for people."""
    table = Table(*names, box=None)
    for row in rows:
        table.add_row(*("" if row.get(name) is None else str(row[name]) for name in names))
    Console().print(table)


class _Rate(ProgressColumn):
    """How many are done in a minute, which is how the limits of the API are told."""

    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{60 * task.speed:.0f} a minute")


@contextmanager
def progress(what: str) -> Generator[Callable[[int, int], None]]:
    """Show how far a work has come, on a terminal."""
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
