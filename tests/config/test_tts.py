"""[tts]: every key changes how a text sounds."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.toy_piper import make_piper_voice
from device.audio.format import Samples
from device.audio.level import dbfs
from device.clock import run_virtual
from device.config import TtsConfig
from device.pipeline.tts import open_tts
from tests.config.story import Values, tell, types


def said(stt: Values, **tts: object) -> Samples:
    """What the loudspeaker says when the help is asked for, chimes left out."""
    story = tell({"stt": stt, "tts": tts, "audio": {"earcons": False}}, types("help", spoken=True))
    return story.said


def test_a_faster_voice_is_done_sooner(clock_stt: Values) -> None:
    assert len(said(clock_stt, rate=2.0)) < 0.7 * len(said(clock_stt))


def test_a_voice_of_half_the_volume_is_6_db_softer(clock_stt: Values) -> None:
    assert dbfs(said(clock_stt)) - dbfs(said(clock_stt, volume=0.5)) == pytest.approx(6, abs=1)


def test_a_higher_voice_is_higher(clock_stt: Values) -> None:
    assert pitch(said(clock_stt, pitch=1.0)) > 1.2 * pitch(said(clock_stt, pitch=-1.0))


def pitch(samples: Samples) -> float:
    """Hz under which there is next to nothing of a voice: about its fundamental."""
    power = np.abs(np.fft.rfft(samples.astype(float))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / 22_050)
    low = (hertz > 50) & (hertz < 350)
    total = np.cumsum(power[low])
    return float(hertz[low][np.searchsorted(total, total[-1] / 20)])


def test_another_voice_sounds_different(clock_stt: Values) -> None:
    usual, other = said(clock_stt), said(clock_stt, voice="en-us+f4")
    assert len(usual) != len(other) or (usual != other).any()


def test_piper_speaks_with_its_own_voices(
    tmp_path: Path, clock_stt: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_piper_voice(tmp_path)
    monkeypatch.setenv("PARLOR_MODELS", str(tmp_path))
    assert len(said(clock_stt, engine="piper")) not in (0, len(said(clock_stt)))


@pytest.mark.parametrize(("megabytes", "hits"), [(0, 0), (16, 1)])
def test_phrases_are_kept_in_so_much_memory(megabytes: int, hits: int) -> None:
    async def twice() -> int:
        voice = open_tts(TtsConfig(cache_mb=megabytes))
        await voice.render(["Good morning."])
        assert [chunk async for chunk in voice.synthesize("Good morning.")]
        return voice.hits

    assert run_virtual(twice()) == hits
