"""The Django shell: a middleware class for WSGI and ASGI, synchronous and asynchronous views.

``settings.PROMOTIONS`` is the shop's ``Promotions``, or the dotted path of it. Only here Django is imported.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
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
from promo_middleware.asking import Asking
from promo_middleware.cart_response import CartResponse
from promo_middleware.checkout import Hold
from promo_middleware.checkout_response import Answer, CheckoutResponse, answer_to
from promo_middleware.errors import CheckoutRefused
from promo_middleware.headers import Headers, length_of
from promo_middleware.promotions import Promotions
from promo_middleware.request import SyncRequestPromotions
from promo_middleware.rest import Rest
from promo_middleware.routes import Role
from promo_middleware.wsgi import CLAIM_VARIABLE, HIDDEN_VARIABLES, THREADS


class RequestPromotions(SyncRequestPromotions):
    """The promotions of one request, ``request.promotions``; ``ahold``, ``aprice``, ``ablock`` are to be awaited."""

    def __init__(self, promotions: Promotions, customer: Customer | None, threads: CapacityLimiter) -> None:
        """Make the request's attempt id; ``threads`` bounds how many are awaited at once."""
        super().__init__(promotions, customer)
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
        _drop(request, [name for name in request.META if name.startswith(CLAIM_VARIABLE)])
        role = self.promotions.routes.role(request.method or "", request.path)
        if role is None:
            answered: HttpResponse | Awaitable[HttpResponse] = self.get_response(request)
            return answered
        self.promotions.start()
        return self._serve_async(request, role) if self._is_async else self._serve(request, role)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal that a view left to us."""
        asked: RequestPromotions | None = getattr(request, "promotions", None)
        if asked is None or asked.held is not None or asked.refusal is not exception:
            return None
        assert isinstance(exception, CheckoutRefused)
        return _response(answer_to(exception, self.promotions.mapping.block))

    def _serve(self, request: HttpRequest, role: Role) -> HttpResponse:
        if self.promotions.is_to_wait():
            self.promotions.wait()
        customer = self.promotions.customer_of(request)
        request.promotions = asked = RequestPromotions(self.promotions, customer, self.threads)
        if role is Role.CHECKOUT:
            return self._serve_checkout(request, asked)
        with _plain(request):
            response = self.get_response(request)
        cart = self._cart(request, customer)
        if not _begins_cart(cart, response) or not _take_all(cart, response):
            return response
        if (question := cart.question()) is not None:
            self.asking.within(self.promotions.timing.entitlement_deadline, question)
        return _rewritten(response, *cart.finish())

    def _serve_checkout(self, request: HttpRequest, asked: RequestPromotions) -> HttpResponse:
        checkout = CheckoutResponse(self.promotions, request.path, asked)
        try:
            with _plain(request):
                response = self.get_response(request)
        except BaseException:
            checkout.settle()
            raise
        return _passed(checkout, response)

    async def _serve_async(self, request: HttpRequest, role: Role) -> HttpResponse:
        if self.promotions.is_to_wait():
            await to_thread.run_sync(self.promotions.wait)
        customer = None
        if self.promotions.customer is not None:
            # Where Django keeps what is bound to a thread: the session, the database.
            customer = await sync_to_async(self.promotions.customer_of)(request)
        request.promotions = asked = RequestPromotions(self.promotions, customer, self.threads)
        if role is Role.CHECKOUT:
            return await self._serve_checkout_async(request, asked)
        with _plain(request):
            response = await self.get_response(request)
        cart = self._cart(request, customer)
        if not _begins_cart(cart, response) or not await _take_all_async(cart, response):
            return response
        if (question := cart.question()) is not None:
            with anyio.move_on_after(self.promotions.timing.entitlement_deadline):
                await to_thread.run_sync(question, abandon_on_cancel=True, limiter=self.threads)
        return _rewritten(response, *cart.finish())

    async def _serve_checkout_async(self, request: HttpRequest, asked: RequestPromotions) -> HttpResponse:
        checkout = CheckoutResponse(self.promotions, request.path, asked)
        try:
            with _plain(request):
                response = await self.get_response(request)
        except BaseException:
            await _settle(checkout)
            raise
        if response.streaming and response.is_async:
            if (answer := _begin(checkout, response)) is not None:
                return _response(answer)
            response.streaming_content = AsyncRest(response.streaming_content, checkout)
            return response
        return await sync_to_async(_passed, thread_sensitive=False)(checkout, response)

    def _cart(self, request: HttpRequest, customer: Customer | None) -> CartResponse:
        return CartResponse(self.promotions, request.path, customer, is_head=request.method == "HEAD")


class AsyncRest:
    """The parts of a checkout's response on their way; its end is reported, whether it comes early or not."""

    def __init__(self, parts: AsyncIterator[bytes], checkout: CheckoutResponse) -> None:
        """Take what the view yields."""
        self._parts = parts
        self._checkout = checkout

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._parts:
                self._checkout.add(part)
                if self._checkout.is_whole:
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


def _begins_cart(cart: CartResponse, response: HttpResponse) -> bool:
    came = _headers(response)
    is_held = cart.begin(response.status_code, came)
    if cart.headers is not came:
        _put(response, cart.headers)
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
            response.streaming_content = _again(cart.held, parts)
            return False
    return True


async def _again(held: bytes, parts: AsyncIterator[bytes] | None = None) -> AsyncIterator[bytes]:
    yield held
    if parts is not None:
        async for part in parts:
            yield part


def _rewritten(response: HttpResponse, headers: Headers, body: bytes) -> HttpResponse:
    if not response.streaming:
        response.content = body
    else:
        response.streaming_content = _again(body) if response.is_async else [body]
    _put(response, headers)
    return response


def _passed(checkout: CheckoutResponse, response: HttpResponse) -> HttpResponse:
    """Let a checkout's response go, and report how it ended, now or when it is streamed."""
    if (answer := _begin(checkout, response)) is not None:
        return _response(answer)
    if response.streaming:
        response.streaming_content = Rest(checkout.through(iter(response)), at_end=checkout.settle)
    else:
        for _ in checkout.through(response):
            pass
    return response


def _begin(checkout: CheckoutResponse, response: HttpResponse) -> Answer | None:
    answer = checkout.begin(response.status_code, length_of(_headers(response)))
    if answer is not None:
        response.close()
    return answer


async def _settle(checkout: CheckoutResponse) -> None:
    if not checkout.is_settled:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(checkout.settle)


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    _put(response, answer.headers)
    return response


def _headers(response: HttpResponse) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]


def _put(response: HttpResponse, headers: Headers) -> None:
    """Give a response these headers and no others; its cookies stand elsewhere."""
    for name, _ in list(response.items()):
        del response[name]
    for name, value in headers:
        response[name.decode("latin-1")] = value.decode("latin-1")


@contextmanager
def _plain(request: HttpRequest) -> Iterator[None]:
    """Hide from the view what would make its response something else than a whole, plain, fresh one."""
    hidden = {name: request.META[name] for name in HIDDEN_VARIABLES if name in request.META}
    _drop(request, hidden)
    try:
        yield
    finally:
        request.META.update(hidden)
        _forget_headers(request)


def _drop(request: HttpRequest, names: Collection[str]) -> None:
    if names:
        for name in names:
            del request.META[name]
        _forget_headers(request)


def _forget_headers(request: HttpRequest) -> None:
    """Have Django read the headers anew: it keeps what was asked for once."""
    request.__dict__.pop("headers", None)
