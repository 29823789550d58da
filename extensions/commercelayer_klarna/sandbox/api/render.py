"""Records as JSON:API documents: resource objects, sparse fieldsets, linkage and included resources, links of lists.

``data`` stands in a relationship only when the request included it; everything here follows recorded and documented
bodies of the API. Which records an answer is about is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote_plus

from attrs import frozen

from commercelayer_klarna.sandbox.api.json_bytes import JSON
from commercelayer_klarna.sandbox.api.query import IncludeTree, Query, encode_cursor
from commercelayer_klarna.sandbox.api.schema import Relationship, ResourceType
from commercelayer_klarna.sandbox.api.state import Record, State


@frozen(eq=False)
class View:
    """A record seen as a resource type: a Klarna gateway may be shown as a generic one."""

    resource: ResourceType
    record: Record

    @property
    def key(self) -> tuple[str, str]:
        """The identity in a document."""
        return self.resource.name, self.record.id


@frozen(eq=False)
class Renderer:
    """Renders for one request: its base URL stands in every link, and before the path the root of the API."""

    state: State
    mode: str
    base_url: str
    root: str
    trace_id: str

    def single(self, resource: ResourceType, record: Record | None, query: Query) -> dict[str, JSON]:
        """Return the document of one resource, or of none."""
        if record is None:
            return {"data": None}
        view = View(resource, record)
        linked, included = self._include([view], query)
        document: dict[str, JSON] = {"data": self._resource(view, query, linked)}
        return self._with_included(document, query, linked, included)

    def listing(
        self, resource: ResourceType, records: Sequence[Record], query: Query, *, path: str, count: int
    ) -> dict[str, JSON]:
        """Return the document of one page out of ``count`` records."""
        views = [View(resource, record) for record in records]
        linked, included = self._include(views, query)
        # unknown: the page count of an empty list; the server's library says 0.
        pages = -(-count // query.size)
        numbers = {"first": 1, "prev": query.number - 1, "next": query.number + 1, "last": max(pages, 1)}
        if query.number == 1:
            del numbers["prev"]
        if query.number >= pages:
            del numbers["next"]
        links: dict[str, JSON] = {
            name: self._page_link(path, query, {"number": str(number)}) for name, number in numbers.items()
        }
        document: dict[str, JSON] = {"data": [self._resource(view, query, linked) for view in views]}
        self._with_included(document, query, linked, included)
        document["meta"] = {"record_count": count, "page_count": pages}
        document["links"] = links
        return document

    def cursor_listing(
        self, resource: ResourceType, records: Sequence[Record], query: Query, *, path: str, more: bool
    ) -> dict[str, JSON]:
        """Return the document of a page of event stores: a cursor to the next one and no counts at all."""
        links: dict[str, JSON] = {}
        if more:
            links["next"] = self._page_link(path, query, {"after": encode_cursor(records[-1].id)})
        data: list[JSON] = [self._resource(View(resource, record), query, {}) for record in records]
        return {"data": data, "meta": {}, "links": links}

    def self_link(self, view: View) -> str:
        """Return the URL of a resource."""
        return f"{self.base_url}{self.root}/{view.resource.name}/{view.record.id}"

    def _page_link(self, path: str, query: Query, page: Mapping[str, str]) -> str:
        pairs = [
            *query.echo,
            *((f"page[{key}]", value) for key, value in page.items()),
            ("page[size]", str(query.size)),
        ]
        encoded = sorted(f"{quote_plus(key)}={quote_plus(value)}" for key, value in pairs)
        return f"{self.base_url}{path}?{'&'.join(encoded)}"

    def _include(
        self, primary: Sequence[View], query: Query
    ) -> tuple[dict[tuple[str, str], set[str]], dict[tuple[str, str], View]]:
        """Walk the include tree; return per resource the relationships to link, and the resources to include."""
        linked: dict[tuple[str, str], set[str]] = {}
        included: dict[tuple[str, str], View] = {}
        own = {view.key for view in primary}
        todo: list[tuple[View, IncludeTree]] = [(view, query.include) for view in primary]
        # A path may go in circles; one branch of the tree is walked once per resource.
        done: set[tuple[tuple[str, str], int]] = set()
        while todo:
            view, tree = todo.pop()
            if (view.key, id(tree)) in done:
                continue
            done.add((view.key, id(tree)))
            for name, branch in tree.items():
                if not self._shows(view.resource, name, query):
                    continue
                linked.setdefault(view.key, set()).add(name)
                row = view.resource.relationships.get(name)
                # Below a polymorphic relationship, a name may belong to another type than this one.
                for other in self._related(view, row) if row is not None else ():
                    if other.key not in own:
                        included[other.key] = other
                    todo.append((other, branch))
        return linked, included

    def _related(self, view: View, row: Relationship) -> list[View]:
        return [View(row.target_of(record.type), record) for record in self.state.related(view.record, row)]

    @staticmethod
    def _shows(resource: ResourceType, name: str, query: Query) -> bool:
        """Return whether sparse fields leave the name; a relationship that is not listed is not included either."""
        names = query.fields.get(resource.name)
        return names is None or name in names

    def _with_included(
        self,
        document: dict[str, JSON],
        query: Query,
        linked: Mapping[tuple[str, str], set[str]],
        included: Mapping[tuple[str, str], View],
    ) -> dict[str, JSON]:
        if query.include:
            in_order = sorted(included.values(), key=lambda view: (view.resource.name, view.record.sequence))
            document["included"] = [self._resource(view, query, linked) for view in in_order]
        return document

    def _resource(self, view: View, query: Query, linked: Mapping[tuple[str, str], set[str]]) -> JSON:
        resource, record = view.resource, view.record
        trace_id = record.id.replace("-", "").rjust(64, "0") if resource.cursor_paged else self.trace_id
        meta: dict[str, JSON] = {"mode": self.mode, "organization_id": self.state.organization_id}
        if trace_id:
            meta["trace_id"] = trace_id
        attributes: dict[str, JSON] = {
            name: record.attributes.get(name)
            for name, row in resource.attributes.items()
            if row.returned and self._shows(resource, name, query)
        }
        relationships: dict[str, JSON] = {
            name: self._relationship(view, row, data=name in linked.get(view.key, ()))
            for name, row in resource.relationships.items()
            if self._shows(resource, name, query)
        }
        rendered: dict[str, JSON] = {
            "id": record.id,
            "type": resource.name,
            "links": {"self": None if resource.cursor_paged else self.self_link(view)},
        }
        if attributes:
            rendered["attributes"] = attributes
        if relationships:
            rendered["relationships"] = relationships
        rendered["meta"] = meta
        return rendered

    def _relationship(self, view: View, row: Relationship, *, data: bool) -> JSON:
        url = self.self_link(view)
        rendered: dict[str, JSON] = {
            "links": {"self": f"{url}/relationships/{row.name}", "related": f"{url}/{row.name}"}
        }
        if data:
            linkage: list[JSON] = [
                {"type": other.resource.name, "id": other.record.id} for other in self._related(view, row)
            ]
            rendered["data"] = linkage if row.many else next(iter(linkage), None)
        return rendered
