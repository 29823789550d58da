"""Who calls, as a token says. How a token is checked is up to ``oauth``."""

from __future__ import annotations

from attrs import frozen

from commercelayer_klarna.sandbox.api.json_bytes import JSON


@frozen
class Owner:
    """On whose behalf an application calls: a ``Customer`` or a ``User``."""

    type: str
    id: str


@frozen
class Caller:
    """The application that a token speaks for, and perhaps its owner."""

    application_id: str
    client_id: str
    kind: str
    public: bool
    owner: Owner | None = None
    # Whether the token names a market; tokens for all of them have no such claim.
    in_market: bool = False

    def who(self) -> dict[str, JSON]:
        """Return what event stores say about the caller."""
        who: dict[str, JSON] = {
            "application": {
                "id": self.application_id,
                "client_id": self.client_id,
                "kind": self.kind,
                "public": self.public,
            }
        }
        if self.owner is not None:
            who["owner"] = {"id": self.owner.id, "type": self.owner.type}
        return who
