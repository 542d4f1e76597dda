"""The company API: each route of its table bound to one use case."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import CapacityLimiter, to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as HttpRoute
from starlette.types import Scope

from promo_contracts import MAX_BYTES
from promo_contracts.company import models, routes
from promo_contracts.company.errors import FieldProblem
from promo_contracts.routes import Route
from promo_server.api.access_log import HOLDER
from promo_server.api.http import JSON, answer, read_body, read_model, read_object, read_query
from promo_server.api.large import Slices, accepts_gzip, is_at_hand
from promo_server.redemption import Event, State
from promo_server.services import (
    campaigns,
    deliveries,
    evaluations,
    promotion_codes,
    promotions,
    redemptions,
    rejected_grants,
    returns,
)
from promo_server.services.code_batches import create_code_batch
from promo_server.services.companies import Holder, authenticate, authenticate_at_once
from promo_server.services.context import Context
from promo_server.services.lifecycle import Step, change_status
from promo_server.services.paging import page_of
from promo_server.services.promotion_lists import list_offers, list_promotions
from promo_server.services.promotion_updates import change_promotion
from promo_server.services.published import Published, Publisher
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.rulesets import Rulesets


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: who asks, the path's parameters, the query, the validated body."""

    context: Context
    rulesets: Rulesets
    publisher: Publisher
    holder: Holder
    path: Mapping[str, str]
    query: Any
    headers: Headers = field(repr=False)
    body: Any = field(repr=False)

    def promotion(self) -> tuple[str, str]:
        """Return the ids of the path's campaign and promotion."""
        return self.path["campaign_id"], self.path["promotion_id"]

    def reference(self) -> str:
        """Return the checkout reference of the path."""
        reference = self.path["reference"]
        if not 1 <= len(reference) <= MAX_REFERENCE or not reference.isprintable():
            raise InvalidFields(FieldProblem("reference", f"must have 1 to {MAX_REFERENCE} printable characters"))
        return reference


MAX_REFERENCE = 255
MOST_BYTES = {"hold": 8 * MAX_BYTES}
"""A grant holds its cart and the whole evaluation of it."""

WORTH_COMPRESSING = 4_096

CHECKED_BY_SERVICE = {"create_promotion", "update_promotion", "update_campaign"}
"""What is wrong with one field must not hide what is wrong with another, and a change is judged by its result: both of
which only the service can tell."""

Handler = Callable[[Call], object]

MOST_AT_ONCE = {"ruleset": 4}
"""Of what may wait for something long, as a large ruleset is made, so that the threads of all else are left alone."""


def _hold(call: Call) -> object:
    reference = call.reference()
    request: models.HoldRequest = call.body
    if request.granted is not None:
        return deliveries.deliver(call.context, call.holder, reference, request)
    return redemptions.hold(call.context, call.rulesets, call.holder, reference, request)


def _settle(event: Event) -> Handler:
    def handler(call: Call) -> object:
        reference = call.reference()
        return redemptions.settle(call.context, call.holder, reference, event, call.body)

    return handler


def _change(step: Step) -> Handler:
    def handler(call: Call) -> object:
        return change_status(call.context, call.holder, *call.promotion(), step)

    return handler


def _list_redemptions(call: Call) -> object:
    state = State(call.query.state) if call.query.state else None
    return redemptions.list_redemptions(call.context, call.holder, state, page_of(call.query))


def _change_campaign(status: models.ShownCampaignStatus) -> Handler:
    def handler(call: Call) -> object:
        return campaigns.change_campaign_status(call.context, call.holder, call.path["campaign_id"], status)

    return handler


def _promotion_types(call: Call) -> object:
    return models.PromotionTypeList(
        promotion_types=[
            models.PromotionTypeInfo(
                name=one.supplied.name,
                title=one.supplied.title,
                version=one.supplied.version,
                distribution=one.distribution,
                rules_schema=one.supplied.rules_schema(),
            )
            for one in call.context.types.registered()
        ]
    )


def _ruleset(call: Call) -> object:
    published = call.publisher.current(call.holder.company_id, call.holder.rules_version)
    unchanged = _unchanged(call, published)
    if unchanged is not None:
        return unchanged
    tag, headers = _tag_and_headers(published)
    if len(published.document) < WORTH_COMPRESSING or not accepts_gzip(call.headers.get("accept-encoding", "")):
        return Slices(published.document, headers=headers, media_type=JSON)
    headers |= {"ETag": f"W/{tag}", "Content-Encoding": "gzip"}
    return Slices(published.compressed(), headers=headers, media_type=JSON)


def _unchanged_ruleset(call: Call) -> Response | None:
    published = call.publisher.at_hand(call.holder.company_id, call.holder.rules_version)
    return None if published is None else _unchanged(call, published)


def _unchanged(call: Call, published: Published) -> Response | None:
    tag, headers = _tag_and_headers(published)
    given = call.headers.get("if-none-match", "")
    return Response(status_code=304, headers=headers) if is_at_hand(given, tag) else None


def _tag_and_headers(published: Published) -> tuple[str, dict[str, str]]:
    tag = f'"{published.revision}"'
    return tag, {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding", "ETag": tag}


HANDLERS: dict[str, Handler] = {
    "create_campaign": lambda c: campaigns.create_campaign(c.context, c.holder, c.body),
    "list_campaigns": lambda c: campaigns.list_campaigns(c.context, c.holder, c.query),
    "get_campaign": lambda c: campaigns.get_campaign(c.context, c.holder, c.path["campaign_id"]),
    "activate_campaign": _change_campaign("active"),
    "update_campaign": lambda c: campaigns.update_campaign(c.context, c.holder, c.path["campaign_id"], c.body),
    "deactivate_campaign": _change_campaign("inactive"),
    "archive_campaign": _change_campaign("archived"),
    "create_promotion": lambda c: promotions.create_promotion(c.context, c.holder, c.path["campaign_id"], c.body),
    "list_promotions": lambda c: list_promotions(c.context, c.holder, c.path["campaign_id"], c.query),
    "list_all_promotions": lambda c: list_promotions(c.context, c.holder, None, c.query),
    "get_promotion": lambda c: promotions.get_promotion(c.context, c.holder, *c.promotion()),
    "update_promotion": lambda c: change_promotion(c.context, c.holder, *c.promotion(), c.body),
    "activate_promotion": _change(Step.ACTIVATE),
    "pause_promotion": _change(Step.PAUSE),
    "resume_promotion": _change(Step.RESUME),
    "archive_promotion": _change(Step.ARCHIVE),
    "create_code": lambda c: promotion_codes.create_code(c.context, c.holder, *c.promotion(), c.body),
    "create_code_batch": lambda c: create_code_batch(c.context, c.holder, *c.promotion(), c.body),
    "list_codes": lambda c: promotion_codes.list_codes(c.context, c.holder, *c.promotion(), c.query),
    "get_code": lambda c: promotion_codes.get_code(c.context, c.holder, *c.promotion(), c.path["code_id"]),
    "delete_code": lambda c: promotion_codes.delete_code(c.context, c.holder, *c.promotion(), c.path["code_id"]),
    "offers": lambda c: list_offers(c.context, c.holder, c.query),
    "promotion_types": _promotion_types,
    "evaluate": lambda c: evaluations.evaluate_cart(c.context, c.rulesets, c.holder, c.body),
    "entitlements": lambda c: evaluations.entitlements(c.context, c.rulesets, c.holder, c.body),
    "ruleset": _ruleset,
    "hold": _hold,
    "get_redemption": lambda c: redemptions.get_redemption(c.context, c.holder, c.reference()),
    "list_redemptions": _list_redemptions,
    "confirm": _settle(Event.CONFIRM),
    "release": _settle(Event.RELEASE),
    "doubt": _settle(Event.DOUBT),
    "return_goods": lambda c: returns.return_goods(c.context, c.rulesets, c.holder, c.reference(), c.body),
    "list_returns": lambda c: returns.list_returns(c.context, c.holder, c.reference(), page_of(c.query)),
    "list_rejected_grants": lambda c: rejected_grants.list_rejected_grants(c.context, c.holder, page_of(c.query)),
}

AT_HAND: dict[str, Callable[[Call], Response | None]] = {"ruleset": _unchanged_ruleset}
"""What can be answered out of memory, and need not wait for a thread; None leaves it to the handler."""

Endpoint = Callable[[Request], Awaitable[Response]]


def company_routes(context: Context, rulesets: Rulesets) -> list[HttpRoute]:
    """Return the HTTP routes of the company API: one for each path, so that a 405 names every method that it has."""
    paths: dict[str, dict[str, Endpoint]] = {}
    publisher = Publisher(context, rulesets)
    for route in routes.ROUTES:
        paths.setdefault(route.path, {})[route.method] = _endpoint(route, context, rulesets, publisher)
    return [_http_route(path, by_method) for path, by_method in paths.items()]


class ReferenceRoute(HttpRoute):
    """The route of a reference, which may hold a slash: what stands behind an unquoted one is a step of it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave the path of a step to the step, whatever the method."""
        if _IS_STEP.search(scope.get("raw_path") or b""):
            return Match.NONE, {}
        return super().matches(scope)


_STEPS = "|".join(
    route.path.rpartition("/")[2] for route in routes.ROUTES if route.path.startswith(f"{routes.REDEMPTION}/")
)
_IS_STEP = re.compile(f"/redemptions/[^/]+/({_STEPS})$".encode())


def _http_route(path: str, by_method: Mapping[str, Endpoint]) -> HttpRoute:
    async def endpoint(request: Request) -> Response:
        return await by_method["GET" if request.method == "HEAD" else request.method](request)

    kind = ReferenceRoute if path == routes.REDEMPTION else HttpRoute
    return kind(path.replace("{reference}", "{reference:path}"), endpoint, methods=list(by_method))


def _endpoint(route: Route, context: Context, rulesets: Rulesets, publisher: Publisher) -> Endpoint:
    handler = HANDLERS[route.name]
    at_hand = AT_HAND.get(route.name)
    limiter = CapacityLimiter(MOST_AT_ONCE[route.name]) if route.name in MOST_AT_ONCE else None

    async def endpoint(request: Request) -> Response:
        known = authenticate_at_once(context, _key_of(request))
        holder = None if known is None else _allowed(request, route, known)
        if route.request is None:
            found = at_hand(call_of(request, holder, None)) if at_hand and holder else None
            return found if found is not None else await to_thread.run_sync(work, request, holder, limiter=limiter)
        # Nobody without a key has a body read.
        holder = holder or await to_thread.run_sync(wait_for_holder, request)
        body = await read_body(request, MOST_BYTES.get(route.name, MAX_BYTES))
        return await to_thread.run_sync(work, request, holder, body)

    def wait_for_holder(request: Request) -> Holder:
        return _allowed(request, route, authenticate(context, _key_of(request)))

    def work(request: Request, holder: Holder | None, body: Any = None) -> Response:
        result = handler(call_of(request, holder or wait_for_holder(request), body))
        return result if isinstance(result, Response) else answer(result, route.status)

    def call_of(request: Request, holder: Holder, body: Any) -> Call:
        return Call(
            context=context,
            rulesets=rulesets,
            publisher=publisher,
            holder=holder,
            path=request.path_params,
            query=read_query(route.query, request.query_params),
            headers=request.headers,
            body=_validated(route, body),
        )

    return endpoint


def _key_of(request: Request) -> str:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _allowed(request: Request, route: Route, holder: Holder) -> Holder:
    """Decide who may do what: the one place."""
    request.scope[HOLDER] = holder
    if holder.company_id != request.path_params["company_id"]:
        raise Refusal("NOT_FOUND", "There is no such company.")
    if any("\0" in value for value in request.path_params.values()):
        raise Refusal("NOT_FOUND", "Nothing has such a name.")
    if route.scope is None or not holder.may(route.scope):
        raise Refusal("MISSING_SCOPE", f"This needs a key with the scope '{route.scope}'.")
    return holder


def _validated(route: Route, body: Any) -> Any:
    if route.request is None:
        return None
    return read_object(body) if route.name in CHECKED_BY_SERVICE else read_model(route.request, body)
