"""The shop on Flask: what it shows is what it charges."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from examples.wsgi_shop.app import create_app
from promo_middleware import Promotions
from promo_server.testing import embedded
from tests.promo_middleware.conftest import TIMING, World
from tests.scenarios.conftest import deliver

QUANTITIES = {"MILK": 1, "TEA": 1}


def as_json(answer: TestResponse) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.data)
    return body


@dataclass
class Open:
    """The shop, its till, and the API behind it."""

    http: FlaskClient
    world: World
    promotions: Promotions
    charges: list[tuple[str, int]] = field(default_factory=list)

    def fill(self, *codes: str) -> dict[str, Any]:
        answer = self.http.post("/carts", json={"quantities": QUANTITIES, "codes": codes})
        assert answer.status_code == 201
        return as_json(answer)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with embedded(tmp_path) as api, api.client() as client:
        yield World(api, client, tmp_path)


@pytest.fixture
def shop(world: World, tmp_path: Path) -> Iterator[Open]:
    charges: list[tuple[str, int]] = []
    settings: dict[str, Any] = {"company_id": world.api.company_id, "api_key": world.api.key, "timing": TIMING}
    world.promote(usage_limits={"total_usage_limit": 1})
    app = create_app(
        world.api.url, charge=lambda *charge: charges.append(charge), directory=tmp_path / "shop", **settings
    )
    promotions = app.extensions["promotions"]
    promotions.start()
    assert promotions.subscription.wait(60)
    yield Open(app.test_client(), world, promotions, charges)
    promotions.close()


def test_it_charges_what_it_shows(shop: Open) -> None:
    cart = shop.fill("SPRING20")
    shown = as_json(shop.http.get(f"/carts/{cart['id']}"))
    order = as_json(shop.http.post(f"/carts/{cart['id']}/checkout"))
    deliver(shop.promotions)
    assert (cart["total"], shown["total"], order["total"]) == (4792, 4792, 4792)
    assert shop.charges == [(cart["id"], 4792)]
    assert shop.world.redemption(cart["id"]).state == "confirmed"


def test_what_has_become_dearer_is_told_before_anything_is_charged(shop: Open) -> None:
    fast, slow = shop.fill("SPRING20"), shop.fill("SPRING20")
    shop.http.post(f"/carts/{fast['id']}/checkout")
    refused = shop.http.post(f"/carts/{slow['id']}/checkout")
    assert (refused.status_code, as_json(refused)["error"]) == (409, "total_changed")
    assert shop.charges == [(fast["id"], 4792)]


def test_a_cart_that_is_not_there_is_a_404_of_the_shop(shop: Open) -> None:
    assert shop.http.get("/carts/none").json == {"error": "no such cart"}
