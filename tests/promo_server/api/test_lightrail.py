"""The value-store API over HTTP: the seed's requests, what is refused and how, lists, what scopes are for."""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_contracts.lightrail import examples
from promo_server.services.companies import create_key
from promo_server.services.lightrail.expiry import sweep_values
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import NOON, Time
from tests.promo_server.values import Values, party, values_client

pytestmark = ON_SQLITE  # what is read and refused is the same on both; what is stored has its tests elsewhere

CUSTOMER: dict[str, Any] = dict(examples.CUSTOMER)
PROGRAM: dict[str, Any] = dict(examples.PROGRAM)
VALUE_STORE: dict[str, Any] = dict(examples.VALUE_STORE)


async def seed(values: Values) -> None:
    for path, body in (("/customers", CUSTOMER), ("/programs", PROGRAM), ("/valueStores", VALUE_STORE)):
        await values.call("POST", path, body, status=201)


async def test_the_seeds_promotion_is_used_in_an_order(values: Values) -> None:
    await seed(values)
    body = {"transactionId": "o", "currency": "USD", "lineItems": [{"unitPrice": 2000}], "sources": [examples.SOURCE]}
    done = await values.call("POST", "/transactions/orders", body | {"allowRemainder": True}, status=201)
    assert (done["totals"]["discount"], done["totals"]["payable"], done["remainder"]) == (500, 1500, 1500)
    assert await values.value_of("cus_123-sign-up-promotion") == 0


async def test_a_value_store_has_of_its_program_what_it_does_not_say(values: Values) -> None:
    await values.call("POST", "/customers", CUSTOMER, status=201)
    rule = {"rule": "currentLineItem.lineTotal.subtotal * 0.5", "explanation": "half"}
    more = {"valueRule": rule, "uses": 3, "metadata": {"a": 1, "b": 1}, "endDate": "2027-01-01T00:00:00.000Z"}
    program = {name: value for name, value in PROGRAM.items() if name != "fixedInitialValues"} | more
    await values.call("POST", "/programs", program, status=201)
    body = {"valueStoreId": "v", "programId": "sign-up-promotion", "customerId": "cus_123", "metadata": {"b": 2}}
    made = await values.call("POST", "/valueStores", body, status=201)
    assert (made["value"], made["uses"], made["valueRule"], made["access"]) == (None, 3, rule, "customerId")
    assert (made["discount"], made["preTax"], made["metadata"]) == (True, False, {"a": 1, "b": 2})
    assert made["endDate"] == "2027-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/customers", CUSTOMER, "ContactIdExists"),
        ("/programs", PROGRAM, "ProgramIdExists"),
        ("/valueStores", VALUE_STORE, "ValueIdExists"),
        ("/valueStores", VALUE_STORE | {"valueStoreId": "b", "value": 400}, "ProgramConstraint"),
        ("/valueStores", VALUE_STORE | {"valueStoreId": "b", "currency": "EUR"}, "WrongCurrency"),
        ("/valueStores", VALUE_STORE | {"valueStoreId": "b", "access": "secureCode"}, None),
        ("/valueStores", {"valueStoreId": "b", "programId": "sign-up-promotion", "code": "A"}, "ValueAccess"),
        ("/valueStores", {"valueStoreId": "b", "programId": "sign-up-promotion", "generateCode": True}, "ValueAccess"),
        ("/valueStores", VALUE_STORE | {"valueStoreId": "b", "customerId": "nobody"}, "ContactNotFound"),
        ("/valueStores", VALUE_STORE | {"valueStoreId": "b", "programId": "none"}, "ProgramNotFound"),
        ("/valueStores", {"valueStoreId": "b", "currency": "QQQ"}, "CurrencyNotFound"),
        ("/programs", PROGRAM | {"programId": "b", "currency": "QQQ"}, "CurrencyNotFound"),
        ("/currencies", {"code": "USD", "name": "Dollar", "symbol": "$", "decimalPlaces": 3}, None),
    ],
)
async def test_what_does_not_go_with_what_is_there_is_a_conflict(
    values: Values, path: str, body: Any, code: str | None
) -> None:
    await seed(values)
    if code is None:
        await values.refused("POST", path, body, "InvalidField", status=422)
    else:
        await values.refused("POST", path, body, code)


RULE = {"rule": "1", "explanation": ""}
BAD_RULE = {"rule": "1 +", "explanation": ""}
STORE: dict[str, Any] = {"valueStoreId": "b", "currency": "USD"}
ORDER: dict[str, Any] = {"transactionId": "o", "currency": "USD", "sources": []}
NEW_PROGRAM: dict[str, Any] = {"programId": "b", "currency": "USD", "access": "customerId"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/customers", {"customerId": " a"}, "customerId"),
        ("/customers", {"customerId": "a" * 65}, "customerId"),
        ("/customers", {"customerId": "é"}, "customerId"),
        ("/customers", {"customerId": "a", "email": "nobody"}, "email"),
        ("/customers", {"customerId": "a", "metadata": {"a": "x" * 8_200}}, "metadata"),
        ("/customers", {"customerId": "a", "tags": ["a", "a"]}, "tags"),
        ("/customers", {"customerId": "a", "firstname": "A"}, "firstname"),
        ("/programs", NEW_PROGRAM | {"minInitialValue": 5, "maxInitialValue": 4}, "maxInitialValue"),
        ("/programs", NEW_PROGRAM | {"fixedInitialValues": [5, 5]}, "fixedInitialValues"),
        ("/programs", NEW_PROGRAM | {"fixedInitialValues": [5], "minInitialValue": 1}, "fixedInitialValues"),
        ("/programs", NEW_PROGRAM | {"valueRule": RULE, "minInitialValue": 1}, "valueRule"),
        (
            "/programs",
            NEW_PROGRAM | {"startDate": "2027-01-02T00:00:00Z", "endDate": "2027-01-01T00:00:00Z"},
            "endDate",
        ),
        ("/valueStores", STORE | {"value": -1}, "value"),
        ("/valueStores", STORE | {"value": 2_147_483_648}, "value"),
        ("/valueStores", STORE | {"value": 5, "valueRule": RULE}, "valueRule"),
        ("/valueStores", STORE | {"code": "A", "customerId": "c"}, "customerId"),
        ("/valueStores", STORE | {"code": "A", "generateCode": True}, "generateCode"),
        ("/valueStores", STORE | {"code": "A", "access": "customerId"}, "access"),
        ("/valueStores", STORE | {"code": " \u00ad "}, "code"),
        ("/valueStores", {"valueStoreId": "b"}, "currency"),
    ],
)
async def test_a_wrong_field_is_named(values: Values, path: str, body: Any, field: str) -> None:
    answer = await values.call("POST", path, body, status=422)
    assert answer["messageCode"] == "InvalidField"
    assert [one["field"] for one in answer["errors"]] == [field]
    assert answer["message"].startswith(f"{field}: ")


@pytest.mark.parametrize("number", [2**64 - 1, -(2**63), 2**64, -(10**38), Decimal("7.518687807970917e+19")])
async def test_a_number_of_any_length_is_kept_and_can_be_sent_again(values: Values, number: Any) -> None:
    body = {"customerId": "a", "metadata": {"n": [{"n": number}]}}
    made = await values.call("POST", "/customers", body, status=201)
    assert made["metadata"] == body["metadata"]
    read = await values.call("GET", "/customers/a")
    again = await values.call("POST", "/customers", {"customerId": "b", "metadata": read["metadata"]}, status=201)
    assert again["metadata"] == body["metadata"]
    line = {"unitPrice": 0, "metadata": {"n": number}, "n": number}
    ordered = await values.call("POST", "/transactions/orders", ORDER | {"lineItems": [line]}, status=201)
    assert ordered["lineItems"][0] | line == ordered["lineItems"][0]


@pytest.mark.parametrize("name", ["redemptionRule", "valueRule"])
async def test_a_rule_that_cannot_be_read_says_where(values: Values, name: str) -> None:
    body = {"valueStoreId": "b", "currency": "USD", name: BAD_RULE}
    answer = await values.call("POST", "/valueStores", body, status=422)
    assert answer["messageCode"] == f"{name[0].upper()}{name[1:]}SyntaxError"
    assert (answer["row"], answer["message"].startswith(f"{name}.rule: row 1, column")) == (1, True)


@pytest.mark.parametrize("path", ["/customers", "/transactions/gift/capture"])
@pytest.mark.parametrize("body", [b"null", b"[]", b'"a"'])
async def test_a_body_that_is_no_object_is_said(values: Values, path: str, body: bytes) -> None:
    response = await values.http.post(path, content=body, headers={"Content-Type": "application/json"})
    assert response.json()["message"] == "body: must be a JSON object"


async def test_a_part_of_a_list_says_where_it_stands(values: Values) -> None:
    for number in range(5):
        await values.store(f"s{number}")
    response = await values.http.get("/valueStores?limit=2&offset=1")
    assert [one["valueStoreId"] for one in response.json()] == ["s3", "s2"]
    shown = {name: response.headers[name] for name in ("Limit", "MaxLimit", "Offset", "Count")}
    assert shown == {"Limit": "2", "MaxLimit": "1000", "Offset": "1", "Count": "5"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("minValue=100&maxValue=200", ["b"]),
        ("currency=EUR", ["c"]),
        ("currency=eur", ["c"]),
        ("active=false", ["d"]),
        ("frozen=true", ["d"]),
        ("access=publicCode", ["b"]),
        ("minUses=2", ["c"]),
        ("maxUses=3", ["c"]),
        ("customerId=alice", ["a"]),
        ("minCreatedDate=2026-11-22T13:00:00.000Z", ["d", "c"]),
        ("maxCreatedDate=2026-11-22T12:30:00.000Z", ["b", "a"]),
        ("minEndDate=2027-01-01T00:00:00.000Z&maxEndDate=2027-01-01T00:00:00.000Z", ["a"]),
    ],
)
async def test_value_stores_are_filtered(values: Values, time: Time, query: str, found: list[str]) -> None:
    await values.call("POST", "/customers", {"customerId": "alice"}, status=201)
    await values.store("a", value=50, customerId="alice", endDate="2027-01-01T00:00:00.000Z")
    await values.store("b", value=200, code="B", access="publicCode")
    time.pass_by(hours=1)
    await values.store("c", value=300, currency="EUR", uses=3)
    await values.store("d", value=99, active=False, frozen=True)
    assert [one["valueStoreId"] for one in await values.call("GET", f"/valueStores?{query}")] == found


async def test_customers_and_programs_are_found_by_a_tag_as_a_whole(values: Values) -> None:
    await values.call("POST", "/customers", {"customerId": "a", "tags": ["new", "vip"]}, status=201)
    await values.call("POST", "/customers", {"customerId": "b", "tags": ["newest", "n_w"]}, status=201)
    await values.call("POST", "/programs", PROGRAM, status=201)
    for query, found in (("new", ["a"]), ("newest", ["b"]), ("n_w", ["b"]), ("ne", [])):
        assert [one["customerId"] for one in await values.call("GET", f"/customers?tags={query}")] == found
    assert len(await values.call("GET", "/programs?tags=promotion&access=customerId&active=true")) == 1


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=1001", "limit"), ("limit=0", "limit"), ("offset=-1", "offset"), ("activ=true", "activ"),
     ("active=yes", "active"), ("minCreatedDate=today", "minCreatedDate")],
)  # fmt: skip
async def test_a_wrong_parameter_is_named(values: Values, query: str, field: str) -> None:
    answer = await values.call("GET", f"/valueStores?{query}", status=422)
    assert [one["field"] for one in answer["errors"]] == [field]


async def test_transactions_are_listed_newest_first_by_type_and_value_store(values: Values, time: Time) -> None:
    await values.store("a")
    await values.store("b")
    await values.debit("t1", of="a")
    time.pass_by(hours=1)
    await values.credit("t2", to="b")
    listed = await values.call("GET", "/transactions")
    assert [one["transactionId"] for one in listed] == ["t2", "t1", "b", "a"]
    of_a = await values.call("GET", "/transactions?valueStoreId=a&currency=USD")
    assert [one["transactionType"] for one in of_a] == ["debit", "initialValue"]
    assert [one["transactionId"] for one in await values.call("GET", "/transactions?transactionType=credit")] == ["t2"]


async def test_a_customer_is_changed_and_keeps_what_is_not_sent(values: Values) -> None:
    await values.call("POST", "/customers", CUSTOMER | {"tags": ["a"], "metadata": {"x": 1, "y": 2}}, status=201)
    body = {"customerId": "cus_123", "firstName": "Alice", "metadata": {"x": None}}
    changed = await values.call("PUT", "/customers/cus_123", body)
    assert (changed["firstName"], changed["email"], changed["tags"]) == ("Alice", CUSTOMER["email"], ["a"])
    assert changed["metadata"] == {"y": 2}
    await values.refused("PUT", "/customers/cus_123", {"customerId": "b"}, "InvalidField", status=422)


async def test_what_is_referred_to_is_not_deleted(values: Values) -> None:
    await seed(values)
    await values.refused("DELETE", "/customers/cus_123", None, "ContactInUse")
    await values.refused("DELETE", "/programs/sign-up-promotion", None, "ProgramInUse")
    await values.refused("DELETE", "/valueStores/cus_123-sign-up-promotion", None, "ValueInUse")
    await values.refused("DELETE", "/currencies/USD", None, "CurrencyInUse")


async def test_what_nobody_refers_to_is_deleted_and_gone(values: Values) -> None:
    await values.call("POST", "/currencies", {"code": "megabucks", "name": "M", "symbol": "M", "decimalPlaces": 0},
                      status=201)  # fmt: skip
    await values.call("POST", "/customers", CUSTOMER, status=201)
    await values.call("POST", "/programs", PROGRAM, status=201)
    await values.store("empty", value=0)
    for path in ("/customers/cus_123", "/programs/sign-up-promotion", "/valueStores/empty", "/currencies/MegaBucks"):
        assert await values.call("DELETE", path) == {"success": True}
        await values.call("GET", path, status=404)
    await values.refused("POST", "/valueStores", {"valueStoreId": "empty", "currency": "USD"}, "ValueIdExists")


async def test_a_private_currency_is_the_companys_in_every_contract(values: Values, app: Starlette) -> None:
    body = {"code": "points", "name": "Points", "symbol": "P", "decimalPlaces": 0}
    assert (await values.call("POST", "/currencies", body, status=201))["code"] == "POINTS"
    await values.refused("POST", "/currencies", body, "CurrencyExists")
    await values.store(currency="points")
    changed = await values.call("PATCH", "/currencies/POINTS", {"name": "Stars"})
    assert (changed["name"], changed["symbol"]) == ("Stars", "P")
    path = "http://api/promotions/company/shop/campaigns"
    made = await values.http.post(path, json={"name": "Loyal", "currency": "POINTS"})
    assert made.status_code == 201
    assert [one["code"] for one in await values.call("GET", "/currencies")] == ["POINTS", "USD"]


async def test_a_value_store_is_changed_but_never_what_it_holds(values: Values) -> None:
    await values.store(metadata={"a": 1})
    changed = await values.call("PATCH", "/valueStores/gift", {"frozen": True, "metadata": {"b": 2}})
    assert (changed["frozen"], changed["metadata"], changed["value"]) == (True, {"a": 1, "b": 2}, 1000)
    for body in ({"value": 5}, {"currency": "EUR"}, {"uses": 3}, {"valueRule": RULE}):
        await values.refused("PATCH", "/valueStores/gift", body, "InvalidField", status=422)
    assert (await values.call("PATCH", "/valueStores/gift", {"metadata": None}))["metadata"] is None


async def test_a_change_may_come_as_a_merge_patch(values: Values) -> None:
    await values.store()
    headers = {"Content-Type": "application/merge-patch+json"}
    response = await values.http.patch("/valueStores/gift", content=b'{"active": false}', headers=headers)
    assert (response.status_code, response.json()["active"]) == (200, False)
    response = await values.http.post("/valueStores", content=b"{}", headers=headers)
    assert (response.status_code, response.json()["messageCode"]) == (415, "UnsupportedMediaType")


async def test_a_program_that_changes_leaves_its_value_stores_alone(values: Values) -> None:
    await seed(values)
    body = {"active": False, "fixedInitialValues": [700]}
    assert (await values.call("PATCH", "/programs/sign-up-promotion", body))["fixedInitialValues"] == [700]
    await values.refused("POST", "/valueStores", VALUE_STORE | {"valueStoreId": "b"}, "ProgramInactive")
    assert await values.value_of("cus_123-sign-up-promotion") == 500
    await values.refused("PATCH", "/programs/sign-up-promotion", {"access": "publicCode"}, "InvalidField", status=422)


async def test_a_value_store_has_a_customer_or_a_code(values: Values) -> None:
    await values.call("POST", "/customers", CUSTOMER, status=201)
    await values.store()
    await values.refused("GET", "/valueStores/gift/customer", None, "ContactNotFound", status=404)
    attached = await values.call("PUT", "/valueStores/gift/customer", {"customerId": "cus_123"})
    assert attached == await values.call("GET", "/valueStores/gift/customer") == {"customerId": "cus_123"}
    await values.refused("PUT", "/valueStores/gift/code", {"code": "A"}, "ValueAccess")
    await values.call("DELETE", "/valueStores/gift/customer")
    assert await values.call("PUT", "/valueStores/gift/code", {"code": "BLACKFRIDAY20%"}) == {"code": "BLACKFRIDAY20%"}
    await values.refused("PUT", "/valueStores/gift/customer", {"customerId": "cus_123"}, "ValueAccess")
    await values.refused("PUT", "/valueStores/gift/code", {"code": "A", "generateCode": True}, "InvalidField",
                         status=422)  # fmt: skip
    assert (await values.call("GET", "/valueStores/gift"))["access"] == "publicCode"


async def test_a_program_says_how_its_value_stores_are_reached(values: Values) -> None:
    await seed(values)
    await values.call("DELETE", "/valueStores/cus_123-sign-up-promotion/customer")
    path = "/valueStores/cus_123-sign-up-promotion/code"
    await values.refused("PUT", path, {"code": "A"}, "ValueAccess")
    await values.refused("GET", path, None, "ValueCodeNotFound", status=404)


async def test_ids_may_hold_what_a_path_must_quote(values: Values) -> None:
    await values.store("a/b?c %2F")
    path = "/valueStores/a%2Fb%3Fc%20%252F"
    assert (await values.call("GET", path))["valueStoreId"] == "a/b?c %2F"
    assert await values.call("PUT", f"{path}/code", {"code": "A"}) == {"code": "A"}


async def test_ids_are_told_apart_by_their_case(values: Values) -> None:
    await values.store("gift", value=1)
    await values.store("GIFT", value=2)
    assert (await values.value_of("gift"), await values.value_of("GIFT")) == (1, 2)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_transaction_stays_as_it_is(values: Values, method: str) -> None:
    await values.store()
    code = {"PATCH": "CannotModifyTransaction", "DELETE": "CannotDeleteTransaction"}[method]
    await values.refused(method, "/transactions/gift", None, code, status=403)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NotFound"),
        ("PUT", "/valueStores", 405, "MethodNotAllowed"),
        ("GET", "/valueStores/none", 404, "ValueNotFound"),
        ("GET", "/transactions/none", 404, "TransactionNotFound"),
        ("POST", "/transactions/none/capture", 404, "TransactionNotFound"),
        ("GET", "/programs/none", 404, "ProgramNotFound"),
        ("GET", "/customers/none", 404, "ContactNotFound"),
        ("GET", "/customers/%00", 404, "NotFound"),
    ],
)
async def test_what_is_not_there_is_said_in_this_contracts_shape(
    values: Values, method: str, path: str, status: int, code: str
) -> None:
    answer = await values.call(method, path, status=status)
    assert (answer["statusCode"], answer["messageCode"]) == (status, code)
    assert answer.keys() == {"statusCode", "message", "messageCode"}


async def test_what_is_not_json_is_a_400(values: Values) -> None:
    response = await values.http.post("/customers", content=b"{", headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["messageCode"]) == (400, "InvalidJson")


@pytest.mark.parametrize(
    ("scope", "method", "path", "status"),
    [
        (Scope.READ, "GET", "/valueStores", 200),
        (Scope.READ, "POST", "/transactions/debit", 403),
        (Scope.READ, "GET", "/valueStores/gift/code?showCode=true", 403),
        (Scope.REDEEM, "POST", "/transactions/debit", 201),
        (Scope.REDEEM, "POST", "/transactions/credit", 403),
        (Scope.REDEEM, "GET", "/valueStores", 403),
        (Scope.EVALUATE, "GET", "/valueStores", 403),
        (Scope.WRITE, "POST", "/transactions/credit", 201),
        (Scope.WRITE, "POST", "/transactions/debit", 403),
    ],
)
async def test_a_key_may_what_its_scope_says(
    values: Values, app: Starlette, scope: Scope, method: str, path: str, status: int
) -> None:
    await values.store(code="SECRET")
    key = create_key(values.context, company_id="shop", name="one", scopes=[scope])
    moved = {"transactionId": "t", "currency": "USD", "amount": 1}
    body = moved | {"destination" if "credit" in path else "source": party("gift")}
    async with values_client(app, key) as http:
        response = await http.request(method, path, json=body if method == "POST" else None)
    assert response.status_code == status, response.text
    if status == 403:
        assert response.json()["messageCode"] == "MissingScope"


async def test_the_server_sweeps_what_nobody_captures(values: Values, time: Time) -> None:
    await values.store()
    await values.debit("t", pending="PT1H")
    time.pass_by(hours=1)
    sweep_values(values.context)
    done = await values.call("GET", "/transactions/t")
    assert (done["pending"], done["updatedDate"]) == ("void", shown(NOON + timedelta(hours=1)))
    voids = await values.call("GET", "/transactions?transactionType=void")
    assert [(one["ofTransactionId"], one["createdBy"]) for one in voids] == [("t", "expiry")]


def shown(moment: Any) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


async def test_the_access_log_names_the_route_and_nothing_that_is_somebodys(
    values: Values, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "promo_server")
    await values.store("alices-gift", code="XXXX-SECRET")
    await values.call("GET", "/valueStores/alices-gift/code?showCode=true")
    await values.call(
        "POST", "/transactions/debit", {"source": {"rail": "lightrail", "code": "XXXX-SECRET"}}, status=422
    )
    said = "\n".join(record.getMessage() for record in caplog.records)
    assert '"route": "/v2/valueStores/{valueStoreId}/code"' in said
    assert '"key": "till"' in said
    assert not [secret for secret in ("alices-gift", "SECRET", "showCode") if secret in said]
