"""What Python says of input and output while somebody listens; a hook stays for good, so there is one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_IO = ("open", "socket.", "sqlite3.", "subprocess.", "os.", "shutil.", "tempfile.", "urllib.", "http.", "mmap.")
_heard: list[str] | None = None


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _heard is not None and event.startswith(_IO):
        _heard.append(f"{event} {arguments}")


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect what any thread of this process does meanwhile."""
    global _heard  # noqa: PLW0603 - hooks are global
    heard: list[str] = []
    _heard = heard
    try:
        yield heard
    finally:
        _heard = None


sys.addaudithook(_hook)
