"""The JSON Schemas of the engine's documents, as data: cart, evaluation, ruleset and entitlements.

A schema says what a document is made of. What it cannot say, such as that ids are used once, the readers check.
"""

import json
from importlib.resources import files

from promo_engine.documents import Document

DOCUMENTS = ("cart", "evaluation", "ruleset", "entitlements")


def document_schema(name: str) -> Document:
    """Return the JSON Schema (2020-12) of a document, by its name in ``DOCUMENTS``.

    >>> document_schema("cart")["required"]
    ['currency', 'lines']
    """
    schema: Document = json.loads(files(__package__).joinpath(f"{name}.json").read_text())
    return schema
