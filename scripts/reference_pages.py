"""The pages of reference that are written from the code: names, filters, errors, the environment and logs, the command.

`scripts/reference_pages.py` writes them into `docs/reference`; a test compares them. What the code does not say, such as the
remedy of an error, stands in the tables here, and a name without a row ends the script.
"""

# ruff: noqa: E501 - sentences of the pages, and tables
from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import get_args

import typer
import typer.main

import commercelayer_klarna
from commercelayer_klarna import KlarnaPayments, bulk, errors, plugins, resources, sandbox, testing, webhooks
from commercelayer_klarna._jsonapi import arguments, attributes
from commercelayer_klarna.bulk import on_dask
from commercelayer_klarna.cli.command import app
from commercelayer_klarna.probe.report import markdown_table

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
SOURCES = ROOT / "extensions" / "commercelayer_klarna"
NOTE = "<!-- Written by scripts/reference_pages.py out of the code. Do not edit. -->"

# What to do about each error. Its cause is the first paragraph of its docstring.
REMEDIES = {
    "AmbiguousWriteError": "Keep it (it pickles), do nothing else with the order, and pass it to `settle` after a minute.",
    "APIConnectionError": "Check host, port, proxy and TLS, which the message names. `sent` is `False`: call again. "
    "`sent` is `True`: the API may have done it.",
    "APIStatusError": "Read `errors` and `status_code`. Give `request_id` to Commerce Layer's support.",
    "APITimeoutError": "Raise `timeout` (one attempt) or `deadline` (the whole call), or make fewer calls at once.",
    "APIVersionError": "Leave `api_version` out, or ask for a version that has klarna payments.",
    "AuthenticationError": "Check the credentials, and the role of the API client: a missing permission is a 401 too.",
    "BadRequestError": "Look at `errors[0].pointer` or `.parameter`: a filter, a sort or an attribute that the API does "
    "not take.",
    "CommerceLayerError": "Catch it where the API as a whole is not usable; catch its classes where you can do something.",
    "ConflictError": "Read the resource again, and write with its `updated_at`.",
    "LockedError": "Do not change what an order was placed with; make a new payment for another order.",
    "NotFetchedError": "Name the attribute in `fields`, or leave `fields` out.",
    "NotFoundError": "Check the id, its type (that of a payment or of an order), and the mode of the token, test or live.",
    "NotIncludedError": "Name the relationship in `include`.",
    "PermissionDeniedError": "Use credentials that may do this; those of a sales channel may not.",
    "PluginError": "Mend or leave out the plugin that it names. With `may_be_done`, the write may have been carried out.",
    "RateLimitError": "Use `plugins.limits`, or wait `retry_after` or `interval` seconds. Retries wait by themselves.",
    "ResponseFormatError": "Look at what answers: a proxy, another host, or a `base_url` that is not the API's.",
    "ResponseTooLargeError": "Ask for smaller pages or fewer includes, or raise `max_response_bytes`.",
    "ServerError": "Call again after some time. Reads, deletes and updates were tried again already.",
    "TokenError": "Check client id, secret, scope and `auth_url`; `code` says which of them the API refuses.",
    "TransactionFailedError": "Show the shopper another way to pay, or ask Klarna: `transaction.message` says why.",
    "TransitionError": "Read `status`, and take one of the steps in `possible`.",
    "ValidationError": "Show or mend the value that `by_pointer` names.",
    "WebhookVerificationError": "Answer 401, and handle nothing. Check the shared secret, and pass the body as it came.",
}

# What each variable is for. The code is searched for their names.
VARIABLES = {
    "COMMERCELAYER_ORGANIZATION": "`from_env()`, `klarna`: slug of the organization",
    "COMMERCELAYER_CLIENT_ID": "`from_env()`, `klarna`: client id of the API client",
    "COMMERCELAYER_CLIENT_SECRET": "`from_env()`, `klarna`: its secret; unset for a sales channel",
    "COMMERCELAYER_SCOPE": "`from_env()`, `klarna`: scope, such as `market:id:xYZkjABcde`; optional",
    "COMMERCELAYER_BASE_URL": "`from_env()`, `klarna`: address of the API, in place of the organization, for a sandbox or a proxy",
    "COMMERCELAYER_AUTH_URL": "`from_env()`, `klarna`: address of the token endpoint that belongs to it",
    "COMMERCELAYER_KLARNA_PLUGINS": "every client: names of installed plugins, separated by commas, or `installed`",
    "COMMERCELAYER_KLARNA_REDIS": "`worker_client()`: address of the Redis by which workers share limits and tokens",
    "COMMERCELAYER_KLARNA_EGRESS": "`worker_client()`: a name for the address that a worker sends from",
    "COMMERCELAYER_KLARNA_LOG": "every client: `debug`, `info` or `warning` writes logs of that level to standard error",
    "COMMERCELAYER_WEBHOOK_SECRETS": "the examples: secrets of webhooks; `sandbox serve --env` prints it",
}
OTHERS = {
    "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY": "proxies, in capitals or not",
    "NO_PROXY": "what is reached without them: hosts, domains, addresses, networks",
    "SSL_CERT_FILE, SSL_CERT_DIR": "certificates in place of those that come with httpx",
    "SSLKEYLOGFILE": "a file that keys of TLS connections are written to, for looking into them; not with `truststore`",
}

BUILT_IN = (
    *("retry", "metadata", "money", "auth", "logging", "includes", "jsonapi"),
    *("limits", "gates", "gates_redis", "opentelemetry", "audit", "dry_run", "journal"),
)


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> list[str]:
    """Return a table of Markdown."""
    return ["", *markdown_table(head, rows)]


def _page(title: str, *parts: str | list[str]) -> str:
    lines = [f"# {title}", ""]
    for part in parts:
        lines += [part, ""] if isinstance(part, str) else part
    return re.sub(r"\n{3,}", "\n\n", "\n".join([*lines, ""])).rstrip("\n") + "\n"


def _names(module: str, names: Sequence[str]) -> list[str]:
    """Return what mkdocstrings replaces with the documentation of these names."""
    return [line for name in names for line in ("", f"::: {module}.{name}")]


def _of(module: ModuleType) -> list[str]:
    names: list[str] = module.__all__
    return names


# ---- Names -----------------------------------------------------------------------------------------------------------


def _endpoints() -> list[str]:
    """Return the names of the classes of the client's endpoints, such as ``payments.orders``."""
    found: list[str] = []
    for _, each in inspect.getmembers(KlarnaPayments, lambda member: isinstance(member, property)):
        kind = str(inspect.signature(each.fget).return_annotation)
        for file in (SOURCES / "_sync").glob("[!_]*.py"):
            module = importlib.import_module(f"commercelayer_klarna._sync.{file.stem}")
            if getattr(vars(module).get(kind), "__module__", None) == module.__name__:
                found.append(f"{file.stem}.{kind}")
    return sorted(found)


def _client() -> str:
    others = {
        *_of(errors),
        *_of(resources),
        *_credential_names(),
        "KlarnaPayments",
        "AsyncKlarnaPayments",
        "__version__",
    }
    rest = [name for name in commercelayer_klarna.__all__ if name not in others]
    return _page(
        "The client",
        NOTE,
        "`KlarnaPayments` and `AsyncKlarnaPayments` have the same methods and options; those of the second are awaited, and "
        "its lists are iterated with `async for`. `commercelayer_klarna.__version__` is the version, as a text.",
        _names("commercelayer_klarna", ["KlarnaPayments", "AsyncKlarnaPayments"]),
        [
            "",
            "## Endpoints",
            "",
            "What `payments.orders`, `payments.captures` and so on are. They have no public name of their own.",
        ],
        _names("commercelayer_klarna._sync", _endpoints()),
        ["", "## What it takes and gives"],
        _names("commercelayer_klarna", rest),
    )


def _credential_names() -> list[str]:
    return [name for name, module in commercelayer_klarna._MODULE_OF.items() if module.startswith("_auth.")]


def _resources() -> str:
    text = "Attributes are those of the API. One that did not come raises `NotFetchedError`, a relationship `NotIncludedError`."
    return _page("Resources", NOTE, text, _names("commercelayer_klarna", _of(resources)))


def _credentials() -> str:
    text = "What `auth=` takes, and where tokens are kept (`token_store=`)."
    return _page("Credentials", NOTE, text, _names("commercelayer_klarna", sorted(_credential_names())))


def _of_plugins() -> str:
    text = "[Writing plugins](../plugins.md) explains them. Built-in plugins are classes of the modules at the end."
    own = [name for name in _of(plugins) if name not in commercelayer_klarna.__all__]
    parts = [_names("commercelayer_klarna.plugins", own)]
    for name in BUILT_IN:
        module = f"commercelayer_klarna.plugins.{name}"
        public = [each for each in _of(importlib.import_module(module)) if each not in own]
        parts.append(["", f"## `plugins.{name}`", *_names(module, public)])
    return _page("Plugins", NOTE, text, *parts)


def _module(title: str, module: ModuleType, text: str, *more: ModuleType) -> str:
    return _page(title, NOTE, text, *(_names(each.__name__, _of(each)) for each in (module, *more)))


# ---- Errors ----------------------------------------------------------------------------------------------------------


def _errors() -> str:
    classes = [getattr(errors, name) for name in sorted(_of(errors), key=str.lower)]
    raised = [each for each in classes if isinstance(each, type) and issubclass(each, Exception)]

    def rows() -> Iterator[Sequence[str]]:
        for each in raised:
            cause = " ".join((inspect.getdoc(each) or "").split("\n\n")[0].split()).replace("``", "`")
            yield f"[`{each.__name__}`][commercelayer_klarna.{each.__name__}]", cause, REMEDIES[each.__name__]

    assert set(REMEDIES) == {each.__name__ for each in raised}, "a remedy is of no error"
    return _page(
        "Errors",
        NOTE,
        "A wrong argument is a `ValueError` or a `TypeError` that shows the value; nothing was sent then.",
        _table(["error", "cause", "remedy"], rows()),
        ["", "## Each of them"],
        _names("commercelayer_klarna", [each.__name__ for each in raised] + ["ErrorObject"]),
        _names("commercelayer_klarna.errors", ["status_error_class"]),
    )


# ---- Filters ---------------------------------------------------------------------------------------------------------

PREDICATES = {
    "eq": "equal",
    "not_eq": "not equal",
    "in": "one of a list",
    "not_in": "none of a list",
    "start": "begins with",
    "end": "ends with",
    "cont": "contains",
    "matches": "like a pattern of SQL, with `%`",
    "lt": "less",
    "lteq": "less or equal",
    "gt": "greater",
    "gteq": "greater or equal",
    "null": "`True`: has no value; `False`: has one",
    "true": "`True`: is true",
    "false": "`True`: is false",
    "jcont": "metadata that contains this object",
}


def _split(name: str) -> tuple[str, str]:
    """Return attribute and predicate of a filter."""
    predicate = max((each for each in PREDICATES if name.endswith(f"_{each}")), key=len)
    return name.removesuffix(f"_{predicate}"), predicate


def _filters() -> str:
    kinds = [name.removesuffix("Attributes") for name in vars(attributes) if name.endswith("Attributes")]
    lines: list[str] = []
    for kind in kinds:
        found = {each: get_args(getattr(arguments, kind + each, None)) for each in ("Filter", "Sort", "Include")}
        if not any(found.values()):
            continue
        lines += ["", f"## `{kind}`"]
        if found["Filter"]:
            by_attribute: defaultdict[str, list[str]] = defaultdict(list)
            for name in found["Filter"]:
                attribute, predicate = _split(name)
                by_attribute[attribute].append(f"`{predicate}`")
            rows = ((f"`{attribute}`", " ".join(each)) for attribute, each in by_attribute.items())
            lines += _table(["filter", "predicates"], rows)
        if found["Sort"]:
            names = ", ".join(f"`{each}`" for each in found["Sort"] if not each.startswith("-"))
            lines += ["", f"**Sort**, with a `-` before it downwards: {names}"]
        if found["Include"]:
            lines += ["", f"**Include**: {', '.join(f'`{each}`' for each in found['Include'])}"]
    return _page(
        "Filters, sorting and includes",
        NOTE,
        'A filter is an attribute, `_` and a predicate: `filters={"reference_eq": "cart-42"}`. Editors complete these names, and '
        "any other text is sent as it is. Sparse fieldsets (`fields`) take the attributes of [resources](resources.md).",
        _table(["predicate", "is true if the value is"], ((f"`{name}`", text) for name, text in PREDICATES.items())),
        lines,
    )


# ---- The environment and logs ----------------------------------------------------------------------------------------


@cache
def _trees() -> list[ast.Module]:
    files = [file for file in sorted(SOURCES.rglob("*.py")) if "_sync" not in file.parts]
    return [ast.parse(file.read_text(encoding="utf-8")) for file in files]


def variables() -> set[str]:
    """Return the names of the environment variables that the code reads or prints."""
    found: set[str] = set()
    for tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value} if re.fullmatch(r"COMMERCELAYER_[A-Z_]+[A-Z]", node.value) else set()
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_environment":
                found.add(f"COMMERCELAYER_{ast.literal_eval(node.args[0])}")
    return found


def _logged() -> Iterator[tuple[str, str, str]]:
    """Give logger, level and text of each line that the code logs."""
    for tree in _trees():
        assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
        named = {target.id: node.value for node in assigned for target in node.targets if isinstance(target, ast.Name)}
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and ast.unparse(call.func).startswith("log.") and call.args):
                continue
            levels, (text, *_) = [ast.unparse(call.func)], call.args
            if levels == ["log.log"]:
                levels, text = re.findall(r"logging\.[A-Z]+", ast.unparse(call.args[0])), call.args[1]
            elif levels[0].endswith(("isEnabledFor", "setLevel", "addHandler")):
                continue
            if isinstance(text, ast.Name):
                text = named[text.id]
            (logger,) = re.findall(r"getLogger\('(.*)'\)", ast.unparse(named["log"]))
            for level in levels:
                name = level.rpartition(".")[2].upper().replace("EXCEPTION", "ERROR")
                yield logger, name, str(ast.literal_eval(text))


def _environment() -> str:
    assert set(VARIABLES) == variables(), (
        f"variables without a row, or rows without one: {set(VARIABLES) ^ variables()}"
    )
    order = ["DEBUG", "INFO", "WARNING", "ERROR"]
    lines = sorted(set(_logged()), key=lambda each: (each[0], order.index(each[1]), each[2]))
    return _page(
        "Environment variables and logs",
        NOTE,
        ["", "## Variables"],
        _table(["variable", "read by, and what it is"], ((f"`{name}`", text) for name, text in VARIABLES.items())),
        ["", "Those that other programs know too:"],
        _table(["variable", "what it is"], ((f"`{name}`", text) for name, text in OTHERS.items())),
        ["", "## Logs", ""],
        "Records carry `operation`, `method`, `path`, `status`, `attempt` and `elapsed` where they have them, and no secrets. "
        "[Monitoring](../monitoring.md) shows how to use them.",
        _table(["logger", "level", "line"], ((f"`{logger}`", level, f"`{text}`") for logger, level, text in lines)),
    )


# ---- The command -----------------------------------------------------------------------------------------------------


def _arguments(file: str) -> Iterator[Sequence[str]]:
    """Give the arguments that a module with an ``argparse`` adds, with what they say of themselves."""
    for node in ast.walk(ast.parse((SOURCES / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            help = next(each.value for each in node.keywords if each.arg == "help")
            yield f"`{ast.literal_eval(node.args[0])}`", str(ast.literal_eval(help))


def _command() -> str:
    group = typer.main.get_group(app)
    lines: list[str] = []
    for name, command in sorted(group.commands.items()):
        if name == "sandbox":
            continue
        words = [f"klarna {name}"]
        rows: list[Sequence[str]] = []
        for parameter in command.params:
            if parameter.name == "help":
                continue
            options = [each for each in parameter.opts if each.startswith("-")]
            if options:
                rows.append([f"`{', '.join(options)}`", getattr(parameter, "help", None) or ""])
            else:
                words.append(f"<{parameter.name}>")
                rows.append([f"`<{parameter.name}>`", getattr(parameter, "help", None) or ""])
        lines += ["", f"## `{' '.join(words)}`", "", command.help or "", *_table(["argument", "meaning"], iter(rows))]
    return _page(
        "The command",
        NOTE,
        "`klarna` comes with the extra `cli`, and reads the credentials from [the environment](environment.md).",
        lines,
        ["", "## `python -m commercelayer_klarna.sandbox serve`", ""],
        "The same as `klarna sandbox serve`, without the extra. It serves [the sandbox](../sandbox.md) on 127.0.0.1.",
        _table(["argument", "meaning"], _arguments("sandbox/__main__.py")),
        ["", "## `python -m commercelayer_klarna plugins`", ""],
        "It lists the plugins that a client made here would have.",
        _table(["argument", "meaning"], _arguments("__main__.py")),
    )


def pages() -> Mapping[str, str]:
    """Return the text of each page by its name."""
    return {
        "client.md": _client(),
        "resources.md": _resources(),
        "credentials.md": _credentials(),
        "errors.md": _errors(),
        "filters.md": _filters(),
        "environment.md": _environment(),
        "command.md": _command(),
        "plugins.md": _of_plugins(),
        "webhooks.md": _module("Callbacks", webhooks, "[Webhooks](../webhooks.md) shows how to receive them."),
        "bulk.md": _module(
            "Many payments", bulk, "[Many payments](../many-payments.md) shows how to use them.", on_dask
        ),
        "testing.md": _module("Fixtures", testing, "[Testing your service](../testing.md) shows how to use them."),
        "sandbox.md": _module("The sandbox", sandbox, "[The sandbox](../sandbox.md) says what it is not."),
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
