"""The commands about this machine: ``limits``, ``check`` and ``plugins``."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer
from attrs import asdict, frozen

from commercelayer_klarna import __main__ as installation
from commercelayer_klarna._retry_after import http_date
from commercelayer_klarna.cli.common import (
    AsJson,
    InSandbox,
    Kind,
    LastHeaders,
    client,
    endpoint_of,
    say,
    say_json,
)
from commercelayer_klarna.errors import APIConnectionError, APIStatusError, CommerceLayerError, TokenError

if TYPE_CHECKING:
    from commercelayer_klarna._sync.client import KlarnaPayments

app = typer.Typer()

# More than a clock that is kept right differs by, and less than what does harm.
_WRONG = 30.0


@app.command()
def limits(as_json: AsJson = False, sandbox: InSandbox = False) -> None:
    """Tell how many requests are left to this address. It takes one."""
    headers = LastHeaders()
    with client(sandbox, headers) as payments:
        payments.count()
    told = _told(headers)
    if as_json:
        say_json(told)
    elif told["limit"] is None:
        say("the API did not tell its limits")
    else:
        say(f"{told['remaining']} of {told['limit']} requests left in {told['interval']} s")


def _told(headers: LastHeaders) -> dict[str, str | None]:
    return {name: headers.last.get(f"x-ratelimit-{name}") for name in ("limit", "interval", "remaining")}


@frozen
class _Finding:
    """What was checked, what came of it, and what to do about it."""

    name: str
    told: str
    remedy: str = ""


@app.command()
def check(as_json: AsJson = False, sandbox: InSandbox = False) -> None:
    """Check credentials, clock, permissions and limits, each with its remedy. It takes a request for each type."""
    headers = LastHeaders()
    with client(sandbox, headers) as payments:
        findings = list(_findings(payments, headers))
    if as_json:
        say_json([asdict(each) for each in findings])
    else:
        for each in findings:
            say(f"{each.name}: {each.told}{f'. {each.remedy}' if each.remedy else ''}")
    if any(each.remedy for each in findings):
        raise typer.Exit(1)


def _findings(payments: KlarnaPayments, headers: LastHeaders) -> Iterator[_Finding]:
    """Check one after the other, as far as one allows the next."""
    permissions = list[_Finding]()
    for kind in Kind:
        try:
            endpoint_of(payments, kind).count()
        except TokenError as error:
            remedy = "Take client id and secret of an active API client of this organization from the dashboard"
            yield _Finding("credentials", str(error), remedy)
            return
        except APIConnectionError as error:
            remedy = "Does this machine reach it? A proxy is named by HTTPS_PROXY, certificates by SSL_CERT_FILE"
            yield _Finding("connection", str(error), remedy)
            return
        except CommerceLayerError as error:
            remedy = "Try again in a minute: this is not about this machine"
            if isinstance(error, APIStatusError) and error.status_code in (401, 403):
                remedy = f"Give the role of the API client the right to read {kind.value}, or use an integration"
            permissions.append(_Finding(kind.value, str(error), remedy))
        else:
            permissions.append(_Finding(kind.value, "can be read"))
    yield _Finding("credentials", f"a token for {payments.base_url}")
    yield _clock(headers)
    yield from permissions
    yield _limits(headers)


def _clock(headers: LastHeaders) -> _Finding:
    date = http_date(headers.last.get("date") or "")
    if date is None:
        return _Finding("clock", "the API did not tell the time")
    off = time.time() - date
    told = f"{abs(off):.0f} s {'fast' if off > 0 else 'slow'}"
    return _Finding("clock", told, "Set it by NTP, as timedatectl set-ntp true does" if abs(off) > _WRONG else "")


def _limits(headers: LastHeaders) -> _Finding:
    told = _told(headers)
    if not (told["limit"] and told["remaining"]):
        return _Finding("limits", "the API did not tell its limits")
    left = f"{told['remaining']} of {told['limit']} requests left in {told['interval']} s"
    is_used = 10 * int(told["remaining"]) < int(told["limit"])
    remedy = 'Others send from this address: share with them by Limits(store="redis://...")'
    return _Finding("limits", left, remedy if is_used else "")


@app.command()
def plugins(
    as_json: AsJson = False,
    named: Annotated[str, typer.Option("--plugins", help='Names separated by commas, or "installed".')] = "",
) -> None:
    """List the plugins that a client has here: where each comes from, its hooks, its place in the chain."""
    arguments = ["plugins", "--plugins", named, *(["--json"] if as_json else [])]
    raise typer.Exit(installation.main(arguments))
