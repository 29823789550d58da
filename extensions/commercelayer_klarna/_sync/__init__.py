# Written by scripts/unasync from _async/__init__.py. Do not edit.
"""The sync client, which ``scripts/unasync`` writes from the async one."""
