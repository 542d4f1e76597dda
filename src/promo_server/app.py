"""The composition root: plugins and a database become one mountable ASGI app."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import anyio
from anyio import to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from promo_contracts.company.routes import CONFIRM, ENTITLEMENTS, EVALUATE, HEALTH, HOLD, RELEASE, RULESET
from promo_server.api.access_log import AccessLog
from promo_server.api.company import company_routes
from promo_server.api.http import (
    on_crash,
    on_http_exception,
    on_invalid_fields,
    on_refusal,
    on_storage_error,
)
from promo_server.api.lightrail import lightrail_routes
from promo_server.api.moltin import moltin_routes
from promo_server.api.service import service_routes
from promo_server.services.context import Context
from promo_server.services.ended_attempts import forget_ended
from promo_server.services.expiry import sweep
from promo_server.services.lightrail.expiry import sweep_values
from promo_server.services.moltin.cart_rows import forget_carts
from promo_server.services.moltin.tokens import forget_tokens
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.revisions import KEPT, forget_revisions
from promo_server.services.rulesets import Rulesets
from promo_server.storage import StorageError, UnavailableError, UnknownOutcomeError

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0

OFTEN = [one.path for one in (HEALTH, RULESET, ENTITLEMENTS, HOLD, CONFIRM, RELEASE, EVALUATE)]
"""What shops ask for again and again: looked for first, as a router tries one route after the other."""


def create_app(context: Context, *, keep_revisions: timedelta = KEPT) -> Starlette:
    """Build the promotions API; the app closes the database when its lifespan ends.

    ``keep_revisions`` is how long a revision of the rules is kept after another took its place.
    """
    rulesets = Rulesets(context)

    def sweep_all() -> None:
        sweep(context)
        sweep_values(context)
        forget_ended(context)
        forget_carts(context)
        forget_tokens(context)
        rulesets.keep()
        forget_revisions(context, keep_revisions)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(_sweep_forever, sweep_all)
            yield
            group.cancel_scope.cancel()
        await _sweep(rulesets.keep, "there is none after it")
        context.database.close()

    routes = [
        *service_routes(context, rulesets),
        *company_routes(context, rulesets),
        *lightrail_routes(context),
        *moltin_routes(context, rulesets),
    ]
    routes.sort(key=_rank)
    return Starlette(
        routes=routes,
        exception_handlers={
            Refusal: on_refusal,
            InvalidFields: on_invalid_fields,
            UnavailableError: on_storage_error,
            UnknownOutcomeError: on_storage_error,
            HTTPException: on_http_exception,
            Exception: on_crash,
        },
        middleware=[Middleware(AccessLog)],
        lifespan=lifespan,
    )


def _rank(route: Route) -> int:
    path = route.path.replace(":path}", "}")
    return OFTEN.index(path) if path in OFTEN else len(OFTEN)


async def _sweep_forever(sweep_all: Callable[[], None]) -> None:
    """Expire holds, doubt lapsed leases, void what nobody captured: also while nobody asks for anything."""
    while True:
        await _sweep(sweep_all, f"the next one is in {SWEEP_SECONDS} s")
        await anyio.sleep(SWEEP_SECONDS)


async def _sweep(sweep_all: Callable[[], None], then: str) -> None:
    try:
        await to_thread.run_sync(sweep_all)
    except StorageError as error:
        logger.warning("the sweep failed (%s); %s", error, then)
    except Exception:
        logger.exception("the sweep failed; %s", then)
