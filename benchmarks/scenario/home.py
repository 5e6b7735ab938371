"""The home around a scenario: a real broker, lamps that obey, and a language model."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.broker import Broker
from benchmarks.lamp import Lamps
from benchmarks.llm_server import KEY, MODEL, FakeLlm, serving
from benchmarks.scenario.script import Scenario

_TOKENS_A_SECOND: Final = 30.0
_FIRST_TOKEN_SECONDS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Home:
    """What runs beside the speaker."""

    folder: Path
    broker: Broker
    lamps: Lamps
    model: FakeLlm | None
    values: dict[str, Any]
    """The configuration of a speaker in it, as a file would have it."""

    def fault(self, kind: str) -> bool:
        """Let something go wrong at home; False: it is nothing at home."""
        if kind == "broker_killed":
            self.broker.kill()
        elif kind == "broker_back":
            self.broker.start()
        return kind.startswith("broker")


@contextmanager
def home(scenario: Scenario) -> Iterator[Home]:
    """Everything for one run, the state folder of the speaker included."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scenario-")))
        stack.enter_context(_state(folder / "state"))
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.stop)
        lamps = stack.enter_context(Lamps("127.0.0.1", broker.port))
        model = None
        if scenario.model:
            answer = scenario.model
            fake = FakeLlm(lambda _text: answer, _FIRST_TOKEN_SECONDS, _TOKENS_A_SECOND)
            model = stack.enter_context(serving(fake))
        yield Home(folder, broker, lamps, model, _values(scenario, broker, model, folder))


def _values(
    scenario: Scenario, broker: Broker, model: FakeLlm | None, folder: Path
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "mqtt": {"host": "127.0.0.1", "port": broker.port},
        "home": {"entity": [
            {"name": name, "domain": "light", "preset": "zigbee2mqtt"} for name in scenario.lamps
        ]},
    }  # fmt: skip
    if model is not None:
        key = folder / "key"
        key.touch(mode=0o600)
        key.write_text(KEY)
        values["llm"] = {"base_url": model.url, "model": MODEL, "key_file": str(key)}
    for section, changes in scenario.config.items():
        values[section] = {**values.get(section, {}), **changes}
    return values


@contextmanager
def _state(folder: Path) -> Iterator[None]:
    """The speaker remembers nothing of other runs; what it can make again is kept."""
    before = os.environ.get("STATE_DIRECTORY")
    os.environ["STATE_DIRECTORY"] = str(folder)
    try:
        yield
    finally:
        with suppress(KeyError):
            del os.environ["STATE_DIRECTORY"]
        if before is not None:
            os.environ["STATE_DIRECTORY"] = before
