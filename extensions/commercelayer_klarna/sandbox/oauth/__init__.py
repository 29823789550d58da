"""The token endpoint of the sandbox."""
