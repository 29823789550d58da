"""The built-in plugin ``includes``: lets the relationships of a document find its included resources.

Without it, relationships know type and id, and touching more raises ``NotIncludedError``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commercelayer_klarna.plugins.hookspecs import DocumentTransform, Plugin, hookimpl
from commercelayer_klarna.plugins.values import Call, Context

if TYPE_CHECKING:
    from commercelayer_klarna._jsonapi.document import Document

__all__ = ["Includes"]


class Includes(Plugin):
    """Links what is included."""

    name = "includes"
    order = 1000  # after the transforms of others, which may change what is included
    fallback = True

    @hookimpl
    def document_transforms(self, ctx: Context) -> Iterable[DocumentTransform]:
        """The linking; included resources are indexed when one is first asked for, and built when first touched."""
        return [_link]


def _link(document: Document, call: Call) -> Document:
    document.link(document.json.get("included"))
    return document
