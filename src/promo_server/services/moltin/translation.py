"""The contract's promotions as promotions of the one engine: what they mean, in the company API's words.

A fixed discount is ``fixed_amount_discount``, a percent discount ``percentage_discount`` of the list price of all
goods, whatever other promotions take off. Each is by code only, and goes with all others. A promotion of several
currencies is one, with ``amounts``.
"""

from typing import Any

from promo_contracts import write_json
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import PromotionCreate as Body
from promo_contracts.moltin.fields import write_moment
from promo_contracts.moltin.models import PromotionCreate
from promo_engine import Currency, DocumentError
from promo_server.services.context import Company
from promo_server.services.refusal import refuse

ORIGIN = "moltin"
_TYPES = {"fixed_discount": "fixed_amount_discount", "percent_discount": "percentage_discount"}


def currency_of(company: Company, promotion: PromotionCreate) -> Currency:
    """Return the currency that a promotion is kept in: the company's, or else its first.

    Raises:
        InvalidFields: one of its currencies is neither of ISO 4217 nor the company's.
    """
    units = _units(company, promotion)
    return units.get(company.currency.code) or next(iter(units.values()))


def translated(company: Company, promotion: PromotionCreate) -> Body:
    """Return a promotion as the company API has it.

    Raises:
        InvalidFields: one of its currencies is neither of ISO 4217 nor the company's.
    """
    units, own = _units(company, promotion), currency_of(company, promotion)
    values = {one.currency: _value(promotion, units[one.currency], one.value) for one in promotion.schema_.currencies}
    rules: dict[str, Any] = {"discount_value": values.pop(own.code)}
    if promotion.promotion_type == "percent_discount":
        rules["basis"] = "original"
    if values:
        rules["amounts"] = {code: {"discount_value": value} for code, value in values.items()}
    return Body.model_validate(
        {
            "promotion_name": promotion.name,
            "promotion_type": _TYPES[promotion.promotion_type],
            "description": promotion.description,
            "discount_rules": rules,
            "schedule": {"start_date": write_moment(promotion.start), "end_date": write_moment(promotion.end)},
            "stackable": True,
        }
    )


def status_of(promotion: PromotionCreate) -> str:
    """Return the status that a promotion is stored with."""
    return "active" if promotion.enabled else "paused"


def written(promotion: PromotionCreate) -> str:
    """Write a promotion as it is kept beside what was made of it."""
    return write_json(promotion.model_dump()).decode()


def _value(promotion: PromotionCreate, unit: Currency, value: Any) -> Any:
    return unit.major(value) if promotion.promotion_type == "fixed_discount" else value


def _units(company: Company, promotion: PromotionCreate) -> dict[str, Currency]:
    units: dict[str, Currency] = {}
    problems = []
    for place, one in enumerate(promotion.schema_.currencies):
        try:
            units[one.currency] = company.currency_of(one.currency)
        except DocumentError as error:
            problems.append(FieldProblem(f"schema.currencies[{place}].currency", error.problem))
    refuse(problems)
    return units
