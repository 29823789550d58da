"""The version of the distribution, and how requests name it."""

__version__ = "0.1.0"

USER_AGENT = f"commercelayer-klarna/{__version__}"
