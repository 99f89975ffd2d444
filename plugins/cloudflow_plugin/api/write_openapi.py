"""`python -m cloudflow_plugin.api.write_openapi`: write `docs/openapi.json` anew."""

from __future__ import annotations

from cloudflow_plugin.api.app import build_app
from cloudflow_plugin.api.openapi import CHECKED_IN, as_text, describe


def main() -> None:
    """Do what the module's first line says."""
    CHECKED_IN.write_text(as_text(describe(build_app())))


if __name__ == "__main__":
    main()
