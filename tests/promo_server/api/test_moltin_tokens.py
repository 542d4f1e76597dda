"""Access tokens of the Moltin contract: made of a key, as good as it, for an hour."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_server.services.companies import create_key, list_keys, revoke_key
from promo_server.services.moltin.tokens import forget_tokens
from promo_server.storage.moltin_tables import access_tokens
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import NOON, Time
from tests.promo_server.moltin_shop import Moltin, moltin_client

PATH = "/oauth/access_token"


def parts(key: str) -> dict[str, str]:
    prefix, key_id, secret = key.split("_", 2)
    return {"grant_type": "client_credentials", "client_id": f"{prefix}_{key_id}", "client_secret": secret}


async def token(moltin: Moltin, key: str | None = None, status: int = 200) -> Any:
    response = await moltin.http.post(PATH, data=parts(key or moltin.key), headers={"Authorization": ""})
    assert response.status_code == status, response.text
    return response.json()


async def may(app: Starlette, key: str) -> int:
    async with moltin_client(app, key) as http:
        return (await http.get("/v2/promotions")).status_code


async def test_a_token_is_as_good_as_its_key_for_an_hour(moltin: Moltin, app: Starlette, time: Time) -> None:
    made = await token(moltin)
    expires = int((NOON + timedelta(hours=1)).timestamp())
    assert made.items() >= {"expires": expires, "expires_in": 3600, "token_type": "Bearer"}.items()
    assert made["identifier"] == parts(moltin.key)["client_id"]
    assert await may(app, made["access_token"]) == 200
    time.pass_by(minutes=59)
    assert await may(app, made["access_token"]) == 200
    time.pass_by(minutes=2)
    assert await may(app, made["access_token"]) == 401
    assert await may(app, moltin.key) == 200


async def test_the_whole_key_does_for_the_secret_and_a_token_makes_no_token(moltin: Moltin) -> None:
    form = parts(moltin.key)
    response = await moltin.http.post(PATH, data=form | {"client_secret": moltin.key})
    made = response.json()["access_token"]
    assert response.headers["cache-control"] == "no-store"
    await token(moltin, made, status=401)


async def test_a_token_has_the_scopes_of_its_key_and_ends_with_it(moltin: Moltin, app: Starlette, time: Time) -> None:
    ends = NOON + timedelta(minutes=10)
    short = create_key(moltin.context, company_id="shop", name="short", scopes=[Scope.READ], expires=ends)
    made = await token(moltin, short)
    assert made["expires"] <= ends.timestamp()
    assert await may(app, made["access_token"]) == 200
    async with moltin_client(app, made["access_token"]) as http:
        refused = await http.post("/v2/promotions", json={})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "MISSING_SCOPE")
    time.pass_by(minutes=11)
    assert await may(app, made["access_token"]) == 401


async def test_a_token_of_a_revoked_key_is_none(moltin: Moltin, app: Starlette) -> None:
    made = (await token(moltin))["access_token"]
    revoke_key(moltin.context, company_id="shop", key_id=moltin.key.split("_")[1])
    assert await may(app, made) == 401
    await token(moltin, status=401)


async def test_no_secret_is_stored_and_what_has_ended_is_forgotten(moltin: Moltin, time: Time) -> None:
    made = (await token(moltin))["access_token"]
    with moltin.context.database.read() as connection:
        (row,) = connection.execute(access_tokens.select()).all()
    assert made.split("_", 2)[2] not in str(row)
    assert [one.name for one in list_keys(moltin.context, "shop")] == ["till"]
    time.pass_by(hours=2)
    forget_tokens(moltin.context)
    with moltin.context.database.read() as connection:
        assert connection.execute(access_tokens.select()).all() == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "UNAUTHORIZED"),
        ({"client_id": "promo_nobody"}, 401, "UNAUTHORIZED"),
        ({"client_id": "x"}, 401, "UNAUTHORIZED"),
        ({"client_secret": None}, 401, "UNAUTHORIZED"),
        ({"grant_type": "implicit", "client_secret": None}, 400, "UNSUPPORTED_GRANT_TYPE"),
        ({"grant_type": None}, 400, "REQUIRED_FIELD"),
        ({"client_id": None}, 400, "REQUIRED_FIELD"),
        ({"scope": "all"}, 422, "INVALID_FIELD"),
    ],
    ids=str,
)
async def test_what_makes_no_token_says_why(moltin: Moltin, change: Any, status: int, code: str) -> None:
    form = {name: value for name, value in (parts(moltin.key) | change).items() if value is not None}
    response = await moltin.http.post(PATH, data=form)
    error = response.json()["errors"][0]
    assert (response.status_code, error["status"], error["code"]) == (status, status, code)
    if status == 401:
        assert error["detail"] == "Unable to validate access token"


@ON_SQLITE
async def test_a_form_is_a_form_of_reasonable_size(moltin: Moltin) -> None:
    assert (await moltin.http.post(PATH, json=parts(moltin.key))).json()["errors"][0][
        "code"
    ] == "UNSUPPORTED_MEDIA_TYPE"
    large = parts(moltin.key) | {"client_secret": "x" * 9_000}
    assert (await moltin.http.post(PATH, data=large)).json()["errors"][0]["code"] == "PAYLOAD_TOO_LARGE"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    broken = await moltin.http.post(PATH, content=b"\xff=%ff", headers=headers)
    assert broken.json()["errors"][0]["code"] == "INVALID_JSON"


@ON_SQLITE
@pytest.mark.parametrize("key", [None, "nonsense", "promo_x_y", "token_x_y"])
async def test_without_a_key_the_published_sentence_is_said(app: Starlette, key: str | None) -> None:
    async with moltin_client(app, key) as http:
        response = await http.get("/v2/promotions")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["detail"]) == (401, "Unable to validate access token")
