"""Who is spoken with on the telephone, and what comes over the stream of a call."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from httpx2 import AsyncClient
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from benchmarks.local_server import serving
from benchmarks.phone_client import Company, Telephone, sid
from benchmarks.phone_company import PhoneCompany
from device import events as e
from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.gateway.mulaw import PHONE_RATE
from device.gateway.phone.signature import sign
from device.gateway.phone.switchboard import Words
from tests.gateway.telephone import CALLER, GRANDMA, OURS, House, Talk, telephone

ACCOUNT = "AC" + "0" * 32
PLACING: dict[str, Any] = {
    "account_sid": ACCOUNT, "number": OURS, "contacts": {"grandma": GRANDMA},
}  # fmt: skip
FAREWELL = e.IntentRecognized(name="ParlorFarewell")
SPOKEN = e.PlaybackFinished(heard_seconds=1.0)
CUT = e.PlaybackFinished(heard_seconds=0.5, completed=False)


def tone(seconds: float) -> Samples:
    at = np.arange(round(seconds * PHONE_RATE)) / PHONE_RATE
    return (8_000 * np.cos(2 * np.pi * 440 * at)).astype(np.int16)


async def play(talk: Talk, samples: Samples) -> None:
    """What a conversation does when it speaks."""
    for piece in np.split(samples, range(160, len(samples), 160)):
        await talk.speaker.write(AudioChunk.from_samples(piece, PHONE_RATE))
    await talk.speaker.drain()


async def heard(talk: Talk, seconds: float) -> Samples:
    """So much of what the caller says."""
    pieces: list[Samples] = []
    while sum(map(len, pieces)) < seconds * PHONE_RATE:
        chunk = await talk.microphone.read()
        assert chunk is not None
        pieces.append(chunk.pcm())
    return np.concatenate(pieces)


async def test_a_caller_is_greeted_and_listened_to(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        await talk.until_posted(e.AnnouncementDue(text="Hello."))
        await asyncio.sleep(0.05)
        talk.busy = False
        talk.tell(e.StateChanged(old=e.TurnState.RESPONDING, new=e.TurnState.IDLE))
        await talk.until_posted(e.ListenRequested(by="api"))
        said = tone(0.4)
        call.say(said)
        got = await heard(talk, 1.0)
    loud = got[np.flatnonzero(got)[0] :][: len(said)]
    assert np.corrcoef(loud, said)[0, 1] > 0.99
    assert [event.active for event in house.told if isinstance(event, e.CloudChanged)] == [
        True, False,
    ]  # fmt: skip


async def test_what_is_said_is_played_and_marks_tell_how_much(tmp_path: Path) -> None:
    said = tone(0.5)
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        await play(talk, said)
        assert call.heard_seconds == pytest.approx(0.5, abs=0.08)
        assert talk.speaker.latency_seconds == 0.0
    played = np.concatenate(call.heard)
    assert np.corrcoef(played, said[: len(played)])[0, 1] > 0.99
    assert (call.wrong, call.cleared) == ("", [])


async def test_what_was_not_played_is_thrown_away_when_somebody_interrupts(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        speaking = asyncio.create_task(play(talk, tone(3.0)))
        await call.until(lambda: call.heard_seconds > 0.3)
        speaking.cancel()
        dropped = await talk.speaker.drop()
        await call.until(lambda: bool(call.cleared))
        assert not call.playing
        assert dropped == pytest.approx(call.cleared[0], abs=0.15)
        await play(talk, tone(0.2))
        assert talk.speaker.latency_seconds == 0.0
    assert call.wrong == ""


async def test_keys_interrupt_and_answer(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        await call.press("0")
        await talk.until_posted(e.Interrupted(by="api"))
        talk.tell(e.IntentRecognized(name="ParlorConfirm"))
        await asyncio.sleep(0.05)
        await call.press("1")
        await talk.until_posted(e.UtteranceGiven(text="yes"))


async def test_a_farewell_that_was_heard_hangs_up(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        talk.tell(FAREWELL, CUT, e.IntentRecognized(name="HassTurnOn"), SPOKEN)
        await asyncio.sleep(0.1)
        assert not call.over.is_set()
        talk.tell(FAREWELL, SPOKEN)
        await asyncio.wait_for(call.over.wait(), 5)
        assert call.socket.close_code == 1000


async def test_a_number_is_whole_after_a_pause_and_an_endless_call_ends_with_a_goodbye(
    tmp_path: Path,
) -> None:
    async with (
        telephone(tmp_path, call_seconds=2.3) as house,
        house.company.call(house.company.form(CALLER)) as call,
    ):
        talk = await house.talk()
        talk.tell(e.IntentRecognized(name="ParlorChoose"))
        await asyncio.sleep(0.05)
        await call.press("2")
        await talk.until_posted(e.UtteranceGiven(text="2"))
        await talk.until_posted(e.AnnouncementDue(text="Time is over.", priority=e.Priority.URGENT))
        assert not call.over.is_set()
        talk.tell(CUT, SPOKEN)
        await asyncio.wait_for(call.over.wait(), 5)


async def test_who_has_no_words_says_none(tmp_path: Path) -> None:
    nothing = Words("", "", "", "")
    async with (
        telephone(tmp_path, words=nothing, call_seconds=1.0) as house,
        house.company.call(house.company.form(CALLER)) as call,
    ):
        talk = await house.talk()
        talk.tell(e.IntentRecognized(name="ParlorConfirm"))
        await asyncio.sleep(0.05)
        await call.press("1")
        await asyncio.wait_for(call.over.wait(), 5)
    assert talk.posted == []


async def test_a_visit_that_takes_its_whole_time_ends_the_call(tmp_path: Path) -> None:
    async with (
        telephone(tmp_path, {"total_seconds": 0.3}) as house,
        house.company.call(house.company.form(CALLER)) as call,
    ):
        await asyncio.wait_for(call.over.wait(), 5)
        assert call.socket.close_code == 1000


async def test_who_hangs_up_is_gone_and_another_may_call(tmp_path: Path) -> None:
    async with telephone(tmp_path, calls=1) as house:
        for _ in range(2):
            async with house.company.call(house.company.form(CALLER)) as call:
                await house.talk()
                await call.hang_up()
                await asyncio.wait_for(call.over.wait(), 5)
    assert len(house.talks) == 2


async def document(house: House, form: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """What becomes of a call: the verbs and their attributes."""
    return [(verb.tag, verb.attrib) for verb in await house.company.answer(form)]


async def test_strangers_are_rejected(tmp_path: Path) -> None:
    async with telephone(tmp_path, **PLACING) as house:
        company = house.company
        for form in (
            company.form("+4930901829"), company.form("anonymous"), company.form(GRANDMA),
            {**company.form(CALLER), "AccountSid": "AC" + "1" * 32},
        ):  # fmt: skip
            assert await document(house, form) == [("Reject", {"reason": "rejected"})]
        outbound = company.form(OURS, "+4930901829", Direction="outbound-api")
        assert await document(house, outbound) == [("Hangup", {})]


@pytest.mark.parametrize(
    ("options", "phone"), [({"sessions": 1}, {"calls": 9}), ({"sessions": 9}, {"calls": 1})]
)
async def test_in_a_full_house_the_line_is_busy(
    tmp_path: Path, options: dict[str, Any], phone: dict[str, Any]
) -> None:
    async with telephone(tmp_path, options, **phone) as house:
        company = house.company
        async with company.call(company.form(CALLER)):
            await house.talk()
            assert await document(house, company.form(CALLER)) == [("Reject", {"reason": "busy"})]


async def test_two_that_were_answered_at_once_find_room_for_one(tmp_path: Path) -> None:
    async with telephone(tmp_path, {"sessions": 1}, calls=2) as house:
        company = house.company
        first, second = company.form(CALLER), company.form(CALLER)
        tickets = [await parameters(company, form) for form in (first, second)]
        async with company.stream(tickets[0][0], first["CallSid"], tickets[0][1]):
            await house.talk()
            async with company.stream(tickets[1][0], second["CallSid"], tickets[1][1]) as late:
                await asyncio.wait_for(late.over.wait(), 5)
                assert late.socket.close_code == 1013


async def parameters(company: Company, form: dict[str, str]) -> tuple[str, dict[str, str]]:
    stream = (await company.answer(form)).find("./Connect/Stream")
    assert stream is not None
    return stream.attrib["url"], {one.attrib["name"]: one.attrib["value"] for one in stream}


@pytest.mark.parametrize("path", ["/phone/answer", "/phone/status"])
async def test_a_wrong_signature_gets_nothing(tmp_path: Path, path: str) -> None:
    async with telephone(tmp_path) as house:
        company = house.company
        form, another = company.form(CALLER), company.form(CALLER)
        url = company.public_url + path
        signatures = (
            "", sign("guessed", url, form.items()), sign(company.token, url, another.items()),
            sign(company.token, company.public_url + "/x", form.items()),
        )  # fmt: skip
        answers = [await company.ask(path, form, signature) for signature in signatures]
    assert [status for status, _ in answers] == [403] * 4


async def test_behind_a_proxy_the_public_address_is_what_counts(tmp_path: Path) -> None:
    public = "https://home.example.org/parlor"
    async with telephone(tmp_path, public_url=public) as house, AsyncClient() as client:
        form = house.company.form(CALLER)
        signature = sign(house.company.token, f"{public}/phone/answer?a=1", form.items())
        headers = {"Host": "home.example.org", "X-Twilio-Signature": signature}
        url = f"{house.company.public_url}/phone/answer"
        answers = [
            await client.post(f"{url}?a={number}", data=form, headers=headers) for number in (2, 1)
        ]
    assert [answer.status_code for answer in answers] == [403, 200]
    assert 'url="wss://home.example.org/parlor/phone/stream"' in answers[1].text


async def test_a_call_that_was_answered_is_not_answered_again(tmp_path: Path) -> None:
    async with telephone(tmp_path, calls=9) as house:
        form = house.company.form(CALLER)
        assert (await house.company.ask("/phone/answer", form))[0] == 200
        assert (await house.company.ask("/phone/answer", form))[0] == 403


async def test_more_than_a_call_has_to_tell_is_not_read(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house:
        long, many = {"a": "b" * 20_000}, {f"a{n}": "" for n in range(200)}
        answers = [await house.company.ask("/phone/answer", form) for form in (long, many)]
    assert [status for status, _ in answers] == [413, 400]


async def test_a_stream_needs_the_signature_and_the_ticket_of_its_call(tmp_path: Path) -> None:
    async with telephone(tmp_path, calls=9) as house:
        company = house.company
        form = company.form(CALLER)
        url, ticket = await parameters(company, form)
        with pytest.raises(InvalidStatus) as refused:
            await connect(url, additional_headers={"X-Twilio-Signature": sign("guessed", url)})
        assert refused.value.response.status_code == 403
        for call, shown in ((form["CallSid"], {}), (sid("CA"), ticket)):
            async with company.stream(url, call, shown) as stream:
                await asyncio.wait_for(stream.over.wait(), 5)
                assert stream.socket.close_code == 1008
        async with company.stream(url, form["CallSid"], ticket):
            await house.talk()
            async with company.stream(url, form["CallSid"], ticket) as again:
                await asyncio.wait_for(again.over.wait(), 5)
                assert again.socket.close_code == 1008
    assert len(house.talks) == 1


async def test_programs_may_let_contacts_be_called(tmp_path: Path) -> None:
    token = tmp_path / "tokens"
    token.write_text("secret\n")
    token.chmod(0o600)
    with serving(PhoneCompany(Company("", account=ACCOUNT))) as company:
        options, phone = {"token_file": token}, {**PLACING, "base_url": company.root}
        async with telephone(tmp_path, options, **phone, calls_per_day=1) as house:
            assert await placing(house, "grandma", "guessed") == 401
            assert await placing(house, "grandpa") == 404
            assert await placing(house, "grandma") == 202
            assert await placing(house, "grandma") == 429
    assert [one["To"] for one in company.placed] == [GRANDMA]


async def test_a_company_that_is_not_reached_is_told_to_programs(tmp_path: Path) -> None:
    async with telephone(tmp_path, **PLACING, base_url="http://127.0.0.1:9") as house:
        assert await placing(house, "grandma") == 502


async def placing(house: House, contact: str, token: str = "secret") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{house.company.public_url}/phone/call"
    async with AsyncClient() as client:
        return (await client.post(url, json={"contact": contact}, headers=headers)).status_code


async def test_a_contact_who_answers_is_spoken_with_and_one_who_does_not_is_told_of(
    tmp_path: Path,
) -> None:
    async with telephone(tmp_path, **PLACING) as house:
        outbound = house.company.form(OURS, GRANDMA, Direction="outbound-api")
        async with house.company.call(outbound):
            await house.talk()
        ended = {**outbound, "CallStatus": "no-answer"}
        assert (await house.company.ask("/phone/status", ended))[0] == 204
    assert house.unanswered == ["grandma"]


START = {"event": "start", "streamSid": "MZ1", "start": {}}
MEDIA = {"event": "media", "streamSid": "MZ1", "media": {"payload": "////"}}


async def test_a_stream_that_begins_otherwise_is_closed(tmp_path: Path) -> None:
    binary, cut, array, deep, long = b"\xff" * 160, "{", "[]", "[" * 60_000, "x" * 100_000
    codes: list[int | None] = []
    async with telephone(tmp_path) as house:
        for sent in (binary, cut, array, deep, long, json.dumps(MEDIA), json.dumps(START)):
            async with opened(house.company) as socket:
                await socket.send(sent)
                with pytest.raises(ConnectionClosed):
                    await asyncio.wait_for(socket.recv(), 5)
                codes.append(socket.close_code)
    assert codes == [1002] * 7


def opened(company: Company) -> connect:
    url = company.public_url.replace("http", "ws") + "/phone/stream"
    return connect(url, additional_headers={"X-Twilio-Signature": sign(company.token, url)})


async def test_nonsense_in_a_call_ends_it_and_no_other(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house:
        company = house.company
        async with (
            company.call(company.form(CALLER)) as first,
            company.call(company.form(CALLER)) as second,
        ):
            await house.talk()
            await first.socket.send("{}")
            await asyncio.wait_for(first.over.wait(), 5)
            assert first.socket.close_code == 1002
            await asyncio.sleep(0.1)
            assert not second.over.is_set()


async def test_ten_thousand_tiny_messages_are_taken(tmp_path: Path) -> None:
    async with telephone(tmp_path) as house, house.company.call(house.company.form(CALLER)) as call:
        talk = await house.talk()
        await flood(call.socket, call)
        await call.press("0")
        await talk.until_posted(e.Interrupted(by="api"))
        assert not call.over.is_set()


async def flood(socket: ClientConnection, call: Telephone) -> None:
    message = {"event": "mark", "streamSid": call.stream, "mark": {"name": "0:1"}}
    for _ in range(10_000):
        await socket.send(json.dumps(message))
