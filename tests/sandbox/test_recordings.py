"""The sandbox answers as the service was recorded to answer, as far as anybody has recorded it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from commercelayer_klarna.probe.check import Check
from commercelayer_klarna.probe.checks import CHECKS, TOPICS
from commercelayer_klarna.probe.recording import differences, recorded, write
from commercelayer_klarna.probe.runner import run
from commercelayer_klarna.probe.stand_in import stand_in

RECORDINGS = Path(__file__).parent / "recordings"


def replayed(folder: Path, checks: Sequence[Check] = CHECKS) -> list[str]:
    """Run the recorded checks against the sandbox, and tell where it answers otherwise."""
    files = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    if not files:
        return []
    visit = stand_in().visit()
    run(visit, checks)
    now = recorded(visit)
    names = [each["check"] for each in files]
    return [
        f"{name}: {line}"
        for name, file in zip(names, files, strict=True)
        for line in differences(file["exchanges"], now.get(name, []))
    ]


def test_the_sandbox_answers_as_the_service_was_recorded() -> None:
    assert replayed(RECORDINGS) == []


def test_a_recording_that_says_something_else_is_told(tmp_path: Path) -> None:
    checks = TOPICS["Gateways"]
    visit = stand_in().visit()
    run(visit, checks)
    write(visit, tmp_path)
    assert replayed(tmp_path, checks) == []
    file = tmp_path / "gateway-retrieve.json"
    recording = json.loads(file.read_text())
    answer = recording["exchanges"][0]["answer"]
    answer["document"]["data"]["attributes"]["one_more"] = "<text>"
    answer["document"]["data"]["attributes"]["name"] = 0
    answer["codes"] = ["LOCKED"]
    file.write_text(json.dumps(recording))
    (tmp_path / "another.json").write_text(json.dumps({"check": "no-such", "exchanges": [recording["exchanges"][0]]}))
    assert replayed(tmp_path, checks) == [
        "no-such: exchange 0: it was not sent",
        "gateway-retrieve: exchange 0: codes was ['LOCKED'], and is []",
        "gateway-retrieve: exchange 0: .data.attributes.one_more is gone",
        "gateway-retrieve: exchange 0: .data.attributes.name was integer, and is string",
    ]
