"""The charge check."""

import pytest

from promo_middleware import Step
from promo_middleware.settle import decide

DUE, FULL = 4792, 5990


@pytest.mark.parametrize(
    ("status", "charged", "step", "is_error"),
    [
        (200, DUE, Step.CONFIRM, False),
        (303, DUE, Step.CONFIRM, False),
        (201, FULL, Step.RELEASE, True),
        (201, 5000, Step.DOUBT, True),
        (201, None, Step.DOUBT, True),
        (400, None, Step.RELEASE, False),
        (409, DUE, Step.RELEASE, False),
        (500, None, Step.DOUBT, False),
        (503, DUE, Step.DOUBT, False),
        (None, None, Step.DOUBT, False),
    ],
)
def test_status_and_amount_decide(status: int | None, charged: int | None, step: Step, is_error: bool) -> None:
    outcome = decide(status, charged, due=DUE, undiscounted=FULL)
    assert outcome.step is step
    assert bool(outcome.error) is is_error


def test_an_error_names_both_amounts_or_that_one_is_unsaid() -> None:
    assert decide(201, 5000, due=DUE, undiscounted=FULL).error == "held 4792, charged 5000: in doubt"
    assert decide(201, None, due=DUE, undiscounted=FULL).error == "held 4792, charged unsaid: in doubt"


def test_a_hold_without_discounts_is_confirmed_by_its_own_total() -> None:
    assert decide(201, FULL, due=FULL, undiscounted=FULL).step is Step.CONFIRM


@pytest.mark.parametrize(
    ("status", "charged", "step", "is_error"),
    [
        (200, None, Step.KEEP, False),
        (303, None, Step.KEEP, False),
        (201, DUE, Step.KEEP, False),
        (201, FULL, Step.RELEASE, True),
        (201, 5000, Step.DOUBT, True),
        (402, None, Step.RELEASE, False),
        (500, None, Step.DOUBT, False),
        (None, None, Step.DOUBT, False),
    ],
)
def test_a_hold_that_is_settled_later_stands_unless_another_amount_is_stated(
    status: int | None, charged: int | None, step: Step, is_error: bool
) -> None:
    outcome = decide(status, charged, due=DUE, undiscounted=FULL, is_later=True)
    assert (outcome.step, bool(outcome.error), outcome.charged) == (
        step,
        is_error,
        None if step is Step.KEEP else charged,
    )


@pytest.mark.parametrize(
    ("status", "stated", "said", "step", "error"),
    [
        (201, None, DUE, Step.CONFIRM, ""),
        (201, DUE, DUE, Step.CONFIRM, ""),
        (201, None, FULL, Step.RELEASE, "held 4792, charged 5990: the discounts were not charged; released"),
        (
            *(201, FULL, DUE, Step.DOUBT),
            "held 4792, the handler said that 4792 was charged, the response states 5990: in doubt",
        ),
        (
            *(201, DUE, FULL, Step.DOUBT),
            "held 4792, the handler said that 5990 was charged, the response states 4792: in doubt",
        ),
        (402, None, DUE, Step.RELEASE, "held 4792, the handler said that 4792 was charged, and answered 402: released"),
        (500, None, DUE, Step.DOUBT, ""),
        (None, None, DUE, Step.DOUBT, ""),
    ],
)
def test_what_the_handler_said_is_held_against_what_the_response_states(
    status: int | None, stated: int | None, said: int, step: Step, error: str
) -> None:
    outcome = decide(status, stated, said=said, due=DUE, undiscounted=FULL)
    assert (outcome.step, outcome.error) == (step, error)


@pytest.mark.parametrize(("stated", "said"), [(FULL, DUE), (DUE, FULL)])
@pytest.mark.parametrize("is_later", [False, True])
def test_of_two_amounts_the_one_that_was_not_held_is_reported(stated: int, said: int, *, is_later: bool) -> None:
    outcome = decide(201, stated, said=said, due=DUE, undiscounted=FULL, is_later=is_later)
    assert (outcome.step, outcome.charged) == (Step.DOUBT, FULL)


def test_an_error_says_why_an_amount_is_unsaid() -> None:
    outcome = decide(201, None, due=DUE, undiscounted=FULL, why_unstated="paid: is not there")
    assert outcome.error == "held 4792, charged unsaid (paid: is not there): in doubt"
