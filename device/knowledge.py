"""What the speaker knows of the home and remembers for people, and who answers from it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device import clock
from device.config import Config
from device.dialog.agenda_skills import agenda_skills
from device.dialog.agent import LocalAgent
from device.dialog.clocks import boot_id, system_instant, system_zone, virtual_instant
from device.dialog.listbook import ListBook
from device.dialog.profile import PROFILE_FILE, Profile
from device.dialog.profile_skills import ProfileSkills
from device.dialog.timebook import TimeBook
from device.executor import Executor
from device.folders import state_folder
from device.home.home import Home
from device.home.kept import KeptHome
from device.home.learned import Learned


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All of it."""

    learned: Learned
    """Everything in the home."""
    kept: KeptHome
    """The same on disk."""
    home: Home
    """What is in the home, wired, with its states."""
    book: TimeBook
    lists: ListBook
    profile: Profile
    agent: LocalAgent

    async def prepare(self, languages: Iterable[str], executor: Executor) -> None:
        """Have the sentences of these languages at hand before the first of them is said."""
        for code in languages:
            await executor.run(partial(self.agent.understands, code, code))


def open_knowledge(config: Config, folder: Path | None = None) -> Knowledge:
    """Recall it from a folder; None: the state folder. Raises ConfigError."""
    state = folder or state_folder()
    kept = KeptHome(state)
    learned = Learned(config.home, config.mqtt.discovery_prefix, config.device.area)
    if config.home.learn and config.mqtt.enabled:
        learned.take(kept.messages)
    home = Home(learned.devices())
    now = virtual_instant(asyncio.get_running_loop().time) if clock.is_virtual() else system_instant
    book = TimeBook(state / "timers.sqlite", now, system_zone(), boot_id())
    lists = ListBook(state / "lists.sqlite")
    profile = Profile(state / PROFILE_FILE)
    skills = {**agenda_skills(book, lists), **ProfileSkills(profile).skills()}
    phone = config.gateway.phone
    contacts = None if phone.auth_token_file is None else tuple(phone.contacts)
    agent = LocalAgent(
        home.entities, home, language=config.device.language, area=config.device.area,
        contacts=contacts, now=lambda: book.local_now, skills=skills,
    )  # fmt: skip
    return Knowledge(learned, kept, home, book, lists, profile, agent)
