"""The endpoint of Klarna gateways, which needs integration credentials."""

from __future__ import annotations

from commercelayer_klarna._async.endpoint import AsyncListing, AsyncRetrieving
from commercelayer_klarna.resources import KlarnaGateway

__all__ = ["AsyncKlarnaGateways"]


class AsyncKlarnaGateways(AsyncRetrieving[KlarnaGateway], AsyncListing[KlarnaGateway]):
    """The Klarna gateways of the organization: ``payments.klarna_gateways``."""
