"""Remember, forget, and tell what is remembered."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from device.dialog.base import Answer, Confirm, DialogContext, Recognition
from device.dialog.profile import Profile
from device.dialog.replies import Replies
from device.dialog.skills import Skill, answer, kept
from device.errors import CommandInvalid
from device.types import Intent

_TOLD: Final = 10
"""Nobody listens to more at once."""
_JUST_NOW: Final = timedelta(minutes=5)
"""So long "forget that" means what was remembered last."""


class ProfileSkills:
    """What people ask about what they told."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._last = ("", datetime.min)

    def skills(self) -> Mapping[str, Skill]:
        """Skill by intent."""
        return {
            "ParlorRemember": self._remember,
            "ParlorForget": self._forget,
            "ParlorForgetAll": self._forget_all,
            "ParlorKnown": self._known,
        }

    def _remember(
        self, said: Recognition, replies: Replies, _context: DialogContext, now: datetime
    ) -> Answer:
        fact = str(said.intent.slots["fact"]).strip(" ,:;.!。、！，")
        try:
            self._profile.remember(fact)
        except CommandInvalid:
            return answer(said, replies.phrase("profile_full"))
        self._last = (fact, now.replace(tzinfo=None))
        return self._told(said, replies, "profile_noted", fact)

    def _forget(
        self, said: Recognition, replies: Replies, _context: DialogContext, now: datetime
    ) -> Answer:
        fact = str(said.intent.slots.get("fact", "")) or self._just_noted(now)
        if not fact:  # "forget that" of something else: never mind
            return answer(said, "")
        found = self._profile.matching(fact)
        if not found:
            return answer(said, replies.phrase("profile_missing"))
        if len(found) > 1:
            return answer(said, replies.phrase("profile_which", facts=_listed(found)))
        self._profile.forget(found)
        return self._told(said, replies, "profile_gone", found[0])

    def _forget_all(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        if not self._profile.facts:
            return answer(said, replies.phrase("profile_empty"))
        if not said.intent.slots.get("sure"):
            question = Confirm(Intent(said.intent.name, {"sure": True}))
            asked = Intent("ParlorConfirm", {})
            return Answer(
                replies.phrase("profile_confirm"), said.language, asked,
                continue_listening=True, pending=question,
            )  # fmt: skip
        self._profile.forget_all()
        return answer(said, kept(replies.phrase("profile_cleared"), replies, self._profile.error))

    def _known(
        self, said: Recognition, replies: Replies, _context: DialogContext, _now: datetime
    ) -> Answer:
        facts = self._profile.facts
        if not facts:
            return answer(said, replies.phrase("profile_empty"))
        return answer(said, replies.phrase("profile_holds", facts=_listed(facts)))

    def _just_noted(self, now: datetime) -> str:
        fact, at = self._last
        return fact if now.replace(tzinfo=None) - at < _JUST_NOW else ""

    def _told(self, said: Recognition, replies: Replies, key: str, fact: str) -> Answer:
        return answer(said, kept(replies.phrase(key, fact=fact), replies, self._profile.error))


def _listed(facts: tuple[str, ...]) -> str:
    """The newest of them, with how many more there are."""
    more = len(facts) - _TOLD
    return "; ".join(facts[-_TOLD:]) + (f" (+{more})" if more > 0 else "")
