"""The company API: each route of its table bound to one use case."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

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
from promo_server.api.binding import Endpoint, Special, endpoints_by_path, methods_of
from promo_server.api.http import JSON, answer, read_model, read_object, read_query
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
from promo_server.services.companies import Holder
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

WORTH_COMPRESSING = 4_096

CHECKED_BY_SERVICE = {"create_promotion", "update_promotion", "update_campaign"}
"""What is wrong with one field must not hide what is wrong with another, and a change is judged by its result: both of
which only the service can tell."""

Handler = Callable[[Call], object]


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


def company_routes(context: Context, rulesets: Rulesets) -> list[HttpRoute]:
    """Return the HTTP routes of the company API: one for each path, so that a 405 names every method that it has."""
    publisher = Publisher(context, rulesets)

    def call_of(route: Route, request: Request, holder: Holder, body: Any) -> Call:
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

    def work(route: Route, request: Request, holder: Holder, body: Any) -> Response:
        result = HANDLERS[route.name](call_of(route, request, holder, body))
        return result if isinstance(result, Response) else answer(result, route.status)

    def at_hand(route: Route, request: Request, holder: Holder) -> Response | None:
        return _unchanged_ruleset(call_of(route, request, holder, None))

    special = {
        # A grant holds its cart and the whole evaluation of it.
        "hold": Special(most_bytes=8 * MAX_BYTES),
        # A large one may wait for something long, which must leave the threads of all else alone.
        "ruleset": Special(at_once=4, at_hand=at_hand),
    }
    endpoints = endpoints_by_path(context, routes.ROUTES, work, _check_company, special)
    return [_http_route(path, endpoint) for path, endpoint in endpoints.items()]


def _check_company(request: Request, holder: Holder) -> None:
    if holder.company_id != request.path_params["company_id"]:
        raise Refusal("NOT_FOUND", "There is no such company.")


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


def _http_route(path: str, endpoint: Endpoint) -> HttpRoute:
    kind = ReferenceRoute if path == routes.REDEMPTION else HttpRoute
    methods = methods_of(routes.ROUTES, path)
    return kind(path.replace("{reference}", "{reference:path}"), endpoint, methods=methods)


def _validated(route: Route, body: Any) -> Any:
    if route.request is None:
        return None
    return read_object(body) if route.name in CHECKED_BY_SERVICE else read_model(route.request, body)
