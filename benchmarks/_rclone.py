"""rclone, the peer: one pinned version, kept among the other tools, configured by environment variables alone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks._report import say
from cloudflow_cli.stack.builders import build_python
from cloudflow_cli.stack.tools import Tool, tool_folder

FOLDER = Path(__file__).parent
RCLONE = Tool("rclone", ("rclone.txt",), build_python, ())


def rclone() -> Path:
    """Return the program, downloading it first where it is missing; its hash is checked."""
    folder = tool_folder(RCLONE, FOLDER)
    if not folder.is_dir():
        say("downloading rclone")
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".rclone-", dir=folder.parent))
        try:
            RCLONE.build(FOLDER / RCLONE.recipe[0], draft, folder.with_name(f"{folder.name}.log"))
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else somebody else was faster
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return folder / "venv" / "bin" / "rclone"


def s3_remote(name: str, endpoint: str, account: str, secret: str) -> Mapping[str, str]:
    """Return the variables that make `NAME:bucket/key` an object on the S3 server at *endpoint*."""
    settings = {
        "TYPE": "s3",
        "PROVIDER": "Other",
        "ENDPOINT": endpoint,
        "REGION": "us-east-1",
        "ACCESS_KEY_ID": account,
        "SECRET_ACCESS_KEY": secret,
        "FORCE_PATH_STYLE": "true",
        "NO_CHECK_BUCKET": "true",
    }
    return {f"RCLONE_CONFIG_{name.upper()}_{setting}": value for setting, value in settings.items()}


def environment(*remotes: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a run with these remotes and nothing of a person's own configuration."""
    own = {variable: value for variable, value in os.environ.items() if not variable.startswith("RCLONE_")}
    configured = {variable: value for remote in remotes for variable, value in remote.items()}
    return {**own, **configured, "RCLONE_CONFIG": os.devnull}
