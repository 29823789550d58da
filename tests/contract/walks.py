"""The walks of CONTRIBUTING.md: what a maintainer writes by hand when the API grows, as programs can follow it.

A walk is a section of the page: its diffs, its commands, and a program that shows what it is for. How a diff is read is
said on the page. Where walks are followed, and what must hold afterwards, is up to the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import field, frozen

ROOT = Path(__file__).parents[2]
CONTRACT = "spec/klarna_payments.yaml"
_SECTION = re.compile(r"^### (.+?)\n(.*?)(?=^##|\Z)", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^```(diff|sh|python)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_REST = "...\n"


@frozen
class Step:
    """One block of a walk: a ``diff`` of a file, commands (``sh``), or a program (``python``)."""

    kind: str
    file: str
    text: str


@frozen
class Walk:
    """One section of the page."""

    title: str
    steps: tuple[Step, ...]

    def of(self, kind: str) -> list[Step]:
        return [each for each in self.steps if each.kind == kind]

    @property
    def program(self) -> str:
        (step,) = self.of("python")
        return step.text

    @property
    def written(self) -> int:
        """The lines that a maintainer writes, without empty ones, beside the contract, its facts and examples."""
        by_hand = [each for each in self.of("diff") if not each.file.startswith(("spec/", "tests/contract/facts"))]
        return sum(bool(line[1:].strip()) for each in by_hand for line in each.text.splitlines() if line[:1] == "+")


def walks() -> dict[str, Walk]:
    """Return the walks of the page by the words of their titles."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = {}
    for title, text in _SECTION.findall(page):
        steps = tuple(Step(*each) for each in _FENCE.findall(text))
        found[title] = Walk(title, steps)
    return found


@frozen
class Hunk:
    """One change of a file: the lines to be found first, then what is removed and kept (``-`` and space) and added."""

    anchors: list[str] = field(factory=list[str])
    body: list[str] = field(factory=list[str])


def hunks(diff: str) -> Iterator[Hunk]:
    """Return the changes of a diff."""
    current = Hunk()
    for line in diff.splitlines(keepends=True):
        mark, added = line[:1] or " ", any(each[0] == "+" for each in current.body)
        if current.body and (mark == "@" or (mark == "-" and added) or current.body[-1][0] == " "):
            yield current
            current = Hunk()
        if mark != "@":
            current.body.append(line)
        elif line != "@@\n":
            current.anchors.append(line[3:])
    yield current


def applied(text: str, diff: str, file: str) -> str:
    """Return a text after a change of the page."""
    lines = text.splitlines(keepends=True)
    at = 0
    for hunk in hunks(diff):
        for anchor in hunk.anchors:
            assert anchor in lines[at:], f"{file} has no line below {at}: {anchor}"
            at = lines.index(anchor, at) + 1
        old = [line[1:] for line in hunk.body if line[0] in "- "]
        if old:
            places = [at for at in range(at, len(lines)) if _match(old, lines[at : at + len(old)])]
            found = f"{file} has {len(places)} times:\n{''.join(old)}"
            assert len(places) >= 1, found
            assert len(places) == 1 or hunk.anchors, found
            at = places[0]
        rests = [line[len(each) - len(_REST) :] for each, line in zip(old, lines[at:], strict=False) if _open(each)]
        new = []
        for line in hunk.body:
            if line[0] == "+":
                new.append(line[1 : -len(_REST)] + rests[0] if _open(line) and rests else line[1:])
            elif line[0] == " ":
                new.append(lines[at + old.index(line[1:])])
        lines[at : at + len(old)] = new
        at += len(new)
    return "".join(lines)


def _open(line: str) -> bool:
    return line.endswith(_REST)


def _match(old: list[str], lines: list[str]) -> bool:
    return len(old) == len(lines) and all(
        there.startswith(each[: -len(_REST)]) if _open(each) else there == each
        for each, there in zip(old, lines, strict=True)
    )


class _Async(ast.NodeTransformer):
    """Rewrites a program of the sync client for the async one."""

    def visit_With(self, node: ast.With) -> ast.AST:
        """Open the client in ``async with``, and the rest within."""
        self.generic_visit(node)
        client, *others = node.items
        body: list[ast.stmt] = [ast.With(items=others, body=node.body)] if others else node.body
        return ast.AsyncWith(items=[client], body=body)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Await what the client does; a list is walked, and not awaited."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "client":
            node.func.attr = "async_client"
        return ast.Await(value=node) if _is_call(node) and not _is_list(node) else node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Walk through lists with ``async for``."""
        self.generic_visit(node)
        node.is_async = int(_is_list(node.iter))
        return node


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).startswith("payments.")


def _is_list(node: ast.AST) -> bool:
    return _is_call(node) and ast.unparse(node).partition("(")[0].endswith((".list", ".captures.refunds"))


def in_async(program: str) -> str:
    """Return the same program with the asynchronous client."""
    tree = ast.parse(program)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    body = [_Async().visit(node) for node in tree.body if node not in imports]
    made = ast.parse("import asyncio\nasync def main() -> None:\n    pass\nasyncio.run(main())")
    function = made.body[1]
    assert isinstance(function, ast.AsyncFunctionDef)
    function.body = body
    made.body[1:1] = imports
    return ast.unparse(ast.fix_missing_locations(made))
