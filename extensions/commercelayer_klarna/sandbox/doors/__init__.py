"""How other programs reach the sandbox: a server on loopback, its pages and its control paths."""
