import asyncio
import threading
from collections.abc import Awaitable, Callable

from device import clock
from device import events as e
from device.buttons import Buttons
from device.hal.gpio import Contact
from device.hal.simulated.gpio import SimulatedGpio
from device.tasks import end

BUTTON, SWITCH = 17, 27
PRESSED, OPEN = 0, 1


def told(
    story: Callable[[SimulatedGpio], Awaitable[None]], *, switch_closed: bool = False
) -> list[e.Event]:
    """Run a story in virtual time, and give what the buttons told."""
    events: list[e.Event] = []

    async def run() -> None:
        gpio = SimulatedGpio()
        gpio.setmode(gpio.BCM)
        button, switch = Contact(gpio, BUTTON), Contact(gpio, SWITCH)
        if switch_closed:
            gpio.drive(SWITCH, PRESSED)
        buttons = Buttons(events.append, button, switch, debounce_seconds=0.03)
        running = asyncio.create_task(buttons.run())
        await asyncio.sleep(0.1)
        await story(gpio)
        await asyncio.sleep(2.0)
        await end(running)
        assert gpio.in_use == []

    clock.run_virtual(run())
    return events


async def press(gpio: SimulatedGpio, times: int = 1, seconds: float = 0.2) -> None:
    for _ in range(times):
        gpio.drive(BUTTON, PRESSED, OPEN, PRESSED, OPEN, PRESSED)
        await asyncio.sleep(seconds)
        gpio.drive(BUTTON, OPEN, PRESSED, OPEN)
        await asyncio.sleep(0.1)


def gesture(name: str) -> e.ButtonGestured:
    return e.ButtonGestured(gesture=name)


def test_a_single_press_moves_the_turn() -> None:
    assert told(press) == [gesture("single_press"), e.ButtonPressed()]


def test_a_double_press_is_only_told() -> None:
    assert told(lambda gpio: press(gpio, 2)) == [gesture("double_press")]


def test_a_triple_press_says_that_the_wake_word_was_none() -> None:
    assert told(lambda gpio: press(gpio, 3)) == [
        gesture("triple_press"),
        e.FalseWakeReported(by="button"),
    ]


def test_a_long_press_is_only_told() -> None:
    assert told(lambda gpio: press(gpio, seconds=1.5)) == [gesture("long_press")]


def test_a_switch_that_is_closed_at_the_start_mutes() -> None:
    async def nothing(gpio: SimulatedGpio) -> None: ...

    assert told(nothing) == []
    assert told(nothing, switch_closed=True) == [e.MuteChanged(muted=True, by_switch=True)]


def test_the_switch_mutes_and_opens_the_microphone() -> None:
    async def switch(gpio: SimulatedGpio) -> None:
        gpio.drive(SWITCH, PRESSED, OPEN, PRESSED)
        await asyncio.sleep(0.5)
        gpio.drive(SWITCH, OPEN)

    assert told(switch) == [
        e.MuteChanged(muted=True, by_switch=True),
        e.MuteChanged(muted=False, by_switch=True),
    ]


def test_a_wire_that_hums_is_no_finger_and_fills_nothing() -> None:
    async def hum(gpio: SimulatedGpio) -> None:
        for _ in range(200):
            gpio.drive(BUTTON, *[PRESSED, OPEN] * 100)
            await asyncio.sleep(0.005)

    assert told(hum) == []


async def test_an_edge_from_the_thread_of_the_driver_wakes_the_loop() -> None:
    gpio, posted = SimulatedGpio(), asyncio.Event()
    gpio.setmode(gpio.BCM)
    buttons = Buttons(lambda event: posted.set(), None, Contact(gpio, SWITCH), 0.03)
    running = asyncio.create_task(buttons.run())
    driver = threading.Timer(0.1, gpio.drive, (SWITCH, PRESSED))
    driver.start()
    async with asyncio.timeout(20):
        await posted.wait()
    driver.join()
    await end(running)


def test_a_contact_that_cannot_be_watched_is_told_and_the_other_goes_on() -> None:
    events: list[e.Event] = []

    async def run() -> None:
        gpio = SimulatedGpio()
        gpio.setmode(gpio.BCM)
        button, switch = Contact(gpio, BUTTON), Contact(gpio, SWITCH)
        gpio.cleanup(SWITCH)
        running = asyncio.create_task(Buttons(events.append, button, switch, 0.03).run())
        await asyncio.sleep(0.1)
        await press(gpio)
        await asyncio.sleep(1.0)
        await end(running)

    clock.run_virtual(run())
    assert events == [
        e.HealthChanged(part="buttons", healthy=False, code="hardware-failed"),
        gesture("single_press"),
        e.ButtonPressed(),
    ]


async def test_a_speaker_without_buttons_has_nothing_to_watch() -> None:
    await Buttons(lambda event: None, None, None, 0.03).run()
