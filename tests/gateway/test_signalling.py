"""How a WebRTC peer's messages are read, before anything is done about them."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.gateway.webrtc import signalling
from device.gateway.webrtc.signalling import Candidate, Offer, Refused, Signalling

CANDIDATE = "842163049 1 udp 1677729535 192.0.2.7 46154 typ srflx raddr 192.0.2.8 rport 46154"


def sdp(
    *sections: str,
    ufrag: str = "EsAw",
    fingerprint: str = "sha-256 AA:BB",
    codec: str = "opus/48000/2",
) -> str:
    """An offer as a browser writes it, with less in it."""
    lines = ["v=0", "o=- 46117317 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0 1"]
    for number, kind in enumerate(sections or ("audio", "application")):
        lines += [
            f"m={kind} 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", f"a=rtpmap:111 {codec}",
            f"a=ice-ufrag:{ufrag}", "a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1",
            f"a=fingerprint:{fingerprint}", "a=setup:actpass", f"a=mid:{number}",
        ]  # fmt: skip
    return "\r\n".join((*lines, ""))


def offer(text: str) -> str:
    return json.dumps({"type": "offer", "sdp": text})


def named(candidate: Any, **more: Any) -> str:
    return json.dumps({"type": "ice-candidate", "candidate": candidate, **more})


def code_of(messages: Signalling, text: str) -> str:
    with pytest.raises(Refused) as refused:
        messages.take(text)
    return refused.value.code


def test_an_offer_of_sound_and_a_data_channel_is_let_through_as_it_is() -> None:
    taken = Signalling().take(offer(sdp()))
    assert taken == Offer(sdp(), frozenset({"sha-256 aa:bb"}), "EsAw", 0)


@pytest.mark.parametrize(
    ("said", "candidate"),
    [
        (named({"candidate": f"candidate:{CANDIDATE}", "sdpMid": "1", "sdpMLineIndex": 1}),
         Candidate(CANDIDATE, "1", 1)),
        (named(f"a=candidate:{CANDIDATE}"), Candidate(CANDIDATE, None, 0)),
        (named(CANDIDATE, sdpMid="0"), Candidate(CANDIDATE, "0", None)),
        (named({"candidate": "", "sdpMid": "0"}), Candidate("", "0", None)),
        (named(None), Candidate("", None, 0)),
    ],
)  # fmt: skip
def test_a_candidate_is_read_in_every_form_that_browsers_send(
    said: str, candidate: Candidate
) -> None:
    messages = Signalling()
    messages.take(offer(sdp()))
    assert messages.take(said) == candidate


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not-json"),
        ("[]", "not-json"),
        ("[" * 60_000, "not-json"),
        ("x" * (signalling.MOST_CHARACTERS + 1), "too-large"),
        ("{}", "unknown-type"),
        ('{"type": ["offer"]}', "unknown-type"),
        ('{"type": "answer", "sdp": "v=0"}', "unexpected-answer"),
        ('{"type": "offer"}', "bad-offer"),
        ('{"type": "offer", "sdp": 7}', "bad-offer"),
        (offer("hello"), "bad-offer"),
        (offer(sdp("application")), "bad-offer"),
        (offer(sdp("audio", "audio")), "bad-offer"),
        (offer(sdp("audio", "application", "application")), "bad-offer"),
        (offer(sdp("audio", "video")), "bad-offer"),
        (offer(sdp(codec="PCMU/8000")), "no-opus"),
        (offer(sdp(ufrag="")), "bad-offer"),
        (offer(sdp(fingerprint="")), "bad-offer"),
        (named(CANDIDATE), "no-offer"),
    ],
)
def test_what_cannot_be_followed_is_refused_by_name(text: str, code: str) -> None:
    assert code_of(Signalling(), text) == code


@pytest.mark.parametrize(
    "said",
    [
        named(7), named("nonsense"), named(CANDIDATE, sdpMLineIndex=-1), named(CANDIDATE, sdpMid=1),
        named(CANDIDATE, sdpMLineIndex=True), named({"candidate": [CANDIDATE]}),
        named(CANDIDATE + "\r\na=candidate:2"), named(CANDIDATE.replace("46154", "99999")),
    ],
)  # fmt: skip
def test_what_is_no_candidate_is_refused(said: str) -> None:
    messages = Signalling()
    messages.take(offer(sdp()))
    assert code_of(messages, said) == "bad-candidate"


def test_a_peer_may_offer_again_and_add_a_data_channel() -> None:
    messages = Signalling()
    messages.take(offer(sdp("audio")))
    assert messages.take(offer(sdp("audio", "application"))) == messages.offer


@pytest.mark.parametrize(
    ("second", "code"),
    [(sdp(ufrag="other"), "ice-restart"), (sdp(fingerprint="sha-256 CC:DD"), "other-peer")],
)
def test_neither_a_restart_of_ice_nor_another_peer_takes_a_connection_over(
    second: str, code: str
) -> None:
    messages = Signalling()
    first = messages.take(offer(sdp()))
    assert code_of(messages, offer(second)) == code
    assert messages.offer == first


def test_a_flood_of_candidates_ends_the_conversation() -> None:
    messages = Signalling()
    messages.take(offer(sdp()))
    for _ in range(signalling.MOST_CANDIDATES):
        messages.take(named(CANDIDATE))
    with pytest.raises(Refused) as refused:
        messages.take(named(CANDIDATE))
    assert (refused.value.code, refused.value.final) == ("too-many-candidates", True)


def test_candidates_in_an_offer_count_as_well() -> None:
    text = sdp() + f"a=candidate:{CANDIDATE}\r\n" * (signalling.MOST_CANDIDATES + 1)
    assert code_of(Signalling(), offer(text)) == "too-many-candidates"


def test_a_flood_of_offers_ends_the_conversation() -> None:
    messages = Signalling()
    for _ in range(signalling.MOST_OFFERS):
        messages.take(offer(sdp()))
    with pytest.raises(Refused) as refused:
        messages.take(offer(sdp()))
    assert (refused.value.code, refused.value.final) == ("too-many-offers", True)


def test_who_goes_on_saying_nonsense_is_sent_away() -> None:
    messages = Signalling()
    ended = []
    for _ in range(20):
        with pytest.raises(Refused) as refused:
            messages.take("nonsense")
        ended.append(refused.value.final)
    assert ended == [False] * 16 + [True] * 4


@pytest.mark.parametrize("text", ["", "a b", "kitchen/../x", "ä", "x" * 65, "a\n"])
def test_a_client_is_called_by_letters_digits_and_dashes(text: str) -> None:
    assert not signalling.is_client_id(text)
    assert signalling.is_client_id("Kitchen-phone_2")


def test_answers_and_errors_are_told_as_the_protocol_has_them() -> None:
    assert json.loads(signalling.answer("v=0")) == {"type": "answer", "sdp": "v=0"}
    assert json.loads(signalling.error("no-offer", "offer first")) == {
        "type": "error", "code": "no-offer", "message": "offer first",
    }  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(("offer", "answer", "ice-candidate", "bye"))},
        optional={"sdp": JSON | st.just(sdp()), "candidate": JSON, "sdpMid": JSON,
                  "sdpMLineIndex": JSON},
    )
)  # fmt: skip
def test_no_message_leads_to_anything_but_an_answer_or_a_refusal(said: dict[str, Any]) -> None:
    messages = Signalling()
    messages.take(offer(sdp()))
    with suppress(Refused):
        assert isinstance(messages.take(json.dumps(said)), Offer | Candidate)
