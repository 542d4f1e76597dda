"""How a checkout ends over WSGI: what is written into the outbox, and what is answered."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from promo_middleware import CheckoutInFlight, Promotions
from promo_middleware.wsgi import PromotionsMiddleware
from tests.promo_middleware.conftest import a_cart
from tests.promo_middleware.wire import Served, environ_of, serve

JSON = ("Content-Type", "application/json")
ORDER = b'{"total":4792}'
LENGTH = ("Content-Length", str(len(ORDER)))


def pay(app: Any, promotions: Promotions, parts: int | None = None) -> Served:
    return serve(PromotionsMiddleware(app, promotions), environ_of("POST", "/pay"), parts=parts)


def step(promotions: Promotions) -> str:
    [entry] = promotions.outbox.entries()
    return entry.step


def hold(environ: Any) -> None:
    environ["fairtill.promotions"].hold(reference="o1", cart=a_cart())


def in_a_list(environ: Any, start_response: Any) -> list[bytes]:
    hold(environ)
    start_response("201 Created", [JSON])
    return [ORDER[:3], ORDER[3:]]


def in_a_generator(environ: Any, start_response: Any) -> Iterator[bytes]:
    hold(environ)
    start_response("201 Created", [JSON])
    yield ORDER[:3]
    yield ORDER[3:]


def written(environ: Any, start_response: Any) -> list[bytes]:
    hold(environ)
    write = start_response("201 Created", [JSON])
    write(ORDER[:3])
    return [ORDER[3:]]


def written_whole(environ: Any, start_response: Any) -> Iterator[bytes]:
    hold(environ)
    start_response("201 Created", [JSON, LENGTH])(ORDER)
    return iter(())


WAYS = [in_a_list, in_a_generator, written, written_whole]


@pytest.mark.parametrize("app", WAYS)
def test_an_order_that_states_the_held_amount_confirms_and_passes_as_it_is(promotions: Promotions, app: Any) -> None:
    served = pay(app, promotions)
    assert (served.status, served.body, served.is_whole) == ("201 Created", ORDER, True)
    assert step(promotions) == "confirm"


def test_it_is_settled_before_the_last_part_goes_out_where_the_length_is_stated(promotions: Promotions) -> None:
    steps: list[str] = []

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        hold(environ)
        start_response("201 Created", [JSON, LENGTH])
        yield ORDER[:3]
        steps.append(step(promotions))
        yield ORDER[3:]
        steps.append(step(promotions))

    pay(app, promotions)
    assert steps == ["open", "confirm"]


@pytest.mark.parametrize("parts", [0, 1])
def test_a_client_that_is_gone_before_the_end_leaves_it_in_doubt(promotions: Promotions, parts: int) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        hold(environ)
        start_response("201 Created", [JSON])
        return iter([ORDER[:3], ORDER[3:]])

    pay(app, promotions, parts=parts)
    assert step(promotions) == "doubt"


def test_a_client_that_is_gone_before_a_generator_ran_leaves_nothing_held(promotions: Promotions) -> None:
    pay(in_a_generator, promotions, parts=0)
    assert step(promotions) == "doubt"


@pytest.mark.parametrize(
    ("status", "expected"), [("402 Declined", "release"), ("500 Oops", "doubt"), ("303 Go", "doubt")]
)
def test_the_status_decides_where_no_amount_is_stated(promotions: Promotions, status: str, expected: str) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        hold(environ)
        start_response(status, [JSON])
        return [b"{}"]

    pay(app, promotions)
    assert step(promotions) == expected


def raises_at_once(environ: Any, start_response: Any) -> list[bytes]:
    hold(environ)
    raise ZeroDivisionError


def raises_midway(environ: Any, start_response: Any) -> Iterator[bytes]:
    hold(environ)
    start_response("201 Created", [JSON])
    yield ORDER
    raise ZeroDivisionError


def begins_anew(environ: Any, start_response: Any) -> list[bytes]:
    hold(environ)
    start_response("201 Created", [JSON])
    error = ZeroDivisionError()
    start_response("500 Oops", [JSON], (ZeroDivisionError, error, None))
    return [b"{}"]


@pytest.mark.parametrize("app", [raises_at_once, raises_midway, begins_anew])
def test_an_app_that_fails_leaves_it_in_doubt(promotions: Promotions, app: Any) -> None:
    served = pay(app, promotions)
    assert isinstance(served.error, ZeroDivisionError) or served.status == "500 Oops"
    assert step(promotions) == "doubt"


def refuse(environ: Any) -> CheckoutInFlight:
    environ["fairtill.promotions"].refusal = refusal = CheckoutInFlight("busy")
    return refusal


def refused_at_once(environ: Any, start_response: Any) -> list[bytes]:
    raise refuse(environ)


def refused_late(environ: Any, start_response: Any) -> Iterator[bytes]:
    yield refused_at_once(environ, start_response)[0]


def made_a_500(environ: Any, start_response: Any) -> list[bytes]:
    refuse(environ)
    start_response("500 Internal Server Error", [("Content-Type", "text/html")])(b"<p>")
    return [b"Internal Server Error"]


def made_a_500_late(environ: Any, start_response: Any) -> Iterator[bytes]:
    refuse(environ)
    start_response("500 Internal Server Error", [("Content-Type", "text/html")])
    yield b"Internal Server Error"


def made_a_500_and_raised(environ: Any, start_response: Any) -> list[bytes]:
    refusal = refuse(environ)
    start_response("500 Internal Server Error", [])
    start_response("500 Internal Server Error", [], (type(refusal), refusal, None))
    raise refusal


def made_a_500_and_said_of_what(environ: Any, start_response: Any) -> list[bytes]:
    try:
        raise refuse(environ)
    except CheckoutInFlight as refusal:
        error = ValueError("as a framework has it")
        error.__context__ = refusal
    start_response("500 Internal Server Error", [], (ValueError, error, None))
    return [b"Internal Server Error"]


REFUSED: list[Callable[..., Any]] = [
    *(refused_at_once, refused_late, made_a_500, made_a_500_late, made_a_500_and_raised, made_a_500_and_said_of_what)
]


@pytest.mark.parametrize("app", REFUSED)
def test_a_refusal_that_is_left_to_us_is_a_409(promotions: Promotions, app: Any) -> None:
    served = pay(app, promotions)
    assert (served.status, served.is_whole) == ("409 Conflict", True)
    assert json.loads(served.body) == {"error": "checkout_in_flight", "message": "busy"}
    assert dict(served.headers)["content-length"] == str(len(served.body))


def test_a_shop_that_answers_a_refusal_itself_has_its_say_and_a_2xx_is_a_success_without_a_hold(
    promotions: Promotions, caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        refuse(environ)
        start_response("200 OK", [JSON])
        return [b'{"total":1}']

    assert pay(app, promotions).body == b'{"total":1}'
    assert "checkout_without_hold: /pay charged 1 without" in caplog.text


def answers_503(environ: Any, start_response: Any) -> list[bytes]:
    refuse(environ)
    start_response("503 Service Unavailable", [JSON])
    return [b"stored, no mail"]


def fails_later(environ: Any, start_response: Any) -> list[bytes]:
    refuse(environ)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        start_response("500 Oops", [JSON])
    return [b"stored, no mail"]


def fails_later_and_says_so(environ: Any, start_response: Any) -> list[bytes]:
    refuse(environ)
    start_response("500 Oops", [JSON], (ZeroDivisionError, ZeroDivisionError(), None))
    return [b"stored, no mail"]


def calls_it_off(environ: Any, start_response: Any) -> list[bytes]:
    refuse(environ)
    environ["fairtill.promotions"].refusal = None
    start_response("500 Oops", [JSON])
    return [b"stored, no mail"]


@pytest.mark.parametrize("app", [answers_503, fails_later, fails_later_and_says_so, calls_it_off])
def test_what_goes_wrong_after_a_refusal_that_was_met_is_the_shops_own(promotions: Promotions, app: Any) -> None:
    served = pay(app, promotions)
    assert (served.status, served.body) in [
        ("503 Service Unavailable", b"stored, no mail"),
        ("500 Oops", b"stored, no mail"),
    ]


def test_an_exception_after_a_refusal_that_was_met_is_the_shops_own(promotions: Promotions) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        refuse(environ)
        raise ZeroDivisionError

    served = pay(app, promotions)
    assert (type(served.error), served.status) == (ZeroDivisionError, None)


@pytest.mark.parametrize(("status", "is_said"), [("200 OK", True), ("303 Go", False), ("404 No", False)])
def test_only_a_success_without_a_hold_is_said(
    promotions: Promotions, caplog: pytest.LogCaptureFixture, status: str, is_said: bool
) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(status, [JSON])
        return [b'{"total":1}']

    pay(app, promotions)
    assert ("checkout_without_hold" in caplog.text) is is_said


def test_an_interrupt_is_no_refusal(promotions: Promotions) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        refuse(environ)
        raise SystemExit

    with pytest.raises(SystemExit):
        pay(app, promotions)


def test_forty_threads_are_forty_checkouts(promotions: Promotions) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def app(environ: Any, start_response: Any) -> list[bytes]:
        environ["fairtill.promotions"].hold(reference=environ["HTTP_X"], cart=a_cart())
        start_response("201 Created", [JSON])
        return [ORDER]

    middleware = PromotionsMiddleware(app, promotions)
    with ThreadPoolExecutor(8) as threads:
        served = list(threads.map(lambda n: serve(middleware, environ_of("POST", "/pay", HTTP_X=f"o{n}")), range(40)))
    assert [one.body for one in served] == [ORDER] * 40
    assert {entry.step for entry in promotions.outbox.entries()} == {"confirm"}
    assert len(promotions.outbox.entries()) == 40


def pays(promotions: Promotions, body: bytes, said: int | None = None, status: str = "201 Created") -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        held = environ["fairtill.promotions"].hold(reference="o1", cart=a_cart())
        if said is not None:
            held.charged(said)
        start_response(status, [JSON])
        return [body]

    pay(app, promotions)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        ("201 Created", b'{"totl":4792}', "charged unsaid (total: is not there; did you mean 'totl'?): in doubt"),
        (
            "201 Created",
            b'{"total":"47.92"}',
            "not '47.92': the mapping's amounts='major' reads 59.90 and '59.90'): in",
        ),
        ("201 Created", b"<p>Thank you</p>", "charged unsaid: in doubt"),
        ("303 See Other", b"{}", "charged unsaid: in doubt"),
    ],
)
def test_the_log_says_why_an_orders_amount_could_not_be_read(
    promotions: Promotions, caplog: pytest.LogCaptureFixture, status: str, body: bytes, said: str
) -> None:
    pays(promotions, body, status=status)
    assert said in caplog.text
    assert step(promotions) == "doubt"


def test_of_what_stands_in_an_amounts_place_the_log_has_the_beginning(
    promotions: Promotions, caplog: pytest.LogCaptureFixture
) -> None:
    pays(promotions, json.dumps({"total": "4" * 10_000}).encode())
    assert "total: must be an integer of minor units, not '444" in caplog.text
    assert "4" * 200 not in caplog.text


@pytest.mark.parametrize(
    ("status", "expected", "error"),
    [
        ("201 Created", "doubt", "the handler said that 4792 was charged, the response states 5990: in doubt"),
        ("402 Declined", "release", "the handler said that 4792 was charged, and answered 402: released"),
    ],
)
def test_a_handler_that_says_one_thing_and_answers_another_is_told(
    promotions: Promotions, caplog: pytest.LogCaptureFixture, status: str, expected: str, error: str
) -> None:
    pays(promotions, b'{"total":5990}', 4792, status)
    assert step(promotions) == expected
    assert f"checkout o1: held 4792, {error}" in caplog.text
