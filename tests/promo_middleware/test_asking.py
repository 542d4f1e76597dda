"""A question that is answered late is left alone."""

import threading

from promo_middleware.asking import Asking


def test_what_is_late_goes_on_by_itself() -> None:
    gate, done = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait(20)
        done.set()

    assert not Asking(1).within(0.01, work)
    gate.set()
    assert done.wait(20)


def test_no_more_are_at_work_at_once_than_may_be() -> None:
    gate, asking = threading.Event(), Asking(1)

    def work() -> None:
        gate.wait(20)

    assert not asking.within(0.01, work)
    assert not asking.within(0.01, lambda: None)
    gate.set()
    assert asking.within(20, lambda: None)
