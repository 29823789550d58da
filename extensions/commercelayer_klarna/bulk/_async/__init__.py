"""Work on many resources with the async client. ``bulk/_sync`` is written from it by ``scripts/unasync``."""
