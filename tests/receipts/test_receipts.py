"""Law 7 across processes: the same bytes, whatever the hash seed and whatever the order of input."""

import sys

import pytest

from promo_engine import verify
from promo_engine.testing import a_ruleset
from tests.receipts.__main__ import Run, compare
from tests.receipts.carts import draw


def test_the_same_bytes_under_any_hash_seed_and_in_any_order(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare([sys.executable], 300) == 0
    assert "300 carts, 8 runs: the same bytes" in capsys.readouterr().out


def test_a_difference_is_shown_by_both_documents_of_its_cart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def output(run: Run, first: int, count: int, *options: str) -> list[str]:
        return [f"{cart} {run.hash_seed if cart == 2 else ''}" for cart in range(first, first + count)]

    monkeypatch.setattr(Run, "output", output)
    assert compare([sys.executable], 5, range(2)) == 1
    assert capsys.readouterr().out.splitlines()[-3:] == ["cart 2 differs:", "- 2 0", "+ 2 1"]


def test_the_carts_show_what_receipts_must_bear() -> None:
    evaluations = [draw(seed).evaluation() for seed in range(300)]
    applied = [one for evaluation in evaluations for one in evaluation.applied]
    assert len({one.promotion.type for one in applied}) == 6
    assert len({one.code for evaluation in evaluations for one in evaluation.reasons.values()}) > 20
    assert {evaluation.is_optimal for evaluation in evaluations} == {True, False}
    assert {evaluation.currency.exponent for evaluation in evaluations} == {0, 2, 3, 4}


def test_a_receipt_of_any_cart_is_verified() -> None:
    for seed in range(300):
        drawn = draw(seed)
        evaluation = drawn.evaluation()
        ruleset = a_ruleset(*drawn.promotions, **drawn.settings)
        assert verify(evaluation.receipt(), evaluation.cart, ruleset, evaluation.entitlements).revision
