"""What comes in and what goes out in the full dialect, message by message."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device import events as e
from device.audio.level import dbfs
from device.errors import CommandInvalid, EngineMissing
from device.event import TurnState
from device.gateway.voice.codec import Codec, Opus
from device.gateway.voice.fullchat import FullChat
from device.gateway.voice.voicechat import RATE, Command, Message, Sound, Typed

START = '{"type":"start"}'
ON_REQUEST = '{"type":"start","listen":"on_request"}'
IDLE, LISTENING, PROCESSING, RESPONDING = TurnState


def no_opus() -> Codec:
    raise EngineMissing("Opus needs the av package")


def chatting(start: str = START) -> FullChat:
    chat = FullChat("s", lambda: Opus(RATE))
    ask(chat, start)
    return chat


def ask(chat: FullChat, sent: str) -> list[Message]:
    request = chat.read(sent)
    assert request is not None
    assert not isinstance(request, Sound)
    return chat.answer(request)


def shown(messages: list[Message]) -> list[Any]:
    """Text messages as they are but for the session, binary ones as their length."""
    told: list[Any] = []
    for message in messages:
        if isinstance(message, bytes):
            told.append(len(message))
            continue
        fields = json.loads(message)
        assert fields.pop("session_id") == "s"
        told.append(fields)
    return told


def sound(seconds: float) -> Any:
    return np.full(round(seconds * RATE), 1_000, np.int16)


def test_a_turn_from_the_first_word_to_the_last_sound() -> None:
    chat = chatting()
    told: list[Message] = []
    for event in (
        e.StateChanged(old=IDLE, new=LISTENING),
        e.PartialTranscript(text="turn on"),
        e.StateChanged(old=LISTENING, new=PROCESSING),
        e.FinalTranscript(text="turn on the light", language="en", engine="x", confidence=0.9),
        e.ReplyText(text="Done, sir."),
        e.SentenceBegan(text="Done,", offset_seconds=0.0, turn_id=1),
        e.SentenceBegan(text="sir.", offset_seconds=0.01, turn_id=1),
        e.ReplyMade(turn_id=1),
    ):
        told += chat.take(event)
    told += chat.send(sound(0.02))
    told += chat.rest()
    told += chat.take(e.PlaybackFinished(heard_seconds=0.02, turn_id=1))
    told += chat.take(e.StateChanged(old=RESPONDING, new=IDLE))
    form = "pcm_s16le_24000"
    assert shown(told) == [
        {"type": "status", "status": "listening"},
        {"type": "partial_transcript", "content": "turn on"},
        {"type": "llm_status", "status": "processing"},
        {"type": "final_transcript", "content": "turn on the light"},
        {"type": "llm_response", "content": "Done, sir.", "is_complete": True},
        {"type": "tts_start", "format": form, "is_first": True, "text": "Done,"}, 480,
        {"type": "tts_end"},
        {"type": "tts_start", "format": form, "is_first": False, "text": "sir."}, 480,
        {"type": "tts_end"},
    ]  # fmt: skip


def test_an_answer_in_pieces_is_whole_when_they_are_joined() -> None:
    chat = chatting()
    pieces = (("The sky", False), (" is blue.", False), ("The sky is blue. So it is.", True))
    told = [
        shown(chat.take(e.ReplyText(text=text, is_final=is_final, turn_id=1)))[0]
        for text, is_final in pieces
    ]
    assert [one["is_complete"] for one in told] == [False, False, True]
    assert "".join(one["content"] for one in told) == "The sky is blue. So it is."


def test_pieces_of_a_reply_that_was_cut_are_no_part_of_the_next() -> None:
    chat = chatting()
    chat.take(e.ReplyText(text="Once upon", is_final=False, turn_id=1))
    (told,) = shown(chat.take(e.ReplyText(text="Once more.", turn_id=2)))
    assert told["content"] == "Once more."


def test_a_cut_says_stop_before_it_closes_the_pair() -> None:
    chat = chatting()
    chat.take(e.SentenceBegan(text="Well", offset_seconds=0.0, turn_id=1))
    chat.send(sound(0.5))
    assert shown(chat.cut(0.2)) == [{"type": "tts_stop"}, {"type": "tts_end"}]
    assert shown(chat.take(e.PlaybackFinished(heard_seconds=0.3, turn_id=1, completed=False))) == []


def test_who_is_heard_all_the_time_is_not_told_that_nobody_listens() -> None:
    idle = e.StateChanged(old=LISTENING, new=IDLE)
    assert chatting().take(idle) == []
    assert shown(chatting(ON_REQUEST).take(idle)) == [{"type": "status", "status": "stopped"}]


def test_a_talk_button_is_told_at_once_that_nobody_listens_yet() -> None:
    chat = FullChat("s", no_opus)
    assert shown(ask(chat, ON_REQUEST)) == [{"type": "status", "status": "stopped"}]


def test_stop_cuts_and_acknowledges_and_from_then_on_nothing_is_told() -> None:
    chat = chatting()
    chat.take(e.SentenceBegan(text="Well", offset_seconds=0.0, turn_id=1))
    chat.send(sound(0.5))
    assert shown(ask(chat, '{"type":"stop"}')) == [
        {"type": "tts_stop"}, {"type": "tts_end"},
        {"type": "stop_acknowledged", "message": "stopped", "queues_cleared": True},
        {"type": "status", "status": "stopped"},
    ]  # fmt: skip
    assert chat.send(sound(0.1)) == chat.rest() == chat.cut(0.1) == []
    assert chat.take(e.ReplyText(text="Well.")) == []
    assert chat.read(bytes(10)) is None
    ask(chat, START)
    assert shown(chat.take(e.ReplyText(text="Well."))) != []
    assert isinstance(chat.read(bytes(10)), Sound)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ('{"type":"interrupt"}', [{"type": "interrupt_acknowledged"}]),
        ('{"type":"reset"}', [{"type": "reset_acknowledged"}]),
        ('{"type":"listen"}', []),
        ('{"type":"text","content":"hello"}', []),
    ],
)
def test_what_is_acknowledged(sent: str, answer: list[Any]) -> None:
    assert shown(ask(chatting(), sent)) == answer


@pytest.mark.parametrize(
    "sent", [bytes(10), '{"type":"interrupt"}', '{"type":"text","content":"x"}']
)
def test_nothing_is_done_before_start(sent: Message) -> None:
    with pytest.raises(CommandInvalid, match="start"):
        FullChat("s", no_opus).read(sent)


def test_only_who_asks_for_events_is_told_them() -> None:
    event = e.TurnMeasured(stages={"stt": 120.0}, turn_id=3)
    assert chatting().take(event) == []
    (told,) = shown(chatting('{"type":"start","events":true}').take(event))
    assert (told["type"], told["event"], told["turn_id"]) == ("event", "turn_measured", 3)
    assert told["stages"] == {"stt": 120.0}


def test_what_the_home_does_is_an_event() -> None:
    part = {"event": "timers", "timers": []}
    assert chatting().home(part) == []
    told = shown(chatting('{"type":"start","events":true}').home(part))
    assert told == [{"type": "event", "event": "timers", "timers": []}]


def test_a_failure_has_words_and_a_stable_code() -> None:
    failed = e.StageFailed(stage="stt", code="engine-busy", message="too many speak at once")
    assert shown(chatting().take(failed)) == [
        {"type": "error", "message": "too many speak at once", "code": "engine-busy"}
    ]


def test_a_muted_microphone_hears_silence() -> None:
    chat = chatting()
    assert list(chat.hear(Sound(b"\x05\x00\x06\x00"))) == [5, 6]
    assert list(chat.hear(Sound(b"\x05\x00\x06\x00", muted=True))) == [0, 0]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(CommandInvalid, match="16 bits"):
        chatting().hear(Sound(b"\x05\x00\x06"))


def test_without_opus_the_conversation_is_not_begun() -> None:
    chat = FullChat("s", no_opus)
    with pytest.raises(EngineMissing):
        ask(chat, '{"type":"start","audio":"opus"}')
    with pytest.raises(CommandInvalid, match="start"):
        chat.read(bytes(10))


def test_opus_goes_both_ways_a_packet_a_message() -> None:
    pytest.importorskip("av")
    chat, far = chatting('{"type":"start","audio":"opus"}'), Opus(RATE)
    time = np.arange(RATE) / RATE
    tone = np.asarray(8_000 * np.sin(2 * np.pi * 440 * time), np.int16)
    heard = np.concatenate([chat.hear(Sound(packet)) for packet in far.encode(tone)])
    assert dbfs(heard[RATE // 5 :]) == pytest.approx(dbfs(tone), abs=1)

    chat.take(e.SentenceBegan(text="Oh", offset_seconds=0.0, turn_id=1))
    chat.take(e.ReplyMade(turn_id=1))
    first, *packets = chat.send(tone[: RATE // 2 + 100])
    *last, ended = chat.rest()
    assert shown([first, ended]) == [
        {"type": "tts_start", "format": "opus", "is_first": True, "text": "Oh"},
        {"type": "tts_end"},
    ]
    assert (len(packets), len(last)) == (25, 1)  # the last one is filled up with silence
    decoded = [far.decode(packet) for packet in [*packets, *last] if isinstance(packet, bytes)]
    assert dbfs(np.concatenate(decoded)[RATE // 5 :]) == pytest.approx(dbfs(tone), abs=1)


def test_what_is_no_opus_is_refused_and_what_follows_is_heard() -> None:
    pytest.importorskip("av")
    chat, far = chatting('{"type":"start","audio":"opus"}'), Opus(RATE)
    with pytest.raises(CommandInvalid, match="Opus"):
        chat.hear(Sound(b"\xff" * 40))
    packets = far.encode(sound(0.2))
    assert sum(len(chat.hear(Sound(packet))) for packet in packets) > RATE // 8


def test_the_same_codec_goes_on_when_only_other_options_change() -> None:
    opened: list[None] = []

    def counted() -> Codec:
        opened.append(None)
        return Opus(RATE)

    pytest.importorskip("av")
    chat = FullChat("s", counted)
    for _ in range(3):
        ask(chat, '{"type":"start","audio":"opus"}')
    assert len(opened) == 1


def test_a_typed_question_and_a_pressed_button_are_requests() -> None:
    chat = chatting()
    assert chat.read('{"type":"text","content":"hello"}') == Typed("hello")
    assert chat.read('{"type":"listen"}') == Command.LISTEN


Step = Callable[[FullChat], list[Message]]
TURNS = st.integers(1, 3)
HAPPENS: st.SearchStrategy[e.Event] = st.one_of(
    st.builds(e.SentenceBegan, text=st.just("x"), offset_seconds=st.floats(0, 0.2), turn_id=TURNS),
    st.builds(e.ReplyMade, turn_id=TURNS),
    st.builds(e.PlaybackResumed, turn_id=TURNS),
    st.builds(e.PlaybackFinished, heard_seconds=st.just(0.1), turn_id=TURNS),
    st.builds(e.ReplyText, text=st.just("x"), is_final=st.booleans(), turn_id=TURNS),
)
STEPS: st.SearchStrategy[Step] = st.one_of(
    HAPPENS.map(lambda event: lambda chat: chat.take(event)),
    st.floats(0, 0.1).map(lambda seconds: lambda chat: chat.send(sound(seconds))),
    st.floats(0, 0.1).map(lambda seconds: lambda chat: chat.cut(seconds)),
    st.just(lambda chat: chat.rest()),
    st.sampled_from([START, ON_REQUEST, '{"type":"stop"}', '{"type":"reset"}']).map(
        lambda sent: lambda chat: ask(chat, sent)
    ),
)


@given(st.lists(STEPS, max_size=40))
def test_sound_is_only_ever_between_a_start_and_its_end(steps: list[Step]) -> None:
    chat, is_open = chatting(), False
    for step in steps:
        for told in shown(step(chat)):
            if isinstance(told, int):
                assert is_open
            elif told["type"] in ("tts_start", "tts_end"):
                assert is_open is (told["type"] == "tts_end")
                is_open = not is_open
