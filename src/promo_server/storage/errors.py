"""What a database can fail with.

StorageError
├── DatabaseNameError      neither a path nor a URL of a database that we speak to
├── SchemaError            its tables are older or newer than this program, or not ours
├── MoveError              what is in it cannot be moved there; nothing was stored
├── UnavailableError       it did not answer, or would not; nothing was stored
│   └── UndoneError        it took the transaction back: the same once more may succeed
└── UnknownOutcomeError    it was lost while it committed: stored or not, nobody knows
"""


class StorageError(Exception):
    """The database cannot do what was asked."""


class DatabaseNameError(StorageError):
    """A name that leads to no database that we speak to."""


class SchemaError(StorageError):
    """Tables that this program does not work with; the message says what to run."""


class MoveError(StorageError):
    """What is in one database cannot be moved to the other; nothing was stored."""


class UnavailableError(StorageError):
    """The database did not answer in time, or would not; nothing was stored."""

    def __init__(self, message: str = "The database does not answer; nothing was stored.") -> None:
        super().__init__(message)


class UndoneError(UnavailableError):
    """The database took the transaction back, through no fault of what it did: it may be done again."""

    def __init__(self, message: str = "Too many want the same at once; nothing was stored.") -> None:
        super().__init__(message)


class UnknownOutcomeError(StorageError):
    """The connection was lost while it committed; to ask again with the same attempt is safe, and tells."""

    def __init__(self) -> None:
        super().__init__("The database was lost while it stored this: ask again, to see whether it did.")
