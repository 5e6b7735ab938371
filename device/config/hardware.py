"""Lights and buttons."""

from typing import Annotated, Literal

from pydantic import Field

from device.config.section import Section, Share


class LedsConfig(Section):
    """[leds] what shows the state of the speaker."""

    kind: Literal["none", "led", "rgb", "apa102"] = "none"
    """led: one on a GPIO pin; rgb: three pins; apa102: a ring or strip on SPI."""
    preset: Literal["", "respeaker-2mic", "respeaker-4mic"] = ""
    """A board whose lights and buttons are known; wins over kind and pins."""
    pins: tuple[Annotated[int, Field(ge=0, le=27)], ...] = ()
    """BCM numbers: one for led; red, green, blue for rgb."""
    count: Annotated[int, Field(ge=1, le=256)] = 12
    """Lights of an apa102 ring."""
    spi_bus: Annotated[int, Field(ge=0, le=6)] = 0
    """Bus of an apa102 ring."""
    spi_device: Annotated[int, Field(ge=0, le=2)] = 0
    """Chip select of an apa102 ring."""
    brightness: Share = 0.5
    """Of full light."""


class GpioConfig(Section):
    """[gpio] buttons and switches, by BCM number."""

    backend: Literal["auto", "real", "simulated"] = "auto"
    """auto: the pins of a Pi, and none on other machines; simulated: pins that only remember."""
    button: Annotated[int, Field(ge=0, le=27)] | None = None
    """Pin of the button."""
    mute_switch: Annotated[int, Field(ge=0, le=27)] | None = None
    """Pin of a switch that mutes the microphone whatever software says."""
    active_low: bool = True
    """Pressed and muted connect the pin to ground."""
    debounce_ms: Annotated[int, Field(ge=1, le=200)] = 30
    """Contacts that close for less are noise."""
