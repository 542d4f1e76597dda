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
    scope["promotions"].subscription.wait(5)
    yield scope
    scope["promotions"].close()


def check(transport: httpx.BaseTransport, page: dict[str, Any], api: Embedded) -> None:
    with httpx.Client(transport=transport, base_url="http://shop") as http:
        shown = http.get(CART).json()
        charged = http.post(f"{CART}/checkout")
    deliver(page["promotions"])
    assert (shown["total"], charged.status_code, charged.json()["total"]) == (4792, 201, 4792)
    with api.client() as client:
        assert client.redemptions.get("c1").state == "confirmed"


@pytest.mark.parametrize("app", ["starlette_app", "fastapi_app"])
def test_a_recipe_for_asgi_runs(page: dict[str, Any], api: Embedded, app: str) -> None:
    check(AsgiTransport(page[app]), page, api)


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
