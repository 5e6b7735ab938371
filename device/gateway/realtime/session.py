"""One session of OpenAI's Realtime protocol, the server's side (PROTOCOLS.md, section 2).

Pure: a client's messages, the house's events and its sound go in; what is to be done comes out. The
beta form and the present one are told apart at the edge (`realtime_beta`).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from device import events as e
from device.audio.format import Samples
from device.gateway.realtime import beta
from device.gateway.realtime.acts import Act, Tell
from device.gateway.realtime.answers import Answers
from device.gateway.realtime.errors import Refused, error, missing
from device.gateway.realtime.items import Items, read_item
from device.gateway.realtime.reading import Reading
from device.gateway.realtime.settings import Settings
from device.gateway.realtime.speech import Speech
from device.gateway.realtime.talk import Talk

Json = dict[str, Any]

_LONGEST: Final = 4 << 20
"""Characters of base64 in one event."""
_MOST_INPUT: Final = 100
"""Items that a response may be given of its own."""


class Realtime:
    """Ids are given by `new_id`, which is told of what."""

    def __init__(
        self, new_id: Callable[[str], str], model: str = "", *, thinks: bool = False,
        is_beta: bool = False, carries_sound: bool = True,
    ) -> None:  # fmt: skip
        """`thinks`: a language model is there. Not `carries_sound`: it goes another way."""
        self._new_id = new_id
        self._beta = is_beta
        self._talk = Talk(new_id, thinks, Settings(model=model))
        self._answers = Answers(self._talk, carries_sound=carries_sound)
        self._speech = Speech(self._talk, self._answers)
        self._session_id = new_id("sess")
        self._takes: dict[str, Callable[[Reading], Iterator[Act]]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": lambda _given: self._speech.commit(),
            "input_audio_buffer.clear": lambda _given: self._speech.clear(),
            "conversation.item.create": self._create,
            "conversation.item.delete": self._delete,
            "conversation.item.retrieve": self._retrieve,
            "conversation.item.truncate": self._truncate,
            "response.create": self._respond,
            "response.cancel": self._cancel,
            "output_audio_buffer.clear": self._cancel,
        }
        if not carries_sound:
            del self._takes["input_audio_buffer.append"]

    def begin(self) -> list[Act]:
        """The session is there."""
        conversation = {"id": self._new_id("conv"), "object": "realtime.conversation"}
        return self._named([
            self._about("session.created"),
            Tell({"type": "conversation.created", "conversation": conversation}),
            *self._answers.brief(),
        ])  # fmt: skip

    def receive(self, message: str) -> list[Act]:
        """A client's message; whatever is wrong with it is told to him alone."""
        event_id = ""
        acts: list[Act] = []
        try:
            event = _read(message)
            event_id = str(event.get("event_id") or "")[:512]
            given = Reading(beta.read(event) if self._beta else event, "")
            kind = given.choice("type", tuple(self._takes))
            for act in self._takes[kind](given):
                acts.append(act)
        except Refused as refused:
            param = beta.param(refused.param) if self._beta else refused.param
            acts.append(Tell(error(refused.code, str(refused), param, event_id)))
        return self._named(acts)

    def heard(self, samples: Samples) -> list[Act]:
        """The client says this another way, at SPOKEN_RATE and of shape (n,)."""
        return self._named(self._speech.hear(samples))

    def told(self, event: e.Event) -> list[Act]:
        """Something happened in the house."""
        acts = [*self._speech.told(event), *self._answers.told(event)]
        if isinstance(event, e.NothingToSay) and self._wants_text(event.turn_id):
            acts += self._answers.ask(self._talk.settings, self._talk.items, None)
        return self._named(acts)

    def sound(self, samples: Samples) -> list[Act]:
        """The house says this, at SPOKEN_RATE and of shape (n,)."""
        return self._named(self._answers.sound(samples))

    def forgotten(self) -> None:
        """What the house said last is not to be heard any more."""
        self._answers.forgotten()

    def call(self, call_id: str, name: str, arguments: str) -> list[Act]:
        """A language model uses a tool of the client's."""
        return self._named(self._answers.call(call_id, name, arguments))

    def called(self) -> list[Act]:
        """Those were all that it uses now."""
        return self._named(self._answers.called())

    def refuse(self, code: str, words: str) -> list[Act]:
        """It ends, or never began, through no fault of the client's."""
        return self._named([Tell(error(code, words, kind="server_error"))])

    def _wants_text(self, turn_id: int) -> bool:
        """Whether what was just written down is to be answered in text."""
        turns = self._talk.settings.turns
        wanted = turns is not None and turns.create_response and not self._talk.settings.speaks
        said = self._speech.turn_id == turn_id and self._talk.items.unanswered
        return bool(wanted and said and not self._answers.responding)

    def _named(self, acts: "Iterator[Act] | Sequence[Act]") -> list[Act]:
        """With ids, and in the client's form."""
        done: list[Act] = []
        for act in acts:
            if isinstance(act, Tell):
                event: Json | None = {"event_id": self._new_id("event"), **act.event}
                if self._beta and event is not None:
                    event = beta.told(event)
                if event is not None:
                    done.append(Tell(event))
            else:
                done.append(act)
        return done

    def _about(self, kind: str) -> Tell:
        session = self._talk.settings.as_json(self._session_id, thinks=self._talk.thinks)
        return Tell({"type": kind, "session": session})

    def _update(self, given: Reading) -> Iterator[Act]:
        if "session" not in given:
            raise missing("session")
        talk = self._talk
        talk.settings = talk.settings.updated(given.get("session"))
        if talk.settings.tools and not talk.thinks:
            yield Tell(error(
                "tools_not_supported", "There is no language model here that could use tools: "
                "nothing is done with them.", "session.tools",
            ))  # fmt: skip
        yield from self._answers.brief()
        yield self._about("session.updated")
        if talk.settings.turns is None:
            yield from self._speech.listen()

    def _append(self, given: Reading) -> Iterator[Act]:
        yield from self._speech.append(given.text("audio", _LONGEST))

    def _create(self, given: Reading) -> Iterator[Act]:
        if "item" not in given:
            raise missing("item")
        talk = self._talk
        made = read_item(given.get("item"), self._new_id("item"))
        said = self._speech.decode(made.sound, "item.content") if made.sound else None
        after = (
            None if given.get("previous_item_id") is None else given.text("previous_item_id", 64)
        )
        before = talk.items.add(made.item, after)
        for kind in ("added", "done"):
            yield Tell({
                "type": f"conversation.item.{kind}", "previous_item_id": before,
                "item": made.item,
            })  # fmt: skip
        if made.item["type"] == "function_call_output":
            self._answers.result(made.item["call_id"], made.item["output"])
        if made.item.get("role") == "assistant":
            talk.items.changed = True
        yield from self._answers.brief()
        if said is not None:
            yield from self._speech.note(made.item["id"], said)

    def _delete(self, given: Reading) -> Iterator[Act]:
        item_id = given.text("item_id", 64)
        self._talk.items.delete(item_id)
        yield Tell({"type": "conversation.item.deleted", "item_id": item_id})
        yield from self._answers.brief()

    def _retrieve(self, given: Reading) -> Iterator[Act]:
        item = self._talk.items.get(given.text("item_id", 64))
        yield Tell({"type": "conversation.item.retrieved", "item": item})

    def _truncate(self, given: Reading) -> Iterator[Act]:
        item_id = given.text("item_id", 64)
        given.number("content_index", 0, 0, 0)
        end_ms = round(given.number("audio_end_ms", 0, 3_600_000))
        self._talk.items.truncate(item_id, end_ms)
        yield Tell({
            "type": "conversation.item.truncated", "item_id": item_id, "content_index": 0,
            "audio_end_ms": end_ms,
        })  # fmt: skip

    def _respond(self, given: Reading) -> Iterator[Act]:
        if self._answers.responding:
            raise Refused(
                "conversation_already_has_active_response",
                "Conversation already has an active response: wait until it is done, or cancel it.",
            )
        wanted = given.within("response")
        settings = self._talk.settings.for_response(given.get("response") or {})
        wanted.within("metadata")
        items = self._talk.items
        if wanted.get("input") is not None:
            items = self._own(wanted)
        elif wanted.get("conversation") == "none":
            items = items.copy()
        yield from self._answers.ask(settings, items, wanted.get("metadata"))

    def _own(self, wanted: Reading) -> Items:
        """A conversation for one response alone."""
        items = Items(changed=True)
        for number, value in enumerate(wanted.items("input", _MOST_INPUT)):
            place = wanted.place(f"input[{number}]")
            one = Reading(value, place)
            if one.get("type") == "item_reference":
                items.add(self._talk.items.get(one.text("id", 64)))
            else:
                items.add(read_item(value, self._new_id("item"), place).item)
        return items

    def _cancel(self, _given: Reading) -> Iterator[Act]:
        if not self._answers.responding:
            raise Refused(
                "response_cancel_not_active", "Cancellation failed: no active response found."
            )
        yield from self._answers.cancel()


def _read(message: str) -> Json:
    try:
        event = json.loads(message)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise Refused("invalid_json", "An event is an object in JSON.")
    return event
