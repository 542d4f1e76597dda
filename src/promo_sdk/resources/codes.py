"""The codes of a promotion beside its own. They stand in bodies only, never in a URL: one is named by its id."""

from typing import Final

from promo_contracts import Route
from promo_contracts.company import models, queries, routes
from promo_sdk._body import write_body, write_query
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, as_model
from promo_sdk.pagination import Listing, async_pages, pages


def create_code(
    campaign_id: str, promotion_id: str, *, promotion_code: str, max_uses: int | None = None
) -> Call[models.PromotionCode]:
    """Give a promotion one more code, beside its own.

    Repeated by the SDK only where the API surely did not get it.

    Args:
        campaign_id: the campaign of the promotion.
        promotion_id: the promotion.
        promotion_code: 4 to 20 ASCII letters and digits, that no promotion of the company has.
        max_uses: how often this code may be used; without it, only the promotion's limits hold.

    Raises:
        InvalidRequest: a field is wrong, or the code has a word that it must not have.
        NotFound: there is no such promotion, or it is another company's.
        Conflict: the code is taken, or the promotion is expired or archived (``PROMOTION_NOT_MODIFIABLE``).

    >>> create_code("c1", "p1", promotion_code="FRIENDS20", max_uses=500).body
    b'{"promotion_code":"FRIENDS20","max_uses":500}'
    """
    body = write_body(models.CodeCreate, promotion_code=promotion_code, max_uses=max_uses)
    return Call(routes.CREATE_CODE, as_model(models.PromotionCode), params=_path(campaign_id, promotion_id), body=body)


def create_code_batch(
    campaign_id: str,
    promotion_id: str,
    *,
    batch_id: str,
    count: int,
    prefix: str | None = None,
    max_uses: int | None = None,
) -> Call[models.CodeBatch]:
    """Make a batch of random codes, all or none; the same batch asked for once more is the same.

    Each code is the prefix, 10 random symbols and a check symbol.

    Args:
        campaign_id: the campaign of the promotion.
        promotion_id: the promotion.
        batch_id: a name of your own, unique in the company: 1 to 64 ASCII letters, digits, dots, dashes, underscores.
        count: how many codes, up to 10,000.
        prefix: what each code begins with, up to 9 ASCII letters and digits.
        max_uses: how often each code may be used; without it, only the promotion's limits hold.

    Raises:
        InvalidRequest: a field is wrong, or the prefix has a word that it must not have.
        NotFound: there is no such promotion, or it is another company's.
        Conflict: another batch has this id (``CODE_BATCH_EXISTS``), or the promotion is expired or archived.

    >>> create_code_batch("c1", "p1", batch_id="mailing-7", count=250, max_uses=1).body
    b'{"batch_id":"mailing-7","count":250,"max_uses":1}'
    """
    body = write_body(models.CodeBatchCreate, batch_id=batch_id, count=count, prefix=prefix, max_uses=max_uses)
    return Call(
        routes.CREATE_CODE_BATCH,
        as_model(models.CodeBatch),
        params=_path(campaign_id, promotion_id),
        body=body,
        is_repeatable=True,
    )


def list_codes(
    campaign_id: str, promotion_id: str, *, batch_id: str | None = None, page: int = 1, per_page: int = 50
) -> Call[models.CodePage]:
    """Return one page of a promotion's codes beside its own, newest first, each with its uses left.

    Args:
        campaign_id: the campaign of the promotion.
        promotion_id: the promotion.
        batch_id: only those of this batch.
        page: from 1.
        per_page: how many at once, up to 100.

    Raises:
        InvalidRequest: a parameter is wrong.
        NotFound: there is no such promotion, or it is another company's.

    >>> list_codes("c1", "p1", batch_id="mailing-7").target("42")
    '/promotions/company/42/campaigns/c1/promotions/p1/codes?batch_id=mailing-7&page=1&per_page=50'
    """
    query = write_query(queries.CodeQuery, batch_id=batch_id, page=page, per_page=per_page)
    params = _path(campaign_id, promotion_id)
    return Call(routes.LIST_CODES, as_model(models.CodePage), params=params, query=query, is_repeatable=True)


def each_code(
    campaign_id: str, promotion_id: str, *, batch_id: str | None = None, per_page: int = 50
) -> Listing[models.CodePage, models.PromotionCode]:
    """Yield every code that ``list`` would, asking for pages as they are needed."""
    first = list_codes(campaign_id, promotion_id, batch_id=batch_id, per_page=per_page)
    return Listing(first, lambda page: page.codes)


def get_code(campaign_id: str, promotion_id: str, code_id: str) -> Call[models.PromotionCode]:
    """Return one code with its uses left.

    Raises:
        NotFound: there is none with these ids, or it is another company's.
    """
    return _of_one(routes.GET_CODE, campaign_id, promotion_id, code_id, is_repeatable=True)


def delete_code(campaign_id: str, promotion_id: str, code_id: str) -> Call[models.PromotionCode]:
    """Delete a code, and return it as it was: it is nobody's from now on. What is held by it stays held.

    Repeated by the SDK only where the API surely did not get it.

    Raises:
        NotFound: there is none with these ids, any more or at all, or it is another company's.

    >>> delete_code("c1", "p1", "code_7").target("42")
    '/promotions/company/42/campaigns/c1/promotions/p1/codes/code_7'
    """
    return _of_one(routes.DELETE_CODE, campaign_id, promotion_id, code_id, is_repeatable=False)


def _of_one(
    route: Route, campaign_id: str, promotion_id: str, code_id: str, *, is_repeatable: bool
) -> Call[models.PromotionCode]:
    params = {**_path(campaign_id, promotion_id), "code_id": code_id}
    return Call(route, as_model(models.PromotionCode), params=params, is_repeatable=is_repeatable)


def _path(campaign_id: str, promotion_id: str) -> dict[str, str]:
    return {"campaign_id": campaign_id, "promotion_id": promotion_id}


class Codes(Resource):
    """The codes of promotions beside their own."""

    create: Final = endpoint(create_code)
    create_batch: Final = endpoint(create_code_batch)
    list: Final = endpoint(list_codes)
    iterate: Final = pages(each_code)
    get: Final = endpoint(get_code)
    delete: Final = endpoint(delete_code)


class AsyncCodes(AsyncResource):
    """The codes of promotions beside their own."""

    create: Final = async_endpoint(create_code)
    create_batch: Final = async_endpoint(create_code_batch)
    list: Final = async_endpoint(list_codes)
    iterate: Final = async_pages(each_code)
    get: Final = async_endpoint(get_code)
    delete: Final = async_endpoint(delete_code)
