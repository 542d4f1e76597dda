"""The value-store API: each route of its table bound to one use case. The company is that of the key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as HttpRoute

from promo_contracts.company.errors import FieldProblem
from promo_contracts.lightrail.routes import ROUTES
from promo_contracts.lightrail.transactions import Transaction
from promo_contracts.routes import Route
from promo_server.api.binding import endpoints_by_path, methods_of
from promo_server.api.http import ABSENT, answer, read_model, read_query
from promo_server.api.quoted import QuotedRoute
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.lightrail import (
    attachments,
    currencies,
    customers,
    issuing,
    orders,
    programs,
    settling,
    transactions,
    value_stores,
)
from promo_server.services.lightrail.lists import Listed
from promo_server.services.refusal import InvalidFields, Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request: who asks, the path's parameters, the query, the validated body."""

    context: Context
    holder: Holder
    path: Mapping[str, str]
    query: Any
    body: Any = field(repr=False)

    def change(self, own_id: str) -> dict[str, Any]:
        """Return what a change names; the id in it, if any, must be that of the path.

        Raises:
            InvalidFields: it is another one.
        """
        assert isinstance(self.body, BaseModel)
        change = self.body.model_dump(exclude_unset=True)
        # A currency's code is read in upper case.
        named = self.path[own_id].upper() if own_id == "code" else self.path[own_id]
        if change.pop(own_id, named) not in (None, named):
            raise InvalidFields(FieldProblem(own_id, "must be that of the path"))
        return change


Handler = Callable[[Call], object]


def _moved(move: Callable[[Context, Holder, Any], Transaction]) -> Handler:
    def handler(call: Call) -> object:
        done = move(call.context, call.holder, call.body)
        return answer(done, 200 if done.simulated else 201)

    return handler


def _settled(settle: Callable[[Context, Holder, str, Any], tuple[Transaction, bool]]) -> Handler:
    def handler(call: Call) -> object:
        done, is_new = settle(call.context, call.holder, call.path["transactionId"], call.body)
        return answer(done, 201 if is_new else 200)

    return handler


def _reversed(call: Call) -> object:
    done = settling.reverse(call.context, call.holder, call.path["transactionId"], call.body)
    return answer(done, 200 if done.simulated else 201)


def _unchanging(code: str, said: str) -> Handler:
    def handler(_call: Call) -> object:
        raise Refusal(code, f"A transaction cannot be {said}: reverse it.")

    return handler


HANDLERS: dict[str, Handler] = {
    "create_customer": lambda c: customers.create_customer(c.context, c.holder, c.body),
    "list_customers": lambda c: customers.list_customers(c.context, c.holder, c.query),
    "get_customer": lambda c: customers.get_customer(c.context, c.holder, c.path["customerId"]),
    "update_customer": lambda c: customers.update_customer(
        c.context, c.holder, c.path["customerId"], c.change("customerId")
    ),
    "delete_customer": lambda c: customers.delete_customer(c.context, c.holder, c.path["customerId"]),
    "create_program": lambda c: programs.create_program(c.context, c.holder, c.body),
    "list_programs": lambda c: programs.list_programs(c.context, c.holder, c.query),
    "get_program": lambda c: programs.get_program(c.context, c.holder, c.path["programId"]),
    "update_program": lambda c: programs.update_program(
        c.context, c.holder, c.path["programId"], c.change("programId")
    ),
    "delete_program": lambda c: programs.delete_program(c.context, c.holder, c.path["programId"]),
    "create_value_store": lambda c: issuing.create_value_store(
        c.context, c.holder, c.body, shows_code=c.query.showCode
    ),
    "list_value_stores": lambda c: value_stores.list_value_stores(c.context, c.holder, c.query),
    "get_value_store": lambda c: value_stores.get_value_store(c.context, c.holder, c.path["valueStoreId"]),
    "update_value_store": lambda c: value_stores.update_value_store(
        c.context, c.holder, c.path["valueStoreId"], c.change("valueStoreId")
    ),
    "delete_value_store": lambda c: value_stores.delete_value_store(c.context, c.holder, c.path["valueStoreId"]),
    "get_code": lambda c: attachments.get_code(
        c.context, c.holder, c.path["valueStoreId"], shows_code=c.query.showCode
    ),
    "set_code": lambda c: attachments.change_code(
        c.context, c.holder, c.path["valueStoreId"], c.body, shows_code=c.query.showCode
    ),
    "delete_code": lambda c: attachments.delete_code(c.context, c.holder, c.path["valueStoreId"]),
    "get_value_store_customer": lambda c: attachments.get_attached(c.context, c.holder, c.path["valueStoreId"]),
    "attach_value_store": lambda c: attachments.attach(c.context, c.holder, c.path["valueStoreId"], c.body.customerId),
    "detach_value_store": lambda c: attachments.detach(c.context, c.holder, c.path["valueStoreId"]),
    "process_order": _moved(orders.process_order),
    "debit": _moved(transactions.debit),
    "credit": _moved(transactions.credit),
    "transfer": _moved(transactions.transfer),
    "list_transactions": lambda c: transactions.list_transactions(c.context, c.holder, c.query),
    "get_transaction": lambda c: transactions.get_transaction(c.context, c.holder, c.path["transactionId"]),
    "modify_transaction": _unchanging("CannotModifyTransaction", "changed"),
    "delete_transaction": _unchanging("CannotDeleteTransaction", "deleted"),
    "capture": _settled(settling.capture),
    "void": _settled(settling.void),
    "reverse": _reversed,
    "create_currency": lambda c: currencies.create_currency(c.context, c.holder, c.body),
    "list_currencies": lambda c: currencies.list_currencies(c.context, c.holder),
    "get_currency": lambda c: currencies.get_currency(c.context, c.holder, c.path["code"]),
    "update_currency": lambda c: currencies.update_currency(c.context, c.holder, c.path["code"], c.change("code")),
    "delete_currency": lambda c: currencies.delete_currency(c.context, c.holder, c.path["code"]),
}


def lightrail_routes(context: Context) -> list[HttpRoute]:
    """Return the HTTP routes of the value-store API: one for each path, the fixed ones before those with an id."""

    def work(route: Route, request: Request, holder: Holder, body: Any) -> Response:
        call = Call(
            context=context,
            holder=holder,
            path=request.path_params,
            query=read_query(route.query, request.query_params),
            body=None if body is ABSENT or route.request is None else read_model(route.request, body),
        )
        return _answered(HANDLERS[route.name](call), route.status)

    endpoints = endpoints_by_path(context, ROUTES, work, lambda _request, _holder: None, {})
    fixed_first = sorted(endpoints.items(), key=lambda one: "{" in one[0].rpartition("/")[2])
    return [QuotedRoute(path, endpoint, methods=methods_of(ROUTES, path)) for path, endpoint in fixed_first]


def _answered(result: object, status: int) -> Response:
    if isinstance(result, Response):
        return result
    if isinstance(result, Listed):
        return answer(result.content, status, result.headers())
    return answer(result, status)
