"""`parlor bench voice`: end of speech to first sound of an answer that a language model thinks of.

Spoken questions go through the whole speaker in real time. The model gives its first word after
300 ms and thirty more a second; the baseline speaks when the answer is complete, and asks only when
the pause is over. The recogniser is scripted: it writes the question as Whisper does, with its
question mark, and computes next to nothing, so stage `stt` is not that of a real one.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.corpus import end_of_speech, random_manner
from benchmarks.espeak import speak
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from benchmarks.plots import bars
from benchmarks.report import Figure, Report, percentile
from benchmarks.scripted_whisper import make_whisper
from device import events as e
from device.audio.format import RATE, Samples
from device.config import Config, DialogConfig, LlmConfig, MqttConfig, SttConfig
from device.config_file import load
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker

TARGET_MS = 900.0
FIRST_TOKEN_SECONDS = 0.3
TOKENS_A_SECOND = 30.0
SLOT_SECONDS = 9
QUESTION = "Why is the sky so blue in summer?"
ANSWERS = (
    "The sky looks blue because air scatters short waves of light more than long ones.",
    "Well, sunlight has all colours, and blue is scattered most on its way to us.",
    "That is Rayleigh scattering. Blue light bounces off the air far more than red does.",
    "Small molecules in the air spread blue light in every direction, so you see it everywhere.",
    "Because of the air above us. It sends blue light to your eyes from all around.",
    "In summer the sun stands high and its light takes a short way through the air.",
    "Good question! Blue light is scattered about ten times more strongly than red light.",
    "It only seems so: dry, clean air in summer scatters little but blue light.",
    "Air is not quite clear. It throws the blue part of sunlight down to us.",
)


@dataclass(frozen=True, slots=True)
class Question:
    """One spoken question in its slot."""

    samples: Samples
    """The whole slot."""
    end_sample: int
    """First sample after the speech, within the slot."""


def run(quick: bool, full: bool, config: Path | None, plot: Path | None) -> Report:
    """Measure 9 questions each way, or 45 with `full`."""
    questions = [spoken_question(number) for number in range(45 if full else 9)]
    usual = load(config)
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        key.touch(mode=0o600)
        key.write_text(KEY)
        stt = scripted(Path(folder))
        pipelined = _measure(usual, stt, key, questions)
        unpipelined = _measure(usual, stt, key, questions, whole=True)
    figures = list(_figures(pipelined, unpipelined))
    answered = len(pipelined) / len(questions)
    figures.append(Figure("questions_answered", answered, "share", "higher", len(questions)))
    if plot is not None:
        bars(plot, {one.name: one.value for one in figures if one.unit == "ms"}, "ms")
    return Report("voice", figures)


def spoken_question(number: int) -> Question:
    """The wake word and the question, in a voice of its own."""
    rng = np.random.default_rng(number)
    # The wake word in the one voice that wakes reliably: this bench is about what comes after it.
    wake = speak("hey jarvis").samples
    asked = speak(QUESTION, random_manner(rng))
    gap = np.zeros(int(rng.uniform(0.0, 0.3) * RATE), dtype=np.int16)
    said = np.concatenate((np.zeros(RATE, dtype=np.int16), wake, gap, asked.samples))
    slot = np.zeros(SLOT_SECONDS * RATE, dtype=np.int16)
    slot[: len(said)] = said
    return Question(slot, len(said) - len(asked.samples) + end_of_speech(asked.samples))


def scripted(folder: Path) -> SttConfig:
    """A recogniser that understands the question, whatever is said."""
    make_whisper(folder, f"{QUESTION} <|endoftext|>")
    return SttConfig(engines=("whisper",), whisper_model=str(folder), threads=1)


def _measure(
    usual: Config, stt: SttConfig, key: Path, questions: list[Question], *, whole: bool = False
) -> list[dict[str, float]]:
    """Stage times of the questions that were answered, by a model that streams or does not."""
    thinking = len(ANSWERS[0].split()) / TOKENS_A_SECOND
    first = FIRST_TOKEN_SECONDS + (thinking if whole else 0.0)
    answers = iter(ANSWERS * len(questions))
    fake = FakeLlm(lambda _text: next(answers), first, 1e6 if whole else TOKENS_A_SECOND)
    with serving(fake):
        llm = LlmConfig(base_url=fake.url, model=MODEL, key_file=key, early=not whole)
        config = usual.model_copy(
            update={
                "stt": stt, "llm": llm, "dialog": DialogConfig(filler_ms=0),
                "mqtt": MqttConfig(enabled=False),
            }
        )  # fmt: skip
        told = asyncio.run(_hear(config, questions))
    return list(_turns(told, questions))


async def _hear(config: Config, questions: list[Question]) -> list[e.Event]:
    microphone = WavMicrophone()
    async with open_parlor(config, microphone, WavSpeaker()) as parlor:
        events = parlor.bus.subscribe(size=1_000_000)
        async with parlor.running():
            await microphone.play(np.concatenate([question.samples for question in questions]))
            await parlor.settled(1.0)
        events.close()
        return [event async for event in events]


def _turns(told: list[e.Event], questions: list[Question]) -> Iterator[dict[str, float]]:
    """Stage times with the end of speech as the corpus labels it."""
    ended = {event.turn_id: event for event in told if isinstance(event, e.TurnEnded)}
    answered = {
        event.turn_id for event in told
        if isinstance(event, e.ReplyText) and event.is_final and event.text in ANSWERS
    }  # fmt: skip
    for measured in told:
        if not isinstance(measured, e.TurnMeasured) or measured.turn_id not in answered:
            continue
        stages, turn = measured.stages, ended[measured.turn_id]
        slot = int(turn.at / SLOT_SECONDS)
        true_end = slot * SLOT_SECONDS + questions[slot].end_sample / RATE
        late_ms = (turn.speech_stop_sample / RATE - true_end) * 1_000
        yield {
            **stages,
            "vad": stages["vad"] + late_ms,
            "end_to_end": stages["end_to_end"] + late_ms,
        }


def _figures(
    turns: list[dict[str, float]], unpipelined: list[dict[str, float]]
) -> Iterator[Figure]:
    for stage in ("end_to_end", "vad", "stt", "llm_first_token", "tts_first_chunk"):
        values = [turn[stage] for turn in turns if stage in turn]
        others = [turn[stage] for turn in unpipelined if stage in turn]
        for share in (0.5, 0.95):
            yield Figure(
                f"{stage}_p{round(share * 100)}", _share(values, share), "ms", "lower",
                n=len(values), baseline=_share(others, share),
                target=TARGET_MS if (stage, share) == ("end_to_end", 0.5) else None,
                baseline_is=f"the answer spoken when it is complete, n={len(others)}",
            )  # fmt: skip


def _share(values: list[float], share: float) -> float:
    return round(percentile(values, share), 1) if values else float("nan")
