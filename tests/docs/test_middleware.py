"""The recipes of docs/middleware.md, run against a real API: what they show is what they charge."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings
from django.urls import path
from prometheus_client import REGISTRY

from promo_middleware import Promotions
from promo_server.testing import Embedded, embedded
from tests.docs.test_blocks import ROOT, run
from tests.promo_middleware.conftest import World
from tests.scenarios.conftest import deliver
from tests.scenarios.shells import Urls
from tests.scenarios.shop import AsgiTransport, WsgiTransport

CART = "/carts/c1"


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Embedded]:
    with embedded(tmp_path) as api:
        yield api


@pytest.fixture
def page(api: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Run the page's blocks, with the API's address and key in the place of the page's."""
    text = (ROOT / "docs/middleware.md").read_text()
    copy = tmp_path / "middleware.md"
    copy.write_text(text.replace("http://127.0.0.1:8000", api.url).replace("promo_…", api.key))
    monkeypatch.chdir(tmp_path)
    with api.client() as client:
        World(api, client, tmp_path).promote()
    scope = run(copy)
    scope["promotions"].start()
    assert scope["promotions"].subscription.wait(60)
    yield scope
    for metric in scope["observers"][0]._made.values():
        REGISTRY.unregister(metric)  # the page runs more than once in a process
    for made in scope.values():
        if isinstance(made, Promotions):
            made.close()


def check(transport: httpx.BaseTransport, page: dict[str, Any], api: Embedded, promotions: str = "promotions") -> None:
    with httpx.Client(transport=transport, base_url="http://shop") as http:
        shown = http.get(CART).json()
        charged = http.post(f"{CART}/checkout")
    deliver(page[promotions])
    assert (shown["total"], charged.status_code, charged.json()["total"]) == (4792, 201, 4792)
    with api.client() as client:
        assert client.redemptions.get("c1").state == "confirmed"


@pytest.mark.parametrize("app", ["starlette_app", "fastapi_app"])
def test_a_recipe_for_asgi_runs(page: dict[str, Any], api: Embedded, app: str) -> None:
    check(AsgiTransport(page[app]), page, api)


def test_the_recipe_for_major_units_charges_what_it_shows(page: dict[str, Any], api: Embedded) -> None:
    promotions = page["in_major_units"]
    promotions.start()
    promotions.subscription.wait(5)
    with httpx.Client(transport=AsgiTransport(page["major_app"]), base_url="http://shop") as http:
        shown, charged = http.get(CART).json(), http.post(f"{CART}/checkout").json()
    deliver(promotions)
    assert (shown["total"], charged["total"]) == (47.92, "47.92")
    with api.client() as client:
        assert client.redemptions.get("c1").state == "confirmed"


def test_the_recipe_for_what_is_held_before_the_handler_runs(page: dict[str, Any], api: Embedded) -> None:
    page["held_before"].start()
    assert page["held_before"].subscription.wait(60)
    check(AsgiTransport(page["held_before_app"]), page, api, "held_before")


def test_the_recipe_for_flask_runs(page: dict[str, Any], api: Embedded) -> None:
    check(WsgiTransport(page["flask_app"]), page, api)


@pytest.mark.parametrize("is_async", [False, True])
def test_the_recipe_for_django_runs(page: dict[str, Any], api: Embedded, is_async: bool) -> None:
    show, check_out = page["urlpatterns"]
    if is_async:
        check_out = path("carts/<cart>/checkout", page["check_out_django_cart_async"])
    urls = Urls(show, check_out)
    with override_settings(PROMOTIONS=page["PROMOTIONS"], MIDDLEWARE=page["MIDDLEWARE"], ROOT_URLCONF=urls):
        check(AsgiTransport(ASGIHandler()) if is_async else WsgiTransport(WSGIHandler()), page, api)
