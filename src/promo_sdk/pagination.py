"""Walk through all pages of a list: one pure step, a sync and an async generator over it.

Pages are asked for as they are needed. What is created meanwhile may shift a page, so that an item
comes twice; none that existed at the start is left out of a list that is ordered newest first.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Concatenate, Generic, ParamSpec, Protocol, TypeVar

from promo_contracts.company.models import Pagination
from promo_sdk._endpoint import AsyncSender, Sender, like
from promo_sdk._request import Call

P = ParamSpec("P")
ItemT = TypeVar("ItemT")


class Page(Protocol):
    """Any page of a list."""

    @property
    def pagination(self) -> Pagination:
        """Where the page stands."""
        ...


PageT = TypeVar("PageT", bound=Page)


@dataclass(frozen=True, slots=True)
class Listing(Generic[PageT, ItemT]):
    """A list in pages: the call for a page, and how a page gives its items."""

    call: Call[PageT]
    items: Callable[[PageT], Sequence[ItemT]] = field(repr=False)

    def after(self, page: PageT) -> "Listing[PageT, ItemT] | None":
        """Return the listing from the page after this one, or ``None`` when this was the last.

        An empty page ends the list whatever its ``has_next`` says.
        """
        if not page.pagination.has_next or not self.items(page):
            return None
        number = int(self.call.query.get("page", 1)) + 1
        return replace(self, call=replace(self.call, query={**self.call.query, "page": number}))


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
