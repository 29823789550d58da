"""The built-in plugin ``includes``: connects the relationships of a document with its included resources.

Without it, a relationship knows type and id alone, and reading more raises ``NotIncludedError``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commercelayer_klarna.plugins.hookspecs import DocumentTransform, Plugin
from commercelayer_klarna.plugins.values import Call, Context

if TYPE_CHECKING:
    from commercelayer_klarna._document import Document

__all__ = ["Includes"]


class Includes(Plugin):
    """Connect relationships with included resources."""

    name = "includes"
    order = 1000  # after the transforms of others, which may change what is included
    fallback = True

    def document_transforms(self, ctx: Context) -> Iterable[DocumentTransform]:
        """Return the transform. It indexes included resources when the first one is read, and builds each on use."""
        return [_link]


def _link(document: Document, call: Call) -> Document:
    document.link(document.json.get("included"))
    return document
