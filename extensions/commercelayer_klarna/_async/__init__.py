"""The async client: the source of both clients. ``scripts/unasync`` writes ``_sync`` from it."""
