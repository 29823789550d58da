"""The site: its pages lead to each other, their code runs, and all that is public is documented.

What is printed for a shell is the matter of ``test_commands``.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import griffe
import pytest

import drawings
import reference_pages

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SANDBOX = ROOT / "extensions" / "commercelayer_klarna" / "sandbox"
PAGES = sorted(DOCS.rglob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


# ---- The code of the pages -------------------------------------------------------------------------------------------


def skip_without(*modules: str) -> None:
    missing = [each for each in modules if importlib.util.find_spec(each) is None]
    if missing:
        pytest.skip(f"{missing} are installed by the nightly run")


def execute(name: str, source: list[str]) -> None:
    names: dict[str, object] = {"__name__": "page"}
    assert source
    for block in source:
        exec(compile(block, name, "exec", dont_inherit=True), names)


@pytest.mark.parametrize("page", ["tutorial.md", "everyday.md", "workers.md", "moving.md"])
def test_the_code_of_a_page_runs(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORGANIZATION", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"COMMERCELAYER_{name}", "x")
    execute(page, blocks(DOCS / page, "python"))


def test_the_code_of_the_page_on_monitoring_runs(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the page sets is as it was after the test.
    monkeypatch.setattr(logging.getLogger("commercelayer_klarna"), "handlers", [])
    caplog.set_level(logging.INFO, "commercelayer_klarna")
    execute("monitoring.md", blocks(DOCS / "monitoring.md", "python"))


@pytest.mark.filterwarnings("ignore")  # of the frameworks
@pytest.mark.parametrize("framework", ["fastapi", "flask", "django"])
def test_the_code_for_a_framework_runs(framework: str) -> None:
    skip_without(framework)
    found = blocks(DOCS / "frameworks.md", "python")
    begins = re.compile(rf"^(from|import) {framework}\b(?!\.)", re.MULTILINE)
    start = next(index for index, block in enumerate(found) if begins.search(block))
    source = found[start : start + (2 if framework == "fastapi" else 1)]
    if framework != "django":
        execute("frameworks.md", source)
        return
    # Django is set up once for its whole process.
    done = subprocess.run([sys.executable, "-c", *source], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_tests_of_the_page_on_testing_pass(pytester: pytest.Pytester) -> None:
    conftest, *tests = blocks(DOCS / "testing.md", "python")
    pytester.makeconftest(conftest)
    pytester.makepyfile("\n".join(tests))
    found = pytester.runpytest_inprocess("-p", "no:schemathesis", "-p", "no:xdist")
    found.assert_outcomes(passed="".join(tests).count("def test_"))


# Languages of blocks that are no program, and of those that are.
SHOWN = {"text", "json", "diff", "toml", ""}
# "py" drives a browser, with a package that is not here; "python3" needs Dask or tqdm: tests/bulk
RUN = {"python", "python3", "py", "sh", "js", "html"}


def test_no_block_is_in_a_language_that_nobody_runs() -> None:
    for page in [*PAGES, ROOT / "README.md", ROOT / "SECURITY.md"]:
        fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(fences) % 2 == 0
        assert set(fences[::2]) <= SHOWN | RUN, page


def test_each_page_with_code_has_a_test_that_names_it() -> None:
    tests = "\n".join(each.read_text(encoding="utf-8") for each in (ROOT / "tests").rglob("test_*.py"))
    pages = [page.name for page in PAGES if any(blocks(page, language) for language in ("python", "js"))]
    assert len(pages) > 8
    assert [page for page in pages if f'"{page}"' not in tests] == []


def test_what_a_block_clicks_in_a_browser_is_on_a_page_of_the_sandbox() -> None:
    sources = "\n".join(file.read_text() for file in (SANDBOX / "doors").rglob("*.*") if file.suffix != ".pyc")
    written = "\n".join(block for page in PAGES for block in blocks(page, "py"))
    clicked = set(re.findall(r'"#([\w-]+)"', written))
    assert clicked
    assert [each for each in clicked if not re.search(rf"\b{each}\b", sources)] == []


# ---- The pages -------------------------------------------------------------------------------------------------------


def linked(page: Path) -> set[Path]:
    found = re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return {(page.parent / each).resolve() for each in found}


def test_each_page_is_reached_by_links_from_the_first() -> None:
    reached, rest = set[Path](), {(DOCS / "index.md").resolve()}
    while rest:
        page = rest.pop()
        reached.add(page)
        rest |= {each for each in linked(page) if DOCS in each.parents} - reached
    assert [page.name for page in PAGES if page not in reached] == []


# What a newcomer asks, the words of the row of the front page that he clicks in, the page and heading that he is then
# on or chooses in the list of the page's headings, and what must stand there.
QUESTIONS = [
    ("How do I install it?", "install", "tutorial.md", "Install", "pip install commercelayer-klarna"),
    ("Can I try it without an account?", "without an account", "testing.md", "In process", "klarna_sandbox"),
    ("How do I give it my credentials?", "real credentials", "tutorial.md", "The real thing", "from_env()"),
    ("How do I show Klarna's widget?", "one session", "orders.md", "Pay", "client_token"),
    ("What if the shopper clicks twice?", "clicks twice", "orders.md", "Pay", "ensure("),
    ("How do I place the order?", "place, capture", "orders.md", "Place", "orders.place("),
    ("How do I capture a part?", "capture", "orders.md", "Approve and capture", "amount_cents="),
    ("How do I give money back?", "refund", "orders.md", "Refund", "refund("),
    ("The create timed out. What now?", "was lost", "orders.md", "When the answer is lost", "settle("),
    ("How do I use it in FastAPI?", "FastAPI", "frameworks.md", "FastAPI", "AsyncKlarnaPayments"),
    ("How do I send a payment to the browser?", "return a payment", "returning-a-payment.md", "FastAPI", "BaseModel"),
    ("How do I check a webhook's signature?", "signature", "webhooks.md", "Callbacks", "webhooks.parse("),
    ("May threads share a client?", "between threads", "workers.md", "Threads", "ThreadPoolExecutor"),
    ("What about gunicorn's workers?", "workers and forks", "workers.md", "Forks", "fork"),
    ("How do I avoid 429?", "limits", "many-payments.md", "Stay within the limits", "Limits("),
    ("How do I get all payments into a CSV?", "export", "many-payments.md", "Export", ".csv"),
    ("How do I see what it does?", "logs", "monitoring.md", "Logs", "COMMERCELAYER_KLARNA_LOG"),
    ("How do I test that Klarna declines?", "says no", "testing.md", "Klarna says no", "decide("),
    ("How do I find a payment by its reference?", "find payments", "everyday.md", "Find payments", "reference_eq"),
    ("How do I store an id of mine?", "data of my own", "everyday.md", "Keep data of your own", "merge_metadata("),
    ("How do I set a timeout?", "timeouts", "everyday.md", "Set timeouts and retries", "with_options(timeout="),
    ("How do I go through our proxy?", "proxy", "everyday.md", "Use a proxy, or certificates of your own", "proxy="),
    ("What do I tell support?", "request id", "monitoring.md", "What an answer said", "response."),
    ("How do I delete a payment?", "delete a payment", "everyday.md", "Change, refresh and delete", "payments.delete("),
    ("The cart changed. What now?", "refresh", "everyday.md", "Change, refresh and delete", "refresh_session("),
    ("Where do I pass an idempotency key?", "clicks twice", "orders.md", "Pay", "ensure("),
    ("How do I turn retries off?", "retries", "everyday.md", "Set timeouts and retries", "retry=None"),
    ("How do I add a header?", "headers", "everyday.md", "Set timeouts and retries", "with_options(headers="),
    ("How do I get a DataFrame?", "pandas", "everyday.md", "Show or keep a payment", "to_pandas()"),
    ("Where is the raw JSON?", "table of payments", "everyday.md", "Show or keep a payment", "payment.attributes"),
    ("How do I call another endpoint?", "no method", "everyday.md", "Ask for anything else", "payments.request("),
    ("How do I serve many shops?", "many organizations", "workers.md", "Many organizations", "http_client=pool"),
    (
        "How do I share tokens in a cluster?",
        "share tokens",
        "workers.md",
        "One token for many processes",
        "RedisTokenStore",
    ),
    ("What about Celery's time limits?", "workers", "workers.md", "Time limits of task queues", "soft"),
    ("How do I test an expired token?", "let time pass", "testing.md", "Let time pass", "advance("),
    ("How do I test a service on its port?", "test my service", "testing.md", "Over a port", "klarna_sandbox_server"),
    ("How do I rotate a webhook's secret?", "callbacks", "webhooks.md", "Callbacks", "all their secrets"),
    ("How do I receive them on Lambda?", "callbacks", "webhooks.md", "Callbacks", "AWS Lambda"),
    ("How do I cancel an order?", "cancel", "orders.md", "Cancel", "orders.cancel("),
    ("Which amounts are in cents?", "amounts", "returning-a-payment.md", "Amounts", "cents"),
    ("How do I trace calls?", "traces", "monitoring.md", "Traces", "opentelemetry"),
    ("What do I alert on?", "numbers", "monitoring.md", "What to be woken for", "AmbiguousWriteError"),
    ("I come from the JavaScript SDK.", "JavaScript SDK", "moving.md", "From the JavaScript SDK", "orders.update("),
    ("Which Pythons are supported?", "upgrade", "compatibility.md", "Python and dependencies", "3.11"),
    ("Does it run on Windows?", "which systems", "compatibility.md", "Python and dependencies", "Windows"),
    ("asyncio.run() fails in my notebook.", "notebook", "workers.md", "Notebooks", "`await`"),
    ("Is this test or live?", "test or live", "tutorial.md", "The real thing", '["mode"]'),
    ("What do I do about this error?", "error means", "reference/errors.md", "Errors", "AmbiguousWriteError"),
]


def section(page: Path, heading: str) -> str:
    """What stands under a heading of a page; of several such headings, under the first."""
    text = page.read_text(encoding="utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"{page.name} has no heading {heading!r}"
    level = len(found[1])
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{max(level, 2)}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


@pytest.mark.parametrize(("question", "words", "name", "heading", "answer"), QUESTIONS, ids=lambda each: each[:40])
def test_a_newcomers_question_is_answered_in_two_clicks(
    question: str, words: str, name: str, heading: str, answer: str
) -> None:
    table = section(DOCS / "index.md", "How do I ...")
    rows = [row for row in table.splitlines() if words.casefold() in row.casefold()]
    links = {link for row in rows for link in re.findall(r"\]\(([^)]+)\)", row)}
    assert name in {link.partition("#")[0] for link in links}, question
    assert answer in section(DOCS / name, heading), question


def test_links_into_pages_lead_to_headings_that_are_there() -> None:
    """``scripts/docs`` checks all; this is for the front page, and takes no time."""
    for page, heading in re.findall(r"\]\(([\w./-]+\.md)#([\w-]+)\)", (DOCS / "index.md").read_text(encoding="utf-8")):
        headings = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
        assert heading in {re.sub(r"[^\w\s-]", "", each).strip().lower().replace(" ", "-") for each in headings}


def test_brackets_outside_code_are_no_links_that_lead_nowhere() -> None:
    """``scripts/docs`` refuses such a page, but takes a minute."""
    pages = {page.name: re.sub(r"^```.*?^```$|`[^`]*`", "", page.read_text(), flags=re.M | re.S) for page in PAGES}
    assert [name for name, text in pages.items() if re.search(r"\w\]\[", text)] == []


def test_each_page_stands_in_the_menu() -> None:
    menu = (ROOT / "mkdocs.yml").read_text()
    assert [page for page in PAGES if f": {page.relative_to(DOCS).as_posix()}\n" not in menu] == []


def test_the_pages_of_reference_are_what_the_code_says() -> None:
    written = {page.name: page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md")}
    assert written == reference_pages.pages(), "run scripts/reference_pages.py"


def test_the_drawings_are_what_the_script_draws() -> None:
    written = {file.name: file.read_text(encoding="utf-8") for file in (DOCS / "drawings").iterdir()}
    assert written == drawings.drawn(), "run scripts/drawings.py"


# ---- What is public --------------------------------------------------------------------------------------------------


def shown() -> list[str]:
    """The names that the pages of reference show."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "reference").glob("*.md"))
    return re.findall(r"^::: (\S+)$", pages, re.MULTILINE)


PUBLIC = ("", ".errors", ".resources", ".plugins", ".webhooks", ".bulk", ".bulk.on_dask", ".testing", ".sandbox")


def test_each_public_name_is_shown() -> None:
    found = {*shown(), "commercelayer_klarna.__version__"}
    for module in PUBLIC:
        names = importlib.import_module(f"commercelayer_klarna{module}").__all__
        places = {name: {f"commercelayer_klarna.{name}", f"commercelayer_klarna{module}.{name}"} for name in names}
        assert [name for name in names if not places[name] & found] == []


def undocumented(name: str, package: griffe.Module) -> Iterator[str]:
    found = package[name.removeprefix("commercelayer_klarna.")]
    target = found.final_target if isinstance(found, griffe.Alias) else found
    if target.docstring is None:
        yield name
    if isinstance(target, griffe.Class):
        for member in target.all_members.values():
            is_told = member.is_function or "property" in member.labels
            if is_told and not member.name.startswith("_") and member.docstring is None:
                yield f"{name}.{member.name}"


def test_what_is_shown_is_documented() -> None:
    package = griffe.load("commercelayer_klarna", search_paths=[str(ROOT / "extensions")], resolve_aliases=True)
    assert isinstance(package, griffe.Module)
    assert [each for name in shown() for each in undocumented(name, package)] == []
