"""What may leave the speaker with a configuration: to whom, what, and when. Pure.

Whatever sends something is described here and nowhere else. An engine that bears the name of its
account in [cloud] need not be named.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from device.config import Config, Section

_HOME_SUFFIXES: Final = (".local", ".lan", ".internal", ".home.arpa")
_ACCOUNTS: Final = {"realtime": "openai"}
"""Of engines that do not bear the name of their account."""
_REGIONS: Final = {
    "[stt]": "{region}.stt.speech.microsoft.com",
    "[tts]": "{region}.tts.speech.microsoft.com",
}
"""Hosts of accounts that name a region and no address."""
_PORCUPINE: Final = "Picovoice's licence servers"


class What(StrEnum):
    """What of the people and the home it is."""

    AUDIO = "audio"
    """What the microphone hears."""
    TEXT = "text"
    """What was said, in words."""
    REPLIES = "replies"
    """What the speaker says, in words."""
    NAMES = "names"
    """Of things and rooms in the home, and of lists."""
    STATES = "states"
    """Of things in the home, and of the speaker."""
    PROFILE = "profile"
    """What the speaker was told to remember of people."""
    VERSION = "version"
    """Of the speaker, and nothing else."""
    KEY = "key"
    """Of an account, and nothing else."""


class Reach(StrEnum):
    """How far away somebody is."""

    DEVICE = "device"
    """It does not leave."""
    NETWORK = "network"
    """As far as the name or address tells, it stays in the home."""
    INTERNET = "internet"


@dataclass(frozen=True, slots=True)
class Leaving:
    """One way on which something may leave."""

    section: str
    """Of the configuration; without it nothing goes there."""
    host: str
    """Name or address of who receives it."""
    what: tuple[What, ...]
    when: str

    @property
    def reach(self) -> Reach:
        """How far it goes."""
        return reach(self.host)


def leaving(config: Config) -> tuple[Leaving, ...]:
    """Every way on which something may leave with this configuration."""
    found = (
        *_home(config), *_wake(config), *_thinking(config), *_duplex(config), *_engines(config),
        *_telephone(config), *_visitors(config),
    )  # fmt: skip
    return tuple(dict.fromkeys(found))


def reach(host: str) -> Reach:
    """How far away a host is, by its name or address."""
    name = host.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return Reach.DEVICE
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        ours = name.endswith(_HOME_SUFFIXES) or ("." not in name and " " not in name)
        return Reach.NETWORK if ours else Reach.INTERNET
    if address.is_loopback:
        return Reach.DEVICE
    return Reach.NETWORK if address.is_private or address.is_link_local else Reach.INTERNET


def _home(config: Config) -> Iterator[Leaving]:
    mqtt = config.mqtt
    if mqtt.enabled:
        what = (What.STATES, What.NAMES, *((What.TEXT, What.REPLIES) if mqtt.hermes else ()))
        yield Leaving("[mqtt]", mqtt.host, what, "always")
        asked = "when a question that came over MQTT is answered"
        yield Leaving("[mqtt]", mqtt.host, (What.TEXT,), asked)
    if config.metrics.enabled and not config.metrics.host.is_loopback:
        when = "when somebody reads the metrics, whoever it is"
        yield Leaving("[metrics]", str(config.metrics.host), (What.STATES,), when)
    if config.updates.url:
        when = "every day, to ask for a newer version, and when one is installed"
        yield Leaving("[updates]", host_of(config.updates.url), (What.VERSION,), when)
    if config.hooks.command:
        what = (What.TEXT, What.REPLIES, What.NAMES)
        yield Leaving("[hooks]", "localhost", what, "when the programs named there are run")


def _wake(config: Config) -> Iterator[Leaving]:
    if "porcupine" in (word.engine or config.wake.engine for word in config.wake.word):
        yield Leaving("[wake]", _PORCUPINE, (What.KEY,), "when the speaker starts")


def _thinking(config: Config) -> Iterator[Leaving]:
    unknown = "when the speaker does not understand a sentence itself"
    if config.home.assistant:
        yield Leaving("[home]", host_of(config.home.assistant), (What.TEXT,), unknown)
    servers = config.llm.servers
    acting = (What.NAMES, What.STATES) if config.llm.tools else ()
    known = (What.PROFILE,) if config.dialog.share_profile else ()
    for server in servers:
        section = "[llm]" if server is config.llm else "[[llm.server]]"
        what = (What.TEXT, What.REPLIES, *acting, *known)
        yield Leaving(section, host_of(server.base_url), what, unknown)
    if servers and config.llm.judge:
        host = host_of(servers[0].base_url)
        yield Leaving("[llm] judge", host, (What.TEXT,), "at pauses in a sentence")


def _duplex(config: Config) -> Iterator[Leaving]:
    if "duplex" in config.conversation_engines and config.duplex.base_url:
        when = "from the wake word until nobody says anything more"
        yield Leaving("[duplex]", host_of(config.duplex.base_url), (What.AUDIO,), when)


def _telephone(config: Config) -> Iterator[Leaving]:
    phone = config.gateway.phone
    if phone.auth_token_file is not None:
        when = "while somebody is spoken with on the telephone, and when somebody is called"
        yield Leaving("[gateway.phone]", host_of(phone.base_url), (What.REPLIES,), when)


def _visitors(config: Config) -> Iterator[Leaving]:
    gateway, wyoming = config.gateway, config.wyoming
    if gateway.enabled and not gateway.host.is_loopback:
        home = (What.REPLIES, What.NAMES, What.STATES)
        yield Leaving("[gateway]", str(gateway.host), home, "when somebody with a token connects")
    if wyoming.enabled or "home-assistant" in config.conversation_engines:
        said = (What.AUDIO, What.TEXT, What.REPLIES)
        yield Leaving("[wyoming]", str(wyoming.host), said, "while Home Assistant is connected")
    if gateway.livekit.url:
        when = "while somebody is spoken with in the LiveKit room"
        heard = (What.TEXT, What.REPLIES)
        yield Leaving("[gateway.livekit]", host_of(gateway.livekit.url), heard, when)
    for server in gateway.ice_server:
        host = server.url.split(":")[1]
        when = "when a WebRTC peer connects, who then learns the speaker's address"
        yield Leaving("[[gateway.ice_server]]", host, (What.KEY,), when)


def _engines(config: Config) -> Iterator[Leaving]:
    what = (What.AUDIO, What.TEXT, What.REPLIES, What.NAMES, What.STATES)
    called = "from a wake word until the conversation rests, and when a typed text is answered"
    for engine in sorted(config.conversation_engines):
        section = "[dialog]" if engine == config.dialog.engine else "[[wake.word]] agent"
        yield from _engine(config, section, engine, (*what, What.PROFILE), called)
    for engine in config.stt.every_engine:
        yield from _engine(config, "[stt]", engine, (What.AUDIO,), "when a sentence is understood")
    yield from _engine(
        config, "[tts]", config.tts.engine, (What.REPLIES,), "when the speaker speaks"
    )


def _engine(
    config: Config, section: str, engine: str, what: tuple[What, ...], when: str
) -> Iterator[Leaving]:
    account = getattr(config.cloud, _ACCOUNTS.get(engine, engine), None)
    if isinstance(account, Section):
        region = _REGIONS.get(section, "").format(region=getattr(account, "region", ""))
        yield Leaving(f"{section} {engine}", host_of(account) or region, what, when)


def host_of(account: Section | str) -> str:
    """Whose address it is, or whose account."""
    url = account if isinstance(account, str) else str(getattr(account, "base_url", ""))
    return urlsplit(url).hostname or ""
