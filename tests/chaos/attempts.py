"""What one process does when many ask for limited promotions at once, and what it was told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from promo_contracts.company.models import Redemption
from promo_server.services.context import create_context
from promo_server.storage import UnavailableError
from tests.chaos.kinds import CUSTOMERS
from tests.chaos.warm import TYPES
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import Cart, Hold, Offer, Report
from tests.promo_server.services.redemption_shop import Till

PRICE = 10_000
MONTH = 30 * 86_400
PATIENCE = 20
"""How often it is asked again when the database does not answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """So many threads, each asking so often; ``number`` is the process's own."""

    database: str
    company_id: str
    offers: list[Offer]
    number: int
    threads: int
    attempts: int
    seed: int

    @property
    def clock_days(self) -> int:
        """Every other process lives a day later: a daily limit is one for each day."""
        return self.number % 2


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a hold: of whom, on which day, and what of each code: a discount, or why there is none."""

    customer: str
    day: str
    is_confirmed: bool
    discounts: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, str], ...]


@dataclass
class Outcome:
    """What a process was told, each how often."""

    told: Counter[Told] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    waits: int = 0

    def add(self, other: "Outcome") -> None:
        """Add what others were told."""
        self.told += other.told
        self.refused += other.refused
        self.waits += other.waits


def attempt(task: Task) -> Outcome:
    """Ask by many threads of one context, as a server's threads do; confirm four of five that got a limited offer."""
    now = NOON + timedelta(days=task.clock_days)
    context = create_context(task.database, clock=lambda: now, types=TYPES)
    till = Till(context, task.company_id)
    whole = Outcome()
    with ThreadPoolExecutor(task.threads) as pool:
        for outcome in pool.map(lambda thread: _Asker(task, till, thread).ask_often(), range(task.threads)):
            whole.add(outcome)
    context.database.close()
    return whole


class _Asker:
    """One thread. Every other one shows the lowest price, so that it takes nothing unless it gets everything."""

    def __init__(self, task: Task, till: Till, thread: int) -> None:
        self._task = task
        self._till = till
        self._name = f"o{task.number}-{thread}"
        self._chance = Random(f"{task.seed} {self._name}")  # the same again by the same seed
        self._shown = PRICE - sum(offer.discount for offer in task.offers) if thread % 2 else None
        self._outcome = Outcome()
        self._limited = {offer.code for offer in task.offers if offer.limits}
        self._day = till.context.clock().date().isoformat()

    def ask_often(self) -> Outcome:
        for number in range(self._task.attempts):
            self._ask(f"{self._name}-{number}", is_to_stay=number % 5 == 4)
        return self._outcome

    def _ask(self, reference: str, *, is_to_stay: bool) -> None:
        codes = [offer.code for offer in self._task.offers]
        self._chance.shuffle(codes)
        customer = self._chance.choice(CUSTOMERS)
        cart = Cart(PRICE, tuple(codes), customer)
        answer = self._answer(Hold(reference, "a", cart, self._shown, 0, MONTH))
        if isinstance(answer, str):
            self._outcome.refused[answer] += 1
            return
        discounts = {one["code"]: int(one["discount"]) for one in answer.evaluation["applied"]}
        reasons = {one["code"]: str(one["reason"]) for one in answer.evaluation["codes"] if not one["applied"]}
        assert answer.amount_due == PRICE - sum(discounts.values())
        is_confirmed = bool(self._limited & discounts.keys()) and not is_to_stay
        if is_confirmed:
            confirmed = self._answer(Report(reference, "confirm", "a", answer.amount_due))
            assert isinstance(confirmed, Redemption), confirmed
            assert (confirmed.state, confirmed.evaluation) == ("confirmed", answer.evaluation)
        said = tuple(sorted(discounts.items())), tuple(sorted(reasons.items()))
        self._outcome.told[Told(customer, self._day, is_confirmed, *said)] += 1

    def _answer(self, request: Hold | Report) -> Redemption | str:
        """Ask, and again when the database does not answer: the same attempt takes nothing twice."""
        for _ in range(PATIENCE):
            try:
                return self._till.ask(request)
            except UnavailableError:
                self._outcome.waits += 1
        return self._till.ask(request)
