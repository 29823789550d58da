"""The page of the probe: each open question names what settles it, or why nothing can."""

from __future__ import annotations

from pathlib import Path

import probe_page
from commercelayer_klarna.probe.checks import CHECKS

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_checks_render_to() -> None:
    assert (ROOT / "docs" / "probe.md").read_text() == probe_page.render()


def test_every_open_question_names_its_checks_or_why_there_are_none() -> None:
    for question in probe_page.QUESTIONS:
        assert probe_page.settling(question) or question.left, question.number
    numbers = [each.number for each in probe_page.QUESTIONS]
    assert len(set(numbers)) == len(numbers)
    assert {f"F17.{number}" for number in range(1, 17)} | {f"L11.{number}" for number in range(1, 13)} <= set(numbers)


def test_what_a_check_calls_unknown_is_an_open_question() -> None:
    numbers = {each.number for each in probe_page.QUESTIONS}
    unknown = [each for each in CHECKS if each.certainty == "unknown"]
    assert [each.name for each in unknown if not numbers & {*each.facts}] == []
    assert len(unknown) > 60
