"""What tests share: clients of both kinds, servers, and invented time. Fixtures are in ``conftest.py``."""
