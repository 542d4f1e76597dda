"""Methods made of builders look like methods written by hand."""

import inspect
import pydoc
from collections.abc import Callable, Iterator, Mapping
from typing import Any, assert_type

from promo_contracts.company.models import Campaign, Promotion, Redemption
from promo_sdk import AsyncPromotionsClient, PromotionsClient
from promo_sdk.resources.redemptions import AsyncRedemptions, Redemptions


def test_a_method_has_the_parameters_of_its_builder(client: PromotionsClient) -> None:
    signature = inspect.signature(client.campaigns.create)
    assert str(signature).startswith("(*, name: str, description: str = '', status:")
    assert signature.return_annotation is Campaign


def test_an_iterator_says_what_it_yields(client: PromotionsClient) -> None:
    signature = inspect.signature(client.promotions.iterate)
    assert list(signature.parameters) == ["campaign_id", "status", "type", "search", "sort", "per_page"]
    assert signature.return_annotation == Iterator[Promotion]


def test_help_shows_the_builders_docstring() -> None:
    text = pydoc.plain(pydoc.render_doc(AsyncRedemptions.hold))
    assert "shown: the amount due that the shopper saw" in text
    assert "-> promo_contracts.company.models.Redemption" in text


def test_both_faces_have_the_same_methods() -> None:
    def methods(face: type) -> Mapping[str, Any]:
        return {name: inspect.signature(one) for name, one in vars(face).items() if callable(one)}

    assert methods(Redemptions).keys() == methods(AsyncRedemptions).keys()
    assert methods(Redemptions)["hold"] == methods(AsyncRedemptions)["hold"]


async def test_async_methods_are_coroutine_functions(async_client: AsyncPromotionsClient) -> None:
    assert inspect.iscoroutinefunction(async_client.redemptions.hold)


def test_type_checkers_see_through_the_factories() -> None:
    """The body is for mypy and pyright, which check it; it never runs."""

    async def typed(client: PromotionsClient, other: AsyncPromotionsClient) -> None:
        assert_type(client.redemptions.get("co-1"), Redemption)
        assert_type(await other.redemptions.confirm("co-1", charged=1), Redemption)
        assert_type(client.evaluations.evaluate({}), dict[str, Any])
        client.redemptions.confirm("co-1", charged="1")  # type: ignore[arg-type]
        client.campaigns.create("Spring")  # type: ignore[call-arg]

    check: Callable[..., Any] = typed
    assert inspect.iscoroutinefunction(check)
