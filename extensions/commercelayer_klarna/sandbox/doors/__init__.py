"""How requests come into the sandbox: in process, and on loopback."""
