"""The sandbox's pages, as people and users' browser tests see them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from commercelayer_klarna import KlarnaPayments
from commercelayer_klarna.sandbox.server import SandboxServer

from .conftest import Tab

Visit = Callable[[str], Tab]
