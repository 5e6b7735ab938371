"""The telephone of this speaker: what is said on it, and "call grandma", which is confirmed."""

from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from device.config import Config
from device.dialog.agent import LocalAgent
from device.dialog.asking import NO, YES
from device.dialog.base import Answer, Calls, Confirm, DialogContext, Recognition
from device.dialog.language import load_language, resolve_language
from device.dialog.replies import Replies
from device.dialog.skills import Skill, answer
from device.errors import CallFailed, CallsSpent
from device.folders import read_secret
from device.gateway.phone.outgoing import Outgoing
from device.gateway.phone.switchboard import Switchboard, Words
from device.ledger import Ledger
from device.outside import Outside
from device.types import Intent


def open_switchboard(
    config: Config, agent: LocalAgent, outside: Outside, ledger: Ledger,
    announce: Callable[[str], None],
) -> Switchboard | None:  # fmt: skip
    """What answers calls, as configured; None: there is no telephone.

    `agent` learns to place calls where somebody may be called; `announce` says in the room that
    nobody answered one. Raises ConfigError and EngineMissing.
    """
    phone = config.gateway.phone
    if phone.auth_token_file is None:
        return None
    token, language = read_secret(phone.auth_token_file), config.device.language
    outgoing = None
    if phone.contacts:
        outgoing = Outgoing(phone, token, outside, ledger.spent, ledger.save)
        agent.learn({"ParlorCall": calling_skill(outgoing)})

    def unanswered(name: str) -> None:
        announce(agent.explain("call_unanswered", language, name=name))

    return Switchboard(phone, token, _words(config, agent), outside, outgoing, unanswered)


def calling_skill(outgoing: Outgoing) -> Skill:
    """The skill for ParlorCall."""

    def skill(
        said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        contact = str(said.intent.slots.get("contact", ""))
        if not outgoing.left:
            return answer(said, replies.phrase("calls_spent"))
        if not said.intent.slots.get("sure"):
            return _whether(said, contact, replies)
        words = _call(outgoing, contact, replies)
        return Answer("", said.language, said.intent, stream=words)

    return skill


def _whether(said: Recognition, contact: str, replies: Replies) -> Answer:
    question = Confirm(Intent(said.intent.name, {"contact": contact, "sure": True}))
    return Answer(
        replies.phrase("call_confirm", name=contact), said.language,
        Intent("ParlorConfirm", {"name": contact}), continue_listening=True, pending=question,
    )  # fmt: skip


async def _call(
    outgoing: Outgoing, contact: str, replies: Replies
) -> AsyncGenerator[str | Calls, None]:
    try:
        await outgoing.call(contact)
    except CallsSpent:
        yield replies.phrase("calls_spent")
    except CallFailed:
        yield replies.phrase("call_failed")
    else:
        yield replies.phrase("call_placed", name=contact)


def _words(config: Config, agent: LocalAgent) -> Words:
    """What is said on the telephone; nothing where the language has no words of ours."""
    language, name = config.device.language, config.device.name
    ours = load_language(resolve_language(language)).phrases
    greeting, goodbye = (
        agent.explain(key, language, name=name) if key in ours else ""
        for key in ("phone_greeting", "phone_goodbye")
    )
    yes, no = (next(iter(agent.phrases([intent], language)), "") for intent in (YES, NO))
    return Words(config.gateway.phone.greeting or greeting, goodbye, yes, no)
