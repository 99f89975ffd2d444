"""The command line in forks of a process that has loaded it: a process for each question, without the time to start."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["cloudflow_cli.main"])


def run_forked(*words, **environment):
    """Run `cloudflow` with nothing but *environment*."""
    with tempfile.TemporaryDirectory() as folder:
        process = FORKS.Process(target=_answer, args=(words, environment, folder))
        process.start()
        process.join()
        said = [(Path(folder) / name).read_text() for name in ("stdout", "stderr")]
    return subprocess.CompletedProcess(words, process.exitcode, *said)


def _answer(words, environment, folder):
    from cloudflow_cli.main import run

    for number, name in enumerate(("stdout", "stderr"), 1):
        with (Path(folder) / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(Path(__file__).parent)  # where no settings file lies
    run(list(words))
