"""What a model that hears and speaks at once costs is measured frame by frame."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks.dialogue import figures_of_duplex
from benchmarks.duplex_model import codec_ms, hosted_ms, step_ms
from tests.fakes.speech_model import FakeSpeechModel


def test_the_codec_is_timed_for_every_frame() -> None:
    pytest.importorskip("av")
    times = codec_ms(10)
    assert len(times) == 10
    assert min(times) > 0


async def test_a_model_hears_every_frame_in_one_conversation() -> None:
    model = FakeSpeechModel()
    assert len(await hosted_ms(model, 10)) == 10
    (mind,) = model.minds
    assert mind.steps == 15


@pytest.mark.slow
def test_a_toy_of_the_real_model_is_timed_where_it_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("moshi")
    assert len(step_ms(tmp_path, 5)) == 5


def test_what_is_installed_is_measured(tmp_path: Path) -> None:
    names = [one.name for one in figures_of_duplex(tmp_path, 5)]
    expected = ["duplex_codec"] * (find_spec("av") is not None)
    expected += ["duplex_toy_step"] * (find_spec("moshi") is not None)
    assert names == [f"{name}_{which}" for name in expected for which in ("p50", "p95")]
