"""A company with promotions on a real database, and holds for it through the service layer."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from promo_contracts.company.models import CampaignCreate, HoldRequest, Redemption
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder, create_company
from promo_server.services.context import Context, create_context, load_company, utc_now
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold
from promo_server.services.rulesets import Rulesets
from promo_server.storage import Database

from .rounds import Call

HOLDER = Holder("shop", "benchmark", frozenset())
LINES = [{"id": f"l{i}", "sku": f"S{i}", "unit_price": 500 + 137 * i, "quantity": 1 + i % 3} for i in range(3)]
HOT, UNLIMITED = "HOTHOT", "FORALL"
"""Codes of a promotion with a limit that is never reached, and of one without a limit."""
NEVER_REACHED = 1_000_000_000


def cart(code: str, customer: str = "7") -> dict[str, Any]:
    """Return a cart of three lines with one code."""
    return {"currency": "USD", "lines": LINES, "customer": {"id": customer}, "codes": [code]}


@contextmanager
def a_shop(database: str) -> Iterator[Context]:
    """Make a company on a database without tables."""
    with closing(Database(database)) as empty:
        empty.migrate()
    context = create_context(database)
    with closing(context.database):
        create_company(context, company_id="shop", name="Shop")
        promote(context, HOT, NEVER_REACHED)
        promote(context, UNLIMITED)
        yield context


def promote(context: Context, code: str, total: int | None = None) -> str:
    """Publish 20 % off for who has the code, for so many; return its id."""
    campaign = create_campaign(context, HOLDER, CampaignCreate(name=code))
    today = utc_now().date()
    body = {
        "promotion_name": code,
        "promotion_type": "percentage_discount",
        "description": "",
        "promotion_code": code,
        "discount_rules": {"discount_value": 20},
        "schedule": {"start_date": str(today), "end_date": str(today + timedelta(days=30))},
        "usage_limits": {"total_usage_limit": total},
    }
    return create_promotion(context, HOLDER, campaign.id, body).promotion_id


def holds(context: Context, rulesets: Rulesets, code: str) -> Call:
    """Return what holds a cart under a new reference at each call."""
    run, holder = uuid4().hex, _authenticated(context)
    request = HoldRequest(attempt="a", cart=cart(code), lease_seconds=3_600)

    def call(caller: int, number: int) -> Redemption:
        return hold(context, rulesets, holder, f"{run}-{caller}-{number}", request)

    return call


def _authenticated(context: Context) -> Holder:
    """Return the holder as a request has it: who finds its key has read the version of the rules, too."""
    with context.database.read() as connection:
        return replace(HOLDER, rules_version=load_company(connection, "shop").rules_version)
