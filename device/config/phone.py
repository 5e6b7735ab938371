"""The telephone."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from device.config.cloud import Address
from device.config.section import Section

Number = Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
"""As E.164 writes it, e.g. +4930901820: no short ones, so nobody calls an emergency number."""
Contact = Annotated[str, Field(pattern=r"^[^\W_](?:[\w '.-]{0,38}\w)?$")]
"""As people say it."""


class PhoneConfig(Section):
    """[gateway.phone] telephone calls over an account at Twilio, or whoever speaks as it does."""

    auth_token_file: Path | None = None
    """File with the account's auth token, or the name of a systemd credential; None: no phone."""
    account_sid: Annotated[str, Field(pattern=r"^(AC[0-9a-f]{32})?$")] = ""
    """Of the account; it is needed to call others."""
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/?#]+(/[^\s?#]*)?)?$")] = ""
    """Where the gateway is reached from outside, e.g. https://home.example.org: what is signed
    there is that address, whatever stands before the gateway. Let calls be sent to
    /phone/answer below it."""
    callers: tuple[Number, ...] = ()
    """Who may call; nobody else is answered. A number can be feigned: let nothing be said on the
    telephone that a stranger must not say."""
    calls: Annotated[int, Field(ge=1, le=100)] = 2
    """Calls at a time; who calls then hears that the line is busy."""
    call_seconds: Annotated[float, Field(ge=1, le=14_400)] = 900.0
    """A call ends, with a goodbye, after so long."""
    greeting: Annotated[str, Field(max_length=500)] = ""
    """What is said first; empty: hello and the speaker's name."""
    number: Number | None = None
    """The account's own number, from which others are called."""
    contacts: dict[Contact, Number] = Field(default_factory=dict)
    """Who may be called, e.g. grandma = "+4930901820"; nobody else is."""
    calls_per_day: Annotated[int, Field(ge=1, le=1_000)] = 5
    """So often others may be called."""
    base_url: Address = "https://api.twilio.com"
    """Where the account is reached."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.auth_token_file is not None and not self.public_url:
            raise ValueError("public_url is missing: the address that the telephone company calls")
        needed = (self.auth_token_file, self.account_sid, self.number)
        if self.contacts and not all(needed):
            raise ValueError("contacts can be called with auth_token_file, account_sid and number")
        return self
