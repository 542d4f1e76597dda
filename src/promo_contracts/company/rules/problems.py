"""What is wrong with the rules of a promotion that is to be created."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError, ValidationInfo, field_validator

from promo_contracts.company.amounts import amounts_problem, entry_problems, split_amounts
from promo_contracts.company.errors import FieldProblem
from promo_contracts.company.models import PromotionCreate
from promo_contracts.company.rules.models import RULES, Rules
from promo_contracts.problems import FieldsError, field_problems


def rules_problems(promotion_type: str, rules: object) -> list[FieldProblem]:
    """Say what is wrong with the rules of a built-in promotion type, by paths that start at the rules.

    None for a type that is not built in: only the server knows it.

    >>> [str(one.field) for one in rules_problems("buy_x_get_y", {"buy_quantity": 2, "get_quantity": 0, "pairng": "x"})]
    ['get_quantity', 'pairng']
    """
    model = RULES.get(promotion_type)
    if model is None:
        return []
    plain, amounts = split_amounts(rules)
    try:
        read = model.model_validate(plain)
    except ValidationError as error:
        return field_problems(error, model)
    return [] if amounts == {} else _amounts_problems(read, plain, amounts)


class CheckedPromotionCreate(PromotionCreate):
    """The body of *create promotion*, with the rules of the built-in types looked into."""

    @field_validator("discount_rules")
    @classmethod
    def _check_rules(cls, rules: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if problems := rules_problems(info.data.get("promotion_type", ""), rules):
            raise FieldsError(*problems)
        return rules


def _amounts_problems(rules: Rules, plain: Mapping[str, Any], amounts: Any) -> list[FieldProblem]:
    """Say what is wrong with the amounts of other currencies: each must do in the place of the promotion's own."""
    whole = amounts_problem(amounts, has_budget=rules.budget_amount is not None)
    if whole is not None:
        return [FieldProblem("amounts", whole)]
    return [
        FieldProblem(f"amounts.{code}.{one.field}" if one.field else f"amounts.{code}", one.message)
        for code, entry in sorted(amounts.items())
        for one in _entry_problems(rules, plain, entry)
    ]


def _entry_problems(rules: Rules, plain: Mapping[str, Any], entry: Any) -> Iterable[FieldProblem]:
    wrong = [*entry_problems(entry, rules.of_a_currency, rules.of_a_percentage)]
    if wrong:
        return wrong
    is_object = isinstance(entry, Mapping)
    try:
        type(rules).model_validate({**plain, **(entry if is_object else {rules.of_a_currency[0]: entry})})
    except ValidationError as error:
        problems = field_problems(error, type(rules))
        return problems if is_object else [FieldProblem("", problems[0].message)]
    return []
