"""Where the contract and Commerce Layer's published OpenAPI document disagree; `scripts/upstream-drift` runs this.

Each document is reduced to facts, a flat mapping of subject to value, and the facts are compared. The contract says
what there is to compare: its schemas with `x-type` are resources, compared both ways; of one with `x-partial` it has a
part, so only what it has is compared. Differences that are known and meant stand, with their reasons, in
`spec/upstream-differences.yaml`. Reading documents is left to `openapi`. An observation of the service that contradicts
the contract is told as well; those are up to `observations`.

Exit status: 0 when every difference is accepted and no observation contradicts the contract, 1 when not, 2 when a
document could not be read.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from contract import observations
from contract.openapi import Document, Unreadable, listed, load, mapping

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "spec" / "klarna_payments.yaml"
ACCEPTED = ROOT / "spec" / "upstream-differences.yaml"

PRESENT, ABSENT = "present", "absent"
METHODS = ("get", "post", "patch", "put", "delete")
DATED = re.compile(r"/(\d{4}-\d{2}(?:-\d{2})?)(?=/|$)")  # a version of the API in a path, such as /2026-05
# What their document leaves out everywhere, or where it gives no schema.
LEFT_OUT = (".format", ".named", ".errors", ".answer.meta")
FLAGS = (".deprecated", ".readOnly", ".writeOnly")
MOST_ROWS = 200  # of a table: an issue and a pull request have a length

Facts = dict[str, str]


class Scope(NamedTuple):
    """What the contract has to be compared.

    Args:
        whole: The types of the resources that it has whole.
        partial: The types of those of which it has a part.
        operations: Its operations, each as method and path.
    """

    whole: frozenset[str]
    partial: frozenset[str]
    operations: frozenset[tuple[str, str]]


class Difference(NamedTuple):
    """A subject about which the two documents say different things."""

    at: str
    ours: str
    theirs: str


class Accepted(NamedTuple):
    """A difference that is meant; `at` may hold the wildcards of fnmatch, except brackets."""

    at: str
    ours: str
    theirs: str
    reason: str

    def covers(self, difference: Difference) -> bool:
        """Whether it is this one, with these very values."""
        pattern = self.at.replace("[", "[[]")
        return fnmatchcase(difference.at, pattern) and difference[1:] == (self.ours, self.theirs)


class Drift(NamedTuple):
    """What a comparison found; `stale` is accepted and no longer there.

    `lacking` names the resources that a document of a part of the API has nothing of. What it has is compared all the
    same, but nothing is concluded from what it lacks.
    """

    differences: list[Difference]
    accepted: list[tuple[Difference, str]]
    stale: list[Accepted]
    lacking: tuple[str, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; the exit status is in the module's docstring."""
    parser = argparse.ArgumentParser(prog="scripts/upstream-drift", description=str(__doc__).partition("\n\n")[0])
    parser.add_argument("source", metavar="FILE_OR_URL", help="their document, JSON or YAML; an address is https")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--report", metavar="FILE", type=Path, help="also write Markdown")
    options = parser.parse_args(arguments)
    try:
        accepted = read_accepted(ACCEPTED)
        contract = load(str(CONTRACT))
        scope = scope_of(contract)
        drift = compare(facts(contract, scope), facts(load(options.source), scope), accepted, scope)
        contradicted = observations.contradictions(observations.read())
    except Unreadable as error:
        print(f"Could not be read: {error}", file=sys.stderr)
        return 2
    if options.report:
        options.report.write_text(markdown(drift), encoding="utf-8")
    print(as_json(drift) if options.json else text(drift))
    for line in contradicted:
        print(line, file=sys.stderr)
    return 1 if drift.differences or contradicted else 0


def scope_of(contract: Document) -> Scope:
    """What the contract has to be compared."""
    kept = {each["x-type"]: each.get("x-partial") in (True, "true") for each in typed_schemas(contract)}
    operations = frozenset((method, path) for method, path, _ in read_operations(contract))
    partial = frozenset(type_ for type_, part in kept.items() if part)
    return Scope(frozenset(kept) - partial, partial, operations)


def facts(document: Document, scope: Scope) -> Facts:
    """What a document says of all that is compared."""
    found = api_facts(document)
    operations = {(method, path): operation for method, path, operation in read_operations(document)}
    for (method, path), operation in operations.items():
        if (method, path) in scope.operations or scope.whole & {path.split("/")[1], path.rpartition("/")[2]}:
            found |= operation_facts(document, f"operations.{method.upper()} {path}", operation)
    types = {type_: read_resource(document, operations, type_) for type_ in sorted(scope.whole | scope.partial)}
    if not any(types[type_] for type_ in scope.whole):
        asked = ", ".join(f"GET /{type_}/{{id}}" for type_ in sorted(scope.whole))
        raise Unreadable(f"it has no {asked}: it is not a document of the Core API")
    for type_, schema in types.items():
        if schema is None:
            continue
        found[type_] = PRESENT
        found |= type_facts(document, type_, schema)
        found |= attribute_facts(document, f"{type_}.attributes", document.property(schema, "attributes"))
        for name, related in document.properties(document.property(schema, "relationships")).items():
            here = f"{type_}.relationships.{word(name)}"
            found |= relationship_facts(document, here, related) if type_ in scope.whole else {here: PRESENT}
        for way, key in (("create", ("post", f"/{type_}")), ("update", ("patch", f"/{type_}/{{}}"))):
            if key in operations and (type_ in scope.whole or key in scope.operations):
                found |= write_facts(document, f"{type_}.{way}", operations[key])
    return found


def api_facts(document: Document) -> Facts:
    """Where the API is below its host, and how one gets in."""
    server = mapping(next(iter(listed(document.root.get("servers"))), None))
    path = urlsplit(re.sub(r"{[^}]*}", "x", str(server.get("url", "")))).path.rstrip("/")
    found = {
        "api.path": word(DATED.sub("", path)) or "/",
        "api.security": secured(document, document.root.get("security")),
    }
    for each in (path, *map(str, mapping(document.root.get("paths")))):
        if dated := DATED.search(each):
            return found | {"api.version": dated[1]}
    return found


def secured(document: Document, security: Any) -> str:
    """The kinds of credentials that are asked for."""
    schemes = mapping(mapping(document.root.get("components")).get("securitySchemes"))
    found = set()
    for each in listed(security):
        kinds = [document.resolve(schemes.get(name)) for name in mapping(each)]
        found.add(" and ".join(f"{kind.get('type')} {kind.get('scheme', '')}".strip() for kind in kinds) or "nothing")
    return " or ".join(map(word, sorted(found))) or "none"


def type_facts(document: Document, at: str, schema: Any) -> Facts:
    """The type that a resource names, or what is written: as the contract marks it, or as the schema closes it."""
    marked = document.resolve(schema).get("x-type")
    values = {marked} if marked else document.kind(document.property(schema, "type")).values
    return {f"{at}.named": " or ".join(sorted(map(word, values)))} if values else {}


def typed_schemas(document: Document) -> list[dict[str, Any]]:
    """The schemas of resources, which only the contract marks as such."""
    schemas = mapping(mapping(document.root.get("components")).get("schemas"))
    return [each for each in map(mapping, schemas.values()) if isinstance(each.get("x-type"), str)]


def read_resource(document: Document, operations: dict[tuple[str, str], dict[str, Any]], type_: str) -> Any:
    """The schema of a resource: what its own path answers, or what the contract says without having that path."""
    if operation := operations.get(("get", f"/{type_}/{{}}")):
        return resource(document, operation)
    return next((each for each in typed_schemas(document) if each["x-type"] == type_), None)


def read_operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path with nameless parameters, and operation, with the parameters of its path."""
    for path, raw in mapping(document.root.get("paths")).items():
        if not str(path).startswith("/"):
            continue  # an extension of whoever wrote the document
        item = document.resolve(raw)
        for method in METHODS:
            if isinstance(item.get(method), dict):
                shared = listed(item.get("parameters")) + listed(item[method].get("parameters"))
                yield (
                    method,
                    word(re.sub(r"{[^}]*}", "{}", DATED.sub("", str(path)))),
                    {**item[method], "parameters": shared},
                )


def operation_facts(document: Document, at: str, operation: dict[str, Any]) -> Facts:
    """What is answered with which statuses and media types, what is sent, and whether it is deprecated."""
    responses = {str(status): document.resolve(each) for status, each in mapping(operation.get("responses")).items()}
    status = sorted(each for each in responses if each.startswith("2"))
    errors = [each for each in responses if not each.startswith(("2", "x-"))]
    schema = answer(document, operation)
    found = {at: PRESENT, f"{at}.status": " or ".join(map(word, status)) or "none", f"{at}.answer": "nothing"}
    if errors:
        found[f"{at}.errors"] = " or ".join(map(word, sorted(errors)))
    if schema is not None:
        found[f"{at}.answer"] = "list" if is_list(document, document.property(schema, "data")) else "one"
        if "meta" in document.properties(schema):
            found[f"{at}.answer.meta"] = members(document, document.property(schema, "meta"))
    body = document.resolve(operation.get("requestBody"))
    found[f"{at}.body"] = "none" if not body else "required" if body.get("required") is True else "optional"
    for name, owners in (("sent", [body]), ("answered", [responses[each] for each in status])):
        if media := {word(each, ".") for owner in owners for each in mapping(owner.get("content"))}:
            found[f"{at}.media.{name}"] = " or ".join(sorted(media))
    for raw in listed(operation.get("parameters")):
        parameter = document.resolve(raw)
        if parameter.get("in") in ("query", "header", "cookie"):
            here = f"{at}.{word(parameter.get('in'))}.{word(parameter.get('name'))}"
            found[here] = needed(True) if parameter.get("required") in (True, "true") else PRESENT
    if operation.get("deprecated") is True:
        found[f"{at}.deprecated"] = PRESENT
    if "security" in operation:
        found[f"{at}.security"] = secured(document, operation["security"])
    return found


def members(document: Document, schema: Any) -> str:
    """The names of what an object has."""
    return " and ".join(sorted(map(word, document.properties(schema)))) or "any"


def attribute_facts(document: Document, at: str, schema: Any, *, written: bool = False) -> Facts:
    """Presence, type, null and format of each attribute, and whether it must be sent."""
    found: Facts = {}
    required = document.required(schema)
    for name, attribute in document.properties(schema).items():
        here = f"{at}.{word(name)}"
        kind = document.kind(attribute)
        found |= {here: PRESENT, f"{here}.type": word(kind), f"{here}.null": allowed(kind.nullable)}
        if kind.format:
            found[f"{here}.format"] = word(kind.format)
        if written:
            found[f"{here}.required"] = needed(name in required)
        flags = document.flags(attribute)
        for flag in ("deprecated", "readOnly" if written else "writeOnly"):
            if flag in flags:
                found[f"{here}.{flag}"] = PRESENT
    return found


def relationship_facts(document: Document, at: str, schema: Any) -> Facts:
    """Presence of a relationship; whether to one or many, whether null, and the types of resources of its linkage."""
    data = document.property(schema, "data")
    many = is_list(document, data)
    linkage = items(document, data) if many else data
    types = document.kind(document.property(linkage, "type")).values
    return {
        at: PRESENT,
        f"{at}.kind": "many" if many else "one",
        f"{at}.null": allowed(document.kind(data).nullable),
        f"{at}.linkage": " or ".join(sorted(map(word, types))) or "any",
    }


def write_facts(document: Document, at: str, operation: dict[str, Any]) -> Facts:
    """What may and must be sent to create or to update."""
    body = document.resolve(operation.get("requestBody"))
    data = document.property(content_schema(body), "data")
    sent = document.required(data)
    found = {f"{at}.{name}": needed(name in sent) for name in ("type", "id", "attributes", "relationships")}
    found |= {at: PRESENT, **type_facts(document, at, data)}
    found |= attribute_facts(document, f"{at}.attributes", document.property(data, "attributes"), written=True)
    relationships = document.property(data, "relationships")
    required = document.required(relationships)
    for name, schema in document.properties(relationships).items():
        here = f"{at}.relationships.{word(name)}"
        found |= relationship_facts(document, here, schema) | {f"{here}.required": needed(name in required)}
    return found


def resource(document: Document, operation: dict[str, Any]) -> Any:
    """The schema of the resource, or of each resource of the list, that an operation answers with."""
    data = document.property(answer(document, operation), "data")
    return items(document, data) if is_list(document, data) else data


def answer(document: Document, operation: dict[str, Any]) -> Any:
    """The schema of the body of the first status of success that has one; None when none has."""
    for status, response in mapping(operation.get("responses")).items():
        schema = content_schema(document.resolve(response)) if str(status).startswith("2") else None
        if schema is not None:
            return schema
    return None


def content_schema(owner: dict[str, Any]) -> Any:
    """The schema of a body or an answer, of whatever media type; None when there is none."""
    return next((mapping(each).get("schema") for each in mapping(owner.get("content")).values()), None)


def is_list(document: Document, schema: Any) -> bool:
    return "array" in document.kind(schema).types


def items(document: Document, schema: Any) -> Any:
    return next((branch["items"] for branch in document.branches(schema) if "items" in branch), {})


def allowed(nullable: bool) -> str:
    return "allowed" if nullable else "refused"


def needed(required: bool) -> str:
    return "required" if required else "optional"


def word(text: object, more: str = "") -> str:
    """A name out of a document, made fit for a terminal and for Markdown; a value may have more signs."""
    return re.sub(rf"[^\w \[\]{{}}/:+{more}-]", "?", str(text), flags=re.ASCII)[:120]


def compare(ours: Facts, theirs: Facts, accepted: list[Accepted], scope: Scope) -> Drift:
    """The facts that differ, and which of them are accepted.

    Of what the contract has in part, what only theirs has is no difference; nor is a format, a query parameter or an
    error that theirs leaves out, as it leaves out all of them. Of a document that lacks most of the neighbours, as one
    tag of the whole does, nothing that it lacks is a difference, and nothing that is accepted is no longer so.
    """
    missing = tuple(type_ for type_ in sorted(scope.whole | scope.partial) if type_ in ours and type_ not in theirs)
    lacking = missing if 2 * len(missing) > len(scope.partial) else ()
    found: list[Difference] = []
    known: list[tuple[Difference, str]] = []
    used: set[Accepted] = set()
    lonely = ours.keys() ^ theirs.keys()
    for at in sorted(ours.keys() | theirs.keys()):
        difference = Difference(at, ours.get(at, ABSENT), theirs.get(at, ABSENT))
        left_out = difference.theirs == ABSENT and (at.endswith(LEFT_OUT) or ".query." in at)
        left_out = left_out or (".media." in at and ABSENT in difference)  # that of the body or the answer is told
        not_asked = difference.ours == ABSENT and at.partition(".")[0] in scope.partial and not at.endswith(FLAGS)
        # What a member is like says nothing more where the member itself is missing.
        steps = at.split(".")
        told = any(".".join(steps[:end]) in lonely for end in range(1, len(steps)))
        if difference.ours == difference.theirs or left_out or not_asked or told:
            continue
        if lacking and difference.theirs == ABSENT and is_beside(at, scope.whole.difference(lacking)):
            continue
        if covers := [each for each in accepted if each.covers(difference)]:
            used.update(covers)
            known.append((difference, covers[0].reason))
        else:
            found.append(difference)
    return Drift(found, known, [each for each in accepted if each not in used and not lacking], lacking)


def is_beside(at: str, own: frozenset[str]) -> bool:
    """Whether a subject is about another resource, or leads to one, which a document of one tag may lack."""
    found = re.match(r"operations\.[A-Z]+ /(\w+)(/{})?(\.|$)", at)
    return (found[1] if found else at.partition(".")[0]) not in own


def read_accepted(path: Path) -> list[Accepted]:
    """The accepted differences, each with its reason."""
    try:
        entries = listed(yaml.safe_load(path.read_text(encoding="utf-8")))
        return [Accepted(**{key: str(value).strip() for key, value in entry.items()}) for entry in entries]
    except (OSError, ValueError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise Unreadable(f"{path.name} holds a list of entries with at, ours, theirs, reason: {error}") from None


def counted(drift: Drift) -> str:
    return (
        f"{len(drift.differences)} differences, {len(drift.accepted)} accepted ones,"
        f" {len(drift.stale)} accepted ones that no longer occur"
    )


def partly(drift: Drift) -> str:
    return f"It is a document of a part of the API, without {', '.join(drift.lacking)}: these were not compared."


def text(drift: Drift) -> str:
    """For a terminal."""
    lines = [f"{at}: ours {ours}, theirs {theirs}" for at, ours, theirs in drift.differences]
    lines += [f"no longer: {at}: ours {ours}, theirs {theirs}" for at, ours, theirs, _ in drift.stale]
    lines.append(counted(drift) + ".")
    if drift.lacking:
        lines.append(partly(drift))
    if drift.differences:
        lines.append(f"Change the contract, or accept the difference with its reason in spec/{ACCEPTED.name}.")
    if drift.stale:
        lines.append(f"Remove from spec/{ACCEPTED.name} what no longer occurs.")
    return "\n".join(lines)


def as_json(drift: Drift) -> str:
    """For programs."""
    return json.dumps(
        {
            "differences": [each._asdict() for each in drift.differences],
            "accepted": [{**each._asdict(), "reason": reason} for each, reason in drift.accepted],
            "stale": [each._asdict() for each in drift.stale],
            "lacking": drift.lacking,
        },
        indent=2,
    )


def markdown(drift: Drift) -> str:
    """For an issue or a pull request."""
    lines = ["# The contract and Commerce Layer's document", "", f"{counted(drift).capitalize()}."]
    lines += ["", partly(drift)] if drift.lacking else []
    if drift.differences:
        lines += ["", f"Change the contract, or accept a difference with its reason in `spec/{ACCEPTED.name}`.", ""]
        lines += table(["what", "ours", "theirs"], drift.differences)
    if drift.stale:
        lines += ["", "## No longer so", "", f"Remove these from `spec/{ACCEPTED.name}`.", ""]
        lines += table(["what", "ours", "theirs"], [each[:3] for each in drift.stale])
    if drift.accepted:
        lines += ["", "## Accepted", ""]
        lines += table(["what", "ours", "theirs", "reason"], [(*each, reason) for each, reason in drift.accepted])
    return "\n".join(lines) + "\n"


def table(heads: list[str], rows: list[Any]) -> list[str]:
    """Rows of Markdown, the first column as code, and no more of them than an issue can hold."""
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| `{row[0]}` | {' | '.join(each.replace('|', ' ') for each in row[1:])} |" for row in rows[:MOST_ROWS]]
    return lines + ([f"\nAnd {len(rows) - MOST_ROWS} more."] if len(rows) > MOST_ROWS else [])


if __name__ == "__main__":
    sys.exit(main())
