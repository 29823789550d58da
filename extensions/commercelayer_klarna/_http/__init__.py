"""The only modules that import httpx."""
