"""What a cart costs, and what is needed to tell: ruleset, entitlements, promotion types.

Carts, evaluations, entitlements and rulesets are the engine's documents: plain JSON objects with
amounts in minor units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from promo_contracts.company import models, routes
from promo_sdk._body import invalid, write_body
from promo_sdk._endpoint import AsyncResource, Resource, async_endpoint, endpoint
from promo_sdk._request import Call, Reply, as_document, as_model

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class RulesetReply:
    """The active promotions, compiled, and the tag to ask with the next time."""

    document: dict[str, Any] = field(repr=False)
    etag: str | None


def evaluate(
    cart: Mapping[str, Any],
    *,
    guest_key: str | None = None,
    drafts: Sequence[str] | None = None,
    explain: bool | None = None,
) -> Call[dict[str, Any]]:
    """Price a cart at its own ``at``, whenever that is; nothing is taken.

    Args:
        cart: the engine's cart document.
        guest_key: what tells a shopper without an account from others; never part of the cart.
        drafts: the ids of up to 100 drafts that count as published here.
        explain: whether ``explanations`` are wanted: why each promotion that did not apply did not.

    Returns:
        The evaluation document, in minor units of the cart's currency.

    Raises:
        InvalidRequest: the cart is wrong (``INVALID_CART``), or a draft is not known.

    >>> evaluate({"lines": []}, explain=True).body
    b'{"cart":{"lines":[]},"explain":true}'
    """
    body = write_body(models.EvaluationRequest, cart=cart, guest_key=guest_key, drafts=drafts, explain=explain)
    return Call(routes.EVALUATE, as_document, body=body, is_repeatable=True)


def get_entitlements(
    promotions: Sequence[str] = (),
    *,
    customer_id: str | None = None,
    guest_key: str | None = None,
    codes: Sequence[str] | None = None,
    cart: Mapping[str, Any] | None = None,
) -> Call[dict[str, Any]]:
    """Return the uses left of some promotions for one customer or guest, and what codes stand for.

    Args:
        promotions: up to 1000 promotion ids.
        customer_id: a customer of the shop.
        guest_key: what tells a shopper without an account from others.
        codes: up to 100 codes that the ruleset does not have; the promotions that they stand for need not be named.
        cart: the engine's cart document, if ``values`` are wanted: the value stores of the customer and of the codes.

    Returns:
        The entitlements document, such as ``{"uses": {"promo_1": {"total": 3}}}``; beside it, by the codes' forms,
        ``{"codes": {"q7xk": {"promotion": "promo_1", "left": 1}}}``, null for a code that is nobody's.

    >>> get_entitlements(codes=["Q7XK"]).body
    b'{"promotions":[],"codes":["Q7XK"]}'
    """
    body = write_body(
        models.EntitlementsRequest,
        customer_id=customer_id,
        guest_key=guest_key,
        promotions=promotions,
        codes=codes,
        cart=cart,
    )
    return Call(routes.ENTITLEMENTS, as_document, body=body, is_repeatable=True)


def get_ruleset(etag: str | None = None) -> Call[RulesetReply | None]:
    """Return the ruleset, or ``None`` if it is still the one with this tag.

    Args:
        etag: the tag of the ruleset at hand, as it came with it.

    >>> get_ruleset('"r7"').headers
    {'If-None-Match': '"r7"'}
    """
    if etag is None:
        return Call(routes.RULESET, _ruleset, is_repeatable=True)
    if not (etag.isascii() and etag.isprintable()):
        raise invalid("etag", "must be the tag of an earlier reply")
    return Call(
        routes.RULESET,
        _ruleset,
        headers={"If-None-Match": etag},
        is_repeatable=True,
        accepts=frozenset({NOT_MODIFIED}),
    )


def list_promotion_types() -> Call[models.PromotionTypeList]:
    """Return the installed promotion types: name, title, version, distribution."""
    return Call(routes.PROMOTION_TYPES, as_model(models.PromotionTypeList), is_repeatable=True)


def _ruleset(reply: Reply) -> RulesetReply | None:
    if reply.status == NOT_MODIFIED:
        return None
    return RulesetReply(as_document(reply), reply.headers.get("etag"))


class Evaluations(Resource):
    """What a cart costs, and what is needed to tell."""

    evaluate: Final = endpoint(evaluate)
    entitlements: Final = endpoint(get_entitlements)
    ruleset: Final = endpoint(get_ruleset)
    promotion_types: Final = endpoint(list_promotion_types)


class AsyncEvaluations(AsyncResource):
    """What a cart costs, and what is needed to tell."""

    evaluate: Final = async_endpoint(evaluate)
    entitlements: Final = async_endpoint(get_entitlements)
    ruleset: Final = async_endpoint(get_ruleset)
    promotion_types: Final = async_endpoint(list_promotion_types)
