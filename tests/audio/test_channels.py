import numpy as np
import numpy.typing as npt
import pytest

from device.audio.channels import Beam, BestChannel, delays_between, open_mixer
from device.audio.format import RATE, Samples
from device.audio.level import to_samples
from device.errors import FormatUnsupported
from tests.audio.signals import noise, silence, tone

Sound = npt.NDArray[np.float64]


def voice(seconds: float, seed: int = 5) -> Sound:
    """Noise in the band of speech, 0.6 s of every second, after half a second of nothing."""
    samples = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(samples))
    hertz = np.fft.rfftfreq(samples, 1 / RATE)
    spectrum[(hertz < 200) | (hertz > 5_000)] = 0
    at = np.arange(samples)
    sound: Sound = np.fft.irfft(spectrum, samples) * ((at % RATE < 0.6 * RATE) & (at > RATE / 2))
    level: Sound = 0.1 * sound / sound.std()
    return level


def delayed(sound: Sound, samples: float) -> Sound:
    shift = np.exp(-2j * np.pi * np.fft.rfftfreq(len(sound)) * samples)
    moved: Sound = np.fft.irfft(np.fft.rfft(sound) * shift, len(sound))
    return moved


def array_of(sound: Sound, delays: tuple[float, ...], noise_level: float, seed: int = 9) -> Sound:
    random = np.random.default_rng(seed)
    heard = np.stack([delayed(sound, delay) for delay in delays], axis=1)
    return heard + noise_level * random.standard_normal(heard.shape)


def snr_db(heard: Sound, clean: Sound) -> float:
    gain = (heard @ clean) / (clean @ clean)
    rest = heard - gain * clean
    return float(10 * np.log10((gain * clean).var() / rest.var()))


def fed(mixer: Beam | BestChannel, blocks: Samples) -> Samples:
    return np.concatenate([mixer.feed(blocks[at : at + 480]) for at in range(0, len(blocks), 480)])


def test_one_channel_is_taken_out() -> None:
    block = np.array([[1, 2], [3, 4]], dtype=np.int16)
    assert open_mixer(1, 2, RATE).feed(block).tolist() == [2, 4]


def test_a_channel_that_is_not_there_is_refused() -> None:
    with pytest.raises(FormatUnsupported, match="2 channels"):
        open_mixer(2, 2, RATE)


@pytest.mark.parametrize("choice", ["best", "beam"])
def test_one_microphone_needs_no_choice(choice: str) -> None:
    block = np.array([[1], [3]], dtype=np.int16)
    mixer = open_mixer("best" if choice == "best" else "beam", 1, RATE)
    assert mixer.feed(block).tolist() == [1, 3]


def test_the_channel_nearest_to_the_talker_is_chosen() -> None:
    best = BestChannel(3, RATE)
    hiss = [noise(2.0, 0.01, seed=seed) for seed in (1, 2, 3)]
    talk = np.concatenate((silence(1.0), tone(1.0, amplitude=0.3)))
    gains = (0.1, 0.2, 1.0)
    blocks = np.stack(
        [h + (g * talk).astype(np.int16) for h, g in zip(hiss, gains, strict=True)], 1
    )
    fed(best, blocks)
    assert best.index == 2


def test_a_loud_but_noisy_channel_is_not_chosen() -> None:
    best = BestChannel(2, RATE)
    talk = np.concatenate((silence(1.0), tone(1.0, amplitude=0.1)))
    fed(best, np.stack((noise(2.0, 0.003) + talk, noise(2.0, 0.3, seed=2) + talk), axis=1))
    assert best.index == 0


def test_equal_channels_do_not_alternate() -> None:
    best = BestChannel(2, RATE)
    talk = np.concatenate((silence(0.5), tone(1.5, amplitude=0.1)))
    both = np.stack((noise(2.0, 0.01) + talk, noise(2.0, 0.01, seed=2) + talk), axis=1)
    used = set()
    for at in range(0, len(both), 480):
        best.feed(both[at : at + 480])
        used.add(best.index)
    assert used == {0}


@pytest.mark.parametrize("delays", [(0.0, 1.5, -2.25, 3.0), (0.0, 0.0), (0.0, -4.0, 4.0)])
def test_delays_of_an_array_are_found_to_a_quarter_sample(delays: tuple[float, ...]) -> None:
    heard = array_of(voice(1.0), delays, 0.01).astype(np.float32)
    found = delays_between(heard[RATE // 2 : RATE // 2 + 2_048], max_delay=8)
    assert found == pytest.approx(delays, abs=0.25)


@pytest.mark.parametrize(("microphones", "least_db"), [(2, 2.5), (4, 5.3)])
def test_delay_and_sum_gains_what_theory_says(microphones: int, least_db: float) -> None:
    """Against independent noise it is 10 log10 of the microphones: 3.0 and 6.0 dB."""
    delays = (0.0, 1.5, -2.25, 3.0)[:microphones]
    clean = voice(5.0)
    heard = array_of(clean, delays, 0.03)
    beam = Beam(microphones, RATE)
    mixed = fed(beam, to_samples(heard.astype(np.float32))) / 32768
    settled = slice(2 * RATE, 4 * RATE)
    alone = snr_db(heard[settled, 0], clean[settled])
    together = snr_db(mixed[settled], np.roll(clean, beam.delay_samples)[settled])
    assert least_db < together - alone < 10 * np.log10(microphones) + 0.5


def test_a_beam_is_as_long_as_its_input_for_any_blocks() -> None:
    beam = Beam(2, RATE)
    heard = to_samples(array_of(voice(1.0), (0.0, 2.0), 0.01).astype(np.float32))
    for length in (0, 1, 7, 480, 3_000):
        assert len(beam.feed(heard[:length])) == length


def test_a_beam_hears_one_channel_until_it_knows_where_the_talker_is() -> None:
    beam = Beam(2, RATE)
    hiss = np.stack((noise(0.5, 0.1), noise(0.5, 0.1, seed=2)), axis=1)
    mixed = beam.feed(hiss)
    assert np.array_equal(mixed[beam.delay_samples :], hiss[: -beam.delay_samples, 0])
