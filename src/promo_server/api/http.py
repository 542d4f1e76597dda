"""Requests in, answers out: bounded bodies, exact JSON, the contract's error bodies."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from promo_contracts import MAX_BYTES, WireError, read_json, write_json
from promo_contracts.company.errors import ERRORS, FieldProblem, error_body, invalid_body
from promo_contracts.fields import Query
from promo_contracts.lightrail import errors as lightrail
from promo_contracts.lightrail.routes import PREFIX as VALUES
from promo_contracts.moltin import errors as moltin
from promo_contracts.moltin.routes import PREFIXES as MOLTIN
from promo_contracts.problems import field_problems
from promo_contracts.routes import Route
from promo_server.api.access_log import REQUEST_ID
from promo_server.services.refusal import InvalidFields, Refusal, refuse
from promo_server.storage import UnavailableError

logger = logging.getLogger(__name__)

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MOST_FORM_BYTES = 8_192
MEDIA_TYPES = ((JSON,), (JSON, "application/merge-patch+json"))
"""Of a body, and of a change's."""
ABSENT: Final = object()
"""In place of a body where there is none: null is one."""
STATUS_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


async def read_form(request: Request) -> dict[str, str]:
    """Read a form: the first value of each name.

    Raises:
        Refusal: ``UNSUPPORTED_MEDIA_TYPE``, ``PAYLOAD_TOO_LARGE``, ``INVALID_JSON`` of one that is no text.
    """
    content = await _read_bytes(request, MOST_FORM_BYTES)
    if _media_type(request) != FORM:
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", f"Send the body as {FORM}.")
    try:
        return {name: values[0] for name, values in parse_qs(content.decode("ascii"), errors="strict").items()}
    except (UnicodeDecodeError, ValueError):
        raise Refusal("INVALID_JSON", "The body is not a form.") from None


async def read_body(request: Request, route: Route, most: int | None = None) -> Any:
    """Read the JSON body of a request, at most 1 MiB unless said otherwise; ``ABSENT`` where none is sent nor needed.

    Raises:
        Refusal: ``UNSUPPORTED_MEDIA_TYPE``, ``PAYLOAD_TOO_LARGE``, ``INVALID_JSON``.
    """
    content = await _read_bytes(request, most or MAX_BYTES)
    if route.is_body_optional and not content:
        return ABSENT
    if _media_type(request) not in MEDIA_TYPES[route.method == "PATCH"]:
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", f"Send the body as {JSON}.")
    try:
        return read_json(content)
    except WireError as error:
        raise Refusal("INVALID_JSON", f"The body is {error}.") from None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def _read_bytes(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refusal("PAYLOAD_TOO_LARGE", f"A body has at most {most} bytes.")
    return bytes(body)


def refuse_nul(value: object) -> None:
    """Refuse a value with a text that PostgreSQL cannot store.

    Raises:
        InvalidFields: every field that has one.
    """
    if b"\\u0000" in write_json(value):
        refuse([FieldProblem(path, "must not have the character U+0000") for path in _nul_paths(value)])


def _nul_paths(value: object, path: str = "") -> Iterator[str]:
    """Yield where a value has the one character that PostgreSQL cannot store."""
    if isinstance(value, dict):
        for key, child in value.items():
            yield from [path] if "\0" in key else _nul_paths(child, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for i, child in enumerate(value):
            yield from _nul_paths(child, f"{path}[{i}]")
    elif isinstance(value, str) and "\0" in value:
        yield path


def read_object(value: Any) -> dict[str, Any]:
    """Take a body that is to be an object.

    Raises:
        InvalidFields: it is something else.
    """
    if not isinstance(value, dict):
        raise InvalidFields(FieldProblem("body", "must be a JSON object"))
    return value


def read_model(model: type[BaseModel], value: Any) -> Any:
    """Validate a body.

    Raises:
        InvalidFields: every wrong field, with what would be right; or a text that PostgreSQL cannot store.
    """
    try:
        valid = model.model_validate(read_object(value))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, model)) from None
    refuse_nul(value)
    return valid


def read_query(model: type[Query], given: QueryParams) -> Any:
    """Validate the parameters of a query.

    Raises:
        InvalidFields: every parameter that is wrong, unknown or given twice.
    """
    names = [name for name, _ in given.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidFields(*(FieldProblem(name, "must be given once") for name in twice))
    try:
        valid = model.model_validate(dict(given))
    except ValidationError as error:
        raise InvalidFields(*field_problems(error, model)) from None
    if given:
        refuse_nul(dict(given))
    return valid


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write an answer: a model, a plain object, or JSON bytes as they are."""
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_none=False)
    content = value if isinstance(value, bytes) else write_json(value)
    return Response(content, status, headers, media_type=JSON)


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answer a refusal with its code's status and body."""
    assert isinstance(error, Refusal)
    headers = {"WWW-Authenticate": "Bearer"} if error.code == "UNAUTHORIZED" else None
    return _error(request, error.code, error.message, headers, **error.more)


async def on_invalid_fields(request: Request, error: Exception) -> Response:
    """Answer wrong fields: 422 with all of them."""
    assert isinstance(error, InvalidFields)
    if _is_of_moltin(request):
        told = moltin.invalid_body(error.problems)
        return answer(told, moltin.status_of(told))
    if _is_of_values(request):
        return answer(lightrail.invalid_body(error.problems), 422)
    body = invalid_body(error.problems)
    return answer(body, ERRORS[body["code"]].status)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router refuses in the contract's shape."""
    assert isinstance(error, HTTPException)
    code = STATUS_CODES.get(error.status_code, "NOT_FOUND")
    return _error(request, code, ERRORS[code].title + ".", error.headers)


async def on_storage_error(request: Request, error: Exception) -> Response:
    """Answer that the database cannot be asked now, or was lost just when it stored something."""
    logger.error("%s %s: %s", request.method, _route(request), error, exc_info=error.__cause__)
    code = "SERVICE_UNAVAILABLE" if isinstance(error, UnavailableError) else "OUTCOME_UNKNOWN"
    return _error(request, code, str(error), {"Retry-After": "1"})


async def on_crash(request: Request, error: Exception) -> Response:
    """Answer a failure of ours without a word of its inside; the log has it, without the request's body."""
    logger.error("%s %s failed", request.method, _route(request), exc_info=error)
    # The access log stands within what answers this.
    headers = {"X-Request-Id": request.scope[REQUEST_ID]} if REQUEST_ID in request.scope else None
    return _error(request, "INTERNAL_ERROR", "The server failed; nothing was stored.", headers)


def _error(
    request: Request, code: str, message: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """Answer an error in the shape of the contract that the request is of."""
    if _is_of_moltin(request):
        body = moltin.error_body(code, moltin.TOKEN_REFUSED if code == "UNAUTHORIZED" else message)
        return answer(body, moltin.status_of(body), headers)
    if _is_of_values(request):
        body = lightrail.error_body(code, message, **more)
        return answer(body, body["statusCode"], headers)
    return answer(error_body(code, message, **more), ERRORS[code].status, headers)


def _is_of_moltin(request: Request) -> bool:
    path = _path(request)
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in MOLTIN)


def _is_of_values(request: Request) -> bool:
    return _path(request).startswith(f"{VALUES}/")


def _path(request: Request) -> str:
    path: str = request.scope["path"]
    return path.removeprefix(request.scope.get("root_path", ""))


def _route(request: Request) -> str:
    """Return the path of a request's route: the path itself names references."""
    return getattr(request.scope.get("route"), "path", "?")
