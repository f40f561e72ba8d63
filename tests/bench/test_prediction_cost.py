"""Costs, by hand."""

import pytest

from bench.measure import compare
from bench.serving.prediction_cost import count_costs, list_costs


def test_a_whole_core_is_billed_by_whole_milliseconds() -> None:
    # 1 and 3 ms billed: 2 ms in the mean, so 2,000 s of 2 GiB.
    costs = count_costs([0.2, 2.1], memory_mib=2048, log_bytes=500)
    assert costs.compute == pytest.approx(4_000 * 0.0000133334)
    assert costs.invocations == 0.20
    assert costs.api == 3.50
    assert costs.logs == pytest.approx(0.5 * 0.50)
    assert costs.total == pytest.approx(0.0533336 + 0.20 + 3.50 + 0.25)


def test_half_the_memory_of_a_core_takes_twice_the_time() -> None:
    # 1.1 ms on half a core are 2.2, billed as 3: 3,000 s of 884.5 / 1,024 GiB.
    costs = count_costs([1.1], memory_mib=1769 // 2, log_bytes=0)
    assert costs.compute == pytest.approx(3_000 * 884 / 1024 * 0.0000133334)
    assert costs.logs == 0


def test_each_round_has_its_cost_and_only_compute_differs() -> None:
    figures = list_costs(
        [[0.5], [1.5]], [[9.5], [19.5]], peer="theirs", memory_mib=1769, log_bytes=100
    )
    compute, invocations, api, logs, whole = figures
    assert compute.samples == pytest.approx([1_000 * k * 1769 / 1024 * 1.33334e-5 for k in (1, 2)])
    ratio = compare(compute)
    assert ratio is not None
    assert ratio.median == pytest.approx(10)
    assert ratio.repetitions == 2
    for same in (invocations, api, logs):
        assert same.samples == same.peer_samples
    assert whole.samples[1] == pytest.approx(
        sum(figure.samples[1] for figure in (compute, invocations, api, logs))
    )
