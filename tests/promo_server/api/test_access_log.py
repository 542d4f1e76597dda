"""What logs say: enough to find a request, and nothing that is somebody's."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from examples.shop.proof.servers import PROMO, running
from promo_contracts import Scope, write_json
from promo_contracts.company.examples import EXAMPLES
from promo_contracts.company.routes import ROUTES
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import create_context
from promo_server.testing import _kept_port
from tests.promo_server.conftest import Api, cart

JSON = {"Content-Type": "application/json"}
PERSONAL = ("SPRING20", "Spring Fresh", "jane@example.com", "order-1", "jane", "FRIENDSONLY", "SPRINGFRIENDS")


def lines(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [json.loads(one.message) for one in caplog.records if one.name == "promo_server.access"]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "promo_server")
    return caplog


async def test_a_request_is_one_line_of_json(api: Api, log: pytest.LogCaptureFixture) -> None:
    await api.promote()
    await api.http.put("/redemptions/order-1", json={"attempt": "a", "cart": cart()}, headers={"X-Request-Id": "r-7"})
    line = lines(log)[-1]
    assert line.pop("ms") >= 0
    assert line == {
        "method": "PUT",
        "route": "/promotions/company/{company_id}/redemptions/{reference}",
        "status": 200,
        "company": "shop",
        "key": "marketing_admin_001",
        "request_id": "r-7",
    }


async def test_who_has_no_key_is_nobody(api: Api, log: pytest.LogCaptureFixture) -> None:
    await api.http.get("/campaigns", headers={"Authorization": "Bearer promo_a_b"})
    await api.http.get("/jane@example.com")
    assert [(line["status"], line["company"], line["key"]) for line in lines(log)] == [
        (401, None, None),
        (404, None, None),
    ]
    assert lines(log)[1]["route"] is None


@pytest.mark.parametrize("given", ["", "x" * 65, 'a"b', "a b", "é"])
async def test_a_request_id_that_is_none_is_replaced(api: Api, log: pytest.LogCaptureFixture, given: str) -> None:
    response = await api.http.get("/campaigns", headers=[(b"X-Request-Id", given.encode("latin-1"))])
    assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])
    assert lines(log)[0]["request_id"] == response.headers["x-request-id"]


async def test_a_crash_has_its_request_id_and_says_nothing_of_the_request(
    app: Starlette, api: Api, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await api.promote()

    def fail(*args: Any) -> None:
        from promo_contracts.company.models import SettleRequest

        SettleRequest.model_validate({"attempt": list(PERSONAL)})

    monkeypatch.setattr("promo_server.services.first_holds.left_of", fail)
    body = {"attempt": "a", "cart": cart(), "guest_key": "jane@example.com"}
    response = await api.http.put("/redemptions/order-1", json=body, headers={"X-Request-Id": "r-8"})
    assert (response.status_code, response.headers["x-request-id"]) == (500, "r-8")
    assert lines(log)[-1]["status"] == 500
    assert "ValidationError" in log.text
    assert not [one for one in PERSONAL if one in log.text]


def test_a_whole_scenario_leaves_no_secret_code_or_e_mail_in_any_log(tmp_path: Path) -> None:
    """The real command, at its most talkative; every route is called, and some are refused."""
    database = tmp_path / "p.db"
    context = create_context(database)
    create_company(context, company_id="shop", name="Shop")
    key = create_key(context, company_id="shop", name="till", scopes=[Scope.ADMIN])
    context.database.close()
    with _kept_port() as port:
        command: list[str | Path] = [PROMO, "serve", "--database", database, "--port", str(port)]
        command += ["--log-level", "debug"]
        with running(command, port=port, log=tmp_path / "log", ready="/health") as server:
            codes = _play(server.url, key)
    said = (tmp_path / "log").read_text()
    routes = {route.path for route in ROUTES}
    assert {path for path in routes if json.dumps(path) in said} == routes
    assert said.count('"status": 401') == 1
    assert len(codes) == 5
    for secret in (*PERSONAL, *codes, key, key.split("_", 2)[2], "wrong_key"):
        assert secret not in said
        assert secret.casefold() not in said


def _play(url: str, key: str) -> list[str]:
    """Sell something, then call every route with what the examples say; return made codes."""
    base = f"{url}/promotions/company/shop"
    with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=60) as http:
        campaign = http.post("/campaigns", json={"name": "Spring Fresh"}).json()["id"]
        days = {"start_date": "2199-04-14", "end_date": "2199-05-14"}
        body = {**(EXAMPLES["create_promotion"].request or {}), "schedule": days}
        made = http.post(f"/campaigns/{campaign}/promotions", content=write_json(body), headers=JSON)
        assert made.status_code == 201
        promotion = f"/campaigns/{campaign}/promotions/{made.json()['promotion_id']}"
        code = http.post(f"{promotion}/codes", json={"promotion_code": "FRIENDSONLY", "max_uses": 1})
        batch = http.post(f"{promotion}/code-batches", json={"batch_id": "b", "count": 5})
        assert (code.status_code, batch.status_code) == (201, 201)
        held = http.put(
            "/redemptions/order-1",
            json={"attempt": "a", "cart": cart(None, "SPRING20", "FRIENDSONLY"), "guest_key": "jane@example.com"},
        )
        assert held.status_code == 200
        names = {"campaign_id": campaign, "promotion_id": made.json()["promotion_id"], "reference": "order-1"}
        names["code_id"] = code.json()["code_id"]
        for route in ROUTES:
            path = route.url(company_id="shop", **names).removeprefix("/promotions/company/shop")
            example = EXAMPLES.get(route.name)
            content = write_json(example.request) if example and example.request is not None else None
            http.request(route.method, f"{path}?search=jane", content=content, headers=JSON)
            assert http.request(route.method, path, content=content, headers=JSON).status_code < 500
        assert http.get("/campaigns", headers={"Authorization": "Bearer promo_1_wrong_key"}).status_code == 401
    return [one["promotion_code"] for one in batch.json()["codes"]]
