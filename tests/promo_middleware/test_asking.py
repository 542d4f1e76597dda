"""A question that is answered late is left alone."""

import threading
from types import SimpleNamespace

import pytest

from promo_middleware.asking import Asking


def test_what_is_late_goes_on_by_itself() -> None:
    gate, done = threading.Event(), threading.Event()

    def work() -> None:
        gate.wait(20)
        done.set()

    assert not Asking(1).within(0.01, work)
    gate.set()
    assert done.wait(20)


def test_until_it_begins_and_until_it_is_done_is_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now, waits = [0.0], []

    def wait(timeout: float) -> bool:
        waits.append(timeout)
        now[0] += 0.125
        return True

    slow = SimpleNamespace(
        BoundedSemaphore=lambda threads: SimpleNamespace(acquire=wait),
        Event=lambda: SimpleNamespace(wait=wait),
        Thread=lambda **_: SimpleNamespace(start=lambda: None),
    )
    monkeypatch.setattr("promo_middleware.asking.threading", slow)
    asking = Asking(1, lambda: now[0])
    assert asking.within(0.25, lambda: None)
    assert asking.within(0.0625, lambda: None)
    assert waits == [0.25, 0.125, 0.0625, 0.0]


def test_a_thread_that_cannot_be_started_leaves_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(1)

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", start)
        assert not asking.within(0.01, lambda: None)
    assert asking.within(20, lambda: None)


def test_no_more_are_at_work_at_once_than_may_be() -> None:
    gate, asking = threading.Event(), Asking(1)

    def work() -> None:
        gate.wait(20)

    assert not asking.within(0.01, work)
    assert not asking.within(0.01, lambda: None)
    gate.set()
    assert asking.within(20, lambda: None)
