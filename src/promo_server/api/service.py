"""What is asked of the server itself, without a key: health, readiness, the OpenAPI document and its viewer."""

from functools import lru_cache
from importlib.resources import files
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from promo_contracts import write_json
from promo_contracts.company.models import Health
from promo_contracts.company.routes import HEALTH, READY
from promo_contracts.lightrail.routes import PREFIX as VALUES_PREFIX
from promo_contracts.moltin.routes import PREFIX as MOLTIN_PREFIX
from promo_server.api.described import COMPANY, MOLTIN, VALUES
from promo_server.api.http import JSON, answer
from promo_server.api.openapi import Described, openapi
from promo_server.services.context import Context
from promo_server.services.readiness import readiness
from promo_server.services.rulesets import Rulesets

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Promotions API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="viewer"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "start.js": "text/javascript",
    "swagger-ui-bundle.js.LICENSE.txt": "text/plain",
    "LICENSE": "text/plain",
    "NOTICE": "text/plain",
}


def service_routes(context: Context, rulesets: Rulesets) -> list[HttpRoute]:
    """Return the HTTP routes that ask for no key."""

    async def health(_request: Request) -> Response:
        return answer(Health(status="ok", now=context.clock()))

    async def ready(_request: Request) -> Response:
        found = await to_thread.run_sync(readiness, context, rulesets)
        return answer(found, 200 if found.status == "ready" else 503)

    return [
        HttpRoute(HEALTH.path, health, name=HEALTH.name),
        HttpRoute(READY.path, ready, name=READY.name),
        *_document_routes("", COMPANY),
        *_document_routes(VALUES_PREFIX, VALUES),
        *_document_routes(MOLTIN_PREFIX, MOLTIN),
    ]


def _document_routes(prefix: str, contract: Described) -> list[HttpRoute]:
    """Return the routes of a contract's document and its viewer, which finds all it needs beside itself."""
    return [
        HttpRoute(f"{prefix}/openapi.json", _openapi(contract), name=f"{prefix} openapi"),
        HttpRoute(f"{prefix}/docs", _page, name=f"{prefix} docs"),
        *(HttpRoute(f"{prefix}/docs/{name}", _asset(name), name=f"{prefix} docs {name}") for name in ASSETS),
    ]


def _openapi(contract: Described) -> Any:
    @lru_cache(maxsize=8)
    def document(root_path: str) -> bytes:
        return write_json(openapi(contract, root_path))

    async def endpoint(request: Request) -> Response:
        return Response(document(request.scope.get("root_path", "")), media_type=JSON)

    return endpoint


async def _page(_request: Request) -> Response:
    return Response(PAGE, media_type="text/html", headers=SECURITY)


def _asset(name: str) -> Any:
    async def asset(_request: Request) -> Response:
        content = await to_thread.run_sync(files(__package__).joinpath("viewer", name).read_bytes)
        return Response(content, media_type=ASSETS[name], headers={**SECURITY, "Cache-Control": "max-age=86400"})

    return asset
