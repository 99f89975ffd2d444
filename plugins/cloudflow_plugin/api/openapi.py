"""The API's description of itself, as OpenAPI 3.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cloudflow_plugin.api.problems import Problem
from cloudflow_plugin.api.refusals import ANY, KEY, KEY_PARAMETER, WHY, answer_for, name_of, statuses_of, takes_key

CHECKED_IN = Path(__file__).parents[3] / "docs" / "openapi.json"
"""Where the description stands in the repository; a test tells when the two differ."""

PREFIX = "/api/v1"
NO_SIGN_IN: dict[str, Any] = {"security": []}
"""`openapi_extra` of the few operations that ask for nobody's account."""

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "From `POST /auth/token`."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "_token", "description": "The sign-in of the web page."},
}
FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the description of *app*; every refusal in it is a problem, as the app answers."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description="Files in S3, Azure Blob and Google Cloud Storage: their use, their cost and their moves.",
        routes=app.routes,
        servers=[{"url": "/cloudflow"}],
    )
    parts = found.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for name in FASTAPIS_OWN:
        schemas.pop(name, None)
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs"), Problem=schema)
    parts["schemas"] = dict(sorted(schemas.items()))
    parts["securitySchemes"] = SCHEMES
    found["security"] = [{name: []} for name in SCHEMES]
    parts["responses"] = {**{name_of(status): answer_for(status) for status in WHY}, ANY: answer_for(None)}
    parts["parameters"] = {KEY: KEY_PARAMETER}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            _complete(method.upper(), path, operation)
    return found


def _complete(method: str, path: str, operation: dict[str, Any]) -> None:
    """Add what is around every handler: the key of a write, and each refusal that there may be."""
    if takes_key(method, path):
        operation.setdefault("parameters", []).append({"$ref": f"#/components/parameters/{KEY}"})
    answers = operation["responses"]
    answers.pop("422", None)  # FastAPI's own form of it, which we never answer
    for status in statuses_of(method, path, operation, PREFIX):
        answers[str(status)] = {"$ref": f"#/components/responses/{name_of(status)}"}
    answers["default"] = {"$ref": f"#/components/responses/{ANY}"}


def as_text(description: dict[str, Any]) -> str:
    """Return the description as it is checked in."""
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"
