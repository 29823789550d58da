"""The plugins of a client: found, checked, and compiled into a chain."""
