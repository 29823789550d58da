"""The page of the probe: how it is used, what is not known of the service, and which check would settle it.

`scripts/probe_page.py > docs/probe.md` writes the page out of the checks and of the questions here; a test compares the two. A
question names its number, and the checks that are about that number stand beside it. What no check can settle has its
reason here.
"""

# ruff: noqa: E501 - a table is read by its columns
from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from attrs import frozen

from commercelayer_klarna.probe.check import Check
from commercelayer_klarna.probe.checks import CHECKS, TOPICS
from commercelayer_klarna.probe.report import markdown_table
from commercelayer_klarna.probe.runner import most_requests
from contract import observations
from contract.observations import Observation


@frozen
class Question:
    """What is not known, and of that what no check settles, with the reason."""

    number: str
    asks: str
    left: str = ""


_KLARNA = "Klarna's side cannot be seen through Commerce Layer; Klarna's own merchant portal shows it."
_HOOKS = (
    "It needs an address that the service can call, and a wait of hours; a webhook of a test organization shows it."
)
_DECLINE = "Klarna must say no, which only its test data for shoppers in the widget bring about; the check reads what came of it."

QUESTIONS: tuple[Question, ...] = (
    Question("F17.1", "Body and headers of a 429 of the API; whether that of the token endpoint is a bare object", "None is provoked: it would block others at the same address. The checks look at one that comes by itself."),
    Question("F17.2", "What `include=event_stores` does"),
    Question("F17.3", "What a missing, malformed, altered or expired token is told", "One that was revoked is known. The expired one is tried only with `--old-token`."),
    Question("F17.4", "The 422s: an order without payment method, one that is placed, `_place` without `auth_token`, Klarna's no", "A method of another gateway needs a second one; amounts that no longer match cannot be brought about, since each edit drops the payment; Klarna cannot be made unreachable."),
    Question("F17.5", "What a delete does to the order and to the Klarna session; when it is a 423", f"The session: {_KLARNA}"),
    Question("F17.6", "The error of a wrong name inside `filter[q]`; whether `mismatched_amounts` can be filtered by"),
    Question("F17.7", "Whether the links to relationships are live", "Only reads are tried: a write there would change the order past its rules."),
    Question("F17.8", "`page_count` of an empty list; pages far away; the error of `page[size]=26`"),
    Question("F17.9", "`payment_instrument` and `payment_methods` before Klarna's data are there"),
    Question("F17.10", "The type of an included payment gateway"),
    Question("F17.11", "Whether `_update` keeps the session and the `auth_token`; what `false` does"),
    Question("F17.12", "Limits of metadata; what null becomes", "How far they go beyond 64,000 bytes, 201 keys and 50 levels: a search for a limit is a load, and no check."),
    Question("F17.13", "`trace_id`, other headers, `charset`, `Location`"),
    Question("F17.14", "Event stores: the most on a page, their order, `sort=-id`, a cursor that is none", "How long a cursor lives: it would have to wait for days."),
    Question("F17.15", "Whether unknown parameters are ignored"),
    Question("F17.16", "The complete list of webhook topics", "No request lists them all; the check looks at those that the organization uses."),
    Question("F1.3", "Whether a charset is appended, and which other headers there are"),
    Question("F2", "Whether relationship links, HEAD, OPTIONS and PUT are routed"),
    Question("F3.3", "Whether every resource has a `trace_id`"),
    Question("F3.4", "`payment_instrument` before the authorization"),
    Question("F3.7", "The reply to an include of event stores"),
    Question("F4.2", "What `_update: false` does"),
    Question("F4.3", "Limits of the size and the keys of metadata", "See F17.12."),
    Question("F8.1", "How deep an include may go", "Beyond five relationships: see F17.12."),
    Question("F8.3", "The order of a list without `sort`"),
    Question("F8.4", "`page_count` of an empty list"),
    Question("F8.5", "A wrong attribute or predicate in `q`; how many values and how long an address may be", "Beyond 8,000 characters and 400 values: see F17.12."),
    Question("F9.3", "Status, code and body of a 429", "See F17.1."),
    Question("F11.3", "The code of the errors of the token endpoint but `invalid_client`"),
    Question("F18.3", "The 422 for a missing order; a second payment for one order; whether an unready order makes creating fail; a delete when placed", "An order without an address would have to be made: orders are not created here."),
    Question("F19.12", "What becomes of a text that does not convert"),
    Question("L2.1", "When `partially_paid` and `partially_voided` are used"),
    Question("L3.1", "Whether Klarna's no at placing is an error, or a failed record", _DECLINE),
    Question("L3.2", "Whether a void moves the order's status; what a capture needs"),
    Question("L3.3", "What a lower total does to the order at Klarna", _KLARNA),
    Question("L6", "The words of a forbidden transition; a trigger that the token may not send; an approved order and a sales channel"),
    Question("L7.1", "In which order callbacks come"),
    Question("L7.2", "How far apart the retries of a callback are; the largest payload", _HOOKS),
    Question("L9.2", "Whether the old relations keep working; when `2017-08` or `klarna_payments` ends", "A date that nobody has told cannot be asked for."),
    Question("L11.1", "Text and pointer of a forbidden transition; of `_place` without `auth_token`; of `_place` with another amount", "The last: see F17.4."),
    Question("L11.2", "What Klarna's no at placing comes to", _DECLINE),
    Question("L11.3", "`message`, `error_code`, `token` and `gateway_transaction_id` of Klarna's transactions"),
    Question("L11.4", "What a `fraud_status` of PENDING or REJECTED does to the order", "Only Klarna brings it about; the check reads an order that has one."),
    Question("L11.5", "`payment_status` after a part was captured, and after the rest was voided"),
    Question("L11.6", "Amounts above the balance, of nothing, and without their trigger"),
    Question("L11.7", "`_cancel` after a capture; whether a sales channel may send it"),
    Question("L11.8", "What editing and a lower total do to the order at Klarna", f"The steps are checked; the rest is not: {_KLARNA}"),
    Question("L11.9", "What Klarna's expiry after 28 days does to the order"),
    Question("L11.10", "The status when a sales channel sends a trigger that it may not"),
    Question("L11.11", "Spacing of retries, size of payloads, order of events of webhooks", _HOOKS),
    Question("L11.12", "Whether the unversioned path stays `2017-08`; what `2026-05` answers", "For how long: a date that nobody has told."),
)  # fmt: skip

INTRODUCTION = """\
What this client knows of the service was read, not measured: in the documentation, in published specifications, in official
clients. `klarna probe` puts it to the test with your credentials, and says of each claim whether it *holds*, *differs* (and what came
instead), or that it *cannot tell* (and why). One run with a test organization is worth more than all that reading.

```sh
export COMMERCELAYER_ORGANIZATION=acme COMMERCELAYER_CLIENT_ID=... COMMERCELAYER_CLIENT_SECRET=...
klarna probe                          # reads, in test mode
klarna probe --sandbox                # the same, and all that writes, against a sandbox in this process
klarna probe --only page-             # the checks whose names begin so
```

## What it does to your organization

- It **reads**, unless you name orders. A check that reads cannot send anything but GET, HEAD and OPTIONS to the API.
- It says beforehand how many requests it sends at most, and stays below the limits of the API: 93 requests a minute in test mode.
- It looks at the token before **every** request. Without the claim `test` nothing is sent. `--live-read-only` lets it read with a live
  token; nothing is ever written with one, whatever the options are.
- It sends no token to any other host, and provokes no 429.
- The exit status is 1 if a claim differs, and 0 otherwise.

`--write ORDER_ID` lets it write with an order, and may be repeated. The order must be pending and unpaid, with a Klarna payment method,
and is used up:

| order | what is done with it |
| --- | --- |
| without a shopper's authorization | payments are created for it, changed, refreshed, replaced and deleted; its payment method is taken away and given back |
| the first that was authorized in the widget | it is placed, edited, approved, captured in two parts, and refunded in two parts |
| the second | it is placed and cancelled |
| the third | it is authorized, placed and voided |

Klarna's test widget gives the authorization: let your checkout send it to the payment (`auth_token`), and leave the order there.

`--sales-channel CLIENT_ID --scope market:id:...` adds what such credentials may do, `--old-token FILE` what an expired token is told.

## What it tells

A table; `--markdown` for an issue, `--json` for programs. None of the three holds an id, a token, an address, an e-mail, a number of an
order, or anything else that came in a document: of a document, the types of its values are told, and the words of statuses and error
codes. Of errors, the title is told with all that stood in documents taken out. Please attach a report to an issue.

`--record DIR` keeps what was sent and answered, one file a check, as the shape of documents. Such files can lie in
`tests/sandbox/recordings`: the tests run the same checks against the sandbox, and the shapes must be the same.

## From inferred to observed

`klarna probe --json > spec/observations/2026-11-27.json`, committed, makes the claims that hold *observed* on
[the page of the sandbox](sandbox.md). A claim that differs fails the tests of the contract and `scripts/upstream-drift`, which say
what to change. With the change goes the claim of the check; the old observation is then about another claim, and says nothing
any more."""


def settling(question: Question) -> list[Check]:
    """Return the checks that are about a question."""
    return [check for check in CHECKS if question.number in check.facts]


def _questions(observed: dict[str, Observation]) -> list[str]:
    rows = (
        (
            question.number,
            question.asks,
            " ".join(_name(check, observed) for check in settling(question)) or "none",
            question.left,
        )
        for question in QUESTIONS
    )
    return markdown_table(["number", "question", "settled by", "what no check settles"], rows)


def _name(check: Check, observed: dict[str, Observation]) -> str:
    seen = observed.get(check.name)
    return f"`{check.name}`" if seen is None else f"`{check.name}` ({seen.conclusion}, {seen.seen})"


def _table(checks: Sequence[Check]) -> list[str]:
    rows = ((f"`{each.name}`", " ".join(each.facts), each.certainty, each.claim, _code(each.sends)) for each in checks)
    return markdown_table(["check", "facts", "so far", "claim", "what it sends"], rows)


def _code(sends: str) -> str:
    """Return what is sent with its addresses as code, since their brackets are links otherwise; long ones are cut."""
    return re.sub(
        r"\S+\?\S*[^\s,]", lambda found: f"`{found[0] if len(found[0]) < 130 else found[0][:60] + '...'}`", sends
    )


def render() -> str:
    """Return the page."""
    observed = observations.settled(observations.read())
    reading = [each for each in CHECKS if not each.writes]
    lines = [
        "# Probe the service",
        "",
        "<!-- Written by scripts/probe_page.py out of the checks. Do not edit. -->",
        "",
        INTRODUCTION,
        "",
        "## What is not known",
        "",
        "The numbers are those of the maintainers' notes, section by section: `F` for the API, `L` for the life of an order around it.",
        "",
        *_questions(observed),
        "",
        "## The checks",
        "",
        f"There are {len(CHECKS)}, of which {len(reading)} read, with {most_requests(reading)} requests at most. Names in braces stand for ids that",
        "the probe finds in the organization.",
    ]
    for topic, checks in TOPICS.items():
        lines += ["", f"### {topic}", "", *_table(checks)]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.stdout.write(render())
