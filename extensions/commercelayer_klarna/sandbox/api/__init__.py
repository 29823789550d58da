"""The engine of the sandbox: what the API does with a request, without I/O."""
