# Written by scripts/unasync from _async/__init__.py. Do not edit.
"""Work on many resources with the sync client, written by ``scripts/unasync`` from ``bulk/_sync``."""
