"""A sandbox that breaks one fact: its answers to chosen requests are others, or it does not do what it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from attrs import evolve, frozen

from commercelayer_klarna.probe.stand_in import StandIn, furnished
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.api.messages import Answer
from commercelayer_klarna.sandbox.faults import Fault

__all__ = [
    "Broken",
    "Defect",
    "Key",
    "at",
    "broken",
    "every",
    "headers",
    "last",
    "listed",
    "only",
    "own",
    "status",
]

NOW = 1_795_000_000.0
MEDIA_TYPE = "application/vnd.api+json"
Key = tuple[str, ...]
Document = dict[str, Any]


@frozen
class Defect:
    """What is broken.

    Attributes:
        answer: Makes another answer out of the right one.
        everywhere: Whether it breaks all answers, and not those alone to what the check sends.
        carried_out: Whether the request is carried out.
        also: Names of other checks that are about the same fact, and see it too.
        of: The check whose requests are broken, if it is not the one itself.
        where: A piece of the target without which a request is left alone.
    """

    answer: Callable[[Answer], Answer]
    everywhere: bool = False
    carried_out: bool = True
    also: tuple[str, ...] = ()
    of: str = ""
    where: str = ""


class Broken(Sandbox):
    """A sandbox with a defect, which strikes the requests that the keys name, or all."""

    def __init__(self) -> None:
        self.defect: Defect | None = None
        self.keys: frozenset[Key] = frozenset()
        self.window: tuple[int, int] = (0, 1_000_000)  # the requests that may be struck
        self.seen: list[Key] = []
        super().__init__(orders=12, clock=lambda: NOW)

    def respond(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        fault: Fault | None,
        *,
        scheme: Literal["http", "https"] = "https",
        address: str = "",
    ) -> Answer:
        found = {name.lower(): value for name, value in dict(headers).items()}
        key = (
            method,
            target,
            body.decode(),
            *(found.get(name, "-") for name in ("accept", "content-type", "authorization")),
        )
        is_for_a_client = "/oauth/token" in target and "sandbox-" in body.decode()
        if not is_for_a_client:
            self.seen.append(key)
        defect = self.defect
        strikes = defect is not None and not is_for_a_client and (defect.everywhere or key in self.keys)
        if (
            defect is None
            or not strikes
            or defect.where not in target
            or not (self.window[0] < len(self.seen) <= self.window[1])
        ):
            return super().respond(method, target, headers, body, fault, scheme=scheme, address=address)
        if defect.carried_out:
            right = super().respond(method, target, headers, body, fault, scheme=scheme, address=address)
        else:
            right = super().respond("GET", target, headers, b"", fault, scheme=scheme, address=address)
        return defect.answer(Answer(right.status, [*right.headers], right.body))


def broken() -> tuple[Broken, StandIn]:
    """Return a sandbox that can be broken, with its history."""
    sandbox = Broken()
    return sandbox, furnished(sandbox)


# ---- What is broken --------------------------------------------------------------------------------------------------


def own(edit: Callable[[Document], object], *also: str) -> Defect:
    """Edit the document of the answers to what the check sends."""

    def answer(right: Answer) -> Answer:
        if not right.body:
            return right
        document = json.loads(right.body)
        edit(document)
        return Answer(right.status, right.headers, json.dumps(document).encode())

    return Defect(answer, also=also)


def at(where: str, defect: Defect) -> Defect:
    """Break only the requests whose targets have this piece."""
    return evolve(defect, where=where)


def only(edit: Callable[[Document], object], *also: str) -> Defect:
    """Edit the attributes of the one resource of the answers to what the check sends."""
    return own(lambda document: edit(document["data"]["attributes"]) if "data" in document else None, *also)


def every(edit: Callable[[Document], object], *also: str) -> Defect:
    """Edit each resource of the list that the check looks at."""
    return own(lambda document: [edit(each) for each in document["data"]], *also)


def last(edit: Callable[[Document], object], *also: str) -> Defect:
    """Edit the last resource of the list that the check looks at."""
    return own(lambda document: edit(document["data"][-1]), *also)


def listed(edit: Callable[[list[Document]], object], *also: str) -> Defect:
    """Edit the list itself."""
    return own(lambda document: edit(document["data"]), *also)


def headers(change: Callable[[dict[str, str]], object], *also: str) -> Defect:
    """Change the headers of the answers to what the check sends; their names are as they are sent."""

    def answer(right: Answer) -> Answer:
        found = dict(right.headers)
        change(found)
        return Answer(right.status, list(found.items()), right.body)

    return Defect(answer, also=also)


def status(code: int, word: str = "SOMETHING_ELSE", *also: str, carried_out: bool = False) -> Defect:
    """Refuse what the check sends in another way, or accept it."""
    errors = {"errors": [{"title": "Something else", "detail": "It is broken.", "code": word, "status": str(code)}]}
    document = errors if code >= 400 else {"data": None}

    def answer(right: Answer) -> Answer:
        return Answer(code, [*right.headers], json.dumps(document).encode())

    return Defect(answer, carried_out=carried_out, also=also)
