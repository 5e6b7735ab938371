import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import HardwareError
from device.hal.apa102 import SPI_HERTZ, Apa102, frame
from device.hal.gpio import OutputPin
from device.hal.simulated.gpio import SimulatedGpio
from device.hal.simulated.spi import SimulatedSpi

COLORS = st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=256)


def test_a_frame_is_start_lights_and_end() -> None:
    data = frame([(255, 0, 0), (1, 2, 3)], 1.0)
    assert data == bytes(4) + b"\xff\x00\x00\xff" + b"\xff\x03\x02\x01" + bytes(5)


@given(COLORS, st.floats(0, 1))
def test_every_light_can_be_read_back(
    pixels: list[tuple[int, int, int]], brightness: float
) -> None:
    data = frame(pixels, brightness)
    lights = [data[at : at + 4] for at in range(4, 4 + 4 * len(pixels), 4)]
    assert [(red, green, blue) for _, blue, green, red in lights] == pixels
    assert {light[0] for light in lights} == {0xE0 + round(31 * brightness)}
    end = data[4 + 4 * len(pixels) :]
    assert not any(end)
    assert 8 * (len(end) - 4) >= len(pixels) / 2


def _ring(spi: SimulatedSpi, supply: OutputPin | None = None) -> Apa102:
    return Apa102(spi, 0, 1, 2, 0.5, supply)


def test_the_ring_sends_what_it_shows() -> None:
    spi = SimulatedSpi()
    ring = _ring(spi)
    ring.show(((1, 2, 3), (4, 5, 6)))
    assert spi.device == (0, 1)
    assert spi.max_speed_hz == SPI_HERTZ
    assert [sent.data for sent in spi.sent] == [frame([(1, 2, 3), (4, 5, 6)], 0.5)]


def test_the_ring_ends_dark_and_without_power() -> None:
    spi, gpio = SimulatedSpi(), SimulatedGpio()
    gpio.setmode(gpio.BCM)
    ring = _ring(spi, OutputPin(gpio, 5))
    assert gpio.input(5) == 1
    ring.close()
    assert spi.sent[-1].data == frame([(0, 0, 0)] * 2, 0.5)
    assert spi.device is None
    assert [done.what for done in gpio.done] == ["out", "write", "free"]
    assert gpio.done[1].value == 0


def test_a_ring_that_fails_says_so_and_still_lets_everything_go() -> None:
    spi, gpio = SimulatedSpi(), SimulatedGpio()
    gpio.setmode(gpio.BCM)
    ring = _ring(spi, OutputPin(gpio, 5))
    spi.fails = True
    with pytest.raises(HardwareError, match=r"spidev0\.1"):
        ring.show(((0, 0, 0),) * 2)
    with pytest.raises(HardwareError):
        ring.close()
    assert spi.device is None
    assert gpio.in_use == []


def test_a_device_in_use_is_refused() -> None:
    spi = SimulatedSpi()
    spi.open(0, 1)
    with pytest.raises(HardwareError, match=r"open already.*turn SPI on"):
        _ring(spi)


@pytest.mark.parametrize("data", [b"", bytes(5000)])
def test_the_simulation_refuses_what_the_driver_would(data: bytes) -> None:
    spi = SimulatedSpi()
    with pytest.raises(OSError, match="descriptor"):
        spi.writebytes2(b"1")
    spi.open(0, 0)
    with pytest.raises(OSError, match="long"):
        spi.writebytes2(data)
    with pytest.raises(FileNotFoundError):
        SimulatedSpi().open(-1, 0)
