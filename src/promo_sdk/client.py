"""The clients: settings, a connection pool, and one face per room of the API."""

import os
import secrets
import time
from collections.abc import Awaitable, Callable
from copy import copy
from types import TracebackType
from typing import Self, TypeVar

import anyio

from promo_sdk._endpoint import async_endpoint, endpoint
from promo_sdk._request import Call
from promo_sdk._retry import Clock, RetryPolicy
from promo_sdk._settings import KEY_VARIABLE, Settings, policy_of
from promo_sdk._transport import AsyncHTTPTransport, AsyncTransport, HTTPTransport, Transport
from promo_sdk.resources import campaigns, evaluations, promotions, redemptions

T = TypeVar("T")


def _new_id() -> str:
    return secrets.token_hex(16)


class _Client:
    pass
