"""The envelope of the Moltin contract: what is sent and answered stands within ``data``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from promo_contracts.moltin.models import ListMeta
from promo_contracts.moltin.queries import MAX_LIMIT, PageQuery
from promo_sdk._body import write_body, write_query
from promo_sdk._request import Call, Reply, as_model
from promo_sdk.pagination import Listing, Part

ItemT_co = TypeVar("ItemT_co", covariant=True)
T = TypeVar("T")


class Data(Protocol[ItemT_co]):
    """An answer with one thing in it."""

    @property
    def data(self) -> ItemT_co:
        """What it is about."""
        ...


class Page(Protocol[ItemT_co]):
    """An answer with a part of a list in it."""

    @property
    def data(self) -> Sequence[ItemT_co]:
        """The entries."""
        ...

    @property
    def meta(self) -> ListMeta:
        """Where they stand."""
        ...


def enveloped(model: type[BaseModel], **values: object) -> bytes:
    """Check values by the model and write them within ``data``; what is ``None`` is left out.

    >>> from promo_contracts.moltin.carts import ItemChange
    >>> enveloped(ItemChange, quantity=2)
    b'{"data":{"quantity":2}}'
    """
    return b'{"data":' + write_body(model, **values) + b"}"


def as_data(read: Callable[[Reply], Data[T]]) -> Callable[[Reply], T]:
    """Return the reading of a reply as what stands within it."""
    return lambda reply: read(reply).data


def as_part(read: Callable[[Reply], Page[T]]) -> Callable[[Reply], Part[T]]:
    """Return the reading of a reply as a part of a list."""

    def read_part(reply: Reply) -> Part[T]:
        page = read(reply)
        return Part(list(page.data), page.meta.page.limit, page.meta.page.offset, page.meta.results.total)

    return read_part


def as_nothing(_reply: Reply) -> None:
    """Read a reply that says only that it is done."""


def page_query(limit: int = MAX_LIMIT, offset: int = 0) -> dict[str, str | int]:
    """Return the query of a part of a list."""
    return write_query(PageQuery, **{"page[limit]": limit, "page[offset]": offset})


def walk(first: Call[Part[T]]) -> Listing[Part[T], T]:
    """Return a list in parts from the first one on."""
    return Listing(first, lambda part: part.items, _next_part)


def _next_part(call: Call[Any], part: Part[Any]) -> Call[Any] | None:
    offset = part.offset + len(part.items)
    return replace(call, query={**call.query, "page[offset]": offset}) if offset < part.count else None


__all__ = ["Data", "Page", "as_data", "as_model", "as_nothing", "as_part", "enveloped", "page_query", "walk"]
