"""Make methods of pure call builders, so that the sync and async faces need no twins.

``create: Final = endpoint(create_campaign)`` in a class body gives it a method with the builder's
own signature and docstring, which sends what the builder describes. ``Final`` lets every type
checker infer the same.
"""

import inspect
from collections.abc import Callable, Coroutine
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, get_args

from promo_sdk._request import Call

P = ParamSpec("P")
T = TypeVar("T")


class Sender(Protocol):
    """Whatever sends a call and waits for its result."""

    def _send(self, call: Call[T]) -> T: ...


class AsyncSender(Protocol):
    """Whatever sends a call and can be awaited for its result."""

    async def _send(self, call: Call[T]) -> T: ...


class Resource:
    """One room of the API, as a face of a client."""

    __slots__ = ("_client",)

    def __init__(self, client: Sender) -> None:
        self._client = client

    def _send(self, call: Call[T]) -> T:
        return self._client._send(call)


class AsyncResource:
    """One room of the API, as a face of an async client."""

    __slots__ = ("_client",)

    def __init__(self, client: AsyncSender) -> None:
        self._client = client

    async def _send(self, call: Call[T]) -> T:
        return await self._client._send(call)


def endpoint(build: Callable[P, Call[T]]) -> Callable[Concatenate[Sender, P], T]:
    """Return a method that sends the call that ``build`` describes."""

    def method(self: Sender, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._send(build(*args, **kwargs))

    return like(build, method)


def async_endpoint(
    build: Callable[P, Call[T]],
) -> Callable[Concatenate[AsyncSender, P], Coroutine[Any, Any, T]]:
    """Return a coroutine method that sends the call that ``build`` describes."""

    async def method(self: AsyncSender, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._send(build(*args, **kwargs))

    return like(build, method)


MethodT = TypeVar("MethodT", bound=Callable[..., Any])


def like(build: Callable[..., Any], method: MethodT, shape: Any = None) -> MethodT:
    """Give a method the builder's docstring and parameters, for ``help()`` and ``inspect``.

    It returns what the builder's own return type ends in, ``Call[T]`` a ``T``; in ``shape``, if
    given, such as ``Iterator``.
    """
    update_wrapper(method, build)
    signature = inspect.signature(build)
    result = get_args(signature.return_annotation)[-1]
    returns = shape[result] if shape else result
    self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    parameters = [self, *signature.parameters.values()]
    shown = signature.replace(parameters=parameters, return_annotation=returns)
    method.__annotations__ = {**build.__annotations__, "return": returns}
    method.__signature__ = shown  # type: ignore[attr-defined]
    return method
