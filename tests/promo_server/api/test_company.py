"""The HTTP side: bodies, and what goes wrong before a use case."""

import httpx
import pytest
from starlette.applications import Starlette

from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, cart

pytestmark = ON_SQLITE  # what is read and refused is the same on both; what is stored has its tests elsewhere


@pytest.mark.parametrize(
    ("content", "status", "code", "said"),
    [
        (b"{", 400, "INVALID_JSON", "not JSON"),
        (b'{"cart": NaN}', 400, "INVALID_JSON", "NaN is not a number"),
        (b'{"cart": 1e400}', 400, "INVALID_JSON", "more than 40 digits"),
        (b"\xff", 400, "INVALID_JSON", "not JSON"),
        (b'{"cart": {}, "cart": {}}', 400, "INVALID_JSON", "'cart' stands twice"),
        (b"[" * 65 + b"]" * 65, 400, "INVALID_JSON", "more than 64 levels"),
        (b"[" * 100_000, 400, "INVALID_JSON", "not"),
        (b"[]", 422, "INVALID_FIELD", "must be a JSON object"),
        (b'{"cart": []}', 422, "INVALID_CART", "must be an object"),
        (b'{"cart": {"currency": "USD"}}', 422, "INVALID_CART", "is required"),
        (b'{"cart": {}, "x": 1}', 422, "INVALID_FIELD", "is not a known field"),
        (b" " * (1_048_577), 413, "PAYLOAD_TOO_LARGE", "at most 1048576 bytes"),
    ],
    ids=range(12),
)
async def test_a_body_that_is_not_a_request_is_refused(
    api: Api, content: bytes, status: int, code: str, said: str
) -> None:
    headers = {"Content-Type": "application/json"}
    response = await api.http.post("/evaluations", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert said in response.json()["message"]


async def test_another_media_type_is_refused(api: Api) -> None:
    response = await api.http.post("/evaluations", data={"cart": "1"})
    assert (response.status_code, response.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_what_the_router_refuses_has_the_contracts_shape(api: Api) -> None:
    assert (await api.call("GET", "/nowhere", status=404))["code"] == "NOT_FOUND"
    assert (await api.call("DELETE", "/campaigns", status=405))["code"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/campaigns", {"GET", "HEAD", "POST"}),
        ("PUT", "/campaigns/c/promotions/p", {"GET", "HEAD", "PATCH"}),
        ("PUT", "/redemptions/order-1/confirm", {"POST"}),
        ("GET", "/redemptions/order%2F1/doubt", {"POST"}),
        ("POST", "/redemptions/order-1", {"GET", "HEAD", "PUT"}),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_told_those_it_has(
    api: Api, method: str, path: str, allowed: set[str]
) -> None:
    response = await api.http.request(method, path)
    assert (response.status_code, set(response.headers["allow"].split(", "))) == (405, allowed)


async def test_a_step_in_a_reference_is_part_of_it_where_it_is_quoted(api: Api) -> None:
    held = await api.hold("a%2Fconfirm", attempt="a")
    assert held["reference"] == "a/confirm"
    assert (await api.settle("a%2Fconfirm", "confirm"))["state"] == "confirmed"


async def test_a_ruleset_is_not_sent_twice(api: Api) -> None:
    await api.promote()
    first = await api.http.get("/ruleset")
    assert first.headers["etag"] == f'"{first.json()["revision"]}"'
    again = await api.http.get("/ruleset", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await api.promote(promotion_name="More", promotion_code="MORE")
    changed = await api.http.get("/ruleset", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


async def test_an_evaluation_is_a_dry_run_at_the_carts_own_moment(api: Api) -> None:
    await api.promote(usage_limits={"total_usage_limit": 1})
    for _ in range(3):
        evaluation = await api.call("POST", "/evaluations", {"cart": cart()})
        assert evaluation["totals"]["amount_due"] == 4792
    early = await api.call("POST", "/evaluations", {"cart": cart(at="2026-11-01T00:00:00Z")})
    assert early["codes"][0]["reason"] == "not_started"


async def test_entitlements_are_the_uses_left_of_what_is_asked_for(api: Api) -> None:
    promotion = (await api.promote(usage_limits={"total_usage_limit": 5, "per_customer_limit": 2}))["promotion_id"]
    await api.hold("o1")
    asked = {"customer_id": "7", "promotions": [promotion, "promo_unknown"]}
    answer = await api.call("POST", "/entitlements", asked)
    assert answer == {"uses": {promotion: {"total": 4, "customer": 1, "daily": None, "budget": None}}}


async def test_a_failure_of_ours_says_nothing_of_its_inside(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("promo_server.services.evaluations.evaluate_now", crash)
    error = await api.call("POST", "/evaluations", {"cart": cart()}, status=500)
    assert error["code"] == "INTERNAL_ERROR"
    assert "secret" not in error["message"]
    assert "the secret inside" in caplog.text


async def test_the_installed_types_are_listed(api: Api) -> None:
    answer = await api.call("GET", "/promotion-types")
    assert [one["name"] for one in answer["promotion_types"]] == [
        "bundle_deal",
        "buy_x_get_y",
        "fixed_amount_discount",
        "free_shipping",
        "loyalty_bonus",
        "percentage_discount",
    ]


async def test_health_needs_no_key(app: Starlette) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http:
        assert (await http.get("/health")).json()["status"] == "ok"


@pytest.mark.parametrize("reference", ["order/2026/7", "ü ä", "a.b~c", "confirm", "%2F", "x" * 255])
async def test_a_reference_is_whatever_the_shop_uses(api: Api, reference: str) -> None:
    from urllib.parse import quote

    await api.promote()
    path = quote(reference, safe="")
    held = await api.hold(path, attempt="a")
    assert held["reference"] == reference
    assert (await api.settle(path, "confirm"))["state"] == "confirmed"
    assert (await api.call("GET", f"/redemptions/{path}"))["reference"] == reference


@pytest.mark.parametrize("reference", ["", "x" * 256])
async def test_a_reference_without_end_or_beginning_is_refused(api: Api, reference: str) -> None:
    error = await api.hold(reference, attempt="a", status=422)
    assert error["errors"][0]["field"] == "reference"
