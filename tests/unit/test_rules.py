"""The rules of the house guard themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_LINES = 250
FUNCTION_LINES = 40
DAG_LINES = 80

SOURCES = sorted(
    path
    for folder in ("cloudflow_lib", "cloudflow_cli", "ml", "plugins", "benchmarks", "dags")
    for path in (ROOT / folder).rglob("*.py")
)
DAGS = sorted((ROOT / "dags").glob("*.py"))
LOGIC = (ast.If, ast.For, ast.While, ast.Try, ast.With)
VENDORS = (
    "azure",
    "boto3",
    "confluent_kafka",
    "google.cloud",
    "great_expectations",
    "mlflow",
    "obstore",
    "pandas",
    "pymongo",
)


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_module_has_one_job(path):
    assert len(path.read_text().splitlines()) <= MODULE_LINES


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_a_function_fits_on_a_screen(path):
    """Its body does: a docstring and a list of options are read, not followed."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    long = {node.name: body_lines(node) for node in functions if body_lines(node) > FUNCTION_LINES}
    assert {} == long


def body_lines(node):
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", DAGS, ids=name_of)
def test_dag_files_only_wire(path):
    """A DAG file says when and in which order; it decides nothing."""
    source = path.read_text()

    assert DAG_LINES >= len(source.splitlines())
    assert [] == [node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, LOGIC)]


@pytest.mark.parametrize("path", DAGS, ids=name_of)
def test_dag_files_open_with_a_page_for_the_operator(path):
    page = ast.get_docstring(ast.parse(path.read_text()))

    assert page.startswith("# ")
    assert "**Retry**" in page or "**Runs**" in page
    assert len(page.splitlines()) >= 5


def test_importing_every_dag_loads_no_vendor():
    """Task processes read these files again and again."""
    program = f"""
import sys, runpy, pathlib
sys.path.insert(0, {str(ROOT / "plugins")!r})
for path in sorted(pathlib.Path({str(ROOT / "dags")!r}).glob("*.py")):
    runpy.run_path(str(path))
print([name for name in {VENDORS!r} if name in sys.modules])
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]" == answer.stdout.strip().splitlines()[-1]


def test_airflow_executes_one_plugin_module_only():
    """Airflow runs every file below the plugins folder unless it is told not to."""
    from airflow._shared.module_loading import find_path_from_directory

    found = sorted(Path(path).name for path in find_path_from_directory(str(ROOT / "plugins"), ".airflowignore"))

    assert ["registration.py"] == [name for name in found if name.endswith(".py")]
