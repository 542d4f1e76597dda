"""Answers in the place of the shop's."""

import json

from promo_engine import evaluate
from promo_engine.testing import NOON, a_cart, a_ruleset
from promo_middleware.answer import answer_to
from promo_middleware.errors import TotalChanged


def test_a_refusal_has_the_block_under_the_last_name_of_its_path() -> None:
    evaluation = evaluate(a_cart(("MUG", 500)).moved_to(NOON), a_ruleset()).document()
    body = json.loads(answer_to(TotalChanged("It rose.", evaluation), "data.cart.promotions").body)
    assert list(body) == ["error", "message", "promotions"]
    assert body["promotions"]["totals"]["amount_due"] == 500
