"""Which requests write, and which carry files."""

from __future__ import annotations

from starlette.types import Scope

HARMLESS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

RESUMABLE = "/api/v1/uploads"
"""Below this path files come in pieces, as the tus protocol says."""

STREAMED = ("/api/v1/upload", RESUMABLE)
"""Below these paths bodies are files: they go through in pieces, and their handlers limit them."""

TUS_VERSION = "1.0.0"

SIGNING_IN = "/api/v1/auth"
"""Below this path are tokens: nothing said there is kept."""


def own_path(scope: Scope) -> str:
    """Return the path inside our app, wherever it is mounted."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def is_below(scope: Scope, *starts: str) -> bool:
    """Return whether the request goes to one of *starts* or below it."""
    path = own_path(scope)
    return any(path == start or path.startswith(f"{start}/") for start in starts)


def is_write(scope: Scope) -> bool:
    """Return whether it is a request that may change something."""
    return scope["type"] == "http" and scope["method"] not in HARMLESS


def is_streamed(scope: Scope) -> bool:
    """Return whether the body is a file in transit."""
    return is_below(scope, *STREAMED)
