"""What becomes of a call under every fault: the one table that the tests check and ``docs/reliability.md`` shows.

``PYTHONPATH=tests python -m support.fault_table`` prints it as the page has it; with ``--write`` it writes it there.
"""

from __future__ import annotations

import sys

from attrs import frozen

from commercelayer_klarna import APIConnectionError, APITimeoutError, ResponseTooLargeError
from commercelayer_klarna.probe.report import markdown_table
from support import blocks

BLOCK = ("reliability.md", "tests/support/fault_table.py")
COLUMNS = ("GET", "DELETE", "PATCH", "POST, PATCH with a trigger")

OUTCOMES = {
    #              GET     DELETE  PATCH   POST, PATCH with a trigger
    "never sent": "again   again   again   again",
    "lost":       "again   again   again   no",
    "silence":    "again   again   again   no",
    "too late":   "no      no      no      no",
    "unreadable": "no      no      no      no",
    "303":        "no      no      no      no",
    "400":        "no      no      no      no",
    "401":        "no      no      no      no",
    "403":        "no      no      no      no",
    "404":        "no      no      no      no",
    "406":        "no      no      no      no",
    "408":        "again   again   again   no",
    "409":        "no      no      no      no",
    "415":        "no      no      no      no",
    "422":        "no      no      no      no",
    "423":        "no      no      no      no",
    "429":        "again   again   again   again",
    "500":        "once    once    no      no",
    "501":        "no      no      no      no",
    "502":        "again   again   again   no",
    "503":        "again   again   again   no",
    "504":        "again   again   again   no",
    "520":        "no      no      no      no",
}  # fmt: skip
"""Whether a call with this outcome is tried again: as often as the policy allows, once, or no."""

WORDS = {
    "never sent": "nothing was sent",
    "lost": "the answer was lost",
    "silence": "no answer in `timeout`",
    "too late": "the `deadline` is over",
    "unreadable": "an answer that cannot be read",
}


@frozen
class Fault:
    """What goes wrong on the wire.

    Attributes:
        name: What happens.
        outcome: A row of ``OUTCOMES``, or ``None`` if the call succeeds all the same.
        error: What is raised.
        sent: Its ``sent``.
    """

    name: str
    outcome: str | None
    error: type[Exception] | None
    sent: bool | None


def _faults(outcome: str | None, error: type[Exception] | None, sent: bool | None, *names: str) -> list[Fault]:
    return [Fault(name, outcome, error, sent) for name in names]


FAULTS = [
    *_faults("never sent", APIConnectionError, False, "connection refused", "name not found", "TLS refused"),
    *_faults("never sent", APITimeoutError, False, "no connection in time", "no free connection in the pool"),
    *_faults(
        "lost", APIConnectionError, True,
        "reset before the request was read", "reset after the request was read", "an idle connection that is reset",
        "closed without an answer", "half a status line", "half the headers", "half the body",
        "half the body, in chunks", "garbage", "100 Continue, then closed", "headers of 200 KB",
        "101 Switching Protocols", "TLS: the answer was tampered with", "TLS: the body was tampered with",
        "TLS: an alert in the clear", "TLS: plain text",
    ),
    *_faults(
        "silence", APITimeoutError, True,
        "silence", "100 Continue, then silence", "silence within the headers", "silence within the body",
    ),
    *_faults(
        "too late", APITimeoutError, True,
        "headers that drip beyond the deadline", "a body that drips beyond the deadline",
    ),
    *_faults(
        "unreadable", APIConnectionError, True, "bad gzip", "gzip cut short", "a coding that was not asked for",
        "two codings, one upon the other",
    ),
    *_faults(
        "unreadable", ResponseTooLargeError, True,
        "a body of 200 MB, announced", "a body of 200 MB, in chunks", "a gzip bomb of 200 MB",
    ),
    *_faults(
        None, None, None, "a good gzip", "100 Continue, then the answer", "103 Early Hints, then the answer",
        "an idle connection that was closed",
    ),
]  # fmt: skip


def again(outcome: str, column: int) -> str:
    """``again``, ``once`` or ``no``."""
    return OUTCOMES[outcome].split()[column]


def rendered() -> str:
    """Both tables in Markdown."""
    outcomes = [[WORDS.get(outcome, outcome), *cells.split()] for outcome, cells in OUTCOMES.items()]
    faults: list[list[str]] = []
    for fault in FAULTS:
        outcome = "the answer, as if nothing had happened" if fault.outcome is None else WORDS[fault.outcome]
        raised = "" if fault.error is None else f"`{fault.error.__name__}`"
        sent = "" if fault.sent is None else f"`{fault.sent}`"
        faults.append([fault.name, outcome, raised, sent])
    tables = (["outcome", *COLUMNS], outcomes), (["fault", "outcome", "raised", "`.sent`"], faults)
    return "\n\n".join("\n".join(markdown_table(head, rows)) for head, rows in tables)


if __name__ == "__main__":
    if "--write" in sys.argv:
        blocks.write(*BLOCK, rendered())
    else:
        print(rendered())
