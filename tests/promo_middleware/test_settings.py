"""What a shop says of how its promotions work: each setting that cannot be is refused by its name, with what would."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promo_engine import Cart, Customer
from promo_middleware import CanonicalCart, CartMapping, ConfigurationError, Promotions, ShopMapping, Timing
from promo_sdk import PromotionsClient

API = "http://127.0.0.1:9"
KNOWN: dict[str, Any] = {"company_id": "shop", "api_key": "promo_a_b"}
A_FILE = "(a rules file is rules=Path('promotions.json')), not "


async def awaited(given: object) -> None: ...


class Awaited:
    async def __call__(self, given: object) -> None: ...


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("customer", "user.id", "customer must be a function of a request that returns a Customer, or None, not 'user"),
        ("customer", Awaited(), "customer must be a plain function: nobody awaits what it returns"),
        ("order_lookup", {}, "order_lookup must be a function of a checkout reference that returns what was charged"),
        ("order_lookup", awaited, "order_lookup must be a plain function: the background thread calls it"),
        ("mapping", {}, "mapping must be a CartMapping, as CartMapping(), not {}"),
        ("mapping", CartMapping, "mapping must be a CartMapping, as CartMapping(), not <class"),
        ("timing", {}, "timing must be a Timing, as Timing(refresh=5), not {}"),
        ("clock", 7, "clock must be a Clock, not 7"),
        ("code_entry", "a secret of this shop", "code_entry must be a CodeEntry, as CodeEntry(secret=…), not a str"),
        (
            "observers",
            print,
            "observers must be a list of functions of an Event, as [PrometheusObserver()], not <built",
        ),
        (
            "observers",
            ["log"],
            "observers must be a list of functions of an Event, as [PrometheusObserver()], not ['log",
        ),
        ("tax", Decimal(19), "tax must be a TaxRule, or a function (cart, evaluation), not Decimal('19')"),
        ("directory", 7, "directory must be the path of a folder, as Path('promotions-data'), not 7"),
        ("codes", "cookie:promo", "codes must be a list of places, as [\"cookie:promo\"], not 'cookie:promo'"),
        ("codes", [7], "a place in a request is 'path:cart', 'cookie:checkout', 'header:X-Checkout' or"),
        ("carts", "GET /cart", "carts must be a list, as [\"GET /cart\"], not 'GET /cart'"),
        ("carts", [7], "carts: a route is a method and a path, as 'GET /cart', not 7"),
        ("carts", [], 'carts is empty, so nothing would be shown: name a route, as ["GET /cart"]'),
        ("checkouts", {"POST /pay"}.__contains__, 'checkouts must be a list, as ["POST /checkout"], not <built-in'),
    ],
)
def test_a_setting_of_another_kind_is_refused(tmp_path: Path, name: str, given: Any, said: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Promotions(API, **({"directory": tmp_path} | KNOWN | {name: given}))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("api", "shown"),
    [
        (Path("promotions.json"), "PosixPath('promotions.json')"),
        ("promotions.json", "'promotions.json'"),
        ("localhost:8000", "'localhost:8000'"),
        ({"url": API}, "{'url': 'http://127.0.0.1:9'}"),
    ],
)
def test_what_is_no_api_is_refused_and_a_file_has_its_place(api: Any, shown: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Promotions(api)
    assert str(refused.value).startswith("api must be like https://promotions.example.com, a function")
    assert str(refused.value).endswith(A_FILE + shown)


def test_a_client_is_made_by_a_function(tmp_path: Path) -> None:
    client = PromotionsClient(API, **KNOWN)
    with client, pytest.raises(ConfigurationError, match="a function that makes a client"):
        Promotions(client, directory=tmp_path)  # type: ignore[arg-type]


def test_an_api_that_no_client_can_have_is_named_as_the_setting_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^api must not hold a user or password: pass api_key"):
        Promotions("https://me:secret@shop.example", directory=tmp_path, **KNOWN)


def test_rules_in_place_of_their_file_are_refused() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Promotions(rules={"promotions": []})  # type: ignore[arg-type]
    assert str(refused.value) == (
        "rules must be the path of a file, as Path('promotions.json'), not {'promotions': []}"
    )


class OfOnesOwn:
    """A mapping by its methods alone."""

    block, states_charge, checkout_reference = "promotions", False, None

    def read(self, document: Any) -> Cart:
        raise NotImplementedError

    def write(self, document: Any, priced: Any, taxes: Any = None) -> None: ...


@pytest.mark.parametrize("mapping", [OfOnesOwn(), CanonicalCart(), type("Ours", (ShopMapping,), {})()])
def test_what_reads_and_writes_carts_is_a_mapping(tmp_path: Path, mapping: Any) -> None:
    Promotions(API, directory=str(tmp_path), mapping=mapping, carts=("GET /cart",), **KNOWN).close()  # type: ignore[arg-type]


def test_carts_may_be_none_where_something_else_is_configured_or_prices_are_asked_for_alone(tmp_path: Path) -> None:
    Promotions(API, directory=tmp_path, **KNOWN).close()
    others: dict[str, Any] = {"checkouts": ["POST /pay"], "settle": "later"}
    Promotions(API, directory=tmp_path, carts=[], **others, **KNOWN).close()


@pytest.mark.parametrize(
    ("name", "seconds", "least"),
    [
        ("refresh", -1, "above 0, not -1"),
        ("refresh", 0, "above 0, not 0"),
        ("refresh", "5", "above 0, not '5'"),
        ("hold_timeout", True, "above 0, not True"),
        ("entitlement_deadline", float("nan"), "above 0, not nan"),
        ("entitlement_lifetime", float("inf"), "from 0, not inf"),
        ("lookup_after", -0.5, "from 0, not -0.5"),
        ("charge_timeout", None, "from 0, not None"),
    ],
)
def test_a_time_that_is_none_is_refused(name: str, seconds: Any, least: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Timing(**{name: seconds})
    assert str(refused.value) == f"timing: {name} must be a number of seconds {least}"


def test_times_that_may_be_nothing_may_be_nothing() -> None:
    assert Timing(entitlement_lifetime=0, lookup_after=0.0, charge_timeout=0).lookup_after == 0


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("u1", "customer must return a Customer, as Customer(id=\"u1\"), not 'u1'"),
        (("u1",), "customer must return a Customer, as Customer(id=\"7\"), not ('u1',)"),
    ],
)
def test_a_resolver_that_returns_no_customer_fails_and_is_told_what_to_return(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, returned: Any, said: str
) -> None:
    promotions = Promotions(API, directory=tmp_path, customer=lambda request: returned, **KNOWN)
    shopper = promotions.shopper_of({}, lambda source: source, None)
    promotions.close()
    assert str(shopper.failure) == said
    assert said in caplog.text


@pytest.mark.parametrize("customer", [Customer(id="7"), None])
def test_a_resolver_returns_a_customer_or_none(tmp_path: Path, customer: Customer | None) -> None:
    promotions = Promotions(API, directory=tmp_path, customer=lambda request: customer, **KNOWN)
    assert promotions.shopper_of({}, lambda source: source, None).customer is customer
    promotions.close()
