"""``python -m commercelayer_klarna plugins [--json]``: list the plugins that a client made here would have.

These are the built-in plugins and those that ``COMMERCELAYER_KLARNA_PLUGINS`` names, as for a client whose code names
none. ``--plugins`` adds others by name, as code would. What is installed and not active is listed as well.
"""

from __future__ import annotations

import argparse
import json
import sys

from attrs import asdict

from commercelayer_klarna._auth.credentials import AccessToken
from commercelayer_klarna._json import JsonObject
from commercelayer_klarna._pipeline.discovery import installed
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.errors import PluginError


def main(arguments: list[str] | None = None) -> int:
    """Run the command, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m commercelayer_klarna", description="Tells about this installation."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    plugins = commands.add_parser(
        "plugins", help="list plugins: where each comes from, its hooks, its place in the chain"
    )
    plugins.add_argument("--json", action="store_true", help="as JSON")
    plugins.add_argument("--plugins", default="", help='names separated by commas, or "installed"')
    options = parser.parse_args(arguments)
    try:
        plugins_here = _plugins(options.plugins)
    except PluginError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(plugins_here, indent=2) if options.json else _table(plugins_here))  # noqa: T201
    return 0


def _plugins(named: str) -> JsonObject:
    names = "installed" if named == "installed" else [name for name in named.split(",") if name]
    # Nothing is sent: the token is never used.
    with KlarnaPayments("example", auth=AccessToken("unused"), plugins=names) as payments:
        active = [asdict(info) for info in payments.plugins]
    names_active = {info["name"] for info in active}
    return {"active": active, "installed": [name for name in installed() if name not in names_active]}


def _table(plugins: JsonObject) -> str:
    lines: list[str] = []
    for info in plugins["active"]:
        origin = f"{info['distribution'] or 'no distribution'}{', built in' if info['builtin'] else ''}"
        chain = ", ".join(f"{place} {name}" for place, name in info["chain"]) or "none"
        lines += [f"{info['name']} ({origin})", f"    hooks: {', '.join(info['hooks'])}", f"    chain: {chain}"]
    if plugins["installed"]:
        lines.append(f"installed, not active: {', '.join(plugins['installed'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
