"""Whatever breaks, an oracle outside of the engine finds nothing lost: a few dozen runs of `benchmarks.faults`."""

import pytest

from benchmarks._faults_ground import Plan, play_all, running_servers

RUNS = 60
SEED = 20261123
MEMORY_SHARE = 0.5


@pytest.mark.servers
def test_whatever_breaks_nothing_is_lost_and_nothing_is_stuck(tmp_path):
    plan = Plan(seed=SEED, numbers=tuple(range(RUNS)), memory_share=MEMORY_SHARE)

    with running_servers(tmp_path) as servers:
        outcomes = list(play_all(plan, servers, workers=2))

    wrong = {outcome.case.number: outcome.findings for outcome in outcomes if outcome.findings}
    assert {} == wrong, f"replay with: python -m benchmarks.faults --seed {SEED} --memory-share 0.5 --only NUMBER"
    assert RUNS == len(outcomes)
    assert RUNS <= sum(len(outcome.came) for outcome in outcomes) * 2, "hardly any fault came"
    assert any(outcome.was_killed for outcome in outcomes)
