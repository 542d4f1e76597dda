"""The OpenAPI 3.1 document, made of the one route table: what it does not say of a route stands nowhere."""

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from promo_contracts.company.errors import ERRORS, error_body
from promo_contracts.company.examples import EXAMPLES, MESSAGES, Example
from promo_contracts.company.routes import ROUTES, RULESET, SERVICE_ROUTES
from promo_contracts.routes import Route, Scope
from promo_server.api.schemas import REF, components, schema_of

JSON = "application/json"

DESCRIPTION = """\
Promotions of one company: campaigns and their promotions, what a cart costs with them, and the redemptions of
checkouts. Amounts of campaigns and promotions are decimals of major units; carts, evaluations, entitlements, rulesets
and redemptions have minor units.

Send `Authorization: Bearer <key>`; a key belongs to one company and has scopes, and `admin` has all. Every error has
the body `{error, message, code}`. Fields and parameters that are not known are refused. A request may have an
`X-Request-Id`; the answer has the same one, or another where it had none.
"""

_PATHS: dict[str, dict[str, Any]] = {
    "company_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "campaign_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "promotion_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "code_id": {"type": "string", "minLength": 1, "maxLength": 64},
    "reference": {"type": "string", "minLength": 1, "maxLength": 255},
}
_SAID = {
    "company_id": "The company of the key.",
    "campaign_id": "A campaign of the company.",
    "promotion_id": "A promotion of the campaign.",
    "code_id": "The id of a code of the promotion: codes themselves stand in no path.",
    "reference": "The shop's own reference of a checkout: 1 to 255 printable characters, quoted.",
}
_WITH_KEY = ("UNAUTHORIZED", "MISSING_SCOPE", "NOT_FOUND", "INVALID_FIELD")
_WITH_BODY = ("INVALID_JSON", "PAYLOAD_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE")
_ALWAYS = ("INTERNAL_ERROR", "SERVICE_UNAVAILABLE")
_SCOPES = {
    Scope.READ: "see campaigns, promotions, codes and redemptions",
    Scope.EVALUATE: "price carts, and read what that takes",
    Scope.REDEEM: "hold, confirm, release, doubt and return",
    Scope.WRITE: "change campaigns, promotions and codes",
    Scope.ADMIN: "all of this",
}


_TAGS = {
    "promotions": "promotions",
    "campaigns": "campaigns",
    "redemptions": "redemptions",
    "rejected-grants": "redemptions",
}
"""By what stands in a path."""

_LEADS_TO = {
    "create_campaign": {"campaign_id": "$response.body#/id"},
    "create_promotion": {"campaign_id": "$response.body#/campaign_id", "promotion_id": "$response.body#/promotion_id"},
    "create_code": {
        "campaign_id": "$request.path.campaign_id",
        "promotion_id": "$response.body#/promotion_id",
        "code_id": "$response.body#/code_id",
    },
    "hold": {"reference": "$response.body#/reference"},
}
"""What an answer says of the paths of other routes."""


def openapi(root_path: str = "") -> dict[str, Any]:
    """Return the document of an API that is mounted at a path."""
    routes = (*SERVICE_ROUTES, *ROUTES)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    scopes = "; ".join(f"`{scope}`: {said}" for scope, said in _SCOPES.items())
    key = {"type": "http", "scheme": "bearer", "description": f"A key with scopes. {scopes}."}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Promotions", "version": version("fairtill"), "description": DESCRIPTION},
        "servers": [{"url": root_path or "/"}],
        "paths": paths,
        "components": {"schemas": components(routes), "securitySchemes": {"key": key}},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [_tag(route)],
        "responses": _responses(route),
    }
    if route.scope is not None:
        operation["description"] = f"Needs the scope `{route.scope}`."
        operation["security"] = [{"key": [str(route.scope)]}]
    else:
        operation["security"] = []
    parameters = _parameters(route)
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        content = {"schema": schema_of(route.request), **_examples(_example(route).request)}
        operation["requestBody"] = {"required": True, "content": {JSON: content}}
    return operation


def _tag(route: Route) -> str:
    if route.scope is None:
        return "server"
    own = route.path.partition("{company_id}")[2]
    return next((tag for name, tag in _TAGS.items() if f"/{name}" in own), "carts")


def _parameters(route: Route) -> list[dict[str, Any]]:
    path = [
        {"name": name, "in": "path", "required": True, "description": _SAID[name], "schema": _PATHS[name]}
        for name in re.findall("{(.*?)}", route.path)
    ]
    query = route.query.model_json_schema()["properties"] if route.query.model_fields else {}
    listed = [
        {"name": name, "in": "query", "required": False, "schema": _given(schema)} for name, schema in query.items()
    ]
    if route == RULESET:
        said = "The ETag of the ruleset at hand: 304 if it is still the one."
        listed.append({"name": "If-None-Match", "in": "header", "description": said, "schema": {"type": "string"}})
    return path + listed


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is given: none of them can be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    wanted = {**schema, **kinds[0]} if kinds else dict(schema)
    return {key: value for key, value in wanted.items() if key not in ("anyOf", "title") and value is not None}


def _responses(route: Route) -> dict[str, Any]:
    assert route.response is not None
    headers = {"X-Request-Id": {"description": "Names the request in logs.", "schema": {"type": "string"}}}
    done: dict[str, Any] = {
        "description": "Created." if route.status == 201 else "Done.",
        "headers": headers,
        "content": {JSON: {"schema": schema_of(route.response), **_examples(_example(route).answer)}},
    }
    if route.name in _LEADS_TO:
        done["links"] = _links(_LEADS_TO[route.name])
    responses: dict[str, Any] = {str(route.status): done}
    if route == RULESET:
        etag = {"ETag": {"description": "The revision, quoted.", "schema": {"type": "string"}}}
        done["headers"] = headers | etag
        responses["304"] = {"description": "The ruleset at hand is still the one.", "headers": headers | etag}
    if route.name == "ready":
        responses["503"] = {**done, "description": "It cannot do its work; the checks say why."}
    codes = [*(_WITH_KEY if route.scope else ()), *(_WITH_BODY if route.request else ()), *route.errors, *_ALWAYS]
    for status in sorted({ERRORS[code].status for code in codes}):
        same = [code for code in codes if ERRORS[code].status == status]
        responses.setdefault(str(status), _error(status, same, headers))
    return responses


def _links(known: dict[str, str]) -> dict[str, Any]:
    """Return a link to every route whose path is known now: where a client goes from here."""
    values = {"company_id": "$request.path.company_id", **known}
    links = {}
    for route in ROUTES:
        names = _names(route)
        if not names.isdisjoint(known) and names <= values.keys():
            links[route.name] = {
                "operationId": route.name,
                "parameters": {name: values[name] for name in sorted(names)},
            }
    return links


def _names(route: Route) -> set[str]:
    return set(re.findall("{(.*?)}", route.path))


def _error(status: int, codes: Sequence[str], headers: dict[str, Any]) -> dict[str, Any]:
    schema = {"allOf": [{"$ref": f"{REF}Error"}, {"properties": {"code": {"enum": list(codes)}}}]}
    said = dict.fromkeys(ERRORS[code].title for code in codes)
    examples = {code: {"value": error_body(code, message)} for code, message in MESSAGES.items() if code in codes}
    if status == 401:
        headers = {**headers, "WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    return {"description": f"{'; '.join(said)}.", "headers": headers, "content": {JSON: content}}


def _example(route: Route) -> Example:
    return EXAMPLES.get(route.name, Example())


def _examples(value: object) -> dict[str, Any]:
    return {} if value is None else {"examples": {"seed": {"value": value}}}
