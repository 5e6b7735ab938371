"""The arithmetic of the gateway's figures."""

from benchmarks.gateway import figures_of_churn, sessions_per_core
from benchmarks.gateway_scenes import Point, Said

IN_TIME, LATE, NEVER = Said(700.0, True), Said(1_001.0, True), Said(float("inf"), False)


def test_a_core_holds_as_many_as_are_answered_in_time_and_all_fewer() -> None:
    ladder = {6: [IN_TIME] * 20, 8: [IN_TIME] * 19 + [NEVER], 10: [LATE] * 2 + [IN_TIME] * 18,
              12: [IN_TIME] * 20}  # fmt: skip
    found = sessions_per_core(ladder)
    assert (found.value, found.n, found.met) == (8, 80, True)
    assert sessions_per_core({6: [LATE]}).value == 0


def test_what_grows_by_every_visit_is_found_and_noise_is_not() -> None:
    def figures(grows_kib: int) -> dict[str, float]:
        points = [
            Point(visit, 100_000 + grows_kib * visit + 40 * (visit % 7), 20 + visit % 3)
            for visit in range(1, 400)
        ]
        return {one.name: one.value for one in figures_of_churn(points, 1)}

    assert figures(3)["churn_memory_kib_sure_growth"] > 250
    steady = figures(0)
    assert (steady["churn_memory_kib_sure_growth"], steady["churn_left"]) == (0, 1)
    assert steady["churn_handles_sure_growth"] == 0
