"""A cart is priced without input or output, but for one question to the API, which has its deadline."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from promo_engine import Cart, Customer, Entitlements
from promo_engine.testing import a_ruleset, percent_off
from promo_middleware import ApiAway, Promotions, Timing
from promo_middleware.api import ApiPort
from promo_sdk import PromotionsClient
from tests.promo_middleware.conftest import MAPPING, a_cart
from tests.scenarios.audit import listening
from tests.scenarios.shells import Shell
from tests.scenarios.shop import Shop

DEADLINE = 0.15
RULES = a_ruleset(percent_off(20, id="all"), percent_off(10, id="once", customer_limit=1))


class Silent(ApiPort):
    """The way to an API that hangs up once and then never answers; its rules are there already."""

    def __init__(self, port: int, *, is_limited: bool) -> None:
        super().__init__(
            lambda: PromotionsClient(f"http://127.0.0.1:{port}", company_id="shop", api_key="promo_x", retries=0),
            entitlements_timeout=60,
            hold_timeout=60,
        )
        self._rules = RULES if is_limited else a_ruleset(percent_off(20))
        self.questions: list[Sequence[str]] = []

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        return None if revision == self._rules.revision else self._rules.document()

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        self.questions.append(promotions)
        return super().entitlements(customer, promotions, codes, cart)

    def warm(self) -> None:
        """Be hung up on, however long it takes: what a first question opens and imports is there for the next."""
        with suppress(ApiAway):
            super().entitlements(None, ["once"], [])


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0), backlog=20) as listener:

        def hang_up() -> None:
            listener.accept()[0].close()

        first = threading.Thread(target=hang_up)
        first.start()
        yield listener.getsockname()[1]
        first.join()


@contextmanager
def opened(shell: Shell, folder: Path, port: Silent) -> Iterator[httpx.Client]:
    """Open the shop, and have it show a cart once before."""
    port.warm()
    promotions = Promotions(
        port,
        carts=["GET /carts/{cart}"],
        mapping=MAPPING,
        directory=folder,
        timing=Timing(refresh=3_600, entitlement_deadline=DEADLINE),
    )
    promotions.start()
    assert promotions.subscription.wait(60)
    shop = Shop({"c1": a_cart(), "c2": a_cart(customer="8")})
    with shell(shop, promotions) as transport, httpx.Client(transport=transport, base_url="http://shop") as http:
        http.get("/carts/c1")
        yield http
    promotions.close()


def test_a_cart_is_priced_without_any_input_or_output(tmp_path: Path, shell: Shell, silent_port: int) -> None:
    port = Silent(silent_port, is_limited=False)
    with opened(shell, tmp_path, port) as http, listening() as heard:
        shown = http.get("/carts/c1").json()["total"]
    assert (shown, heard, port.questions) == (4792, [], [])


def test_uses_left_are_the_one_question_and_a_silent_api_is_waited_for_no_longer_than_its_deadline(
    tmp_path: Path, shell: Shell, silent_port: int
) -> None:
    port = Silent(silent_port, is_limited=True)
    with opened(shell, tmp_path, port) as http, listening() as heard:
        began = time.monotonic()
        shown = http.get("/carts/c2").json()
        taken = time.monotonic() - began
    assert (shown["total"], port.questions) == (4792, [["once"], ["once"]])
    assert DEADLINE <= taken < DEADLINE + 5  # of the 60 s that the API would take
    assert {one.split()[0] for one in heard} <= {"socket.getaddrinfo", "socket.connect", "socket.__new__"}


def test_the_listener_hears_what_is_done(tmp_path: Path) -> None:
    with listening() as heard:
        (tmp_path / "file").write_text("")
    assert [one.split()[0] for one in heard] == ["open"]
