"""What was observed of the service, and what follows when it contradicts the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import sandbox_page
from commercelayer_klarna.probe.check import Conclusion, Found
from commercelayer_klarna.probe.checks import CHECKS
from commercelayer_klarna.probe.report import Report, Result
from contract import observations, upstream
from contract.openapi import Unreadable

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "spec" / "observations.schema.json").read_text())
EMPTY = next(each for each in CHECKS if each.name == "page-count-of-nothing")


def report(found: Found, saw: str = "", **more: Any) -> Report:
    options = {"mode": "test", "sandbox": False, "requests": 1, "seen": "2026-11-27", **more}
    return Report((Result(EMPTY, Conclusion(found, saw)),), **options)


def kept(folder: Path, *reports: Report) -> list[observations.Observation]:
    for number, each in enumerate(reports):
        (folder / f"{number}.json").write_text(each.json())
    return observations.read(folder)


def test_nothing_that_was_observed_contradicts_the_contract() -> None:
    assert observations.contradictions(observations.read()) == []


def test_the_files_have_the_form_that_is_written_down(tmp_path: Path) -> None:
    files = [*(ROOT / "spec" / "observations").glob("*.json")]
    kept(tmp_path, report(Found.HOLDS, "0"), report(Found.CANNOT_TELL, "there are no payments"))
    for file in [*files, *tmp_path.glob("*.json")]:
        jsonschema.validate(json.loads(file.read_text()), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report(Found.HOLDS, sandbox=True).document(), SCHEMA)


def test_what_differs_says_what_to_change(tmp_path: Path) -> None:
    (line,) = observations.contradictions(kept(tmp_path, report(Found.DIFFERS, "page_count is 1")))
    assert line.startswith("0.json: page-count-of-nothing: the claim is that `page_count` of an empty list is 0;")
    assert "on 2026-11-27" in line
    assert "page_count is 1. Change sandbox/api/render.py, _client/page.py, and then the claim of the check" in line


def test_the_latest_word_counts_and_what_cannot_tell_is_none(tmp_path: Path) -> None:
    later = {"seen": "2026-12-01"}
    differs, cannot = report(Found.DIFFERS, "1"), report(Found.CANNOT_TELL, "no payments", seen="2026-12-02")
    assert observations.contradictions(kept(tmp_path, report(Found.HOLDS, **later), differs, cannot)) == []
    assert (
        observations.contradictions(kept(tmp_path, report(Found.HOLDS), report(Found.DIFFERS, **later), cannot)) != []
    )


def test_an_observation_of_another_claim_says_nothing(tmp_path: Path) -> None:
    text = report(Found.DIFFERS, "1").json().replace("list is 0", "list is 7")
    (tmp_path / "old.json").write_text(text)
    found = observations.read(tmp_path)
    assert len(found) == 1
    assert observations.settled(found) == {}


@pytest.mark.parametrize(
    "text", ["no JSON", "{}", "[]", '{"observations": [{}]}', report(Found.HOLDS, sandbox=True).json()]
)
def test_other_files_are_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.json").write_text(text)
    with pytest.raises(Unreadable, match=r"wrong\.json"):
        observations.read(tmp_path)


def test_what_holds_is_called_observed_on_the_page_of_the_sandbox(tmp_path: Path) -> None:
    before = sandbox_page.render({})
    after = sandbox_page.render(observations.settled(kept(tmp_path, report(Found.HOLDS))))
    line = next(each for each in after.splitlines() if each.startswith("| `page_count` of an empty list"))
    assert "| observed 2026-11-27 |" in line
    assert "`page_count` of an empty list is 0." in before
    assert "`page_count` of an empty list is 0." not in after, "it is no unknown any more"


def test_a_row_is_observed_when_all_its_checks_were() -> None:
    row = sandbox_page.Row("Query", "two", "nothing", "unknown", "page-zero page-negative")
    seen = observations.Observation("page-zero", "x", "holds", "", "2026-11-27", "0.json")
    assert sandbox_page.certainty_of(row, {"page-zero": seen}) == "unknown"
    both = {"page-zero": seen, "page-negative": seen._replace(check="page-negative", seen="2026-12-01")}
    assert sandbox_page.certainty_of(row, both) == "observed 2026-12-01"
    both["page-zero"] = seen._replace(conclusion="differs")
    assert sandbox_page.certainty_of(row, both) == "unknown"


def test_the_rows_of_the_page_name_checks() -> None:
    names = {each.name for each in CHECKS}
    assert {name for row in sandbox_page.TABLE for name in row.checks.split()} <= names


def test_drift_tells_what_is_contradicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert upstream.main([str(upstream.CONTRACT)]) == 0
    found = kept(tmp_path, report(Found.DIFFERS, "page_count is 1"))
    monkeypatch.setattr(observations, "read", lambda: found)
    assert upstream.main([str(upstream.CONTRACT)]) == 1
    assert "page-count-of-nothing" in capsys.readouterr().err
