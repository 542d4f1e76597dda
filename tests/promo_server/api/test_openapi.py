"""The OpenAPI document: every route of the table, nothing else, and the truth about each."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import Mount

from promo_contracts import read_json, write_json
from promo_contracts.company.errors import ERRORS
from promo_contracts.company.examples import CREATED_PROMOTION, EXAMPLES, PROMOTION
from promo_contracts.company.routes import ROUTES, SERVICE_ROUTES
from promo_contracts.lightrail.errors import ERRORS as VALUE_ERRORS
from promo_contracts.lightrail.examples import EXAMPLES as VALUE_EXAMPLES
from promo_contracts.lightrail.routes import ROUTES as VALUE_ROUTES
from promo_contracts.moltin.errors import ERRORS as MOLTIN_ERRORS
from promo_contracts.moltin.examples import EXAMPLES as MOLTIN_EXAMPLES
from promo_contracts.moltin.routes import ROUTES as MOLTIN_ROUTES
from promo_contracts.moltin.routes import TOKEN_ROUTES
from promo_server.api.described import COMPANY, MOLTIN, VALUES
from promo_server.api.openapi import Described, openapi
from promo_server.storage.schema import HEAD, VERSION_TABLE
from tests.promo_server.conftest import Api

DATA = Path(__file__).parents[2] / "data"
ALL = [*ROUTES, *SERVICE_ROUTES]


@cache
def document(contract: Described = COMPANY) -> Any:
    return json.loads(write_json(openapi(contract)))


def operation(route: Any) -> Any:
    return document()["paths"][route.path][route.method.lower()]


async def fetch(app: Starlette, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as http:
        return await http.get(path)


EACH = pytest.mark.parametrize("contract", [COMPANY, VALUES, MOLTIN], ids=lambda contract: contract.title)


@EACH
def test_the_document_is_lawful(contract: Described) -> None:
    OpenAPIV31SpecValidator(document(contract)).validate()


@EACH
def test_every_schema_is_lawful(contract: Described) -> None:
    for schema in document(contract)["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_error_of_a_value_store_route_is_told_with_each_status_that_it_has() -> None:
    for route in VALUE_ROUTES:
        said = document(VALUES)["paths"][route.path][route.method.lower()]
        assert said["security"] == [{"key": [route.scope]}]
        for code in route.errors:
            for status in VALUE_ERRORS[code]:
                schema = said["responses"][str(status)]["content"]["application/json"]["schema"]
                assert code in schema["allOf"][1]["properties"]["messageCode"]["enum"]


def test_the_value_store_examples_are_of_their_schemas() -> None:
    shown = 0
    for route in VALUE_ROUTES:
        body = document(VALUES)["paths"][route.path][route.method.lower()].get("requestBody")
        content = body["content"]["application/json"] if body else {}
        for given in content.get("examples", {}).values():
            schema = {**content["schema"], "components": document(VALUES)["components"]}
            Draft202012Validator(schema).validate(given["value"])
            shown += 1
    assert shown == len(VALUE_EXAMPLES)


@pytest.mark.parametrize("route", [*TOKEN_ROUTES, *MOLTIN_ROUTES], ids=lambda route: route.name)
def test_a_moltin_route_says_its_errors_and_an_example_of_its_schema(route: Any) -> None:
    said = document(MOLTIN)["paths"][route.path][route.method.lower()]
    assert said["security"] == ([{"key": [route.scope]}] if route.scope else [])
    assert said["summary"]
    for code in route.errors:
        schema = said["responses"][str(MOLTIN_ERRORS[code].status)]["content"]["application/json"]["schema"]
        assert code in schema["allOf"][1]["properties"]["errors"]["items"]["properties"]["code"]["enum"]
    assert (route.request is not None) is (route.name in MOLTIN_EXAMPLES) is ("requestBody" in said)
    for content in said.get("requestBody", {}).get("content", {}).values():
        schema = {**content["schema"], "components": document(MOLTIN)["components"]}
        for given in content["examples"].values():
            Draft202012Validator(schema).validate(given["value"])


def test_a_form_is_said_to_be_one_and_a_cart_to_have_a_currency() -> None:
    paths = document(MOLTIN)["paths"]
    assert paths["/oauth/access_token"]["post"]["requestBody"]["content"].keys() == {
        "application/x-www-form-urlencoded"
    }
    (header,) = [one for one in paths["/v2/carts/{cart_id}"]["get"]["parameters"] if one["in"] == "header"]
    assert header["name"] == "X-MOLTIN-CURRENCY"
    assert paths["/v2/carts/{cart_id}"]["delete"]["responses"]["204"].keys() == {"description", "headers"}


def test_a_list_of_value_stores_says_its_headers_and_bounds() -> None:
    listed = document(VALUES)["paths"]["/v2/valueStores"]["get"]
    assert {"Limit", "MaxLimit", "Offset", "Count"} <= listed["responses"]["200"]["headers"].keys()
    parameters = {one["name"]: one["schema"] for one in listed["parameters"]}
    assert (parameters["limit"]["minimum"], parameters["limit"]["maximum"]) == (1, 1000)


def test_a_change_of_value_stores_is_documented_by_its_own_document_alone() -> None:
    schemas = document(VALUES)["components"]["schemas"]
    assert "Cart" not in schemas
    assert "value" not in schemas["ValueStoreUpdate"]["properties"]


def test_every_route_is_there_and_nothing_else() -> None:
    there = {(method, path) for path, methods in document()["paths"].items() for method in methods}
    assert there == {(route.method.lower(), route.path) for route in ALL}


@pytest.mark.parametrize(
    ("path", "contract"),
    [("/openapi.json", COMPANY), ("/v2/openapi.json", VALUES), ("/moltin/openapi.json", MOLTIN)],
)
async def test_it_is_served_as_it_is_made(app: Starlette, path: str, contract: Described) -> None:
    response = await fetch(app, path)
    assert (response.headers["content-type"], response.json()) == ("application/json", document(contract))


async def test_a_mounted_api_says_where_it_is(app: Starlette) -> None:
    mounted = Starlette(routes=[Mount("/shop/api", app)])
    response = await fetch(mounted, "/shop/api/openapi.json")
    assert response.json()["servers"] == [{"url": "/shop/api"}]


@pytest.mark.parametrize("route", ALL, ids=lambda route: route.name)
def test_a_route_says_its_scope_and_every_error(route: Any) -> None:
    said = operation(route)
    assert said["operationId"] == route.name
    assert said["summary"]
    assert said["security"] == ([{"key": [route.scope]}] if route.scope else [])
    for code in route.errors:
        content = said["responses"][str(ERRORS[code].status)]["content"]["application/json"]
        assert code in content["schema"]["allOf"][1]["properties"]["code"]["enum"]


@pytest.mark.parametrize("route", ALL, ids=lambda route: route.name)
def test_examples_are_of_their_schemas(route: Any) -> None:
    example = EXAMPLES.get(route.name)
    if example is None or example.request is None:
        assert "examples" not in operation(route).get("requestBody", {}).get("content", {}).get("application/json", {})
        return
    content = operation(route)["requestBody"]["content"]["application/json"]
    schema = {**content["schema"], "components": document()["components"]}
    for given in content["examples"].values():
        Draft202012Validator(schema).validate(given["value"])


def test_the_seeds_example_is_the_seeds() -> None:
    assert read_json((DATA / "seed_003_request.json").read_bytes()) == PROMOTION
    answered = read_json((DATA / "seed_003_response.json").read_bytes())
    assert {**answered, "description": PROMOTION["description"]}.items() <= CREATED_PROMOTION.items()


def test_bounds_of_parameters_and_fields_are_told() -> None:
    parameters = {one["name"]: one["schema"] for one in operation(ROUTES[8])["parameters"]}
    assert (parameters["per_page"]["minimum"], parameters["per_page"]["maximum"]) == (1, 100)
    assert parameters["status"] == {
        "type": "string",
        "enum": ["draft", "scheduled", "active", "paused", "expired", "archived"],
    }
    schemas = document()["components"]["schemas"]
    assert schemas["UsageLimits"]["properties"]["total_usage_limit"]["anyOf"][0]["minimum"] == 1
    assert schemas["ItemMinimum"]["properties"]["min_amount"]["anyOf"][0] == {"type": "number", "minimum": 0}
    assert schemas["EvaluationRequest"]["properties"]["cart"] == {"$ref": "#/components/schemas/Cart"}


@pytest.mark.parametrize("prefix", ["", "/v2", "/moltin"])
async def test_the_viewer_has_all_it_needs_and_runs_nothing_else(app: Starlette, prefix: str) -> None:
    page = await fetch(app, f"{prefix}/docs")
    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.text.count("<script") == page.text.count("<script src=") == 2
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "start.js", "LICENSE", "NOTICE"):
        assert (name in page.text) or name.isupper()
        assert (await fetch(app, f"{prefix}/docs/{name}")).status_code == 200
    assert (await fetch(app, f"{prefix}/docs/..%2f..%2fapp.py")).status_code == 404


async def test_readiness_says_in_words_what_is_there(app: Starlette) -> None:
    response = await fetch(app, "/ready")
    assert response.status_code == 200
    assert [(one["name"], one["ok"]) for one in response.json()["checks"]] == [
        ("database", True),
        ("schema", True),
        ("promotion_types", True),
        ("benched", True),
        ("missing", True),
    ]
    assert "percentage_discount" in response.json()["checks"][2]["said"]


async def test_a_database_that_lacks_something_is_not_ready(api: Api, app: Starlette) -> None:
    with api.context.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE keys DROP COLUMN expires_at")
        connection.exec_driver_sql("DROP TABLE rejected_grants")
    response = await fetch(app, "/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not_ready")
    assert response.json()["checks"][1]["said"] == (
        "The database is not as its revision has it; it lacks rejected_grants, keys.expires_at."
    )


SCHEMAS = {
    "0002": f"The database is at revision 0002, older than this program's {HEAD}. Run: promo migrate",
    "9999": f"The database is at revision 9999, which this program does not know; it knows up to {HEAD}.",
}


@pytest.mark.parametrize(("revision", "said"), SCHEMAS.items())
async def test_an_older_or_newer_schema_is_not_ready(api: Api, app: Starlette, revision: str, said: str) -> None:
    with api.context.database.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '{revision}'"))
    response = await fetch(app, "/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not_ready")
    assert response.json()["checks"][1]["said"].startswith(said)
