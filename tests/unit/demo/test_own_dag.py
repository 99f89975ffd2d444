"""The DAG that the demonstration puts where people put their own."""

from cloudflow_cli.demo.own_dag import NAME, place_own_dag, times_woken
from cloudflow_cli.stack.layout import Layout
from cloudflow_lib.errors import WrongInputError
from tests.stack.running import ROOT


class Client:
    def __init__(self, answer):
        self._answer = answer

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def count_woken(self, dag_id):
        assert NAME == dag_id
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


class Airflow:
    def __init__(self, answer):
        self._client = Client(answer)

    def as_user(self, _user):
        return self._client


def test_the_example_is_put_there_once_and_a_changed_one_stays(tmp_path):
    layout = Layout(root=ROOT, home=tmp_path)
    layout.make_folders()
    place_own_dag(layout)
    place = layout.own_dags / f"{NAME}.py"

    assert (ROOT / "docs" / "examples" / place.name).read_bytes() == place.read_bytes()

    place.write_text("# mine")
    place_own_dag(layout)

    assert "# mine" == place.read_text()


def test_one_that_nobody_has_read_yet_was_never_woken():
    assert 0 == times_woken(Airflow(WrongInputError("no such DAG")))
    assert 3 == times_woken(Airflow(3))
