"""Run a command of ``promo`` and note what its threads spend CPU time on; the notes end up in a file.

Every millisecond each thread's place is noted, with the CPU time that it has used since: who waits uses none.

usage: python sampled.py FILE serve --database …
"""

import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType

PAUSE = 0.001
LAYERS = {
    "/psycopg/": "the database's driver",
    "/sqlalchemy/": "SQLAlchemy",
    "/promo_engine/": "the engine: read the cart, price it, write it down",
    "/promo_percent/": "the engine: read the cart, price it, write it down",
    "/promo_server/services/": "services and storage",
    "/promo_server/storage/": "services and storage",
    "/promo_contracts/": "the wire's models and JSON",
    "/pydantic/": "the wire's models and JSON",
    "/promo_server/api/": "HTTP: routes, Starlette, uvicorn, asyncio, threads",
    "/starlette/": "HTTP: routes, Starlette, uvicorn, asyncio, threads",
    "/uvicorn/": "HTTP: routes, Starlette, uvicorn, asyncio, threads",
    "/anyio/": "HTTP: routes, Starlette, uvicorn, asyncio, threads",
    "/asyncio/": "HTTP: routes, Starlette, uvicorn, asyncio, threads",
}


def sample(notes: Counter[str], is_over: threading.Event) -> None:
    """Note what each thread is at, in microseconds of CPU time, until it is over."""
    me = threading.get_ident()
    used_before: dict[int, float] = {}
    while not is_over.wait(PAUSE):
        for thread, frame in sys._current_frames().items():
            if thread != me:
                used = time.clock_gettime(time.pthread_getcpuclockid(thread))
                notes[_layer(frame)] += round((used - used_before.get(thread, used)) * 1e6)
                used_before[thread] = used


def _layer(innermost: FrameType) -> str:
    """Return what a thread is at: the layer of its innermost frame that has one."""
    frame: FrameType | None = innermost
    while frame is not None:
        for part, layer in LAYERS.items():
            if part in frame.f_code.co_filename:
                return layer
        frame = frame.f_back
    return "other"


def main(file: str, *command: str) -> None:
    from promo_cli import main as promo  # noqa: PLC0415 - the sampling begins before anything is imported

    sys.setswitchinterval(PAUSE / 2)  # or each would be seen where it lets go by itself
    notes: Counter[str] = Counter()
    is_over = threading.Event()
    threading.Thread(target=sample, args=[notes, is_over], daemon=True).start()
    sys.argv = ["promo", *command]
    try:
        promo()
    finally:
        is_over.set()
        Path(file).write_text(json.dumps(notes))


if __name__ == "__main__":
    main(*sys.argv[1:])
