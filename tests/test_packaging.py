"""The wheel: what it holds, and that it works in an environment where nothing else is."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

PACKAGES = {"commercelayer_klarna", "commercelayer_klarna_api"}


def test_the_wheel_holds_both_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert all(f"{package}/py.typed" in names for package in PACKAGES)
    assert not [name for name in names if "/test_" in name or "__pycache__" in name]


def test_no_link_of_its_description_leads_to_a_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        description = archive.read(name).decode().partition("\n\n")[2]
    links = re.findall(r"\]\(([^)]+)\)", description)
    assert [each for each in links if not each.startswith("https://")] == []
    assert len(links) == len(re.findall(r"\]\(([^)]+)\)", (ROOT / "README.md").read_text()))
    files = [each for each in links if "/blob/main/" in each or "/raw/main/" in each]
    assert [each for each in files if not (ROOT / each.split("/main/")[1]).exists()] == []
    assert [each.rpartition(".")[2] for each in files if "/raw/main/" in each] == ["png", "png"]


def test_it_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    python = tmp_path / "env" / "bin" / "python"
    constraints = ROOT / "scripts" / "constraints.txt"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    install = [*pip, "install", "--quiet", "--constraint", str(constraints), str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    listed = subprocess.run([*pip, "list", "--format", "freeze"], capture_output=True, text=True, check=True)
    # What httpx needs on some versions of Python only is left aside.
    installed = {line.split("==")[0] for line in listed.stdout.splitlines()}
    assert installed - {"typing_extensions"} == {
        "anyio", "attrs", "certifi", "commercelayer-klarna", "h11", "httpcore", "httpx", "idna", "pluggy",
    }  # fmt: skip
    example = (ROOT / "examples" / "order_life.py").read_text()
    ran = subprocess.run([str(python), "-c", example], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "The order is placed, paid, and refunded in part; no step was taken twice."
