"""The ruleset and its tag; the documents as they stand."""

from decimal import Decimal

import httpx
import pytest
import respx

from promo_sdk import AsyncPromotionsClient, InvalidRequest, PromotionsClient
from promo_sdk.resources.evaluations import get_entitlements, get_ruleset
from tests.promo_sdk.samples import COMPANY

RULESET = f"{COMPANY}/ruleset"


def test_a_ruleset_comes_with_its_tag(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(RULESET).respond(json={"revision": "r7"}, headers={"ETag": '"r7"'})
    reply = client.ruleset()
    assert reply is not None
    assert (reply.document, reply.etag) == ({"revision": "r7"}, '"r7"')


def test_the_ruleset_at_hand_is_not_sent_again(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(RULESET, headers={"If-None-Match": '"r7"'}).respond(304)
    assert client.ruleset('"r7"') is None
    assert client.evaluations.ruleset(etag='"r7"') is None


async def test_async_gives_none_as_well(async_client: AsyncPromotionsClient, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(RULESET, headers={"If-None-Match": '"r7"'}).respond(304)
    assert await async_client.ruleset('"r7"') is None


def test_a_ruleset_without_a_tag_can_be_asked_for_again(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(RULESET).respond(json={})
    reply = client.ruleset()
    assert reply is not None
    assert get_ruleset(reply.etag).headers == {}


@pytest.mark.parametrize("etag", ['"r7"\r\nX-Evil: 1', '"é"'])
def test_a_tag_that_no_header_can_hold_is_refused(etag: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        get_ruleset(etag)
    assert caught.value.field == "etag"


def test_fractions_in_a_document_stay_exact(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    content = b'{"rate":0.100000000000000000001}'
    respx_mock.post(f"{COMPANY}/evaluations").mock(httpx.Response(200, content=content))
    assert client.evaluations.evaluate({}) == {"rate": Decimal("0.100000000000000000001")}


def test_a_single_promotion_id_is_not_a_list_of_letters() -> None:
    with pytest.raises(InvalidRequest) as caught:
        get_entitlements("p1")
    assert caught.value.field == "promotions"
