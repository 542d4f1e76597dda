"""Lists are walked page by page, as far as the caller goes."""

import httpx
import pytest
import respx

from promo_sdk import AsyncPromotionsClient, InvalidRequest, PromotionsClient, TimedOut, UnexpectedReply
from tests.promo_sdk.samples import CAMPAIGN_REPLY, COMPANY, REDEMPTION_REPLY, URL, Document, a_page

CAMPAIGNS = f"{COMPANY}/campaigns"


def campaign(name: str) -> Document:
    return CAMPAIGN_REPLY | {"id": name}


PAGES = [
    httpx.Response(200, json=a_page("campaigns", campaign("a"), campaign("b"), number=1, of=2)),
    httpx.Response(200, json=a_page("campaigns", campaign("c"), number=2, of=2)),
]


def test_iterate_yields_the_items_of_all_pages(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(CAMPAIGNS).mock(side_effect=PAGES)
    assert [one.id for one in client.campaigns.iterate(per_page=2)] == ["a", "b", "c"]
    assert [str(call.request.url.query) for call in route.calls] == [
        "b'page=1&per_page=2'",
        "b'page=2&per_page=2'",
    ]


async def test_async_iterate_yields_the_same(async_client: AsyncPromotionsClient, respx_mock: respx.MockRouter) -> None:
    respx_mock.get(CAMPAIGNS).mock(side_effect=PAGES)
    found = [one.id async for one in async_client.campaigns.iterate(per_page=2)]
    assert found == ["a", "b", "c"]


def test_a_page_is_asked_for_when_it_is_needed(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    route = respx_mock.get(CAMPAIGNS).mock(side_effect=PAGES)
    walk = client.campaigns.iterate()
    assert route.call_count == 0
    assert [next(walk).id, next(walk).id] == ["a", "b"]
    assert route.call_count == 1


def test_a_filter_goes_along_to_every_page(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    pages = [a_page("redemptions", REDEMPTION_REPLY, number=number, of=2) for number in (1, 2)]
    route = respx_mock.get(f"{COMPANY}/redemptions", params={"state": "in_doubt"})
    route.mock(side_effect=[httpx.Response(200, json=page) for page in pages])
    assert len(list(client.redemptions.iterate(state="in_doubt"))) == 2


def test_an_empty_page_ends_a_list_that_claims_to_go_on(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    endless = httpx.Response(200, json=a_page("campaigns", number=1, of=9))
    route = respx_mock.get(CAMPAIGNS).mock(return_value=endless)
    assert list(client.campaigns.iterate()) == []
    assert route.call_count == 1


def test_a_wrong_argument_is_refused_with_the_first_page(client: PromotionsClient) -> None:
    with pytest.raises(InvalidRequest):
        next(client.promotions.iterate(".."))


CUSTOMERS = f"{URL}/v2/customers"
CUSTOMER: Document = {
    "customerId": "a",
    "firstName": None,
    "lastName": None,
    "email": None,
    "tags": [],
    "metadata": None,
    "createdDate": "2025-04-14T01:00:00.000Z",
    "updatedDate": "2025-04-14T01:00:00.000Z",
}


@pytest.mark.parametrize("headers", [{}, {"Limit": "2", "Offset": "0"}, {"Limit": "2", "Offset": "x", "Count": "1"}])
def test_a_part_without_its_headers_is_no_reply_of_the_api(
    client: PromotionsClient, respx_mock: respx.MockRouter, headers: dict[str, str]
) -> None:
    respx_mock.get(CUSTOMERS).mock(return_value=httpx.Response(200, json=[CUSTOMER], headers=headers))
    with pytest.raises(UnexpectedReply, match="lacks the headers Limit, Offset and Count"):
        client.lightrail.customers.list()


def test_an_empty_part_ends_a_list_that_claims_to_go_on(client: PromotionsClient, respx_mock: respx.MockRouter) -> None:
    headers = {"Limit": "1", "Offset": "0", "Count": "9"}
    route = respx_mock.get(CUSTOMERS).mock(return_value=httpx.Response(200, json=[], headers=headers))
    assert list(client.lightrail.customers.iterate(limit=1)) == []
    assert route.call_count == 1


def test_what_may_be_stored_is_not_sent_again_but_a_simulation_is(
    client: PromotionsClient, respx_mock: respx.MockRouter
) -> None:
    route = respx_mock.post(f"{URL}/v2/transactions/debit").mock(side_effect=httpx.ReadTimeout("slow"))
    source = {"rail": "lightrail", "valueStoreId": "gift"}
    for simulate in (None, True):
        route.calls.reset()
        with pytest.raises(TimedOut):
            client.lightrail.transactions.debit("t", source=source, amount=1, currency="USD", simulate=simulate)
        assert (route.call_count > 1) is bool(simulate)
