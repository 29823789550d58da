"""The commands that move an order and its money on: ``place``, ``approve``, ``capture``, ``cancel``, ``refund``.

Each asks before it does anything. When an answer is lost, what is needed to find out is written into a file, and
``settle`` reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from commercelayer_klarna._json import as_list, as_object
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.cli.common import AsJson, InSandbox, Yes, client, print_one, say, say_error
from commercelayer_klarna.errors import AmbiguousWriteError
from commercelayer_klarna.resources import Order, Resource

app = typer.Typer()

_UNKNOWN = 3  # exit status

OrderId = Annotated[str, typer.Argument(help="Id of the order.")]
Cents = Annotated[int | None, typer.Option("--cents", min=1, help="How much of it; by default all.")]
Doubt = Annotated[Path | None, typer.Option("--doubt", help="The file for `settle`; by default klarna-<id>.doubt.")]
_Do: TypeAlias = Callable[[KlarnaPayments], Resource]


def _move(
    what: str, order: Order, do: _Do, payments: KlarnaPayments, yes: bool, as_json: bool, doubt: Path | None
) -> None:
    """Ask, do it, and print what came of it."""
    if not yes:
        paid = f"{order.formatted_total_amount_with_taxes}, {order.status} and {order.payment_status}"
        typer.confirm(f"{what} order {order.number} ({paid})?", abort=True)
    try:
        done = do(payments)
    except (AmbiguousWriteError, KeyboardInterrupt) as raised:
        error = raised if isinstance(raised, AmbiguousWriteError) else raised.__cause__
        if not isinstance(error, AmbiguousWriteError):  # nothing was sent
            raise
        say_error(f"{error}\n{_kept(error, doubt or Path(f'klarna-{error.id or order.id}.doubt'))}")
        raise typer.Exit(_UNKNOWN) from None
    if as_json:
        print_one(done.to_dict(), as_json=True)
    else:
        status = " and ".join(str(done.attributes[name]) for name in _STATUSES if done.attributes.get(name))
        say(f"{done.type} {done.id}: {status or 'done'}")


def _kept(error: AmbiguousWriteError, wanted: Path) -> str:
    """Keep what is needed to find out, in a file that is not there yet; return what to do about it."""
    started = error.started_at and error.started_at.isoformat()
    evidence = json.dumps({"message": str(error), "started_at": started, "evidence": error.evidence})
    file, number = wanted, 1
    while file.exists():
        number += 1
        file = wanted.with_stem(f"{wanted.stem}-{number}")
    try:
        file.write_text(evidence)
    except OSError as problem:
        return f"It cannot be kept ({problem}). Write this line into a file, for klarna settle:\n{evidence}"
    return f"Ask in a minute what became of it: klarna settle {file}"


_STATUSES = ("status", "payment_status", "formatted_amount")


def _order_command(name: str, help: str) -> None:
    def command(
        order: OrderId, yes: Yes = False, doubt: Doubt = None, as_json: AsJson = False, sandbox: InSandbox = False
    ) -> None:
        with client(sandbox) as payments:
            do: _Do = lambda payments: getattr(payments.orders, name)(order)  # noqa: E731
            _move(name.capitalize(), payments.orders.retrieve(order), do, payments, yes, as_json, doubt)

    app.command(name, help=help)(command)


_order_command("place", "Place a pending order: its payment is authorized.")
_order_command("approve", "Approve a placed order. Its payment is not touched.")
_order_command("cancel", "Cancel an order of which nothing was captured; its authorization is given up.")


def _money_command(name: str, source: str, help: str) -> None:
    def command(
        order: OrderId,
        cents: Cents = None,
        yes: Yes = False,
        doubt: Doubt = None,
        as_json: AsJson = False,
        sandbox: InSandbox = False,
    ) -> None:
        with client(sandbox) as payments:
            found = payments.orders.retrieve(order)
            if cents is None:
                do: _Do = lambda payments: getattr(payments.orders, name)(order)  # noqa: E731
            else:
                # A part is taken of the one transaction that the money comes from.
                one = _only(getattr(payments.orders, source)(order), source.removesuffix("s"))
                do = lambda payments: getattr(getattr(payments, source), name)(one, amount_cents=cents)  # noqa: E731
            _move(_part(name.capitalize(), cents), found, do, payments, yes, as_json, doubt)

    app.command(name, help=help)(command)


_money_command("capture", "authorizations", "Take the money that an approved order has authorized, or a part of it.")
_money_command("refund", "captures", "Give back all that an order has captured, or a part of it.")


def _part(what: str, cents: int | None) -> str:
    return what if cents is None else f"{what} {cents} cents of"


def _only(transactions: Any, name: str) -> str:
    """Return the id of the one transaction that succeeded and can give a part.

    Raises:
        ValueError: There is none, or there are several.
    """
    found = [each.id for each in transactions if each.outcome == "succeeded"]
    if len(found) != 1:
        raise ValueError(f"the order has {len(found)} {name}s, not one: leave --cents out, or take a part in Python")
    return str(found[0])


@app.command()
def settle(
    file: Annotated[Path, typer.Argument(help="The file that a command left when an answer was lost.")],
    sandbox: InSandbox = False,
) -> None:
    """Find out what became of a command whose answer was lost. The exit status is 3 while that is unknown."""
    with client(sandbox) as payments:
        kept = as_object(json.loads(file.read_text()))
        evidence = {name: tuple(as_list(each)) or each for name, each in as_object(kept.get("evidence")).items()}
        started = kept["started_at"] and datetime.fromisoformat(kept["started_at"])
        found = payments.settle(AmbiguousWriteError(kept["message"], started_at=started, evidence=evidence))
        made = f", {found.resource.type} {found.resource.id}" if found.resource is not None else ""
        say(f"{found.outcome.replace('_', ' ')}{made}")
        if found.outcome == "unknown":
            raise typer.Exit(_UNKNOWN)
        file.unlink()


@app.command()
def refresh(
    payment: Annotated[str, typer.Argument(help="Id of the klarna payment.")],
    as_json: AsJson = False,
    sandbox: InSandbox = False,
) -> None:
    """Renew the Klarna session of a payment from its order, after the amounts changed."""
    with client(sandbox) as payments:
        done = payments.refresh_session(payment)
        if as_json:
            print_one(done.to_dict(), as_json=True)
        else:
            say(f"{done.type} {done.id}: refreshed")
