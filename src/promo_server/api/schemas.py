"""The schemas of the OpenAPI document: the contract's models, and the engine's documents as the engine ships them."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from promo_contracts.routes import Route
from promo_engine import DOCUMENTS, document_schema

REF = "#/components/schemas/"

COMPANY_ERROR: Mapping[str, Any] = {
    "type": "object",
    "title": "Error",
    "description": "What is wrong: code is for programs, message for people. Some codes have fields of their own.",
    "required": ["error", "message", "code"],
    "properties": {
        "error": {"type": "string", "description": "The title of the code."},
        "message": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Every wrong field or parameter.",
            "items": {
                "type": "object",
                "required": ["field", "message", "code"],
                "properties": {name: {"type": "string"} for name in ("field", "message", "code")},
            },
        },
        "current_status": {"type": "string", "description": "Of what cannot be changed."},
        "fields": {"type": "array", "items": {"type": "string"}, "description": "What cannot be changed."},
        "evaluation": {"$ref": f"{REF}Evaluation"},
    },
}

VALUE_ERROR: Mapping[str, Any] = {
    "type": "object",
    "title": "Error",
    "description": "What is wrong: messageCode is for programs, message for people.",
    "required": ["statusCode", "message", "messageCode"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"type": "string"},
        "messageCode": {"type": "string"},
        "errors": COMPANY_ERROR["properties"]["errors"],
        "row": {"type": "integer", "description": "Where a rule cannot be read, from 1."},
        "column": {"type": "integer"},
    },
}

MOLTIN_ERROR: Mapping[str, Any] = {
    "type": "object",
    "title": "Error",
    "description": "What is wrong, the first entry as the status of the answer says: code is for programs.",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["status", "title", "detail", "code"],
                "properties": {
                    "status": {"type": "integer"},
                    **{name: {"type": "string"} for name in ("title", "detail", "code")},
                    "source": {"type": "string", "description": "The field, without the data before it."},
                },
            },
        },
    },
}


def components(routes: Iterable[Route], error: Mapping[str, Any], *, has_documents: bool) -> dict[str, Any]:
    """Return every schema that the routes refer to, by its name; the engine's documents only where they are spoken."""
    wanted = dict.fromkeys(pair for route in routes for pair in _models_of(route))
    _, models = models_json_schema(list(wanted), ref_template=f"{REF}{{model}}")
    spoken = DOCUMENTS if has_documents else ()
    documents = {name: schema for one in spoken for name, schema in _document(one).items()}
    schemas: dict[str, Any] = _with_documents({**models["$defs"], "Error": error})
    return dict(sorted({**schemas, **documents}.items()))


def schema_of(content: type[BaseModel] | str) -> dict[str, str]:
    """Refer to the schema of what a route takes or answers: a model, or an engine's document by its key."""
    return {"$ref": f"{REF}{content.title() if isinstance(content, str) else content.__name__}"}


def _models_of(route: Route) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    found: list[tuple[type[BaseModel], JsonSchemaMode]] = []
    if route.request is not None:
        found.append((route.request, "validation"))
    if isinstance(route.response, type):
        found.append((route.response, "serialization"))
    return found


def _document(name: str) -> dict[str, Any]:
    """Return a document's schema and those of its parts, which bear its name."""
    schema = document_schema(name)
    title, parts = str(schema["title"]), schema.pop("$defs", {})
    del schema["$schema"]
    named = {title: schema, **{f"{title}{part}": content for part, content in parts.items()}}
    return {part: _renamed(content, title) for part, content in named.items()}


def _renamed(node: Any, title: str) -> Any:
    if isinstance(node, list):
        return [_renamed(one, title) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/$defs/", f"{REF}{title}") if key == "$ref" else _renamed(value, title)
        for key, value in node.items()
    }


def _with_documents(node: Any) -> Any:
    """Put a document's schema where a model only names it."""
    if isinstance(node, list):
        return [_with_documents(one) for one in node]
    if not isinstance(node, dict):
        return node
    if "x-document" in node:
        return schema_of(node["x-document"])
    return {key: _with_documents(value) for key, value in node.items()}
