"""``promo check``: what each route is, what the mapping makes of a cart, and what is wrong where."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import JsonResponse
from django.test import override_settings
from django.urls import path

from promo_cli import main
from promo_middleware import CartMapping, Head, Marked, Shipments
from promo_middleware.routes import Routes
from promo_middleware.till import Till
from tests.promo_middleware.test_local import SPRING, rules
from tests.scenarios.shells import Urls

SHOP = "tests.promo_middleware.shop_to_check"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SHOP_FOLDER", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path])
    rules(tmp_path / "promotions.json", SPRING, currency="EUR")
    sys.modules.pop(SHOP, None)
    yield tmp_path
    module = sys.modules.pop(SHOP, None)
    if module is not None:
        module.promotions.close()


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def words(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


def test_each_route_is_said_what_it_is_and_a_pattern_that_meets_none_is_named(folder: Path) -> None:
    result = check(f"{SHOP}:app")
    assert words(result.output)[:7] == [
        ["METHOD", "PATH", "IS", "A"],
        ["GET", "/shop/carts/{cart}", "cart"],
        ["HEAD", "/shop/carts/{cart}", "cart"],
        ["POST", "/shop/carts/{cart:int}/checkout", "checkout"],
        ["GET", "/about", "-"],
        ["HEAD", "/about", "-"],
        ["'GET", "/basket'", "is", "configured,", "but", "the", "app", "has", "no", "such", "route."],
    ]
    assert result.exit_code == 1


def test_an_app_that_does_not_list_its_routes_has_its_patterns_listed(folder: Path) -> None:
    result = check(f"{SHOP}:promotions")
    assert "The app does not list its routes, so these are the configured ones:" in result.output
    assert ["GET", "/basket", "cart"] in words(result.output)
    assert result.exit_code == 0


def test_promotions_are_found_inside_of_other_middleware(folder: Path) -> None:
    assert ["GET", "/basket", "cart"] in words(check(f"{SHOP}:outer").output)


def test_a_sample_says_what_it_comes_to(folder: Path) -> None:
    module = importlib.import_module(SHOP)
    (folder / "cart.json").write_text(json.dumps(module.CART))
    result = check(f"{SHOP}:promotions", "--sample", str(folder / "cart.json"))
    assert words(result.output)[-10:] == [
        ["other:wrap", "1", "2.50", "2.50"],
        ["codes", "none"],
        ["customer", "nobody"],
        ["The", "cart", "fits,", "to", "the", "minor", "unit", "of", "EUR:"],
        ["lines", "15.00"],
        ["shipping", "4.90"],
        ["other", "amounts", "2.50"],
        ["the", "shop's", "own", "discounts", "-5.00"],
        ["come", "to", "17.40"],
        ["the", "shop", "says", "17.40"],
    ]
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": "17.41"}, "come to 1740, the shop says 1741: off by 1"),
        ({"lines": [{"id": "a", "sku": "TEA", "price": "5.00", "quantity": 3}]}, "lines[0].unit_price: is not there"),
        ({"voucher": "five"}, "voucher: must be an amount of EUR, not 'five'"),
    ],
)
def test_a_sample_that_does_not_fit_says_which_path(folder: Path, change: dict[str, str], said: str) -> None:
    module = importlib.import_module(SHOP)
    (folder / "cart.json").write_text(json.dumps(module.CART | change))
    result = check(f"{SHOP}:promotions", "--sample", str(folder / "cart.json"))
    assert said in result.output
    assert result.exit_code == 1


def test_the_app_itself_is_asked_as_if_there_were_no_promotions(folder: Path) -> None:
    result = check(f"{SHOP}:app", "--get", "/shop/carts/7?full=1", "--header", "Cookie: session=1")
    assert "GET /shop/carts/7?full=1 answers 200." in result.output
    assert "The cart fits, to the minor unit of EUR" in result.output
    assert "off by 1" in check(f"{SHOP}:app", "--get", "/shop/carts/wrong").output


@pytest.mark.parametrize("name", ["starlette", "litestar", "falcon", "falcon_wsgi"])
def test_an_app_that_the_middleware_stands_around_is_asked_as_if_there_were_no_promotions(
    folder: Path, name: str
) -> None:
    result = check(f"{SHOP}:wrapped.{name}", "--get", "/shop/carts/7")
    assert "The cart fits, to the minor unit of EUR" in result.output
    assert result.exit_code == 0


NO_CARTS = {
    "/basket/": ["is none of your carts: GET /shop/carts/{cart}, GET /basket", "answers 404, no cart"],
    "/about": ["is none of your carts: GET /shop/carts/{cart}, GET /basket"],
    "/shop/carts/lost": ["answers 404, no cart"],
    "/shop/carts/moved": ["answers 307 (to /basket), no cart"],
    "/shop/carts/page": ["answers text/html; charset=utf-8, and only plain application/json is a cart"],
    "/shop/carts/packed": ["answers application/json in br, and only plain application/json is a cart"],
    "/shop/carts/long": ["answers more than 1048576 bytes, too much for a cart"],
}


@pytest.mark.parametrize("where", NO_CARTS)
def test_what_is_no_cart_to_the_middleware_is_said_to_be_none(folder: Path, where: str) -> None:
    result = check(f"{SHOP}:wrapped.starlette" if where != "/about" else f"{SHOP}:app", "--get", where)
    assert result.output.splitlines()[-len(NO_CARTS[where]) :] == [f"GET {where} {one}" for one in NO_CARTS[where]]
    assert result.exit_code == 1


def test_a_marked_route_that_does_not_mark_its_response_is_no_cart(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(SHOP)
    monkeypatch.setattr(module.promotions, "routes", Routes([Marked("GET /about")], []))
    result = check(f"{SHOP}:app", "--get", "/about")
    assert "GET /about answers no header Promo-Cart, and its route is Marked: no cart" in result.output
    assert result.exit_code == 1


def test_what_a_cart_says_beside_its_amounts_is_printed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(SHOP)
    mapping = CartMapping(
        amounts="major",
        shipping=Shipments(entries="parcels", method="by"),
        codes="coupons",
        guest_key="mail",
        country="to",
        payment_method="by",
    )
    cart = {
        "currency": "EUR",
        "lines": [],
        "parcels": [{"id": "1", "price": 5, "by": "express"}],
        "total": "5.00",
        "coupons": ["SPRING20", "FIVE"],
        "mail": "a@b.example",
        "to": "DE",
        "by": "card",
    }
    monkeypatch.setattr(module.promotions, "mapping", Till(mapping))
    (folder / "cart.json").write_text(json.dumps(cart))
    said = words(check(f"{SHOP}:promotions", "--sample", str(folder / "cart.json")).output)
    assert said[said.index(["codes", "SPRING20,", "FIVE"]) :][:5] == [
        ["codes", "SPRING20,", "FIVE"],
        ["customer", "guest", "a@b.example"],
        ["shipping", "methods", "express"],
        ["payment", "method", "card"],
        ["destination", "DE"],
    ]


def test_the_app_is_started_before_it_is_asked_and_ended_after(folder: Path) -> None:
    result = check(f"{SHOP}:living", "--promotions", f"{SHOP}:promotions", "--get", "/basket")
    assert "The cart fits" in result.output
    assert importlib.import_module(SHOP).life == ["started", "asked", "ended"]


def test_an_app_that_does_not_start_says_why(folder: Path) -> None:
    result = check(f"{SHOP}:stillborn", "--promotions", f"{SHOP}:promotions", "--get", "/basket")
    assert f"Error: {SHOP}:stillborn does not start:" in result.output
    assert "no database" in result.output
    assert result.exit_code == 1


def test_tests_of_the_head_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(SHOP)

    def is_about(head: Head) -> bool:
        return head.path == "/about"

    monkeypatch.setattr(module.promotions, "routes", Routes([is_about], []))
    result = check(f"{SHOP}:app")
    assert ["GET", "/about", "cart"] in words(result.output)
    assert "is_about() says of each other request whether it is a cart." in result.output
    assert result.exit_code == 0


def test_a_wsgi_app_is_asked_too(folder: Path) -> None:
    named = ("--promotions", f"{SHOP}:promotions")
    result = check(f"{SHOP}:wsgi", *named, "--get", "/basket", "--header", "Cookie: a=1")
    assert "The cart fits" in result.output


def test_a_flask_shop_lists_its_routes_and_is_asked(folder: Path) -> None:
    result = check(f"{SHOP}:flask_app", "--get", "/shop/carts/gr%C3%BCn")
    assert ["GET", "/shop/carts/<cart>", "cart"] in words(result.output)
    assert ["POST", "/shop/carts/<int:cart>/checkout", "checkout"] in words(result.output)
    assert "'GET /basket' is configured, but the app has no such route." in result.output
    assert "The cart fits" in result.output


@pytest.mark.parametrize("handler", [WSGIHandler, ASGIHandler])
def test_the_promotions_of_a_django_shop_are_found_and_it_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, handler: type
) -> None:
    module = importlib.import_module(SHOP)
    urls = Urls(path("shop/carts/<cart>", lambda request, cart: JsonResponse(module.CART)))
    middleware = ["django.middleware.gzip.GZipMiddleware", "promo_middleware.django.PromotionsMiddleware"]
    with override_settings(PROMOTIONS=module.promotions, MIDDLEWARE=middleware, ROOT_URLCONF=urls):
        monkeypatch.setattr(module, "bare", handler())
        result = check(f"{SHOP}:bare", "--get", "/shop/carts/7")
    assert "The app does not list its routes" in result.output
    assert "The cart fits" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "'nowhere' must be a module and a name in it, as shop:app"),
        (["nowhere:app"], "there is no module 'nowhere'"),
        ([f"{SHOP}:ap"], "there is no 'ap' in"),
        ([f"{SHOP}:bare"], "shows no Promotions: name them by --promotions"),
        ([f"{SHOP}:app", "--promotions", f"{SHOP}:number"], "shows no Promotions"),
        ([f"{SHOP}:app", "--get", "/x", "--header", "Cookie"], "must be a name and a value"),
        ([f"{SHOP}:promotions", "--get", "/x"], f"--get asks an app: {SHOP}:promotions is none, but Promotions"),
    ],
)
def test_an_argument_that_cannot_be_is_refused(folder: Path, arguments: list[str], said: str) -> None:
    result = check(*arguments)
    assert said in result.output
    assert result.exit_code == 2


def test_a_setting_that_is_refused_is_said_in_one_line(folder: Path) -> None:
    (folder / "promotions.json").write_text("{")
    result = check(f"{SHOP}:app")
    assert f"Error: {SHOP}: rules: {folder}/promotions.json: is not JSON" in result.output
    assert result.exit_code == 1
