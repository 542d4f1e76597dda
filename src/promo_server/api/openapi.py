"""The OpenAPI 3.1 documents, made of the route tables: what a table does not say of a route stands nowhere."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from promo_contracts.company.examples import Example
from promo_contracts.routes import Route
from promo_server.api.schemas import REF, components, schema_of

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A contract as its document needs it: beyond the routes, what its errors and paths are."""

    title: str
    description: str
    routes: Sequence[Route]
    error_schema: Mapping[str, Any]
    coded: Callable[[Sequence[str]], Mapping[str, Any]]
    """The properties of an error's body that has one of these codes."""
    statuses: Callable[[str], Sequence[int]]
    error_title: Callable[[str], str]
    error_examples: Callable[[str], Mapping[str, Any] | None]
    with_key: Sequence[str]
    with_body: Sequence[str]
    always: Sequence[str]
    scopes: Mapping[str, str]
    paths: Mapping[str, Mapping[str, Any]]
    """Each parameter of a path: its schema and what it is."""
    tag: Callable[[Route], str]
    examples: Mapping[str, Example]
    leads_to: Mapping[str, Mapping[str, str]]
    """What an answer says of the paths of other routes."""
    known: Mapping[str, str] = field(default_factory=dict)
    """What every request says of them."""
    answer_headers: Callable[[Route], Mapping[str, str]] = field(default=lambda _route: {})
    request_headers: Callable[[Route], Mapping[str, Mapping[str, Any]]] = field(default=lambda _route: {})
    """Each header that a route reads: its schema and what it is."""
    has_documents: bool = False
    etag_of: Route | None = None


def openapi(contract: Described, root_path: str = "") -> dict[str, Any]:
    """Return the document of an API that is mounted at a path."""
    paths: dict[str, Any] = {}
    for route in contract.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(contract, route)
    scopes = "; ".join(f"`{scope}`: {said}" for scope, said in contract.scopes.items())
    key = {"type": "http", "scheme": "bearer", "description": f"A key with scopes. {scopes}."}
    schemas = components(contract.routes, contract.error_schema, has_documents=contract.has_documents)
    return {
        "openapi": "3.1.0",
        "info": {"title": contract.title, "version": version("fairtill"), "description": contract.description},
        "servers": [{"url": root_path or "/"}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"key": key}},
    }


def _operation(contract: Described, route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [contract.tag(route)],
        "responses": _responses(contract, route),
    }
    if route.scope is not None:
        operation["description"] = f"Needs the scope `{route.scope}`."
        operation["security"] = [{"key": [str(route.scope)]}]
    else:
        operation["security"] = []
    parameters = _parameters(contract, route)
    if parameters:
        operation["parameters"] = parameters
    if route.request is not None:
        example = contract.examples.get(route.name, Example())
        content = {"schema": schema_of(route.request), **_examples(example.request)}
        media_type = FORM if route.is_form else JSON
        operation["requestBody"] = {"required": not route.is_body_optional, "content": {media_type: content}}
    return operation


def _parameters(contract: Described, route: Route) -> list[dict[str, Any]]:
    path = [
        {"name": name, "in": "path", "required": True, **contract.paths[name]}
        for name in re.findall("{(.*?)}", route.path)
    ]
    query = route.query.model_json_schema()["properties"] if route.query.model_fields else {}
    listed = [
        {"name": name, "in": "query", "required": False, "schema": _given(schema)} for name, schema in query.items()
    ]
    if route == contract.etag_of:
        said = "The ETag of the ruleset at hand: 304 if it is still the one."
        listed.append({"name": "If-None-Match", "in": "header", "description": said, "schema": {"type": "string"}})
    headers = [
        {"name": name, "in": "header", "required": False, **said}
        for name, said in contract.request_headers(route).items()
    ]
    return path + listed + headers


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter that is given: none of them can be null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    wanted = {**schema, **kinds[0]} if kinds else dict(schema)
    return {key: value for key, value in wanted.items() if key not in ("anyOf", "title") and value is not None}


def _responses(contract: Described, route: Route) -> dict[str, Any]:
    headers = {"X-Request-Id": {"description": "Names the request in logs.", "schema": {"type": "string"}}}
    responses: dict[str, Any] = {}
    if route.response is not None:
        done = _done(contract, route, route.response, headers)
        responses[str(route.status)] = done
        if route.status_unstored is not None:
            responses[str(route.status_unstored)] = {**done, "description": "Nothing new was stored."}
        if route == contract.etag_of:
            etag = {"ETag": {"description": "The revision, quoted.", "schema": {"type": "string"}}}
            done["headers"] = done["headers"] | etag
            responses["304"] = {"description": "The ruleset at hand is still the one.", "headers": headers | etag}
        if route.name == "ready":
            responses["503"] = {**done, "description": "It cannot do its work; the checks say why."}
    elif route.status == 204:
        responses["204"] = {"description": "Done.", "headers": headers}
    given = contract.with_key if route.scope else ()
    codes = [*given, *(contract.with_body if route.request else ()), *route.errors, *contract.always]
    for status in sorted({status for code in codes for status in contract.statuses(code)}):
        same = [code for code in codes if status in contract.statuses(code)]
        responses.setdefault(str(status), _error(contract, status, same, headers))
    return responses


def _done(contract: Described, route: Route, response: Any, headers: dict[str, Any]) -> dict[str, Any]:
    example = contract.examples.get(route.name, Example())
    own = {
        name: {"description": said, "schema": {"type": "integer"}}
        for name, said in contract.answer_headers(route).items()
    }
    done: dict[str, Any] = {
        "description": "Created." if route.status == 201 else "Done.",
        "headers": headers | own,
        "content": {JSON: {"schema": schema_of(response), **_examples(example.answer)}},
    }
    if route.name in contract.leads_to:
        done["links"] = _links(contract, contract.leads_to[route.name])
    return done


def _links(contract: Described, known: Mapping[str, str]) -> dict[str, Any]:
    """Return a link to every route whose path is known now: where a client goes from here."""
    values = {**contract.known, **known}
    links = {}
    for route in contract.routes:
        names = set(re.findall("{(.*?)}", route.path))
        if not names.isdisjoint(known) and names <= values.keys():
            links[route.name] = {
                "operationId": route.name,
                "parameters": {name: values[name] for name in sorted(names)},
            }
    return links


def _error(contract: Described, status: int, codes: Sequence[str], headers: dict[str, Any]) -> dict[str, Any]:
    schema = {"allOf": [{"$ref": f"{REF}Error"}, {"properties": contract.coded(codes)}]}
    said = dict.fromkeys(contract.error_title(code) for code in codes)
    bodies = {code: contract.error_examples(code) for code in codes}
    examples = {code: {"value": body} for code, body in bodies.items() if body is not None}
    if status == 401:
        headers = {**headers, "WWW-Authenticate": {"description": "Bearer.", "schema": {"type": "string"}}}
    content = {"schema": schema, **({"examples": examples} if examples else {})}
    return {"description": f"{'; '.join(said)}.", "headers": headers, "content": {JSON: content}}


def _examples(value: object) -> dict[str, Any]:
    return {} if value is None else {"examples": {"seed": {"value": value}}}
