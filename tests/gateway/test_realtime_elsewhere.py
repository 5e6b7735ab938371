"""A Realtime session whose sound goes another way, as over WebRTC: events alone."""

import json
from typing import Any

import numpy as np

from device import events as e
from device.audio.format import Samples
from device.gateway.realtime.acts import Act, Hear, Listen, Post, Tell
from device.gateway.realtime.session import Realtime
from device.gateway.realtime.sound import SPOKEN_RATE

SECOND: Samples = np.full(SPOKEN_RATE, 1_000, np.int16)


def session(**turns: Any) -> Realtime:
    opened = Realtime(lambda kind: kind, carries_sound=False)
    opened.begin()
    if turns:
        audio = {"input": turns}
        update = {"type": "session.update", "session": {"type": "realtime", "audio": audio}}
        opened.receive(json.dumps(update))
    return opened


def told(acts: list[Act]) -> list[dict[str, Any]]:
    return [act.event for act in acts if isinstance(act, Tell)]


def kinds(acts: list[Act]) -> list[str]:
    return [event["type"] for event in told(acts)]


def test_what_is_heard_goes_to_the_house_as_it_comes() -> None:
    listens, act = session().heard(SECOND)
    assert listens == Listen(always=True)
    assert isinstance(act, Hear)
    assert np.array_equal(act.samples, SECOND)


def test_sound_in_events_is_refused_for_it_would_be_heard_twice() -> None:
    (refused,) = told(session().receive('{"type": "input_audio_buffer.append", "audio": ""}'))
    assert (refused["type"], refused["error"]["param"]) == ("error", "type")


def test_who_says_where_a_sentence_ends_commits_what_came_since_it_was_cleared() -> None:
    opened = session(turn_detection=None)
    for _ in range(100):
        assert opened.heard(SECOND) == []
    opened.receive('{"type": "input_audio_buffer.clear"}')
    opened.heard(SECOND)
    acts = opened.receive('{"type": "input_audio_buffer.commit"}')
    (posted,) = [act.event for act in acts if isinstance(act, Post)]
    assert isinstance(posted, e.UtteranceGiven)
    assert posted.samples is not None
    assert len(posted.samples) == 16_000
    assert not any(isinstance(act, Listen) for act in acts)


def test_who_never_clears_commits_the_last_minute() -> None:
    opened = session(turn_detection=None)
    for _ in range(100):
        opened.heard(SECOND)
    acts = opened.receive('{"type": "input_audio_buffer.commit"}')
    (posted,) = [act.event for act in acts if isinstance(act, Post)]
    assert isinstance(posted, e.UtteranceGiven)
    assert posted.samples is not None
    assert len(posted.samples) == 60 * 16_000


def test_a_reply_is_told_of_from_its_first_sound_to_its_last() -> None:
    opened = session()
    acts = [
        *opened.told(e.SentenceBegan(text="It is noon.", offset_seconds=0.0, turn_id=1)),
        *opened.sound(SECOND), *opened.sound(SECOND),
        *opened.told(e.PlaybackFinished(
            completed=True, heard_text="It is noon.", heard_seconds=2.0, turn_id=1
        )),
    ]  # fmt: skip
    assert kinds(acts) == [
        "response.created", "response.output_item.added", "conversation.item.added",
        "response.content_part.added", "response.output_audio_transcript.delta",
        "output_audio_buffer.started", "response.output_audio.done",
        "response.output_audio_transcript.done", "response.content_part.done",
        "response.output_item.done", "conversation.item.done", "response.done",
        "output_audio_buffer.stopped",
    ]  # fmt: skip
    started, stopped = (
        event for event in told(acts) if event["type"].startswith("output_audio_buffer")
    )
    assert started["response_id"] == stopped["response_id"] == "resp"
