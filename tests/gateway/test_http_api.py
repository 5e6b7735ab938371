"""Everything that the description of the HTTP API allows, and much that it does not."""

from collections.abc import AsyncGenerator
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import numpy as np
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from device.audio.chunk import AudioChunk
from device.audio.format import Samples
from device.config import GatewayConfig
from device.gateway.home_view import HomeView
from device.gateway.lending.audio_api import ChatRequest
from device.gateway.phone.outgoing import Outgoing
from device.gateway.phone.switchboard import Switchboard, Words
from device.gateway.reception import Reception
from device.gateway.server import make_app
from device.outside import Outside
from device.types import Transcript


class Lender:
    """Understands and says the same whatever is asked: the engines have tests of their own."""

    models = ("command", "espeak")

    async def transcribe(self, samples: Samples, language: str) -> Transcript:
        return Transcript("turn on the light", language or "en")

    async def speak(self, text: str, voice: str, speed: float) -> AsyncGenerator[AudioChunk, None]:
        yield AudioChunk.from_samples(np.zeros(2_205, np.int16), 22_050)

    async def chat(self, request: ChatRequest, body: bytes) -> AsyncGenerator[bytes, None]:
        yield b"data: [DONE]\n\n" if request.stream else b"{}"


def app() -> Any:
    phone = {
        "auth_token_file": "token", "public_url": "https://home.example", "number": "+14155550100",
        "account_sid": f"AC{0:032}", "contacts": {"grandma": "+4930901821"},
    }  # fmt: skip
    config = GatewayConfig.model_validate(
        {"knocks_per_minute": 1e6, "origins": ["http://testserver"], "phone": phone}
    )
    nowhere = Outside(lambda _event: None)
    # No call is left for today, so none is placed.
    outgoing = Outgoing(config.phone, "token", nowhere, lambda *_: 5.0, lambda: None)
    words = Words("Hello.", "Goodbye.", "yes", "no")
    switchboard = Switchboard(config.phone, "token", words, nowhere, outgoing, lambda _name: None)
    home = HomeView(list, tuple, lambda _id: None, datetime.now)
    reception = Reception(config, lambda *_: nullcontext())  # type: ignore[arg-type]
    return make_app(reception, config, home, Lender(), switchboard)


schema = schemathesis.openapi.from_asgi("/v1/openapi.json", app())


@schema.parametrize()
@settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)
def test_the_description_is_true(case: schemathesis.Case[Any]) -> None:
    # A file may be any bytes as far as OpenAPI can tell; most are no sound.
    sound: Any = [positive_data_acceptance] if "transcriptions" in case.path else []
    case.call_and_validate(excluded_checks=sound)
