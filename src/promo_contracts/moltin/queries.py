"""The query parameters of the Moltin contract: pages by limit and offset, counted in entries."""

from typing import Annotated, Literal

from pydantic import Field

from promo_contracts.fields import Query
from promo_contracts.moltin.fields import PageLimit, PageOffset

MAX_LIMIT = 100


class PageQuery(Query):
    """Which part of a list, newest first."""

    limit: Annotated[PageLimit, Field(alias="page[limit]")] = MAX_LIMIT
    offset: Annotated[PageOffset, Field(alias="page[offset]")] = 0


class CartQuery(Query):
    """What is asked for beside the cart."""

    include: Literal["items"] | None = None
