"""Answers to questions about the home, from its last reported states."""

from collections.abc import Callable

from device.dialog.base import Answer, Recognition
from device.dialog.intents import SUPPORTED
from device.dialog.replies import Replies, StateView, view
from device.types import EntityState

_ABOUT_MANY = frozenset({"any", "any_short", "all", "which", "how_many"})

StateOf = Callable[[str], EntityState | None]


def answer_question(said: Recognition, replies: Replies, state_of: StateOf) -> Answer:
    """Answer from what is known; an unknown state is said to be unknown."""
    known = [
        view(target, state)
        for target in said.targets
        if (state := state_of(target.id)) is not None and _tells(said, state)
    ]
    if not known:
        text = replies.phrase("state_unknown", name=said.targets[0].name)
        return Answer(text, said.language, said.intent)
    wanted = said.intent.slots.get("state")
    matched = [item for item in known if wanted is None or _is(item, wanted)]
    if said.response not in _ABOUT_MANY:
        matched = matched[:1]
    text = replies.reply(said, known, matched, slots=_measured(known[0]))
    return Answer(text, said.language, said.intent)


def answer_nothing(said: Recognition, replies: Replies) -> Answer:
    """Say that there is nothing of the kind where it was said to be."""
    words = said.spoken
    usual = min(SUPPORTED[said.intent.name], default="")
    domain = str(said.intent.slots.get("domain", usual))
    kind = "device_class" if "device_class" in words else "domain"
    place = next((f"_in_{key}" for key in ("area", "floor") if key in words), "")
    values = {"area": "", "floor": "", "device_class": "", **words, "domain": domain}
    text = replies.error(f"no_{kind}{place}", **values)
    return Answer(text, said.language, said.intent, nothing_fits=True)


def _tells(said: Recognition, state: EntityState) -> bool:
    """A thermostat may have told how warm it is and nothing else."""
    return said.intent.name == "HassClimateGetTemperature" or state.value != "unknown"


def _is(item: StateView, wanted: object) -> bool:
    if isinstance(wanted, (list, tuple)):
        return item.state in wanted
    return item.state == str(wanted)


def _measured(item: StateView) -> dict[str, object]:
    """The slot that some languages read a temperature from."""
    return {"temperature": item.attributes.get("current_temperature", item.state)}
