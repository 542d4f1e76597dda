"""Promotions of the Moltin contract, and their codes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from promo_contracts.moltin import models, routes
from promo_contracts.moltin.queries import MAX_LIMIT
from promo_sdk._body import plain
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call
from promo_sdk.pagination import Listing, Part, async_pages, pages
from promo_sdk.resources.moltin._envelope import as_data, as_model, as_nothing, as_part, enveloped, page_query, walk

Schema = models.Schema | Mapping[str, Any]
"""What is off, by currency: ``{"currencies": [{"currency": "USD", "amount": 900}]}``."""

_READ = as_data(as_model(models.PromotionData))


def create_promotion(
    name: str,
    *,
    promotion_type: models.PromotionType,
    schema: Schema,
    start: date,
    end: date,
    description: str = "",
    enabled: bool = True,
) -> Call[models.Promotion]:
    """Create a promotion, without codes.

    Args:
        name: for people.
        promotion_type: ``fixed_discount`` or ``percent_discount``.
        schema: an ``amount`` of minor units, or a ``percentage``, for each currency.
        start: from when it applies; a date alone is its midnight in UTC.
        end: until when.
        description: for people.
        enabled: whether it applies.

    Raises:
        InvalidRequest: a field is wrong.

    >>> call = create_promotion(
    ...     "Ten off",
    ...     promotion_type="percent_discount",
    ...     schema={"currencies": [{"currency": "GBP", "percentage": 12.5}]},
    ...     start=date(2026, 11, 1),
    ...     end=date(2026, 12, 1),
    ... )
    >>> b'"percentage":12.5' in call.body, b'"start":"2026-11-01T00:00:00Z"' in call.body
    (True, True)
    """
    body = enveloped(
        models.PromotionCreate,
        type="promotion",
        name=name,
        description=description,
        enabled=enabled,
        promotion_type=promotion_type,
        schema=schema,
        start=start,
        end=end,
    )
    return Call(routes.CREATE_PROMOTION, _READ, body=body)


def get_promotion(promotion_id: str) -> Call[models.Promotion]:
    """Return one promotion.

    Raises:
        NotFound: there is none with this id that was made through this contract.
    """
    return Call(routes.GET_PROMOTION, _READ, params={"promotion_id": promotion_id}, is_repeatable=True)


def list_promotions(*, limit: int = MAX_LIMIT, offset: int = 0) -> Call[Part[models.Promotion]]:
    """Return a part of the promotions, newest first.

    Args:
        limit: how many at most, up to 100.
        offset: how many to leave out before them.
    """
    read = as_part(as_model(models.PromotionList))
    return Call(routes.LIST_PROMOTIONS, read, query=page_query(limit, offset), is_repeatable=True)


def each_promotion(*, limit: int = MAX_LIMIT) -> Listing[Part[models.Promotion], models.Promotion]:
    """Yield every promotion, asking for parts as they are needed."""
    return walk(list_promotions(limit=limit))


def update_promotion(
    promotion_id: str,
    *,
    name: str | None = None,
    description: str | None = None,
    enabled: bool | None = None,
    schema: Schema | None = None,
    start: date | None = None,
    end: date | None = None,
) -> Call[models.Promotion]:
    """Change what is given. One that had ended and goes on, by another ``end``, loses its codes.

    Raises:
        InvalidRequest: a field of the result is wrong.
        NotFound: there is none with this id.
    """
    body = enveloped(
        models.PromotionChange,
        type="promotion",
        name=name,
        description=description,
        enabled=enabled,
        schema=schema,
        start=start,
        end=end,
    )
    return Call(routes.UPDATE_PROMOTION, _READ, params={"promotion_id": promotion_id}, body=body, is_repeatable=True)


def delete_promotion(promotion_id: str) -> Call[None]:
    """Delete a promotion and its codes.

    Raises:
        NotFound: there is none with this id.
    """
    return Call(routes.DELETE_PROMOTION, as_nothing, params={"promotion_id": promotion_id})


def create_codes(promotion_id: str, codes: Sequence[str | Mapping[str, Any]]) -> Call[models.Promotion]:
    """Give a promotion codes, all of them or none; the answer is the promotion.

    Args:
        promotion_id: whose.
        codes: texts, or ``{"code": …, "uses": …}`` with how often one can be used.

    Raises:
        InvalidRequest: one cannot be a code, or stands there twice.
        NotFound: there is no such promotion.
        Conflict: one is in use (``DUPLICATE_PROMOTION_CODE``).
    """
    given = [{"code": one} if isinstance(one, str) else plain(one, "codes") for one in codes]
    body = enveloped(models.Codes, type="promotion_codes", codes=given)
    return Call(routes.CREATE_CODES, _READ, params={"promotion_id": promotion_id}, body=body)


def list_codes(promotion_id: str, *, limit: int = MAX_LIMIT, offset: int = 0) -> Call[Part[models.Code]]:
    """Return a part of the codes of a promotion, newest first.

    Raises:
        NotFound: there is no such promotion.
    """
    return Call(
        routes.LIST_CODES,
        as_part(as_model(models.CodeList)),
        params={"promotion_id": promotion_id},
        query=page_query(limit, offset),
        is_repeatable=True,
    )


def each_code(promotion_id: str, *, limit: int = MAX_LIMIT) -> Listing[Part[models.Code], models.Code]:
    """Yield every code of a promotion, asking for parts as they are needed."""
    return walk(list_codes(promotion_id, limit=limit))


def delete_codes(promotion_id: str, codes: Sequence[str] | None = None) -> Call[None]:
    """Delete these codes of a promotion, or all that it has; codes stand in the body, so no log has them.

    Raises:
        NotFound: there is no such promotion.
    """
    body = None
    if codes is not None:
        body = enveloped(models.GoneCodes, type="promotion_codes", codes=list(codes))
    return Call(routes.DELETE_CODES, as_nothing, params={"promotion_id": promotion_id}, body=body, is_repeatable=True)


def delete_code(promotion_id: str, code: str) -> Call[None]:
    """Delete one code, which stands in the path: what is between here and there may log it. See ``delete_codes``.

    Raises:
        NotFound: the promotion has no such code.
    """
    return Call(routes.DELETE_CODE, as_nothing, params={"promotion_id": promotion_id, "code": code})


class Promotions(Resource):
    """Promotions with a schema for each currency, and their codes."""

    create: Final = endpoint(create_promotion)
    get: Final = endpoint(get_promotion)
    update: Final = endpoint(update_promotion)
    delete: Final = endpoint(delete_promotion)
    list: Final = endpoint(list_promotions)
    iterate: Final = pages(each_promotion)
    create_codes: Final = endpoint(create_codes)
    list_codes: Final = endpoint(list_codes)
    iterate_codes: Final = pages(each_code)
    delete_codes: Final = endpoint(delete_codes)
    delete_code: Final = endpoint(delete_code)


class AsyncPromotions(AsyncResource):
    """Promotions with a schema for each currency, and their codes."""

    create: Final = async_endpoint(create_promotion)
    get: Final = async_endpoint(get_promotion)
    update: Final = async_endpoint(update_promotion)
    delete: Final = async_endpoint(delete_promotion)
    list: Final = async_endpoint(list_promotions)
    iterate: Final = async_pages(each_promotion)
    create_codes: Final = async_endpoint(create_codes)
    list_codes: Final = async_endpoint(list_codes)
    iterate_codes: Final = async_pages(each_code)
    delete_codes: Final = async_endpoint(delete_codes)
    delete_code: Final = async_endpoint(delete_code)
