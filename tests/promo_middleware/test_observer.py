"""What observers are told of carts and checkouts, and what metrics make of it, with the real libraries."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from prometheus_client import CollectorRegistry, generate_latest

from promo_engine import Customer
from promo_middleware import Event, Marked, Promotions, Step
from promo_middleware.entry import REMEMBERED
from promo_middleware.metrics import METRICS
from promo_middleware.observer import (
    CartAdjusted,
    CartLeft,
    CheckoutSettled,
    CheckoutWithoutHold,
    EntitlementsMissed,
    HoldEnded,
    OutboxLeft,
    told,
)
from promo_middleware.opentelemetry import OpenTelemetryObserver
from promo_middleware.prometheus import PrometheusObserver
from promo_middleware.wsgi import PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.offline import offline
from tests.promo_middleware.wire import environ_of, serve

JSON = ("Content-Type", "application/json")
EVERY_EVENT: list[Event] = [
    CartAdjusted(0.002),
    CartLeft("mapping", "/carts/SECRET", "SECRET"),
    EntitlementsMissed("late", "/carts/SECRET"),
    HoldEnded("granted", 0.02),
    CheckoutSettled("doubt", "SECRET", "held 1, charged 2: in doubt"),
    CheckoutWithoutHold("/carts/SECRET", 7),
    OutboxLeft({"confirm": 2, "in_doubt": 0}),
]


@contextmanager
def watched(directory: Path, **settings: Any) -> Iterator[tuple[Promotions, list[Event]]]:
    events: list[Event] = []
    with offline(directory, observers=[events.append], **settings) as promotions:
        yield promotions, events


def show(promotions: Promotions, body: bytes, status: str = "200 OK") -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [JSON])
        return [body]

    serve(PromotionsMiddleware(app, promotions), environ_of())


def of_carts(events: list[Event]) -> list[Any]:
    return [one for one in events if isinstance(one, CartAdjusted | CartLeft)]


def test_a_cart_that_is_adjusted_says_what_that_took(tmp_path: Path) -> None:
    with watched(tmp_path) as (promotions, events):
        show(promotions, json.dumps(a_cart()).encode())
    [adjusted] = of_carts(events)
    assert isinstance(adjusted, CartAdjusted)
    assert 0 < adjusted.seconds < 5


@pytest.mark.parametrize(
    ("body", "status", "why"),
    [
        (json.dumps(a_cart() | {"total": 1}).encode(), "200 OK", "mapping"),
        (b"{", "200 OK", "mapping"),
        (b"{}", "404 Not Found", "no_cart"),
        (b" " * 1_100_000, "200 OK", "too_large"),
    ],
)
def test_a_response_that_is_left_alone_says_why(tmp_path: Path, body: bytes, status: str, why: str) -> None:
    with watched(tmp_path) as (promotions, events):
        show(promotions, body, status)
    [left] = of_carts(events)
    assert left.why == why


def test_a_resolver_that_fails_is_a_why(tmp_path: Path) -> None:
    def customer(environ: Any) -> Customer:
        raise ZeroDivisionError

    with watched(tmp_path, customer=customer) as (promotions, events):
        show(promotions, json.dumps(a_cart()).encode())
    assert [left.why for left in of_carts(events)] == ["customer"]


def test_what_is_not_marked_is_nothing_to_tell_of(tmp_path: Path) -> None:
    with watched(tmp_path, carts=[Marked("GET /cart")]) as (promotions, events):
        show(promotions, json.dumps(a_cart()).encode())
    assert of_carts(events) == []


def pay(promotions: Promotions, charged: int, *, holds: bool = True) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        if holds:
            environ["fairtill.promotions"].hold(reference="o1", cart=a_cart())
        start_response("201 Created", [JSON])
        return [json.dumps({"total": charged}).encode()]

    serve(PromotionsMiddleware(app, promotions), environ_of("POST", "/pay"))


def test_holds_and_how_checkouts_end_are_told(tmp_path: Path) -> None:
    with watched(tmp_path) as (promotions, events):
        pay(promotions, 4792)
        pay(promotions, 4792)
        pay(promotions, 5990, holds=False)
    assert [one.outcome for one in events if isinstance(one, HoldEnded)] == ["granted_away", "checkout_closed"]
    assert [one for one in events if isinstance(one, CheckoutSettled)] == [CheckoutSettled("confirm", "o1")]
    assert [one for one in events if isinstance(one, CheckoutWithoutHold)] == [CheckoutWithoutHold("/pay", 5990)]


def test_another_amount_is_told_with_the_problem(tmp_path: Path) -> None:
    with watched(tmp_path) as (promotions, events):
        pay(promotions, 5000)
    assert CheckoutSettled("doubt", "o1", "held 4792, charged 5000: in doubt") in events


def test_what_waits_in_the_outbox_is_told_by_step(tmp_path: Path) -> None:
    with watched(tmp_path) as (promotions, events):
        pay(promotions, 4792)
        assert promotions.outbox.waiting() == dict.fromkeys((one for one in Step if one not in REMEMBERED), 0) | {
            "confirm": 1
        }
    assert any(isinstance(one, OutboxLeft) for one in events)


def test_an_observer_that_fails_is_logged_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    events: list[Event] = []

    def fails(event: Event) -> None:
        raise ZeroDivisionError

    told([fails, events.append])(CartAdjusted(0.1))
    assert events == [CartAdjusted(0.1)]
    assert "an observer failed at CartAdjusted" in caplog.text


def test_prometheus_counts_it() -> None:
    registry = CollectorRegistry()
    observer = PrometheusObserver(registry)
    for event in [*EVERY_EVENT, CartAdjusted(0.2)]:
        observer(event)
    value = registry.get_sample_value
    assert value("fairtill_carts_total", {"outcome": "adjusted", "why": ""}) == 2
    assert value("fairtill_carts_total", {"outcome": "left", "why": "mapping"}) == 1
    assert value("fairtill_cart_added_seconds_bucket", {"le": "0.0025"}) == 1
    assert value("fairtill_entitlements_missed_total", {"why": "late"}) == 1
    assert value("fairtill_holds_total", {"outcome": "granted"}) == 1
    assert value("fairtill_hold_seconds_sum") == 0.02
    assert value("fairtill_checkouts_total", {"outcome": "doubt"}) == 1
    assert value("fairtill_charge_mismatches_total") == 1
    assert value("fairtill_checkouts_without_hold_total") == 1
    assert value("fairtill_outbox", {"step": "confirm"}) == 2
    assert b"SECRET" not in generate_latest(registry)


def test_opentelemetry_counts_the_same() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    observer = OpenTelemetryObserver(provider.get_meter("shop"))
    for event in EVERY_EVENT:
        observer(event)
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    provider.shutdown()
    [scope] = data["resource_metrics"][0]["scope_metrics"]
    points = {metric["name"]: metric["data"]["data_points"] for metric in scope["metrics"]}
    assert set(points) == {f"fairtill.{metric.name}" for metric in METRICS}
    assert {one["attributes"]["outcome"]: one["value"] for one in points["fairtill.carts"]} == {
        "adjusted": 1,
        "left": 1,
    }
    assert points["fairtill.cart_added_seconds"][0]["sum"] == 0.002
    assert {one["attributes"]["step"]: one["value"] for one in points["fairtill.outbox"]} == {
        "confirm": 2,
        "in_doubt": 0,
    }
    assert "SECRET" not in json.dumps(data)
