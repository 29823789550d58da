"""``python -m commercelayer_klarna plugins [--json]``: which plugins a client made here would have, and which it could.

Active are the built-in plugins and those that ``COMMERCELAYER_KLARNA_PLUGINS`` names, since that is what a client gets
whose code names none; ``--plugins`` adds others by name, as code would.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from attrs import asdict

from commercelayer_klarna._auth.credentials import AccessToken
from commercelayer_klarna._pipeline.discovery import installed
from commercelayer_klarna._sync.client import KlarnaPayments
from commercelayer_klarna.errors import PluginError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the result is the exit code."""
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
        found = _plugins(options.plugins)
    except PluginError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(json.dumps(found, indent=2) if options.json else _table(found))  # noqa: T201
    return 0


def _plugins(named: str) -> dict[str, Any]:
    names = "installed" if named == "installed" else [name for name in named.split(",") if name]
    # Nothing is sent: the token is never used.
    with KlarnaPayments("example", auth=AccessToken("unused"), plugins=names) as payments:
        active = [asdict(info) for info in payments.plugins]
    names_active = {info["name"] for info in active}
    return {"active": active, "installed": [name for name in installed() if name not in names_active]}


def _table(found: dict[str, Any]) -> str:
    lines: list[str] = []
    for info in found["active"]:
        origin = f"{info['distribution'] or 'no distribution'}{', built in' if info['builtin'] else ''}"
        chain = ", ".join(f"{place} {name}" for place, name in info["chain"]) or "none"
        lines += [f"{info['name']} ({origin})", f"    hooks: {', '.join(info['hooks'])}", f"    chain: {chain}"]
    if found["installed"]:
        lines.append(f"installed, not active: {', '.join(found['installed'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
