"""What is still to be sent of a response, in a shop that blocks."""

from collections.abc import Callable, Iterable, Iterator


class Rest:
    """Parts of a body; its end, whether it comes early or not, is that of what the app returned.

    A generator will not do: closed before its first part, it does nothing.
    """

    def __init__(
        self, parts: Iterator[bytes], result: Iterable[bytes] = (), at_end: Callable[[], None] = lambda: None
    ) -> None:
        """Take the parts, what the app returned, and what else is to be done at the end."""
        self._parts = parts
        self._result = result
        self._at_end = at_end

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Close what the app returned."""
        try:
            self._at_end()
        finally:
            close(self._result)


def close(result: Iterable[bytes]) -> None:
    """Close what an app returned, if it can be closed."""
    if (its_own := getattr(result, "close", None)) is not None:
        its_own()
