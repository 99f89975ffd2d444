"""The API's description of itself, as OpenAPI 3.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cloudflow_plugin.api.problems import MEDIA_TYPE, Problem

CHECKED_IN = Path(__file__).parents[3] / "docs" / "openapi.json"
"""Where the description stands in the repository; a test tells when the two differ."""

NO_SIGN_IN: dict[str, Any] = {"security": []}
"""`openapi_extra` of the few operations that ask for nobody's account."""

REFUSED = {
    "description": "What went wrong (RFC 9457).",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
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
    for operations in found["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            if "HTTPValidationError" in json.dumps(answers.get("422", {})):
                del answers["422"]
            answers["default"] = REFUSED
    return found


def as_text(description: dict[str, Any]) -> str:
    """Return the description as it is checked in."""
    return json.dumps(description, indent=1, ensure_ascii=False) + "\n"
