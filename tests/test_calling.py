""" "Call grandma": understood in seven languages, confirmed, placed, and counted."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.local_server import serving
from benchmarks.phone_client import Company
from benchmarks.phone_company import PhoneCompany
from device.calling import open_switchboard
from device.config import Config, DeviceConfig, GatewayConfig
from device.dialog.agent import LocalAgent
from device.dialog.base import Answer, Confirm, DialogContext
from device.errors import ConfigError
from device.gateway.phone.switchboard import Switchboard
from device.knowledge import open_knowledge
from device.ledger import Ledger
from device.outside import Outside

GRANDMA, OURS = "+4930901821", "+14155550100"
COMPANY = Company("https://home.example.org")
SAID = {
    "en": ("grandma", "call grandma"), "de": ("Oma", "ruf oma an"),
    "es": ("abuela", "llama a abuela"), "fr": ("mamie", "appelle mamie"),
    "zh": ("奶奶", "请给奶奶打电话"), "ja": ("おばあちゃん", "おばあちゃんに電話して"),
    "ko": ("할머니", "할머니께 전화해 줘"),
}  # fmt: skip
YES = {
    "en": "yes", "de": "ja", "es": "sí", "fr": "oui", "zh": "是", "ja": "はい", "ko": "네",
}  # fmt: skip


@pytest.fixture
def company() -> Iterator[PhoneCompany]:
    with serving(PhoneCompany(COMPANY)) as running:
        yield running


class Speaker:
    """One that can call grandma."""

    def __init__(self, folder: Path, language: str = "en", **phone: Any) -> None:
        token = folder / "token"
        token.write_text(COMPANY.token)
        token.chmod(0o600)
        name = SAID.get(language, ("",))[0]
        options = {
            "auth_token_file": token, "public_url": COMPANY.public_url, "number": OURS,
            "account_sid": COMPANY.account, "contacts": {name: GRANDMA}, **phone,
        }  # fmt: skip
        self.config = Config(
            device=DeviceConfig(language=language),
            gateway=GatewayConfig.model_validate({"phone": options}),
        )
        self.announced: list[str] = []
        known = open_knowledge(self.config)
        self.agent: LocalAgent = known.agent
        self._ledger = Ledger(
            folder, lambda: known.book.local_now.date(), lambda: known.book.now.ticks
        )
        self.switchboard = self.open()

    def open(self) -> Switchboard:
        """Its telephone."""
        outside = Outside(lambda _: None, self._ledger.add)
        opened = open_switchboard(
            self.config, self.agent, outside, self._ledger, self.announced.append
        )
        assert opened is not None
        return opened

    def ask(self, text: str, asked: Answer | None = None) -> Answer:
        """Say something, to its question where there is one."""
        language = self.config.device.language
        return self.agent.answer(
            text, language, DialogContext(pending=asked.pending if asked else None)
        )

    async def call(self, language: str = "en") -> str:
        """Say that grandma is to be called, and yes; what is said then."""
        return await words(self.ask(YES[language], self.ask(SAID[language][1])))


async def words(answer: Answer) -> str:
    if answer.stream is None:
        return answer.text
    return "".join([str(piece) async for piece in answer.stream])


@pytest.mark.parametrize("language", SAID)
async def test_grandma_is_called_after_a_yes(
    tmp_path: Path, company: PhoneCompany, language: str
) -> None:
    speaker = Speaker(tmp_path, language, base_url=company.root)
    name, text = SAID[language]
    asked = speaker.ask(text)
    assert name in asked.text
    assert isinstance(asked.pending, Confirm)
    assert asked.continue_listening
    assert company.placed == []
    assert name in await words(speaker.ask(YES[language], asked))
    assert [(one["To"], one["From"]) for one in company.placed] == [(GRANDMA, OURS)]
    assert company.placed[0]["Url"] == "https://home.example.org/phone/answer"
    assert company.placed[0]["StatusCallback"] == "https://home.example.org/phone/status"


async def test_after_a_no_nobody_is_called(tmp_path: Path, company: PhoneCompany) -> None:
    speaker = Speaker(tmp_path, base_url=company.root)
    answer = speaker.ask("no", speaker.ask("call grandma"))
    assert answer.text == "All right, I left it as it is."
    assert company.placed == []


async def test_who_is_no_contact_cannot_be_called(tmp_path: Path, company: PhoneCompany) -> None:
    speaker = Speaker(tmp_path, base_url=company.root)
    for text in ("call grandpa", "call +4930901829", "call 911"):
        assert speaker.ask(text).pending is None
    assert company.placed == []


async def test_no_more_are_called_in_a_day_than_is_allowed_even_after_a_power_cut(
    tmp_path: Path, company: PhoneCompany
) -> None:
    for _ in range(2):
        speaker = Speaker(tmp_path, base_url=company.root, calls_per_day=2)
        assert await speaker.call() == "I am calling grandma."
    spent = "I have placed as many calls as I may for today."
    assert await words(speaker.ask("call grandma")) == spent
    assert len(company.placed) == 2


async def test_two_who_ask_at_once_share_what_is_left(
    tmp_path: Path, company: PhoneCompany
) -> None:
    speaker = Speaker(tmp_path, base_url=company.root, calls_per_day=1)
    agreed = [speaker.ask("yes", speaker.ask("call grandma")) for _ in range(3)]
    said = await asyncio.gather(*map(words, agreed))
    assert len(company.placed) == 1
    assert set(said) == {
        "I am calling grandma.", "I have placed as many calls as I may for today.",
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"account_sid": "AC" + "1" * 32}, {"base_url": ""}])
async def test_a_company_that_does_not_place_it_is_told(
    tmp_path: Path, company: PhoneCompany, wrong: dict[str, str]
) -> None:
    nobody = "http://127.0.0.1:9"
    options = {"base_url": company.root, **wrong}
    speaker = Speaker(tmp_path, **{**options, "base_url": options["base_url"] or nobody})
    assert await speaker.call() == "I cannot place the call right now."


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
async def test_a_call_that_nobody_answered_is_told_in_the_room(tmp_path: Path, status: str) -> None:
    speaker = Speaker(tmp_path)
    for _ in range(2):  # who repeats it tells nothing new
        speaker.switchboard.ended({"CallSid": "CA1", "To": GRANDMA, "CallStatus": status}, 0.0)
    assert speaker.announced == ["Nobody answered my call to grandma."]


async def test_other_calls_are_no_news(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path)
    answered = {"CallSid": "CA1", "To": GRANDMA, "CallStatus": "completed"}
    another = {"CallSid": "CA2", "To": "+4930901829", "CallStatus": "busy"}
    for call in (answered, another):
        speaker.switchboard.ended(call, 0.0)
    assert speaker.announced == []


async def test_a_greeting_of_ones_own_is_said_instead_of_the_usual_one(tmp_path: Path) -> None:
    assert Speaker(tmp_path).switchboard.words.greeting == (
        "Hello, this is Parlor. What can I do for you?"
    )
    assert Speaker(tmp_path, greeting="Good day.").switchboard.words.greeting == "Good day."


async def test_in_a_language_without_words_of_ours_nothing_is_said_unasked(tmp_path: Path) -> None:
    said = Speaker(tmp_path, "pl", contacts={}).switchboard.words
    assert (said.greeting, said.goodbye) == ("", "")


@pytest.mark.parametrize("language", SAID)
async def test_the_keys_for_yes_and_no_say_so_in_the_language(
    tmp_path: Path, language: str
) -> None:
    speaker = Speaker(tmp_path, language)
    said = speaker.switchboard.words
    meant = [speaker.agent.meant(text, language)[0] for text in (said.yes, said.no)]
    assert meant == ["ParlorYes", "ParlorNo"]


@pytest.mark.parametrize(
    ("phone", "missing"),
    [
        ({"auth_token_file": "token"}, "public_url"),
        ({"contacts": {"grandma": GRANDMA}}, "account_sid"),
        ({"callers": ["112"]}, "callers"),
        ({"callers": ["+49 30 901820"]}, "callers"),
        ({"contacts": {"grandma": "911"}}, "contacts"),
        ({"contacts": {"(grandma": GRANDMA}}, "contacts"),
        ({"public_url": "home.example.org"}, "public_url"),
        ({"account_sid": "AC1"}, "account_sid"),
    ],
)
def test_a_telephone_that_cannot_work_is_a_mistake(phone: dict[str, Any], missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        GatewayConfig.model_validate({"phone": phone})


async def test_a_token_that_everybody_can_read_is_a_mistake(tmp_path: Path) -> None:
    speaker = Speaker(tmp_path)
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(ConfigError, match="everybody can read"):
        speaker.open()
