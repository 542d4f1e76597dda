"""The company API: each route of its table bound to one use case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from promo_contracts import MAX_BYTES
from promo_contracts.company import models, routes
from promo_contracts.company.errors import FieldProblem
from promo_contracts.routes import Route
from promo_server.api.http import answer, read_body, read_model, read_object
from promo_server.redemption import Event, State
from promo_server.services import campaigns, deliveries, evaluations, promotions, redemptions
from promo_server.services.companies import Holder, authenticate
from promo_server.services.context import Context
from promo_server.services.lifecycle import Step, change_status
from promo_server.services.paging import Page
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.rulesets import Rulesets


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: who asks, the path's parameters, the query, the validated body."""

    context: Context
    rulesets: Rulesets
    holder: Holder
    path: Mapping[str, str]
    query: Mapping[str, str]
    if_none_match: str
    body: Any = field(repr=False)

    def page(self) -> Page:
        """Return the page that the query asks for."""
        return Page(self._number("page", 1), self._number("per_page", 20))

    def reference(self) -> str:
        """Return the checkout reference of the path."""
        reference = self.path["reference"]
        if not 1 <= len(reference) <= MAX_REFERENCE or not reference.isprintable():
            raise InvalidFields(FieldProblem("reference", f"must have 1 to {MAX_REFERENCE} printable characters"))
        return reference

    def state(self) -> State | None:
        """Return the state that the query asks for."""
        wanted = self.query.get("state")
        if wanted is None or wanted in list(State):
            return State(wanted) if wanted else None
        known = ", ".join(State)
        raise InvalidFields(FieldProblem("state", f"must be one of {known}"))

    def _number(self, name: str, default: int) -> int:
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            raise InvalidFields(FieldProblem(name, "must be a whole number"))
        return int(text)


MAX_REFERENCE = 255
MOST_BYTES = {"hold": 8 * MAX_BYTES}
"""A grant holds its cart and the whole evaluation of it."""

CHECKED_BY_SERVICE = {"create_promotion"}
"""What is wrong with one field must not hide what is wrong with another, which only the service can tell."""

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
        return change_status(call.context, call.holder, call.path["campaign_id"], call.path["promotion_id"], step)

    return handler


def _change_campaign(status: models.CampaignStatus) -> Handler:
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
    ruleset, document = evaluations.current_ruleset(call.context, call.rulesets, call.holder)
    headers = {"ETag": f'"{ruleset.revision}"', "Cache-Control": "private, no-cache"}
    if call.if_none_match == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return answer(document, headers=headers)


HANDLERS: dict[str, Handler] = {
    "create_campaign": lambda c: campaigns.create_campaign(c.context, c.holder, c.body),
    "list_campaigns": lambda c: campaigns.list_campaigns(c.context, c.holder, c.page()),
    "get_campaign": lambda c: campaigns.get_campaign(c.context, c.holder, c.path["campaign_id"]),
    "activate_campaign": _change_campaign("active"),
    "deactivate_campaign": _change_campaign("inactive"),
    "create_promotion": lambda c: promotions.create_promotion(c.context, c.holder, c.path["campaign_id"], c.body),
    "list_promotions": lambda c: promotions.list_promotions(c.context, c.holder, c.path["campaign_id"], c.page()),
    "get_promotion": lambda c: promotions.get_promotion(
        c.context, c.holder, c.path["campaign_id"], c.path["promotion_id"]
    ),
    "activate_promotion": _change(Step.ACTIVATE),
    "pause_promotion": _change(Step.PAUSE),
    "resume_promotion": _change(Step.RESUME),
    "promotion_types": _promotion_types,
    "evaluate": lambda c: evaluations.evaluate_cart(c.context, c.rulesets, c.holder, c.body),
    "entitlements": lambda c: evaluations.entitlements(c.context, c.rulesets, c.holder, c.body),
    "ruleset": _ruleset,
    "hold": _hold,
    "get_redemption": lambda c: redemptions.get_redemption(c.context, c.holder, c.reference()),
    "list_redemptions": lambda c: redemptions.list_redemptions(c.context, c.holder, c.state(), c.page()),
    "confirm": _settle(Event.CONFIRM),
    "release": _settle(Event.RELEASE),
    "doubt": _settle(Event.DOUBT),
}


def company_routes(context: Context, rulesets: Rulesets) -> list[HttpRoute]:
    """Return the HTTP routes of the company API."""
    return [
        HttpRoute(
            route.path.replace("{reference}", "{reference:path}"),  # a reference may hold a slash
            _endpoint(route, context, rulesets),
            methods=[route.method],
            name=route.name,
        )
        for route in routes.ROUTES
    ]


def _endpoint(route: Route, context: Context, rulesets: Rulesets) -> Callable[[Request], Any]:
    handler = HANDLERS[route.name]

    async def endpoint(request: Request) -> Response:
        if route.request is None:
            return await to_thread.run_sync(lambda: work(request, _authorised(context, request, route), None))
        # Nobody without a key has a body read.
        holder = await to_thread.run_sync(_authorised, context, request, route)
        body = await read_body(request, MOST_BYTES.get(route.name, MAX_BYTES))
        return await to_thread.run_sync(work, request, holder, body)

    def work(request: Request, holder: Holder, body: Any) -> Response:
        call = Call(
            context=context,
            rulesets=rulesets,
            holder=holder,
            path=request.path_params,
            query=request.query_params,
            if_none_match=request.headers.get("if-none-match", ""),
            body=_validated(route, body),
        )
        result = handler(call)
        return result if isinstance(result, Response) else answer(result, route.status)

    return endpoint


def _authorised(context: Context, request: Request, route: Route) -> Holder:
    """Decide who may do what: the one place."""
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    holder = authenticate(context, key.strip() if kind.lower() == "bearer" else "")
    if holder.company_id != request.path_params["company_id"]:
        raise Refusal("NOT_FOUND", "There is no such company.")
    if any("\0" in value for value in request.path_params.values()):
        raise Refusal("NOT_FOUND", "Nothing has such a name.")
    if not holder.may(route.scope):
        raise Refusal("MISSING_SCOPE", f"This needs a key with the scope '{route.scope}'.")
    return holder


def _validated(route: Route, body: Any) -> Any:
    if route.request is None:
        return None
    return read_object(body) if route.name in CHECKED_BY_SERVICE else read_model(route.request, body)
