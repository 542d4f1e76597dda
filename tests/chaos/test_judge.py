"""The judge believes what can be, and nothing else."""

from dataclasses import replace

import pytest

from promo_server.redemption import Event
from tests.chaos.history import Answer, Asked, Operation
from tests.chaos.judge import Final, judge

HOLD = Asked(Event.HOLD, "a1", cart=1, lease=2, ttl=5)
AGAIN = replace(HOLD, attempt="a2")
CONFIRM = Asked(Event.CONFIRM, "a1", charged=900)
RELEASE = Asked(Event.RELEASE, "a1")
HELD, CONFIRMED, RELEASED = (Answer(state, "a1", 900, {}) for state in ("held", "confirmed", "released"))
CLOSED, IN_FLIGHT = Answer(refused="REDEMPTION_CLOSED"), Answer(refused="CHECKOUT_IN_FLIGHT")


def history(*steps: tuple[Asked, Answer | None]) -> list[Operation]:
    """Make a history of a second for each step."""
    return [
        Operation("o1", asked, float(number), answer, float("inf") if answer is None else number + 0.5)
        for number, (asked, answer) in enumerate(steps)
    ]


@pytest.mark.parametrize(
    ("steps", "final"),
    [
        ([(HOLD, HELD), (CONFIRM, CONFIRMED)], Final("confirmed", "a1", 900)),
        ([(HOLD, HELD), (AGAIN, IN_FLIGHT)], Final("in_doubt", "a1", 900)),
        ([(HOLD, None)], None),
        ([(HOLD, None)], Final("in_doubt", "a1", 900)),
        ([(HOLD, None), (CONFIRM, None)], Final("confirmed", "a1", 900)),
        # An old hold is delivered once more after the release: it changes nothing, but a new attempt does.
        ([(HOLD, HELD), (RELEASE, RELEASED), (HOLD, CLOSED)], Final("released", "a1", 900)),
        ([(HOLD, HELD), (RELEASE, RELEASED), (AGAIN, None)], Final("in_doubt", "a2", 800)),
        # Nobody heard of the confirm, which was there before the release.
        ([(HOLD, HELD), (CONFIRM, None), (RELEASE, CLOSED)], Final("confirmed", "a1", 900)),
    ],
)
def test_what_can_be_is_believed(steps: list[tuple[Asked, Answer | None]], final: Final | None) -> None:
    assert judge(history(*steps), final) is None


@pytest.mark.parametrize(
    ("steps", "final"),
    [
        ([(HOLD, HELD)], None),  # a hold that was lost
        ([(HOLD, HELD), (CONFIRM, CONFIRMED)], Final("in_doubt", "a1", 900)),  # a confirm that was lost
        ([(HOLD, HELD), (CONFIRM, CONFIRMED)], Final("confirmed", "a1", 1_000)),  # at another amount
        ([(HOLD, HELD), (RELEASE, RELEASED)], Final("held", "a1", 900)),  # by an old hold that came back
        ([(HOLD, HELD), (RELEASE, RELEASED), (HOLD, HELD)], Final("held", "a1", 900)),
        ([(HOLD, HELD), (CONFIRM, CONFIRMED), (RELEASE, RELEASED)], Final("released", "a1", 900)),
        ([(HOLD, HELD), (AGAIN, replace(HELD, attempt="a2"))], Final("in_doubt", "a2", 900)),  # two checkouts of one
        ([(HOLD, HELD), (CONFIRM, replace(CONFIRMED, due=800))], Final("confirmed", "a1", 800)),
        ([(HOLD, HELD), (HOLD, CLOSED)], Final("in_doubt", "a1", 900)),  # its lease ended too early
        ([(CONFIRM, CLOSED)], None),
    ],
)
def test_what_cannot_be_is_not_believed(steps: list[tuple[Asked, Answer | None]], final: Final | None) -> None:
    assert judge(history(*steps), final) is not None
