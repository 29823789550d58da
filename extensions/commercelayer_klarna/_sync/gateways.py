# Written by scripts/unasync from _async/gateways.py. Do not edit.
"""The endpoint of Klarna gateways, which needs integration credentials."""

from __future__ import annotations

from commercelayer_klarna._sync.endpoint import Listing, Retrieving
from commercelayer_klarna.resources import KlarnaGateway

__all__ = ["KlarnaGateways"]


class KlarnaGateways(Retrieving[KlarnaGateway], Listing[KlarnaGateway]):
    """The Klarna gateways of the organization: ``payments.klarna_gateways``."""
