"""The Django shell: a middleware class for WSGI and ASGI, synchronous and asynchronous views.

``settings.PROMOTIONS`` is the shop's ``Promotions``, or the dotted path of it. Only here and in ``django_messages``
Django is imported.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from promo_engine import Cart, Customer, Document, Evaluation
from promo_middleware.answer import answer_to
from promo_middleware.asking import Asking
from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout_response import CheckoutResponse
from promo_middleware.django_messages import (
    again,
    bare_of,
    body_of,
    drop,
    get_request,
    head_of,
    headers_in,
    no_parts,
    plain,
    put,
    reply_of,
    response_of,
    rewritten,
)
from promo_middleware.errors import is_due_to
from promo_middleware.headers import length_of
from promo_middleware.hold import Hold
from promo_middleware.inner import Reply
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions
from promo_middleware.rest import Rest
from promo_middleware.routes import Found, Role
from promo_middleware.shopper import NOBODY, Shopper
from promo_middleware.wsgi import THREADS, claims_in

logger = logging.getLogger(__name__)


class RequestPromotions(SyncRequestPromotions):
    """The promotions of one request, ``request.promotions``; ``ahold``, ``aprice``, ``ablock`` are to be awaited."""

    def __init__(
        self, promotions: Promotions, shopper: Shopper | None, threads: CapacityLimiter, cart_path: str | None = None
    ) -> None:
        """Say whose request it is, and of which cart route; ``threads`` bounds how many are awaited at once."""
        super().__init__(promotions, shopper, cart_path)
        self._threads = threads

    async def ahold(
        self,
        *,
        reference: str,
        cart: Cart | Mapping[str, Any],
        customer: Customer | None = None,
        shown: int | None = None,
        ttl: timedelta | None = None,
    ) -> Hold:
        """Hold the promotions of the cart that is about to be charged; see ``hold``."""
        work = partial(self.hold, reference=reference, cart=cart, customer=customer, shown=shown, ttl=ttl)
        return await to_thread.run_sync(work, limiter=self._threads)

    async def aprice(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Evaluation:
        """Price a cart now, as the cart route would show it; without tax where prices are net."""
        return await to_thread.run_sync(self.price, cart, customer, limiter=self._threads)

    async def ablock(self, cart: Cart | Mapping[str, Any], customer: Customer | None = None) -> Document:
        """Return the block that the cart route would show of a cart now, its amount due with tax."""
        return await to_thread.run_sync(self.block, cart, customer, limiter=self._threads)


class PromotionsMiddleware:
    """Re-price carts and settle checkouts: last in ``MIDDLEWARE``, so that it sees responses as the views made them.

    Views of checkout routes find ``request.promotions``.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        """Wrap what answers.

        Raises:
            ImproperlyConfigured: ``settings.PROMOTIONS`` is missing, or no ``Promotions``.
        """
        self.get_response = get_response
        self.promotions = _configured()
        self.asking = Asking(THREADS)
        self.threads = CapacityLimiter(THREADS)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Serve one request, or pass it on."""
        drop(request, claims_in(request.META))
        found = self.promotions.routes.find(request.method or "", request.path, head_of, request)
        if found is None:
            answered: HttpResponse | Awaitable[HttpResponse] = self.get_response(request)
            return answered
        if found.role is Role.CODES:
            answer = response_of(self.promotions.enter_codes(head_of(request), body_of(request)))
            return _at_once(answer) if self._is_async else answer
        self.promotions.start()
        return self._serve_async(request, found) if self._is_async else self._serve(request, found)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal that a view left to us; whatever else becomes a 500 is the shop's own."""
        asked: RequestPromotions | None = getattr(request, "promotions", None)
        if asked is None or asked.held is not None or asked.refusal is None or not is_due_to(exception, asked.refusal):
            return None
        return response_of(answer_to(asked.refusal, self.promotions.mapping.block))

    def _serve(self, request: HttpRequest, found: Found) -> HttpResponse:
        if self.promotions.is_to_wait():
            self.promotions.wait()
        shopper = self.promotions.shopper_of(request, head_of, request)
        request.promotions = asked = self._asked(request, found, shopper)
        if found.role is Role.CHECKOUT:
            return self._serve_checkout(request, found, asked)
        with plain(request):
            response = self.get_response(request)
        cart = self._cart(request, found, shopper)
        if not _begins_cart(cart, response):
            return bare_of(response, iter(())) if cart.is_bare else response
        if not _take_all(cart, response):
            return response
        if (question := cart.question()) is not None:
            self.asking.within(self.promotions.timing.entitlement_deadline, question)
        return rewritten(response, *cart.finish())

    def _serve_checkout(self, request: HttpRequest, found: Found, asked: RequestPromotions) -> HttpResponse:
        checkout = CheckoutResponse(self.promotions, request.path, asked)
        before = self.promotions.before_handler
        try:
            with plain(request):
                if before is not None:
                    body = body_of(request) if before.needs_body else b""
                    reference = before.reference_in(found, head_of(request), body)
                    answer = checkout.hold_first(self._ask(request, before.cart_path(found)), reference)
                    if answer is not None:
                        return response_of(answer)
                response = self.get_response(request)
        except BaseException:
            checkout.settle()
            raise
        return _passed(checkout, response)

    def _ask(self, request: HttpRequest, path: str) -> Reply | None:
        """Ask the shop for the cart of a checkout."""
        try:
            response = self.get_response(get_request(request, path))
            return reply_of(response, b"".join(response))
        except Exception:
            logger.exception("%s: the cart route failed", path)
            return None

    async def _serve_async(self, request: HttpRequest, found: Found) -> HttpResponse:
        if self.promotions.is_to_wait():
            await to_thread.run_sync(self.promotions.wait)
        shopper = NOBODY
        if self.promotions.knows_shoppers:
            # Where Django keeps what is bound to a thread: the session, the database.
            shopper = await sync_to_async(self.promotions.shopper_of)(request, head_of, request)
        request.promotions = asked = self._asked(request, found, shopper)
        if found.role is Role.CHECKOUT:
            return await self._serve_checkout_async(request, found, asked)
        with plain(request):
            response = await self.get_response(request)
        cart = self._cart(request, found, shopper)
        if not _begins_cart(cart, response):
            return bare_of(response, no_parts()) if cart.is_bare else response
        if not await _take_all_async(cart, response):
            return response
        if (question := cart.question()) is not None:
            with anyio.move_on_after(self.promotions.timing.entitlement_deadline):
                await to_thread.run_sync(question, abandon_on_cancel=True, limiter=self.threads)
        return rewritten(response, *cart.finish())

    async def _serve_checkout_async(self, request: HttpRequest, found: Found, asked: RequestPromotions) -> HttpResponse:
        checkout = CheckoutResponse(self.promotions, request.path, asked)
        before = self.promotions.before_handler
        try:
            with plain(request):
                if before is not None:
                    body = body_of(request) if before.needs_body else b""
                    reference = before.reference_in(found, head_of(request), body)
                    reply = await self._ask_async(request, before.cart_path(found))
                    answer = await to_thread.run_sync(checkout.hold_first, reply, reference, limiter=self.threads)
                    if answer is not None:
                        return response_of(answer)
                response = await self.get_response(request)
        except BaseException:
            await _settle(checkout)
            raise
        if response.streaming and response.is_async:
            _begin(checkout, response)
            response.streaming_content = AsyncRest(response.streaming_content, checkout)
            return response
        return await sync_to_async(_passed, thread_sensitive=False)(checkout, response)

    async def _ask_async(self, request: HttpRequest, path: str) -> Reply | None:
        try:
            response = await self.get_response(get_request(request, path))
            if response.streaming and response.is_async:
                return reply_of(response, b"".join([part async for part in response]))
            return reply_of(response, await sync_to_async(b"".join)(response))
        except Exception:
            logger.exception("%s: the cart route failed", path)
            return None

    def _asked(self, request: HttpRequest, found: Found, shopper: Shopper) -> RequestPromotions:
        cart_path = request.path if found.role is Role.CART else None
        return RequestPromotions(self.promotions, shopper, self.threads, cart_path)

    def _cart(self, request: HttpRequest, found: Found, shopper: Shopper) -> CartResponse:
        is_head = request.method == "HEAD"
        return CartResponse(self.promotions, request.path, shopper, is_head=is_head, is_marked=found.is_marked)


class AsyncRest:
    """The parts of a checkout's response on their way; its end is reported, whether it comes early or not."""

    def __init__(self, parts: AsyncIterator[bytes], checkout: CheckoutResponse) -> None:
        """Take what the view yields."""
        self._parts = parts
        self._checkout = checkout

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._parts:
                if self._checkout.add(part):
                    await _settle(self._checkout)
                yield part
            self._checkout.add(b"", is_last=True)
        finally:
            await _settle(self._checkout)

    def close(self) -> None:
        """Report, if that was not done before."""
        self._checkout.settle()


def _configured() -> Promotions:
    made = getattr(settings, "PROMOTIONS", None)
    if isinstance(made, str):
        made = import_string(made)
    if not isinstance(made, Promotions):
        raise ImproperlyConfigured(f"settings.PROMOTIONS must be a Promotions, or the dotted path of one, not {made!r}")
    return made


async def _at_once(response: HttpResponse) -> HttpResponse:
    return response


def _begins_cart(cart: CartResponse, response: HttpResponse) -> bool:
    came = headers_in(response)
    is_held = cart.begin(response.status_code, came)
    if cart.headers is not came:
        put(response, cart.headers)
    return is_held


def _take_all(cart: CartResponse, response: HttpResponse) -> bool:
    """Read the whole body; what is too much goes on as it came."""
    parts = iter(response)
    for part in parts:
        if not cart.add(part):
            if response.streaming:
                response.streaming_content = chain([cart.held], parts)
            return False
    return True


async def _take_all_async(cart: CartResponse, response: HttpResponse) -> bool:
    if not response.streaming:
        return _take_all(cart, response)
    if not response.is_async:
        return await sync_to_async(_take_all)(cart, response)
    parts = aiter(response.streaming_content)
    async for part in parts:
        if not cart.add(part):
            response.streaming_content = again(cart.held, parts)
            return False
    return True


def _passed(checkout: CheckoutResponse, response: HttpResponse) -> HttpResponse:
    """Let a checkout's response go, and report how it ended, now or when it is streamed."""
    _begin(checkout, response)
    if response.streaming:
        response.streaming_content = Rest(checkout.through(iter(response)), at_end=checkout.settle)
    else:
        for _ in checkout.through(response):
            pass
    return response


def _begin(checkout: CheckoutResponse, response: HttpResponse) -> None:
    checkout.begin(response.status_code, length_of(headers_in(response)))


async def _settle(checkout: CheckoutResponse) -> None:
    if not checkout.is_settled:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(checkout.settle)
