"""The operator's keys for secret codes: one makes what a code is found by, and encrypts its text.

A code is looked up by a keyed hash (HMAC-SHA-256) of its form, so that nobody can try codes against a stolen database;
its text stands beside it under AES-256-GCM, bound to its company and value store. Both keys are derived from one secret
of the operator's for each company (HKDF), and every row names the key that it was written by.

Errors: ``CodeKeysError`` for keys that cannot be, ``UnknownKeyError`` and ``DamagedCodeError`` for what cannot be read.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
NONCE_BYTES = 12


class CodeKeysError(ValueError):
    """A list of keys that cannot be; the sentence never quotes a secret."""


class UnknownKeyError(LookupError):
    """A code was written by a key that is not there any more."""


class DamagedCodeError(ValueError):
    """A code's text is not as it was written, or stands beside another value store."""


@dataclass(frozen=True, slots=True)
class CodeKey:
    """One key: its name, which is stored with every code, and its secret, which is stored nowhere here."""

    id: str
    secret: bytes = field(repr=False)

    def hash(self, company_id: str, form: str) -> str:
        """Return what a code of this form is found by."""
        return hmac.new(_derived(self.secret, company_id, "look-up"), form.encode(), hashlib.sha256).hexdigest()

    def encrypt(self, company_id: str, value_store_id: str, text: str, nonce: bytes) -> bytes:
        """Encrypt a code's text; every call needs a nonce of its own, 12 random bytes."""
        cipher = AESGCM(_derived(self.secret, company_id, "text"))
        return nonce + cipher.encrypt(nonce, text.encode(), _bound_to(company_id, value_store_id))

    def decrypt(self, company_id: str, value_store_id: str, encrypted: bytes) -> str:
        """Return the text of a code.

        Raises:
            DamagedCodeError: it was changed, or is another value store's.
        """
        cipher = AESGCM(_derived(self.secret, company_id, "text"))
        nonce, rest = encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, rest, _bound_to(company_id, value_store_id)).decode()
        except InvalidTag:
            raise DamagedCodeError(f"the code of the value store {value_store_id!r} is damaged") from None


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """All keys of an installation: the first writes, all read; none at all means that there are no secret codes."""

    keys: tuple[CodeKey, ...] = ()

    @property
    def writing(self) -> CodeKey | None:
        """The key that new codes are written by."""
        return self.keys[0] if self.keys else None

    def hashes(self, company_id: str, form: str) -> list[str]:
        """Return all that a code of this form may be found by, whichever key wrote it."""
        return [key.hash(company_id, form) for key in self.keys]

    def decrypt(self, key_id: str, company_id: str, value_store_id: str, encrypted: bytes) -> str:
        """Return the text of a code that the named key wrote.

        Raises:
            UnknownKeyError: there is no such key here.
            DamagedCodeError: the text was changed, or is another value store's.
        """
        for key in self.keys:
            if key.id == key_id:
                return key.decrypt(company_id, value_store_id, encrypted)
        raise UnknownKeyError(f"no key {key_id!r} is among the keys of this server")


def read_code_keys(text: str) -> CodeKeys:
    r"""Read keys as a file has them: a line for each, its id and its secret in base64; the first one writes.

    Raises:
        CodeKeysError: a line is none of a key, an id comes twice, a secret is not 32 bytes.

    >>> read_code_keys("# ours\n2026 " + "A" * 43 + "=\n")
    CodeKeys(keys=(CodeKey(id='2026'),))
    """
    lines = enumerate(text.splitlines(), start=1)
    return CodeKeys(tuple(_once(_read_line(line, number) for number, line in lines if _has_key(line))))


def write_code_key(key_id: str, secret: bytes) -> str:
    """Write the line of a key.

    >>> write_code_key("2026", bytes(32))[:10]
    '2026 AAAAA'
    """
    return f"{key_id} {base64.b64encode(secret).decode()}"


def _has_key(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _read_line(line: str, number: int) -> CodeKey:
    key_id, _, encoded = line.strip().partition(" ")
    if not re.fullmatch("[A-Za-z0-9._-]{1,64}", key_id):
        raise CodeKeysError(f"line {number}: an id has 1 to 64 letters, digits, dots, dashes or underscores")
    try:
        secret = base64.b64decode(encoded.strip(), validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise CodeKeysError(f"line {number}: the key {key_id!r} needs {SECRET_BYTES} bytes in base64")
    return CodeKey(key_id, secret)


def _once(keys: Iterable[CodeKey]) -> list[CodeKey]:
    found = list(keys)
    if len({key.id for key in found}) < len(found):
        raise CodeKeysError("each key needs an id of its own")
    return found


@lru_cache(1_000)
def _derived(secret: bytes, company_id: str, purpose: str) -> bytes:
    return HKDF(SHA256(), SECRET_BYTES, None, f"fairtill codes: {purpose}: {company_id}".encode()).derive(secret)


def _bound_to(company_id: str, value_store_id: str) -> bytes:
    return f"{company_id}\0{value_store_id}".encode()
