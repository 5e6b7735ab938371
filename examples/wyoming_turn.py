"""A turn over Wyoming from end to end, with package wyoming at both ends of the speaker.

    python -m examples.wyoming_turn "turn on the kitchen light"

A speaker starts on this machine. A server adopts it as Home Assistant does; what is said in the
room comes to the server, which lets the speaker's own services understand it and speak the answer;
that is heard in the room.
"""

import argparse
import asyncio

import numpy as np
from rich.console import Console
from wyoming.event import Event

from benchmarks.broker import free_port
from benchmarks.espeak import speak
from benchmarks.wyoming_server import Server, connect
from device import events as e
from device.audio.format import RATE
from device.config import Config, DialogConfig, EntityConfig, HomeConfig, MqttConfig, WyomingConfig
from device.daemon import open_parlor
from device.hal.wav import WavMicrophone, WavSpeaker
from device.types import Domain

QUIET = np.zeros(RATE // 3, np.int16)


def config() -> Config:
    """A speaker whose sentences the server answers."""
    lamp = EntityConfig(name="kitchen light", domain=Domain.LIGHT, preset="zigbee2mqtt")
    wyoming = WyomingConfig(
        enabled=True, port=free_port(), services=True, services_port=free_port(), announce=False
    )
    return Config(
        mqtt=MqttConfig(enabled=False), home=HomeConfig(entity=(lamp,)), wyoming=wyoming,
        dialog=DialogConfig(engine="home-assistant"),
    )  # fmt: skip


async def answer(server: Server, services: Server) -> tuple[str, float]:
    """Be Home Assistant for one sentence: what was understood, and seconds of the answer."""
    sound = await server.sentence()
    understood = await services.transcribe(sound, RATE)
    words = f"You said: {understood}."
    await server.understand(understood, words)
    spoken, rate = await services.synthesize(words)
    await server.send(spoken, rate)
    await server.played()
    return understood, len(spoken) / 2 / rate


async def _main(sentence: str) -> None:
    console, made = Console(highlight=False), config()
    async with open_parlor(made, WavMicrophone(), WavSpeaker()) as parlor, parlor.running():
        ports = made.wyoming.port, made.wyoming.services_port
        async with connect(ports[0]) as server, connect(ports[1]) as services:
            info = await server.adopt()
            assert info.satellite is not None
            console.print(f"adopted: {info.satellite.name}")
            said = np.concatenate((QUIET, speak(sentence).samples))
            parlor.session.post(e.UtteranceGiven(text="", samples=said))
            understood, seconds = await answer(server, services)
            console.print(*_told("from the satellite", server.events), sep="\n", style="dim")
            console.print(*_told("from the services", services.events), sep="\n", style="dim")
            console.print(f"understood: {understood}; {seconds:.1f} s of answer played")


def _told(whom: str, events: list[Event]) -> list[str]:
    """One line for each kind of event."""
    kinds = dict.fromkeys(event.type for event in events)
    return [f"{whom}: {sum(e.type == kind for e in events)} x {kind}" for kind in kinds]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A turn over Wyoming from end to end.")
    parser.add_argument("sentence", nargs="?", default="turn on the kitchen light")
    asyncio.run(_main(parser.parse_args().sentence))
