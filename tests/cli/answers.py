"""What every answer of the command line has to look like."""


def assert_one_line(answer):
    assert "Traceback" not in answer.stdout + answer.stderr
    assert answer.stderr.startswith("cloudflow: ")
    assert 1 == len(answer.stderr.strip().splitlines())
