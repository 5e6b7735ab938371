"""Only the telephone company can sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.gateway.phone.signature import is_signed, sign

# Example of www.twilio.com/docs/usage/security, and of the company's own libraries.
TOKEN, URL = "12345", "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234",
    "From": "+14158675309", "To": "+18005551212",
}  # fmt: skip


def test_signatures_are_those_that_the_company_publishes() -> None:
    assert sign(TOKEN, URL, FORM.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    other = {**FORM, "From": "+12349013030", "Caller": "+12349013030"}
    assert sign(TOKEN, URL, other.items()) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="
    twice = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234")]
    assert sign(TOKEN, URL, twice) == "IK+Dwps556ElfBT0I3Rgjkr1wJU="


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        (URL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (URL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (URL.replace("https", "http"), "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (URL.replace(".com", ".com:443"), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ],
    ids=["as-written", "with-port-443", "with-port-80", "without-port"],
)
def test_the_usual_port_may_be_written_or_not(url: str, signature: str) -> None:
    assert is_signed(TOKEN, signature, url, FORM.items())


@pytest.mark.parametrize(
    "signed", ["wss://a.example/s", "wss://a.example/s/", "wss://a.example:443/s"]
)
def test_the_handshake_of_a_stream_may_have_a_slash_at_its_end(signed: str) -> None:
    assert is_signed(TOKEN, sign(TOKEN, signed), "wss://a.example/s")


@pytest.mark.parametrize(
    ("token", "url", "form"),
    [
        ("12346", URL, FORM), (TOKEN, URL + "3", FORM), (TOKEN, URL.replace("https", "http"), FORM),
        (TOKEN, URL.replace(".com", ".com:8443"), FORM), (TOKEN, URL, {**FORM, "From": "+1"}),
        (TOKEN, URL, {**FORM, "More": "1"}), (TOKEN, URL, {}),
    ],
)  # fmt: skip
def test_whatever_else_was_signed_is_refused(token: str, url: str, form: dict[str, str]) -> None:
    assert not is_signed(TOKEN, sign(token, url, form.items()), URL, FORM.items())


@given(st.text())
def test_whatever_is_shown_as_a_signature_is_refused(shown: str) -> None:
    assert not is_signed(TOKEN, shown, URL, FORM.items())
