"""A client in a process of its own: threads that check out by the SDK, one reference after the other.

Whatever goes wrong on the way it asks again, as the SDK says: by the same attempt. It may be killed at any time.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from random import Random

from promo_contracts.company.models import Redemption
from promo_sdk import ApiError, PromotionsClient, RetryPolicy, ServerError, TransportError
from promo_server.redemption import Event
from tests.chaos.history import Answer, Asked, Recorder
from tests.promo_server.services.redemption_model import Cart
from tests.promo_server.services.redemption_shop import cart_document

PRICE = 10_000
RETRIES = RetryPolicy(max_attempts=4, base_delay=0.05, max_delay=0.4, max_retry_after=2, deadline=4)
TRIES = 3
"""How often a thing is asked that nobody answers, each time with the SDK's retries."""


@dataclass(frozen=True, slots=True)
class Errand:
    """Where to shop, by how many threads, where it is written down, and the file that says that it is over."""

    url: str
    company_id: str
    key: str
    carts: tuple[Cart, ...]
    name: str
    threads: int
    seed: int
    history: Path
    over: Path


def shop(errand: Errand) -> None:
    """Check out again and again."""
    recorder = Recorder(errand.history)
    client = PromotionsClient(
        errand.url, company_id=errand.company_id, api_key=errand.key, timeout=3.0, retries=RETRIES
    )

    def shopper(thread: int) -> None:
        chance = Random(f"{errand.seed} {errand.name} {thread}")
        teller = Teller(client, recorder, errand.carts)
        for number in count():
            if errand.over.exists():
                return
            _Checkout(teller, f"{errand.name}-{thread}-{number}", chance).go()

    with client, ThreadPoolExecutor(errand.threads) as pool:
        list(pool.map(shopper, range(errand.threads)))
    recorder.close()


class Teller:
    """Asks by the SDK, and writes down what was asked and what was told."""

    _numbers = count(1)

    def __init__(self, client: PromotionsClient, recorder: Recorder, carts: tuple[Cart, ...]) -> None:
        self.carts = carts
        self._client = client
        self._recorder = recorder

    def ask(self, reference: str, asked: Asked) -> Answer | None:
        """Ask once; None: nobody knows what came of it."""
        number = f"{reference} {next(self._numbers)}"
        self._recorder.begin(number, reference, asked, time.time())
        answer, note = None, ""
        try:
            answer = self._told(self._sent(reference, asked))
        except (TransportError, ServerError) as error:
            note = repr(error)
        except ApiError as refusal:
            answer = Answer(refused=refusal.code or repr(refusal))
        self._recorder.end(number, answer, time.time(), note)
        return answer

    def _sent(self, reference: str, asked: Asked) -> Redemption:
        redemptions = self._client.redemptions
        if asked.event is Event.HOLD:
            return redemptions.hold(
                reference,
                cart=cart_document(self.carts[asked.cart]),
                attempt=asked.attempt,
                shown=asked.shown,
                lease_seconds=asked.lease,
                ttl_seconds=asked.ttl,
            )
        reports: dict[Event, Callable[..., Redemption]] = {
            Event.CONFIRM: redemptions.confirm,
            Event.RELEASE: redemptions.release,
            Event.DOUBT: redemptions.doubt,
        }
        return reports[asked.event](reference, charged=asked.charged, attempt=asked.attempt)

    def _told(self, told: Redemption) -> Answer:
        discounts = {str(one["code"]): int(one["discount"]) for one in told.evaluation["applied"]}
        assert told.undiscounted - told.amount_due == sum(discounts.values())
        return Answer(told.state, told.attempt, told.amount_due, discounts)


class _Checkout:
    """One reference, from its first hold to what becomes of it, as chance has it."""

    def __init__(self, teller: Teller, reference: str, chance: Random) -> None:
        self._teller = teller
        self._reference = reference
        self._chance = chance
        self._attempts = count(1)

    def go(self) -> None:
        asked = self._a_hold()
        held = self._ask(asked)
        if self._chances(0.15):
            held = self._ask(asked)  # a double click
        if self._chances(0.25):
            held = self._ask(self._a_hold())  # the cart has changed
        if self._chances(0.08):
            threading.Event().wait(1.2)  # a shopper who thinks it over, longer than some holds stand
        settled = self._settle(held)
        if settled is not None and settled.state == "released" and self._chances(0.5):
            self._settle(self._ask(self._a_hold()))  # and comes back

    def _a_hold(self) -> Asked:
        chance = self._chance
        return Asked(
            Event.HOLD,
            f"a{next(self._attempts)}",
            cart=chance.randrange(len(self._teller.carts)),
            lease=chance.choice([0, 0, 2]),
            ttl=chance.choice([1, 5, 5]),
            shown=chance.choice([None, None, None, PRICE - 300]),
        )

    def _settle(self, held: Answer | None) -> Answer | None:
        """Settle what was held, or leave it to time."""
        if held is None or held.state is None or held.attempt is None:
            return None
        event = self._chance.choices([Event.CONFIRM, Event.RELEASE, Event.DOUBT, None], [50, 25, 12, 13])[0]
        if event is None:
            return None
        report = Asked(event, held.attempt, charged=held.due if event is Event.CONFIRM else None)
        if event is Event.CONFIRM and self._chances(0.05):
            self._ask(replace(report, charged=1))  # no shop may charge that
        settled = self._ask(report)
        if event is Event.DOUBT and self._chances(0.6):
            settled = self._ask(replace(report, event=self._chance.choice([Event.CONFIRM, Event.RELEASE])))
        return settled

    def _ask(self, asked: Asked) -> Answer | None:
        for _ in range(TRIES):
            answer = self._teller.ask(self._reference, asked)
            if answer is not None:
                return answer
        return None

    def _chances(self, share: float) -> bool:
        return self._chance.random() < share
