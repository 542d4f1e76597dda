"""The condition ``weight``: the goods of the cart weigh at most so much."""

from promo_engine import CartView, Condition, Count, RulesPart


class MaximumWeight(RulesPart):
    """How much the goods may weigh."""

    at_most: Count
    """So many grams."""


class Weight(Condition[MaximumWeight]):
    """Hold for a cart whose goods weigh no more than ``at_most`` grams; what does not say its weight has none."""

    name = "weight"
    title = "A maximum weight"
    version = "1.0"
    parameters_model = MaximumWeight

    def is_met(self, view: CartView[MaximumWeight]) -> bool:
        """Say whether the goods are light enough."""
        return _grams(view) <= view.parameters.at_most

    def explain(self, view: CartView[MaximumWeight]) -> dict[str, int]:
        """Say by how much they are too heavy."""
        return {"grams": _grams(view), "at_most": view.parameters.at_most}


def _grams(view: CartView[MaximumWeight]) -> int:
    return sum(goods.quantity * int(goods.attributes.get("grams", "0")) for goods in view.goods)
