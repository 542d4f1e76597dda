"""Evaluations and entitlements: what the cart route of a shop asks for. Nothing is written."""

from promo_contracts.company.models import EntitlementsRequest, EvaluationRequest
from promo_engine import Customer, Document, Ruleset, local_day, write_entitlements
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.pricing import cart_of, evaluate_now
from promo_server.services.rulesets import Rulesets
from promo_server.services.shoppers import counted_customer, customer_key
from promo_server.services.uses import uses_left


def evaluate_cart(context: Context, rulesets: Rulesets, holder: Holder, request: EvaluationRequest) -> Document:
    """Price a cart at its own ``at``, a dry run: an evaluation document.

    Raises:
        InvalidFields: the cart is not lawful.
    """
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        cart = cart_of(company, request.cart, request.guest_key)
        if "at" not in request.cart:
            cart = cart.moved_to(context.clock())
        ruleset = rulesets.of(connection, company)
        return evaluate_now(connection, company, ruleset, cart).document()


def entitlements(context: Context, rulesets: Rulesets, holder: Holder, request: EntitlementsRequest) -> Document:
    """Return the uses left of the promotions asked for; unknown ones are left out."""
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        ruleset = rulesets.of(connection, company)
        wanted = [ruleset.promotions[one] for one in request.promotions if one in ruleset.promotions]
        customer = counted_customer(
            company,
            Customer(id=request.customer_id) if request.customer_id is not None else None,
            request.guest_key,
        )
        day = local_day(context.clock(), company.zone)
        left = uses_left(connection, company.id, wanted, customer_key(customer), day)
    return write_entitlements(left)


def current_ruleset(context: Context, rulesets: Rulesets, holder: Holder) -> tuple[Ruleset, bytes]:
    """Return the compiled ruleset and its document as served; its revision is its ETag."""
    with context.database.read() as connection:
        company = load_company(connection, holder.company_id)
        ruleset = rulesets.of(connection, company)
    return ruleset, rulesets.served(company, ruleset)
