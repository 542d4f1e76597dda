"""Walk through all pages, or parts, of a list: one pure step, a sync and an async generator over it.

Pages are asked for as they are needed. What is created meanwhile may shift a page, so that an item
comes twice; none that existed at the start is left out of a list that is ordered newest first.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from pydantic import BaseModel, RootModel

from promo_contracts import WireError
from promo_contracts.company.models import Pagination
from promo_sdk._endpoint import AsyncSender, Sender, like
from promo_sdk._request import Call, Reply, as_model

P = ParamSpec("P")
ItemT = TypeVar("ItemT")
ModelT = TypeVar("ModelT", bound=BaseModel)


class Page(Protocol):
    """Any page of a list."""

    @property
    def pagination(self) -> Pagination:
        """Where the page stands."""
        ...


PageT = TypeVar("PageT")


@dataclass(frozen=True, slots=True)
class Part(Generic[ItemT]):
    """A part of a list by limit and offset; ``count`` is how many there are in all."""

    items: list[ItemT]
    limit: int
    offset: int
    count: int


def as_part(model: type[ModelT]) -> Callable[[Reply], Part[ModelT]]:
    """Return the reading of a reply as a part of a list: an array, and where it stands in the headers."""
    read = as_model(RootModel[list[model]])  # type: ignore[valid-type]

    def read_part(reply: Reply) -> Part[ModelT]:
        try:
            limit, offset, count = (int(reply.headers[name]) for name in ("limit", "offset", "count"))
        except (KeyError, ValueError):
            raise WireError("it lacks the headers Limit, Offset and Count") from None
        return Part(read(reply).root, limit, offset, count)

    return read_part


def _next_page(call: Call[Any], page: Page) -> Call[Any] | None:
    if not page.pagination.has_next:
        return None
    number = int(call.query.get("page", 1)) + 1
    return replace(call, query={**call.query, "page": number})


def _next_part(call: Call[Any], part: Part[Any]) -> Call[Any] | None:
    offset = part.offset + len(part.items)
    return replace(call, query={**call.query, "offset": offset}) if offset < part.count else None


@dataclass(frozen=True, slots=True)
class Listing(Generic[PageT, ItemT]):
    """A list in pages: the call for a page, how a page gives its items, and the call after it."""

    call: Call[PageT]
    items: Callable[[PageT], Sequence[ItemT]] = field(repr=False)
    following: Callable[[Call[Any], Any], Call[PageT] | None] = field(default=_next_page, repr=False)

    def after(self, page: PageT) -> "Listing[PageT, ItemT] | None":
        """Return the listing from the page after this one, or ``None`` when this was the last.

        An empty page ends the list, whatever it says of a next one.
        """
        call = self.following(self.call, page) if self.items(page) else None
        return None if call is None else replace(self, call=call)


def parts(first: Call[Part[ItemT]]) -> Listing[Part[ItemT], ItemT]:
    """Return a list in parts from the first one on."""
    return Listing(first, lambda part: part.items, _next_part)


def pages(
    build: Callable[P, Listing[PageT, ItemT]],
) -> Callable[Concatenate[Sender, P], Iterator[ItemT]]:
    """Return a method that yields every item of the listing that ``build`` describes."""

    def method(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> Iterator[ItemT]:
        return _walk(self, build(*args, **kwargs))

    return like(build, method, Iterator)


def async_pages(
    build: Callable[P, Listing[PageT, ItemT]],
) -> Callable[Concatenate[AsyncSender, P], AsyncIterator[ItemT]]:
    """Return a method that yields, for ``async for``, every item of the listing."""

    def method(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[ItemT]:
        return _async_walk(self, build(*args, **kwargs))

    return like(build, method, AsyncIterator)


def _walk(sender: Sender, listing: Listing[PageT, ItemT]) -> Iterator[ItemT]:
    rest: Listing[PageT, ItemT] | None = listing
    while rest is not None:
        page = sender._send(rest.call)
        yield from rest.items(page)
        rest = rest.after(page)


async def _async_walk(sender: AsyncSender, listing: Listing[PageT, ItemT]) -> AsyncIterator[ItemT]:
    rest: Listing[PageT, ItemT] | None = listing
    while rest is not None:
        page = await sender._send(rest.call)
        for item in rest.items(page):
            yield item
        rest = rest.after(page)
