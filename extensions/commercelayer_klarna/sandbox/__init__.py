"""A local stand-in for Commerce Layer's Klarna payments: stateful, strict, and made for any client.

    from commercelayer_klarna.sandbox import Sandbox

    sandbox = Sandbox()
    payments = sandbox.client()                 # this project's client, in process
    payment = payments.create(order=sandbox.order_ids[0])

Other programs reach it over a loopback socket: ``python -m commercelayer_klarna.sandbox serve``.

Faults are asked for: ``sandbox.fail_next(503)``, or ``POST /__sandbox__/faults``; ``docs/sandbox.md`` has all of it.

It refuses what the API refuses, with the API's error bodies. What it does not model, and what nobody has documented,
it refuses too and says so in the header ``X-Sandbox-Refused``; every answer carries ``X-Sandbox: true``. Nothing ever
falls back to it: a client talks to the sandbox only when told to.
"""

from __future__ import annotations

from commercelayer_klarna.sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
