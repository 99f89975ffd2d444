"""Which refusals an operation may answer with: those of everything around the handlers, and each one's own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from cloudflow_plugin.api.paths import HARMLESS, RESUMABLE, SIGNING_IN
from cloudflow_plugin.api.problems import MEDIA_TYPE

Operation = dict[str, Any]

WHY = {
    400: "The request is broken: no handler could read it.",
    401: "Nobody is signed in, or the session has ended.",
    403: "This account may not do this, or the request came from another site's page.",
    404: "There is no such thing, or it belongs to somebody else.",
    409: "It cannot be done as things stand; what stands in the way is said.",
    412: "It is not what `If-Match` names any more, or another version of the tus protocol was asked for.",
    413: "The body, or a file in it, is larger than is taken here.",
    415: "The body is of a type, or packed in a way, that is not taken.",
    416: "The range lies behind the end of the file.",
    422: "Something in the request is not as it should be; `errors` says what.",
    423: "Another request sends the same upload.",
    429: "Too many in a short time; `Retry-After` says for how long to wait.",
    502: "A store refused; its reason is said.",
    503: "A server behind this one does not answer; `Retry-After` says when to try again.",
    507: "The store is full.",
}
WAITS = frozenset({429, 503})

STORES = (502,)
IF_MATCH = (412,)
TUS = (412, 423)
OWN: dict[str, tuple[int, ...]] = {
    "GET /files/{file_id}/content": (409, 416, *STORES),
    "POST /upload": (400, 404, *STORES, 507),
    "POST /uploads": (404, *TUS, *STORES, 507),
    "HEAD /uploads/{upload_id}": (*TUS, *STORES),
    "PATCH /uploads/{upload_id}": (*TUS, *STORES, 507),
    "DELETE /uploads/{upload_id}": (*TUS, *STORES),
    "GET /events": (429,),
    "POST /policies": (404,),
    "POST /policies/preview": (404,),
    "PUT /policies/{policy_id}": IF_MATCH,
    "POST /alerts/rules": (404,),
    "POST /alerts/rules/preview": (404,),
    "PUT /alerts/rules/{rule_id}": IF_MATCH,
    "POST /credentials": STORES,
    "PUT /credentials/{credential_id}": STORES,
    "POST /credentials/test": STORES,
    "POST /locations": (404,),
    "POST /migrations": (404,),
    "POST /campaigns": (404,),
    "POST /migrations/{migration_id}/cancel": STORES,
    "POST /migrations/{migration_id}/rollback": STORES,
    "POST /recommendations/apply": (404,),
    "POST /recommendations/dismiss": (404,),
    "POST /recommendations/restore": (404,),
}
"""Beside what `statuses_of` finds by itself."""

ANY = "Refused"
KEY = "IdempotencyKey"
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Names this write: sent again with the same key, it is answered as it was and not done again.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    "example": "7b0c4d9e-6a51-4f0c-9d36-0d6f7a1c2b11",
}


def takes_key(method: str, path: str) -> bool:
    """Return whether it is a write whose answer is kept; tokens never are."""
    return method not in HARMLESS and not path.startswith(SIGNING_IN)


def statuses_of(method: str, path: str, operation: Operation, prefix: str) -> list[int]:
    """Return with which statuses the operation may refuse."""
    found = {503, *OWN.get(f"{method} {path.removeprefix(prefix)}", ())}
    if operation.get("security") != []:
        found |= {401, 403}
    if "{" in path:
        found |= {404}
    if "{" in path or operation.get("parameters") or "requestBody" in operation:
        found |= {422}
    if method not in HARMLESS:
        found |= {403, 413, 415, 422, 429}
    if takes_key(method, path):
        found |= {409}
    if path.startswith(RESUMABLE) and method == "OPTIONS":
        found = set()  # it asks nobody and nothing
    return sorted(found)


def answer_for(status: int | None) -> dict[str, Any]:
    """Return the description of a refusal with this status; None: with any other, which has the same form."""
    answer: dict[str, Any] = {
        "description": "What went wrong (RFC 9457)." if status is None else WHY[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in WAITS:
        answer["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}
    return answer


def name_of(status: int) -> str:
    """Return the name that the description gives to a refusal, such as `NotFound`."""
    return HTTPStatus(status).phrase.title().replace(" ", "").replace("-", "")
