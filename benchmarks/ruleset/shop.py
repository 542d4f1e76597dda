"""A company with very many promotions on a real database: a few are created as merchants do, the rest are like them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from promo_contracts import Scope, read_json, write_json
from promo_contracts.company.models import CampaignCreate
from promo_engine import code_form
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder, create_company, create_key, raise_rules_version
from promo_server.services.context import create_context, utc_now
from promo_server.services.promotions import create_promotion
from promo_server.storage import Database
from promo_server.storage.tables import promotions

HOLDER = Holder("shop", "benchmark", frozenset())
AT_ONCE = 5_000

KINDS: tuple[dict[str, Any], ...] = (
    {"promotion_type": "percentage_discount", "discount_rules": {"discount_value": 20}},
    {
        "promotion_type": "percentage_discount",
        "discount_rules": {
            "discount_value": 15,
            "applicable_categories": ["dairy", "bakery"],
            "max_discount_amount": 50,
        },
        "eligibility_criteria": {"customer_segments": ["gold"]},
    },
    {
        "promotion_type": "fixed_amount_discount",
        "discount_rules": {"discount_value": 5, "min_purchase_amount": 30},
        "usage_limits": {"total_usage_limit": 1000},
    },
    {
        "promotion_type": "buy_x_get_y",
        "discount_rules": {"buy_quantity": 2, "get_quantity": 1},
        "schedule": {"time_restrictions": {"days_of_week": ["monday", "tuesday"]}},
    },
)


def fill(database: str, count: int) -> tuple[str, str, str]:
    """Make a company with so many promotions; return a key, a campaign and the id of one of its promotions."""
    with closing(Database(database)) as empty:
        empty.migrate()
    context = create_context(database)
    with closing(context.database):
        create_company(context, company_id="shop", name="Shop")
        campaign = create_campaign(context, HOLDER, CampaignCreate(name="All")).id
        made = [create_promotion(context, HOLDER, campaign, _body(number)).promotion_id for number in range(len(KINDS))]
        with context.database.write() as connection:
            rows = [row._asdict() for row in connection.execute(select(promotions)).all()]
            for start in range(len(KINDS), count, AT_ONCE):
                portion = list(_alike(rows, range(start, min(start + AT_ONCE, count))))
                connection.execute(insert(promotions), portion)
            raise_rules_version(connection, "shop")
        key = create_key(context, company_id="shop", name="benchmark", scopes=[Scope.ADMIN])
    return key, campaign, made[0]


def _alike(rows: list[dict[str, Any]], numbers: range) -> Iterator[dict[str, Any]]:
    """Yield rows as their like have them, with names and codes of their own."""
    for number in numbers:
        like = rows[number % len(rows)]
        name, code = _named(number)
        body = read_json(like["body"].encode()) | {"promotion_name": name, "promotion_code": code}
        own = {"id": f"promo_{number:016x}", "name": name, "name_form": code_form(name), "code_form": code_form(code)}
        yield {**like, **own, "body": write_json(body).decode()}


def _named(number: int) -> tuple[str, str]:
    return f"Promotion {number} of the spring season", f"CODE{number:07}"


def _body(number: int) -> dict[str, Any]:
    name, code = _named(number)
    kind = KINDS[number]
    today = utc_now().date()
    days = {"start_date": str(today), "end_date": str(today + timedelta(days=30))}
    body = {"promotion_name": name, "promotion_code": code, "description": "As long as stocks last.", **kind}
    return body | {"schedule": days | kind.get("schedule", {})}
