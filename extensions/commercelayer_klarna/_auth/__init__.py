"""Credentials, tokens, and where tokens are kept."""
