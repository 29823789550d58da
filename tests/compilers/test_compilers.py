"""Compilers and linters of others read the contract, and what they make of it can be used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CONTRACT, BUNDLE = ROOT / "spec" / "klarna_payments.yaml", ROOT / "generated" / "klarna_payments.openapi.json"
HOME = Path(os.environ["COMPILERS"])
PATIENCE = 300
STRICT = ["--strict", "--noEmit", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler"]

FACTS: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "contract" / "facts.yaml").read_text(encoding="utf-8"))
# Schema and document of each example of an answer with resources.
ANSWERS = [
    (schema, json.loads((ROOT / "spec" / "examples" / file).read_text(encoding="utf-8")))
    for file, schema in FACTS["examples"].items()
    if schema.endswith("Document") and not schema.endswith(("CreateDocument", "UpdateDocument", "ErrorDocument"))
]


def run(*command: str | Path, given: str = "") -> str:
    """Run a program, which must succeed, and return what it prints."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=PATIENCE, cwd=HOME)
    assert done.returncode == 0, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout + done.stderr


def node(program: str, *arguments: str | Path) -> str:
    return run(HOME / "node_modules" / ".bin" / program, *arguments)


def python(program: str, *arguments: str | Path, given: str = "") -> str:
    return run(HOME / "python" / "bin" / program, *arguments, given=given)


def attributes_read(folder: Path, package: str, method: str) -> dict[str, str]:
    """Read every answer with generated models; return the classes of attributes, by schema."""
    told = json.loads(python("python", HERE / "read_models.py", folder, package, method, given=json.dumps(ANSWERS)))
    return {schema: name for (schema, _), name in zip(ANSWERS, told, strict=True)}


@pytest.mark.tool(
    "Redocly",
    "@redocly/cli",
    "one warning: `TokenAnswer` belongs to no operation, since it is answered by another host",
)
@pytest.mark.parametrize("document", [CONTRACT, BUNDLE], ids=["contract", "bundle"])
def test_redocly(document: Path) -> None:
    """``redocly lint --extends recommended``: no error"""
    assert "Your API description is valid" in node("redocly", "lint", document, "--extends", "recommended")


@pytest.mark.tool("Spectral", "@stoplight/spectral-cli", "the same warning")
@pytest.mark.parametrize("document", [CONTRACT, BUNDLE], ids=["contract", "bundle"])
def test_spectral(document: Path, tmp_path: Path) -> None:
    """The rules ``spectral:oas``: no error"""
    rules = tmp_path / "rules.yaml"
    rules.write_text("extends: ['spectral:oas']\n")
    assert "(0 errors, 1 warning," in node("spectral", "lint", "--ruleset", rules, document)


@pytest.mark.tool("openapi-typescript", "openapi-typescript")
@pytest.mark.parametrize("document", [CONTRACT, BUNDLE], ids=["contract", "bundle"])
def test_openapi_typescript(document: Path, tmp_path: Path) -> None:
    """Types that ``tsc --strict`` accepts, which refuse what may not be sent, and take null where it may come"""
    node("openapi-typescript", document, "--output", tmp_path / "schema.d.ts")
    shutil.copy(HERE / "schema_use.ts", tmp_path)
    node("tsc", *STRICT, tmp_path / "schema_use.ts")


GENERATOR = "`generated/klarna_payments.openapi.json`, since its reader of YAML takes no more than 50 aliases"


@pytest.mark.tool("openapi-generator", "openapi-generator-cli", GENERATOR)
def test_openapi_generator_for_python(tmp_path: Path) -> None:
    """A client for Python reads all examples of answers, sparse ones too, and whole attributes into their class"""
    python("openapi-generator-cli", "generate", "-i", BUNDLE, "-g", "python", "-o", tmp_path)
    assert attributes_read(tmp_path, "openapi_client", "from_dict") == {
        schema: f"{schema.removesuffix('Document').removesuffix('List')}Attributes" for schema, _ in ANSWERS
    }


@pytest.mark.tool("openapi-generator", "openapi-generator-cli", GENERATOR)
def test_openapi_generator_for_typescript(tmp_path: Path) -> None:
    """A client for TypeScript (``typescript-fetch``) that ``tsc --strict`` accepts"""
    python("openapi-generator-cli", "generate", "-i", BUNDLE, "-g", "typescript-fetch", "-o", tmp_path)
    node("tsc", *STRICT, "--lib", "es2022,dom", tmp_path / "index.ts")


@pytest.mark.tool(
    "datamodel-code-generator",
    "datamodel-code-generator",
    "pydantic prefers the branch that is free-form: give attributes to `KlarnaPaymentAttributes` for their types",
)
def test_datamodel_code_generator(tmp_path: Path) -> None:
    """Models of pydantic read all examples of answers, and whole attributes by their own class"""
    kinds = ["--input-file-type", "openapi", "--output-model-type", "pydantic_v2.BaseModel", "--formatters", "builtin"]
    python("datamodel-codegen", "--input", BUNDLE, *kinds, "--output", tmp_path / "models.py")
    assert set(attributes_read(tmp_path, "models", "model_validate").values()) == {"FreeForm"}
    payment = next(document for schema, document in ANSWERS if schema == "KlarnaPaymentDocument")["data"]
    code = "import json, sys, models; print(models.KlarnaPaymentAttributes(**json.load(sys.stdin)).created_at.year)"
    command = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"
    assert python("python", "-c", command, given=json.dumps(payment["attributes"])) == "2026\n"
