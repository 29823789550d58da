"""Keeps what was sent and answered, by check, and compares it with what another run sends and gets.

What is kept is the shape of documents, and the harmless values in them. So a recording of the service can lie beside
the sandbox's tests: they run the same checks there, and the shapes must be the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from commercelayer_klarna._json import JsonObject, JsonValue, as_list, as_object, is_list, is_object
from commercelayer_klarna.probe.exchange import Exchange
from commercelayer_klarna.probe.expect import kind
from commercelayer_klarna.probe.scrubbing import Scrubber, shape
from commercelayer_klarna.probe.visit import Visit

__all__ = ["differences", "recorded", "write"]

_HEADERS = ("content-type", "x-ratelimit-limit", "x-ratelimit-interval", "retry-after", "allow")


def recorded(visit: Visit) -> dict[str, list[JsonObject]]:
    """Return what each check sent and got, without ids, secrets and personal data."""
    scrubber = Scrubber.of(visit)
    found = defaultdict[str, list[JsonObject]](list)
    for each in visit.exchanges:
        found[each.check].append(_entry(each, scrubber))
    return dict(found)


def write(visit: Visit, folder: Path) -> int:
    """Write a file for each check into a folder, and return how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    found = recorded(visit)
    for check, exchanges in found.items():
        name = check.replace(": ", "-").replace(" ", "-")
        text = json.dumps({"check": check, "exchanges": exchanges}, ensure_ascii=False, indent=2)
        (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
    return len(found)


def differences(before: Iterable[JsonObject], now: Sequence[JsonObject]) -> Iterator[str]:
    """Tell where the answers of two runs of a check have another status, code or shape."""
    for number, each in enumerate(before):
        if number >= len(now):
            yield f"exchange {number}: it was not sent"
            return
        for name in ("status", "codes"):
            was, is_ = as_object(each.get("answer")).get(name), as_object(now[number].get("answer")).get(name)
            if was != is_:
                yield f"exchange {number}: {name} was {was}, and is {is_}"
        was, is_ = (as_object(one.get("answer")).get("document") for one in (each, now[number]))
        yield from (f"exchange {number}: {line}" for line in _compared(was, is_, ""))


def _entry(exchange: Exchange, scrubber: Scrubber) -> JsonObject:
    ask, answer = exchange.ask, exchange.answer
    return {
        "method": ask.method,
        "target": scrubber.clean(ask.target),
        "to": ask.to,
        "by": ask.by,
        "document": shape(ask.document) if is_object(ask.document) else None,
        "answer": {
            "status": answer.status,
            "codes": [each.get("code") for each in answer.errors],
            "headers": {name: answer.headers[name] for name in _HEADERS if name in answer.headers},
            "document": _with_clean_titles(shape(answer.document), scrubber),
        },
    }


def _with_clean_titles(document: JsonValue, scrubber: Scrubber) -> JsonValue:
    for error in as_list(as_object(document).get("errors")):
        for name, value in as_object(error).items():
            if isinstance(value, str):
                error[name] = scrubber.clean(value)
    return document


def _compared(was: JsonValue, now: JsonValue, at: str) -> Iterator[str]:
    """Tell the differences of two shapes. Of a list, the first elements are compared; null may stand for anything."""
    if was is None or now is None:
        return
    if is_object(was) and is_object(now):
        for name in sorted(was.keys() ^ now.keys()):
            if name != "...":
                yield f"{at}.{name} is {'gone' if name in was else 'new'}"
        for name in sorted(was.keys() & now.keys()):
            yield from _compared(was[name], now[name], f"{at}.{name}")
    elif is_list(was) and is_list(now):
        if was and now:
            yield from _compared(was[0], now[0], f"{at}[]")
    elif kind(was) != kind(now):
        yield f"{at} was {kind(was)}, and is {kind(now)}"
