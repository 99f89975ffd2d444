"""Answers that say what went wrong: `application/problem+json` (RFC 9457) for every error there is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from cloudflow_lib import errors
from cloudflow_plugin.api.etags import PreconditionFailedError
from cloudflow_plugin.api.rates import RateLimitedError, seconds_to_wait

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
"""What a caller is told to wait when a server behind us does not answer and did not say for how long."""

STATUS_OF: Mapping[type[errors.CloudFlowError], HTTPStatus] = {
    errors.NotSignedInError: HTTPStatus.UNAUTHORIZED,
    RateLimitedError: HTTPStatus.TOO_MANY_REQUESTS,
    PreconditionFailedError: HTTPStatus.PRECONDITION_FAILED,
    errors.WrongInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.WrongOffsetError: HTTPStatus.CONFLICT,
    errors.UploadBusyError: HTTPStatus.LOCKED,
    errors.TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TypeRefusedError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NameTakenError: HTTPStatus.CONFLICT,
    errors.WrongStateError: HTTPStatus.CONFLICT,
    errors.NotFoundError: HTTPStatus.NOT_FOUND,
    errors.NotAllowedError: HTTPStatus.FORBIDDEN,
    errors.CatalogUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.LostRaceError: HTTPStatus.CONFLICT,
    errors.PublishError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.FeedUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.MailError: HTTPStatus.BAD_GATEWAY,
    errors.StoreUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.StoreFullError: HTTPStatus.INSUFFICIENT_STORAGE,
    errors.ObjectNotFoundError: HTTPStatus.NOT_FOUND,
    errors.BucketNotFoundError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.ObjectExistsError: HTTPStatus.CONFLICT,
    errors.ObjectChangedError: HTTPStatus.CONFLICT,
    errors.ObjectArchivedError: HTTPStatus.CONFLICT,
    errors.UploadNotFoundError: HTTPStatus.NOT_FOUND,
    errors.InvalidNameError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CorruptDataError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.UnsupportedError: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.StoreError: HTTPStatus.BAD_GATEWAY,
}
"""The status of each error; one that is not here has that of its nearest ancestor, and 500 without any."""


class Flaw(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str
    """Where: `body/name`, `query/limit`, and so on."""
    detail: str


class Problem(BaseModel):
    """RFC 9457: what went wrong, for people and for programs."""

    type: str = Field(examples=["urn:cloudflow:problem:not-found"])
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[Flaw] | None = None


def problem(
    scope: Scope,
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    flaws: list[Flaw] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the answer; *kind* is the last word of its type, by default that of the status."""
    title = HTTPStatus(status).phrase
    kind = kind or title.lower().replace(" ", "-")
    log.info("api.refused status=%d kind=%s detail=%r request=%s", status, kind, detail, request_id_of(scope))
    body = Problem(
        type=f"urn:cloudflow:problem:{kind}",
        title=title,
        status=status,
        detail=detail,
        request_id=request_id_of(scope),
        errors=flaws,
    )
    return JSONResponse(body.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def request_id_of(scope: Scope) -> str:
    """Return the id under which this request stands in the log."""
    return str(scope.get("state", {}).get("request_id", ""))


def status_of(error: errors.CloudFlowError) -> HTTPStatus:
    """Return the status that tells callers of *error*."""
    return next(
        (STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF), HTTPStatus.INTERNAL_SERVER_ERROR
    )


def kind_of(error: errors.CloudFlowError) -> str:
    """Return the last word of the problem type: NotFoundError is `not-found`."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("-")


def of_platform(scope: Scope, error: errors.CloudFlowError) -> Response:
    """Return the answer for an error that was raised on purpose."""
    status = status_of(error)
    headers = {}
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers["Retry-After"] = str(seconds_to_wait(error, RETRY_SECONDS))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("api.failed kind=%s detail=%s", kind_of(error), error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexpected(scope)
    return problem(scope, status, str(error), kind=kind_of(error), headers=headers)


def unexpected(scope: Scope) -> Response:
    """Return the answer for what must not happen: where to look, and nothing else."""
    said = f"Something went wrong here; the log says more under request {request_id_of(scope)}."
    return problem(scope, HTTPStatus.INTERNAL_SERVER_ERROR, said, kind="unexpected")


def _flaws(found: list[Any]) -> list[Flaw]:
    return [Flaw(pointer="/".join(str(step) for step in flaw["loc"]), detail=flaw["msg"]) for flaw in found]


def answer_to(scope: Scope, error: Exception) -> Response:
    """Return the answer to any error; one that must not happen is raised again."""
    match error:
        case errors.CloudFlowError():
            return of_platform(scope, error)
        case RequestValidationError():
            flaws = _flaws(list(error.errors()))
            said = f"{flaws[0].pointer}: {flaws[0].detail}" if flaws else "The request is not as the API describes it."
            return problem(scope, HTTPStatus.UNPROCESSABLE_ENTITY, said, kind="invalid-request", flaws=flaws)
        case HTTPException():
            return problem(scope, error.status_code, str(error.detail), headers=error.headers)
        case _:
            raise error


def add_problems(app: FastAPI) -> None:
    """Make *app* answer every error as a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        return answer_to(request.scope, error)

    for kind in (errors.CloudFlowError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
