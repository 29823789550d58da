"""Each check is seen to fail when the sandbox breaks the fact that it is about, and no other check is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from commercelayer_klarna.probe.check import Check, Conclusion, Found
from commercelayer_klarna.probe.checks import CHECKS, TOPICS
from commercelayer_klarna.probe.runner import run
from commercelayer_klarna.probe.stand_in import StandIn
from commercelayer_klarna.probe.visit import Visit
from commercelayer_klarna.sandbox.oauth import tokens
from support.breaking import Broken, Defect, Key, broken, status
from support.defects import DEFECTS

STORIES = ("Writing", "Steps")
# What the sandbox never shows: what it does not model, and what its Klarna never does. See ``test_rare``.
NEVER = {
    *("token-introspection", "transactions-of-an-order", "transactions-mixed", "order-fraud-status"),
    *("partially-voided", "callbacks-order", "callbacks-retries", "webhook-topics"),
    *("limits-429-body", "limits-429-headers", "limits-429-token"),
}
# They look at the token, which the sandbox signs: ``test_a_token_that_says_something_else``.
OF_TOKENS = {"token-claims", "token-lifetime", "token-algorithm"}


class World:
    """A sandbox for checks that read: they leave it as it is, so it serves all of them."""

    def __init__(self) -> None:
        self.sandbox, self.stand_in = broken()
        self._callers = self.stand_in.visit().callers

    def visit(self) -> Visit:
        self.sandbox.seen.clear()
        return Visit(self._callers, self.stand_in.orders, self.stand_in.old_token)

    def conclude(self, *checks: Check) -> dict[str, Conclusion]:
        return {each.check.name: each.conclusion for each in run(self.visit(), checks).results}

    def broken(self, check: Check, defect: Defect, keys: Sequence[Key], *checks: Check) -> dict[str, Conclusion]:
        self.sandbox.defect, self.sandbox.keys = defect, frozenset(keys)
        try:
            return self.conclude(*(checks or (check,)))
        finally:
            self.sandbox.defect = None

    def alone(self, check: Check) -> tuple[Conclusion, list[Key], list[Key], bool]:
        """Run a check alone; return also what it sent, the samples that it looked at, and whether it was refused."""
        visit = self.visit()
        conclusion = run(visit, [check]).results[0].conclusion
        sent = list(zip(self.sandbox.seen, visit.exchanges, strict=True))
        own = [key for key, exchange in sent if exchange.check == check.name]
        refused = bool(sent) and sent[-1][1].answer.status >= 400
        return conclusion, own, [key for key, _ in sent if key not in own], refused


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def reading() -> Iterator[Check]:
    yield from (each for each in CHECKS if not each.writes and each.name not in NEVER | OF_TOKENS)


def defect_of(check: Check, refused: bool) -> Defect:
    return DEFECTS.get(check.name) or status(200 if refused else 400)


# A part of them in every run, and all of them at night.
OFTEN = ("Query", "Limits")
BY_TOPIC = [pytest.param(each, marks=() if each in OFTEN else pytest.mark.nightly) for each in TOPICS]


@pytest.mark.parametrize("topic", [each for each in BY_TOPIC if each.values[0] not in STORIES])
def test_every_check_that_reads_fails_when_its_fact_is_broken(world: World, topic: str) -> None:
    checks = [each for each in reading() if each in (*TOPICS["HTTP"][:1], *TOPICS[topic])]
    visit = world.visit()
    results = run(visit, checks).results
    assert [each for each in results if each.conclusion.found is not Found.HOLDS] == []
    sent = list(zip(world.sandbox.seen, visit.exchanges, strict=True))
    samples = [key for key, exchange in sent if exchange.check.startswith("sample: ")]
    for check in checks:
        mine = [(key, exchange.answer.status >= 400) for key, exchange in sent if exchange.check == check.name]
        keys, refused = [key for key, _ in mine] or samples, bool(mine) and mine[-1][1]
        before = TOPICS["HTTP"][:1] if check in TOPICS["Limits"] else ()
        defect = defect_of(check, refused)
        found = world.broken(check, defect, keys if check.name in DEFECTS else keys[-1:], *before, check)
        assert found[check.name].found is Found.DIFFERS, (check.name, found[check.name])


@pytest.mark.nightly
def test_no_other_check_that_reads_fails_with_it(world: World) -> None:
    checks = [*reading()]
    alone = {check.name: world.alone(check) for check in checks}
    others = dict[str, set[str]]()
    for check in checks:
        _, sent, looked_at, refused = alone[check.name]
        defect = defect_of(check, refused)
        sample = looked_at if defect.where else looked_at[-1:]
        keys = (sent or sample) if check.name in DEFECTS else sent[-1:]
        # All others get the answers that they got before: reading changes nothing.
        seeing = [
            each for each in checks if defect.everywhere or {*alone[each.name][1], *alone[each.name][2]} & {*keys}
        ]
        found = world.broken(check, defect, keys, *seeing)
        failed = {name for name, each in found.items() if each.found is Found.DIFFERS}
        # Those that send the very same request are about the same answer.
        same = {each.name for each in checks if {*alone[each.name][1]} & {*keys}}
        if more := failed - same - {check.name, *defect.also}:
            others[check.name] = more
        assert defect.everywhere or check.name in failed
    assert others == {}


def story(topic: str, until: Check | None = None) -> tuple[Check, ...]:
    checks = TOPICS[topic]
    return checks if until is None else checks[: checks.index(until) + 1]


def told(topic: str) -> tuple[Broken, StandIn, Visit, dict[str, Conclusion]]:
    sandbox, stand_in = broken()
    visit = stand_in.visit()
    sandbox.seen.clear()
    results = run(visit, story(topic)).results
    return sandbox, stand_in, visit, {each.check.name: each.conclusion for each in results}


def break_story(topic: str, check: Check, sandbox: Broken, visit: Visit) -> dict[str, Conclusion]:
    """Tell a story again, in a sandbox that breaks what one of its checks sends; return what comes of all of them."""
    rows = [(index, key) for index, key in enumerate(sandbox.seen)]
    defect = DEFECTS.get(check.name)
    of = check.name if defect is None or not defect.of else defect.of
    mine = [(index, key) for index, key in rows if visit.exchanges[index].check == of]
    if defect is None:
        mine = mine[-1:]
        defect = status(200 if visit.exchanges[mine[0][0]].answer.status >= 400 else 400)
    again, stand_in = broken()
    second = stand_in.visit()
    again.seen.clear()
    again.defect, again.keys = defect, frozenset(key for _, key in mine)
    again.window = (mine[0][0], mine[-1][0] + 1)
    return {each.check.name: each.conclusion for each in run(second, story(topic)).results}


@pytest.mark.nightly
@pytest.mark.parametrize("topic", STORIES)
def test_every_check_that_writes_fails_when_its_fact_is_broken(topic: str) -> None:
    sandbox, _, visit, conclusions = told(topic)
    wrong = dict[str, list[str]]()
    for check in story(topic):
        assert conclusions[check.name].found is Found.HOLDS, (check.name, conclusions[check.name])
        found = break_story(topic, check, sandbox, visit)
        failed = [each.name for each in story(topic) if found[each.name].found is Found.DIFFERS]
        # What follows may have lost what it builds on; what came before has not.
        if check.name not in failed or (failed[0] != check.name and not DEFECTS[check.name].of):
            wrong[check.name] = failed
    assert wrong == {}


@pytest.mark.parametrize("name", ["delete-leaves-no-source"])
def test_a_check_that_writes_fails_when_its_fact_is_broken(name: str) -> None:
    sandbox, _, visit, _ = told("Writing")
    (check,) = [each for each in TOPICS["Writing"] if each.name == name]
    found = break_story("Writing", check, sandbox, visit)
    assert [name for name, each in found.items() if each.found is Found.DIFFERS] == [name]


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("token-claims", lambda claims: claims.pop("iss", None)),
        ("token-lifetime", lambda claims: claims.update(iat=claims.get("iat", 0) - 2_000_000)),
        ("token-algorithm", lambda claims: claims.pop("typ", None)),
    ],
)
def test_a_token_that_says_something_else(
    monkeypatch: pytest.MonkeyPatch, name: str, edit: Callable[[dict[str, Any]], object]
) -> None:
    compact = tokens._compact

    def edited(claims: dict[str, Any]) -> bytes:
        edit(claims := dict(claims))
        return compact(claims)

    monkeypatch.setattr(tokens, "_compact", edited)
    checks = [each for each in CHECKS if each.name in OF_TOKENS]
    found = World().conclude(*checks)
    assert [name for name, each in found.items() if each.found is Found.DIFFERS] == [name]


def test_every_check_is_broken_once() -> None:
    names = {each.name for each in CHECKS}
    assert names >= set(DEFECTS) | NEVER | OF_TOKENS
    assert {name for defect in DEFECTS.values() for name in defect.also} <= names
    assert not set(DEFECTS) & NEVER
