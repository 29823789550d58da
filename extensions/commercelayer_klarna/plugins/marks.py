"""The mark for hooks. It is pluggy's, and so pluggy is imported by those who write plugins, not by each client."""

from __future__ import annotations

import pluggy

from commercelayer_klarna.plugins.hookspecs import PROJECT

__all__ = ["hookimpl"]

hookimpl = pluggy.HookimplMarker(PROJECT)
"""Mark a method as a hook. Overriding is enough; the mark makes a misspelt name an error."""
