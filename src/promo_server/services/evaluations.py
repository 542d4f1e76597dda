"""Evaluations and entitlements: what the cart route of a shop asks for. Nothing is written."""

from dataclasses import replace

from sqlalchemy import Connection

from promo_contracts.company.models import EntitlementsRequest, EvaluationRequest
from promo_engine import (
    Cart,
    Customer,
    Document,
    Entitlements,
    Ruleset,
    code_form,
    explain,
    local_day,
    write_entitlements,
)
from promo_server.services.companies import Holder
from promo_server.services.context import Company, Context, load_company
from promo_server.services.pricing import cart_of, evaluate_now
from promo_server.services.rulesets import Rulesets
from promo_server.services.shopper_values import look_up_all, reach
from promo_server.services.shoppers import counted_customer, customer_key
from promo_server.services.uses import FoundCodes, uses_left

PORTION = 1_000


def evaluate_cart(context: Context, rulesets: Rulesets, holder: Holder, request: EvaluationRequest) -> Document:
    """Price a cart at its own ``at``, a dry run: an evaluation document, with the explanations that were asked for.

    Raises:
        InvalidFields: the cart is not lawful, or a draft is not known.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        cart = cart_of(company, request.cart, request.guest_key)
        if "at" not in request.cart:
            cart = cart.moved_to(context.clock())
        ruleset = rulesets.with_drafts(connection, company, request.drafts)
        codes, held = look_up_all(connection, context, company, ruleset.unlisted(cart))
        customer_id = cart.customer.id if cart.customer else None
        values = reach(connection, company, cart, held, customer_id=customer_id).values
        document = evaluate_now(connection, company, ruleset, cart, codes, values=values).document()
        if not request.explain:
            return document
        known = _all_uses_left(connection, company, ruleset, cart, codes)
        if ruleset.has_value_stores:
            known = replace(known, values=values)
        return document | {"explanations": [one.document() for one in explain(cart, ruleset, known)]}


def entitlements(context: Context, rulesets: Rulesets, holder: Holder, request: EntitlementsRequest) -> Document:
    """Return the uses left of the promotions asked for, unknown ones left out, and what the codes stand for.

    The code of a promotion that is not published is nobody's; a promotion that a code stands for is asked for with it.
    With a cart the answer has the value stores of the customer and of the codes, too, as they are worth for it.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        ruleset = rulesets.of(connection, company)
        found, held = look_up_all(connection, context, company, _unlisted(ruleset, request))
        codes = _published(found, ruleset)
        names = dict.fromkeys([*request.promotions, *(code.promotion_id for code in codes.values() if code)])
        wanted = [ruleset.promotions[one] for one in names if one in ruleset.promotions]
        customer = counted_customer(
            company,
            Customer(id=request.customer_id) if request.customer_id is not None else None,
            request.guest_key,
        )
        day = local_day(context.clock(), company.zone)
        left = uses_left(connection, company.id, wanted, customer_key(customer), day, codes)
        if request.cart is not None:
            cart = cart_of(company, request.cart, None).moved_to(context.clock())
            reached = reach(connection, company, cart, held, customer_id=request.customer_id)
            left = replace(left, values=reached.values)
    return write_entitlements(left)


def _unlisted(ruleset: Ruleset, request: EntitlementsRequest) -> set[str]:
    return {code_form(code) for code in request.codes if ruleset.by_code(code) is None}


def _published(codes: FoundCodes, ruleset: Ruleset) -> FoundCodes:
    known = ruleset.promotions
    return {
        form: code if code and (code.is_value_store or code.promotion_id in known) else None
        for form, code in codes.items()
    }


def _all_uses_left(
    connection: Connection, company: Company, ruleset: Ruleset, cart: Cart, codes: FoundCodes
) -> Entitlements:
    """Return the uses left of every promotion with a limit, asked for in portions that a database takes."""
    limited = [one for one in ruleset.promotions.values() if one.is_limited]
    customer, day = customer_key(cart.customer), local_day(cart.at, company.zone)
    portions = (limited[start : start + PORTION] for start in range(0, len(limited), PORTION))
    left = [uses_left(connection, company.id, portion, customer, day).uses for portion in portions]
    of_codes = uses_left(connection, company.id, (), customer, day, codes).codes
    return Entitlements({name: uses for portion in left for name, uses in portion.items()}, of_codes)
