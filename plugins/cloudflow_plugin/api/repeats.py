"""A query that says one thing twice says nothing clear: it is refused, where else the last word would count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_origin

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from starlette.requests import HTTPConnection


def require_single(connection: HTTPConnection) -> None:
    """Raise RequestValidationError if a name that takes one value was given several."""
    given = Counter(name for name, _ in connection.query_params.multi_items())
    if not (repeated := sorted(name for name, times in given.items() if times > 1)):
        return
    route = connection.scope.get("route")
    lists = _lists_of(route) if isinstance(route, APIRoute) else frozenset()
    if wrong := [name for name in repeated if name not in lists]:
        said = "is given several times: one value is taken"
        raise RequestValidationError([{"type": "repeated", "loc": ("query", name), "msg": said} for name in wrong])


def _lists_of(route: APIRoute) -> frozenset[str]:
    """Return the names in the query that take several values."""
    return frozenset(name for name, kind in _parameters(route) if get_origin(kind) in (list, set, tuple, frozenset))


def _parameters(route: APIRoute) -> Iterator[tuple[str, Any]]:
    for parameter in route.dependant.query_params:
        info: FieldInfo = parameter.field_info
        kind = info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from ((field.alias or name, field.annotation) for name, field in kind.model_fields.items())
        else:
            yield parameter.alias, kind
