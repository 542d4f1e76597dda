"""The contracts as their documents describe them."""

import re
from collections.abc import Mapping
from typing import Any

from promo_contracts.company import errors as company_errors
from promo_contracts.company import examples as company_examples
from promo_contracts.company import routes as company_routes
from promo_contracts.lightrail import errors as value_errors
from promo_contracts.lightrail import examples as value_examples
from promo_contracts.lightrail import routes as value_routes
from promo_contracts.lightrail.queries import ListQuery
from promo_contracts.moltin import errors as moltin_errors
from promo_contracts.moltin import examples as moltin_examples
from promo_contracts.moltin import routes as moltin_routes
from promo_contracts.routes import Route, Scope
from promo_server.api.openapi import Described
from promo_server.api.schemas import COMPANY_ERROR, MOLTIN_ERROR, VALUE_ERROR


def _parameter(most: int, said: str) -> Mapping[str, Any]:
    return {"description": said, "schema": {"type": "string", "minLength": 1, "maxLength": most}}


_COMPANY_TAGS = {
    "promotions": "promotions",
    "campaigns": "campaigns",
    "redemptions": "redemptions",
    "rejected-grants": "redemptions",
}
"""By what stands in a path."""


def _company_tag(route: Route) -> str:
    if route.scope is None:
        return "server"
    own = route.path.partition("{company_id}")[2]
    return next((tag for name, tag in _COMPANY_TAGS.items() if f"/{name}" in own), "carts")


def _company_example(code: str) -> Mapping[str, Any] | None:
    message = company_examples.MESSAGES.get(code)
    return None if message is None else company_errors.error_body(code, message)


COMPANY = Described(
    title="Promotions",
    description="""\
Promotions of one company: campaigns and their promotions, what a cart costs with them, and the redemptions of
checkouts. Amounts of campaigns and promotions are decimals of major units; carts, evaluations, entitlements, rulesets
and redemptions have minor units. Value stores have a document of their own, `/v2/openapi.json`, and so have promotions
with many codes and carts: `/moltin/openapi.json`.

Send `Authorization: Bearer <key>`; a key belongs to one company and has scopes, and `admin` has all. Every error has
the body `{error, message, code}`. Fields and parameters that are not known are refused. A request may have an
`X-Request-Id`; the answer has the same one, or another where it had none.
""",
    routes=(*company_routes.SERVICE_ROUTES, *company_routes.ROUTES),
    error_schema=COMPANY_ERROR,
    coded=lambda codes: {"code": {"enum": list(codes)}},
    statuses=lambda code: (company_errors.ERRORS[code].status,),
    error_title=lambda code: company_errors.ERRORS[code].title,
    error_examples=_company_example,
    with_key=("UNAUTHORIZED", "MISSING_SCOPE", "NOT_FOUND", "INVALID_FIELD"),
    with_body=("INVALID_JSON", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
    always=("INTERNAL_ERROR", "SERVICE_UNAVAILABLE"),
    scopes={
        Scope.READ: "see campaigns, promotions, codes and redemptions",
        Scope.EVALUATE: "price carts, and read what that takes",
        Scope.REDEEM: "hold, confirm, release, doubt and return",
        Scope.WRITE: "change campaigns, promotions and codes",
        Scope.ADMIN: "all of this",
    },
    paths={
        "company_id": _parameter(64, "The company of the key."),
        "campaign_id": _parameter(64, "A campaign of the company."),
        "promotion_id": _parameter(64, "A promotion of the campaign."),
        "code_id": _parameter(64, "The id of a code of the promotion: codes themselves stand in no path."),
        "reference": _parameter(255, "The shop's own reference of a checkout: 1 to 255 printable characters, quoted."),
    },
    tag=_company_tag,
    examples=company_examples.EXAMPLES,
    leads_to={
        "create_campaign": {"campaign_id": "$response.body#/id"},
        "create_promotion": {
            "campaign_id": "$response.body#/campaign_id",
            "promotion_id": "$response.body#/promotion_id",
        },
        "create_code": {
            "campaign_id": "$request.path.campaign_id",
            "promotion_id": "$response.body#/promotion_id",
            "code_id": "$response.body#/code_id",
        },
        "hold": {"reference": "$response.body#/reference"},
    },
    known={"company_id": "$request.path.company_id"},
    has_documents=True,
    etag_of=company_routes.RULESET,
)


def _in_words(code: str) -> str:
    """Return a code as words: what it says of the error.

    >>> _in_words("ValueCodeExists")
    'Value code exists'
    """
    return re.sub("(?<=[a-z])(?=[A-Z])", " ", code).capitalize()


def _list_headers(route: Route) -> Mapping[str, str]:
    if not issubclass(route.query, ListQuery):
        return {}
    return {
        "Limit": "How many entries the part has at most.",
        "MaxLimit": "What limit may be at most.",
        "Offset": "How many entries stand before the part.",
        "Count": "How many entries there are in all.",
    }


_FOUND = {
    "customerId": "$response.body#/customerId",
    "programId": "$response.body#/programId",
    "valueStoreId": "$response.body#/valueStoreId",
    "transactionId": "$response.body#/transactionId",
    "code": "$response.body#/code",
}

VALUES = Described(
    title="Value stores",
    description="""\
Customers, programs, value stores and their transactions, on the names of the Lightrail API of 2018. Amounts are
integers in the smallest unit of their currency.

Send `Authorization: Bearer <key>`; a key belongs to one company, whose value stores these are, and has scopes, of which
`admin` has all. Ids are the client's own: what is created a second time is refused (409), so that a repetition does
nothing twice. Every error has the body `{statusCode, message, messageCode}`. Fields and parameters that are not known
are refused. A request may have an `X-Request-Id`; the answer has the same one, or another where it had none.
""",
    routes=value_routes.ROUTES,
    error_schema=VALUE_ERROR,
    coded=lambda codes: {"messageCode": {"enum": list(codes)}},
    statuses=lambda code: value_errors.ERRORS[code],
    error_title=_in_words,
    error_examples=lambda _code: None,
    with_key=("Unauthorized", "MissingScope", "NotFound", "InvalidField"),
    with_body=("InvalidJson", "PayloadTooLarge", "UnsupportedMediaType"),
    always=("InternalError", "OutcomeUnknown", "ServiceUnavailable"),
    scopes={
        Scope.READ: "see everything but secret codes",
        Scope.REDEEM: "process orders, debit, transfer, capture and void",
        Scope.WRITE: "change everything, credit, reverse, and see secret codes",
        Scope.ADMIN: "all of this",
    },
    paths={
        "customerId": _parameter(64, "A customer, by the client's own id."),
        "programId": _parameter(64, "A program, by the client's own id."),
        "valueStoreId": _parameter(64, "A value store, by the client's own id."),
        "transactionId": _parameter(64, "A transaction, by the client's own id."),
        "code": _parameter(16, "The code of a currency."),
    },
    tag=lambda route: route.path.split("/")[2],
    examples=value_examples.EXAMPLES,
    leads_to={
        "create_customer": {"customerId": _FOUND["customerId"]},
        "create_program": {"programId": _FOUND["programId"]},
        "create_value_store": {"valueStoreId": _FOUND["valueStoreId"]},
        "create_currency": {"code": _FOUND["code"]},
        **{
            name: {"transactionId": _FOUND["transactionId"]}
            for name in ("process_order", "debit", "credit", "transfer")
        },
    },
    answer_headers=_list_headers,
)

_MOLTIN_TAGS = {"promotions": "promotions", "carts": "carts", "access_token": "token"}
"""By what stands in a path."""

_CART_HEADERS: Mapping[str, Mapping[str, Any]] = {
    "X-MOLTIN-CURRENCY": {
        "description": "The currency of the cart; the company's where there is none. A cart with goods keeps its own.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,16}$"},
    }
}


def _cart_headers(route: Route) -> Mapping[str, Mapping[str, Any]]:
    return _CART_HEADERS if "MIXED_CURRENCIES" in route.errors else {}


def _moltin_statuses(code: str) -> tuple[int, ...]:
    """Return the statuses of answers that may have an error of this code: a wrong field may stand beside a missing one.

    >>> _moltin_statuses("INVALID_FIELD")
    (422, 400)
    """
    own = moltin_errors.ERRORS[code].status
    return (own, moltin_errors.ERRORS["REQUIRED_FIELD"].status) if code == "INVALID_FIELD" else (own,)


MOLTIN = Described(
    title="Promotions with codes, and carts",
    description="""\
Promotions, their codes, and carts, on the names of the Moltin API of 2018 and 2019. Amounts are integers in the
smallest unit of their currency. These promotions are priced and counted with all others of the company.

Send `Authorization: Bearer <token>`: an access token, made of the two parts of a key, or the key itself. Either belongs
to one company, whose promotions and carts these are, and has scopes, of which `admin` has all. Every error has the body
`{errors: [{status, title, detail, code}]}`; of a wrong field also its `source`, with 400 where it is missing and 422
where it is wrong. Fields and parameters that are not known are refused. A request may have an `X-Request-Id`; the
answer has the same one, or another where it had none.
""",
    routes=(*moltin_routes.TOKEN_ROUTES, *moltin_routes.ROUTES),
    error_schema=MOLTIN_ERROR,
    coded=lambda codes: {"errors": {"items": {"properties": {"code": {"enum": list(codes)}}}}},
    statuses=_moltin_statuses,
    error_title=lambda code: code.replace("_", " ").capitalize(),
    error_examples=lambda _code: None,
    with_key=("UNAUTHORIZED", "MISSING_SCOPE", "NOT_FOUND", "REQUIRED_FIELD", "INVALID_FIELD"),
    with_body=("INVALID_JSON", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE"),
    always=("INTERNAL_ERROR", "OUTCOME_UNKNOWN", "SERVICE_UNAVAILABLE"),
    scopes={
        Scope.READ: "see promotions and codes",
        Scope.EVALUATE: "see, fill and empty carts",
        Scope.REDEEM: "check out",
        Scope.WRITE: "change promotions and codes",
        Scope.ADMIN: "all of this",
    },
    paths={
        "promotion_id": _parameter(64, "A promotion that was made here."),
        "code": _parameter(255, "A code of the promotion, quoted: the one code that stands in a path."),
        "cart_id": _parameter(255, "A cart, by the client's own id."),
        "item_id": _parameter(64, "An item of the cart."),
        "tax_id": _parameter(64, "A tax of the item."),
    },
    tag=lambda route: next(tag for name, tag in _MOLTIN_TAGS.items() if f"/{name}" in route.path),
    examples=moltin_examples.EXAMPLES,
    leads_to={
        "create_promotion": {"promotion_id": "$response.body#/data/id"},
        "add_item": {"cart_id": "$request.path.cart_id", "item_id": "$response.body#/data/0/id"},
        "add_tax": {
            "cart_id": "$request.path.cart_id",
            "item_id": "$request.path.item_id",
            "tax_id": "$response.body#/data/id",
        },
    },
    request_headers=_cart_headers,
)
