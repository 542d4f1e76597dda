"""A response of our own, in the place of the shop's."""

from collections.abc import Sequence
from dataclasses import dataclass
from http.client import responses
from typing import Any

from promo_middleware.errors import CheckoutRefused
from promo_middleware.paths import name_of_new
from promo_middleware.pipeline import write_shop_json


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    status: int = 409

    @property
    def reason(self) -> str:
        """The words beside the status."""
        return responses.get(self.status, "Unknown")


def as_json(content: Any, status: int, more: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """Return an answer in JSON that nobody keeps.

    >>> as_json({"codes": []}, 200).body
    b'{"codes":[]}'
    """
    body = write_shop_json(content)
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store"), *more]
    return Answer([*headers, (b"content-length", str(len(body)).encode())], body, status)


def answer_to(refusal: CheckoutRefused, block: str) -> Answer:
    """Return what a shopper is told of a refusal; ``block`` is the path of the block in the shop's JSON."""
    content: dict[str, Any] = {"error": refusal.error, "message": str(refusal)}
    if refusal.block is not None:
        content[name_of_new(block)] = refusal.block
    return as_json(content, refusal.status)
