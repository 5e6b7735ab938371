"""The local agent: from a sentence to what is said and done."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from device.dialog.answers import sentences_of
from device.dialog.asking import NO, YES, ask_first, ask_whether, ask_which, expecting_an_answer
from device.dialog.base import (
    Answer,
    Choose,
    Confirm,
    DialogContext,
    HomePort,
    Mention,
    Recognition,
)
from device.dialog.choices import CHOICE, choose, is_of_its_own
from device.dialog.fast import plain, polite_answer
from device.dialog.frequent import frequent_replies
from device.dialog.intents import (
    AGAIN,
    OPEN_ENDED_INTENTS,
    QUERY_INTENTS,
    REFERENCES,
    SPEAKER_INTENTS,
)
from device.dialog.language import resolve_language
from device.dialog.mentions import Unclear, resolve, stays_itself
from device.dialog.questions import answer_nothing, answer_question
from device.dialog.replies import Replies, view
from device.dialog.skills import SKILLS, Skill
from device.dialog.targets import is_about_another_player, needs_confirmation
from device.dialog.templates import Templates
from device.errors import ConfigError, HomeError
from device.types import Entity, EntityState, Intent


class LocalAgent:
    """Understands with sentence templates, and needs nothing but the home's names and states."""

    def __init__(
        self,
        entities: Sequence[Entity],
        home: HomePort,
        *,
        language: str = "en",
        area: str = "",
        contacts: Sequence[str] | None = None,
        now: Callable[[], datetime] = datetime.now,
        skills: Mapping[str, Skill] | None = None,
    ) -> None:
        """Load the device's own language; others are loaded when they are first heard.

        `contacts` are the names of those who can be called on the telephone; None: there is none.
        `skills`, by intent, come on top of those of `device.dialog.skills`.
        """
        self._entities = tuple(entities)
        self._home = home
        self._area = area
        self.contacts = None if contacts is None else tuple(contacts)
        """Names of those who can be called on the telephone."""
        self._now = now
        self._skills = {**SKILLS, **(skills or {})}
        self._templates: dict[str, Templates] = {}
        self._replies: dict[str, Replies] = {}
        self._language = resolve_language(language)
        # The first sentence parses the templates, which takes longer than all others together.
        self.templates(self._language).recognize(self._language)

    def adopt(self, entities: Sequence[Entity]) -> None:
        """Know other things from now on; until that is ready, answers know the old ones.

        Takes some time for thousands; may be called in any thread, one call after the other.
        """
        fresh = {code: self._made(code, entities) for code in self._templates}
        for code, templates in fresh.items():
            templates.recognize(code)
        self._entities, self._templates = tuple(entities), fresh

    def learn(self, skills: Mapping[str, Skill]) -> None:
        """Answer these intents so from now on."""
        self._skills |= skills

    def templates(self, language: str) -> Templates:
        """The sentence templates that serve a language; the device's own for an unknown one."""
        code = self._code(language)
        known = self._templates
        if code not in known:
            known[code] = self._made(code, self._entities)
            self._replies[code] = Replies(known[code].data)
        return known[code]

    def answer(self, text: str, language: str, context: DialogContext) -> Answer:
        """Understand one sentence; whatever is not understood gets an honest answer."""
        templates = self.templates(language)
        replies = self._replies[templates.language]
        if not _has_words(text):
            return Answer(replies.phrase("nothing_heard"), templates.language)
        if isinstance(context.pending, Choose):
            return self._chosen(text, context.pending, templates, context)
        said = templates.recognize(text, context.area or self._area)
        if said is None:
            polite = polite_answer(text, templates.data.pleasantries, templates.language)
            return polite or Answer(replies.phrase("unknown"), templates.language)
        if isinstance(context.pending, Confirm) and said.intent.name in (YES, NO):
            return self._decided(said, context.pending, replies)
        return self._respond(said, replies, context)

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Everything in the home that it knows."""
        return self._entities

    def state(self, entity_id: str) -> EntityState | None:
        """Last reported state of something in the home."""
        return self._home.state(entity_id)

    def carry_out(self, said: Recognition, context: DialogContext) -> Answer:
        """Do what was understood by somebody else, with the same questions and refusals."""
        templates = self.templates(said.language)
        return self._respond(said, self._replies[templates.language], context)

    def understands(self, text: str, language: str) -> bool:
        """Whether a sentence is one that the templates know, and no more need follow."""
        templates = self.templates(language)
        said = templates.recognize(text) if _has_words(text) else None
        if said is None:
            return plain(text) in templates.data.pleasantries
        return said.intent.name not in OPEN_ENDED_INTENTS

    def meant(self, text: str, language: str) -> tuple[str, bool]:
        """Name of the intent of a sentence, and whether the home has what it is about.

        Nothing is carried out. Empty when the templates do not know the sentence.
        """
        said = self.templates(language).recognize(text) if _has_words(text) else None
        if said is None:
            return "", False
        name = said.intent.name
        known = name in self._skills or name in REFERENCES
        return name, known or bool(said.targets or said.candidates)

    def phrases(self, intents: Iterable[str], language: str) -> tuple[str, ...]:
        """Everything that can be said for these intents, where they have no slots."""
        return sentences_of(intents, self.templates(language).intents)

    def backchannels(self, language: str) -> tuple[str, ...]:
        """What people say who only show that they listen; empty where no words are known."""
        return self.templates(language).data.backchannels

    def frequent(self, language: str) -> tuple[str, ...]:
        """Replies that come often in this home."""
        data = self.templates(language).data
        return frequent_replies(data, self._replies[data.language], self._entities)

    def explain(self, key: str, language: str, **values: str | int) -> str:
        """A fixed phrase by key (`no_answer` with `name`) or by an error's code.

        An entity id in `name` is said as the entity's name.
        """
        replies = self._replies[self.templates(language).language]
        names = {entity.id: entity.name for entity in self._entities}
        said = {slot: names.get(str(value), value) for slot, value in values.items()}
        return replies.phrase(_PHRASES.get(key, key.replace("-", "_")), **said)

    def _made(self, code: str, entities: Sequence[Entity]) -> Templates:
        return Templates(code, entities, self._area, self.contacts)

    def _code(self, language: str) -> str:
        try:
            return resolve_language(language or self._language)
        except ConfigError:
            return self._language

    def _respond(self, said: Recognition, replies: Replies, context: DialogContext) -> Answer:
        name, room = said.intent.name, context.area or self._area
        if name in REFERENCES:
            return self._referred(said, replies, context)
        if name in self._skills and not is_about_another_player(said.intent, room):
            answer = self._skills[name](said, replies, context, self._now())
            answer = expecting_an_answer(answer, self.templates(said.language))
            return replace(answer, again=said) if name in SPEAKER_INTENTS else answer
        if said.candidates:
            return ask_which(said, replies, self.templates(said.language))
        if not said.targets:
            return answer_nothing(said, replies)
        if name in QUERY_INTENTS:
            answer = answer_question(said, replies, self._home.state)
        else:
            answer = self._command(said, replies)
        return replace(answer, mention=Mention(said), again=said)

    def _referred(self, said: Recognition, replies: Replies, context: DialogContext) -> Answer:
        """Answer what means something only after what was said before, where that is clear."""
        if said.intent.name == AGAIN:
            if context.again is None:
                return self._skills["ParlorRepeat"](said, replies, context, self._now())
            again = replace(context.again, targets=self._still_there(context.again.targets))
            return self._respond(again, replies, context)
        mention = context.mention
        meant = resolve(said, mention, self._entities, self._home.state)
        if isinstance(meant, Unclear):
            text = replies.phrase(meant.phrase)
            return Answer(text, said.language, said.intent, nothing_fits=True)
        if mention is not None and not mention.fresh:
            return self._ask_whether(said, meant, replies)
        answer = self._respond(meant, replies, context)
        return replace(answer, again=said) if stays_itself(said) else answer

    def _ask_whether(self, said: Recognition, meant: Recognition, replies: Replies) -> Answer:
        """Ask whether something of a while ago is meant, where what to do was said just now."""
        if not ("do" in said.intent.slots and meant.targets):
            text = replies.phrase("refer_unclear")
            return Answer(text, said.language, said.intent, nothing_fits=True)
        answer = self._command(meant, replies)
        if answer.pending is not None or not answer.actions:
            return answer
        return ask_whether(meant, replies, self.templates(said.language))

    def _chosen(
        self, text: str, question: Choose, templates: Templates, context: DialogContext
    ) -> Answer:
        """Take a sentence as the answer to "which one?", else as a command of its own."""
        replies = self._replies[templates.language]
        asked = replace(question.said, candidates=self._still_there(question.said.candidates))
        if not asked.candidates:
            return Answer(replies.phrase("failed"), templates.language, Intent(CHOICE))
        choice = choose(text, asked, templates)
        if choice is not None and (choice.targets or choice.candidates):
            answer = self._respond(choice, replies, context)
            chosen = answer.mention and replace(answer.mention, others=asked.candidates)
            return replace(answer, mention=chosen)
        room = context.area or self._area
        said = templates.recognize(text, room) if choice is None else None
        if said is not None and said.intent.name != NO and is_of_its_own(said):
            return self._respond(said, replies, context)
        if question.repeated or (said is not None and said.intent.name == NO):
            return Answer(replies.phrase("confirm_cancelled"), templates.language, Intent(CHOICE))
        asked = replace(asked, language=templates.language)
        return ask_which(asked, replies, templates, repeated=True)

    def _still_there(self, candidates: Sequence[Entity]) -> tuple[Entity, ...]:
        known = {entity.id: entity for entity in self._entities}
        return tuple(known[entity.id] for entity in candidates if entity.id in known)

    def _decided(self, said: Recognition, asked: Confirm, replies: Replies) -> Answer:
        """Do what was to be confirmed, or leave it."""
        pending = asked.intent
        if pending.name in self._skills and said.intent.name == YES:
            meant = replace(said, intent=pending)
            return self._skills[pending.name](meant, replies, DialogContext(), self._now())
        if said.intent.name == NO:
            return Answer(replies.phrase("confirm_cancelled"), said.language, said.intent)
        meant = pending.slots.get("entity_id", ())
        targets = tuple(entity for entity in self._entities if entity.id in meant)
        if not targets:
            return Answer(replies.phrase("failed"), said.language, said.intent)
        spoken = {"name": targets[0].name}
        # The replies of the intents package have a key for each such domain.
        key = asked.response or str(targets[0].domain)
        done = Recognition(pending, targets, key, said.language, spoken)
        return replace(self._perform(done, replies), mention=Mention(done), again=done)

    def _command(self, said: Recognition, replies: Replies) -> Answer:
        answer = self._perform(said, replies)
        moved = {action.entity for action in answer.actions}
        ways_in = {
            part
            for code in (said.language, self._language)
            for part in self.templates(code).data.ways_in
        }
        candidates = [one for one in said.targets if one.id in moved]
        risky = needs_confirmation(said.intent, candidates, ways_in)
        if not risky:
            return answer
        return ask_first(said, risky, replies, self.templates(said.language))

    def _perform(self, said: Recognition, replies: Replies) -> Answer:
        try:
            actions = self._home.plan(said.intent)
        except HomeError:
            names = ", ".join(target.name for target in said.targets)
            text = replies.phrase("not_supported", name=names)
            return Answer(text, said.language, said.intent)
        states = [view(target, self._home.state(target.id)) for target in said.targets]
        text = replies.reply(said, states, states)
        return Answer(text, said.language, said.intent, actions=actions)


_PHRASES = {
    "broker-failed": "broker_unreachable",
    "broker-refused": "broker_unreachable",
    "home-failed": "broker_unreachable",
}
"""Phrase by error code, where it is not named like the code."""


def _has_words(text: str) -> bool:
    return any(unicodedata.category(character)[0] in "LN" for character in text)
