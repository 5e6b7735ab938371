"""What every test shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from benchmarks.broker import Broker, find_mosquitto
from benchmarks.soundcard import SoundCard, missing, sound_card
from tests.daemon import Daemon

# The machines that run the tests are shared and slow; time is no property of the code under test.
settings.register_profile("explore", deadline=None, print_blob=True)
# The same examples at every run: what fails here fails everywhere. To look for new ones, run
# pytest --hypothesis-profile=explore.
settings.register_profile("parlor", settings.get_profile("explore"), derandomize=True)
settings.load_profile("parlor")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what is real time at the end, where nothing disturbs it: whole speakers on one worker,
    and devices, which do little but wait, on another."""
    for item in items:
        if item.get_closest_marker("soundcard"):
            group = "devices" if "hal" in item.path.parts else "speakers"
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("soundcard") is not None)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One cache for all tests of a worker: what is in it is named by its content."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CACHE_DIRECTORY", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What one test leaves to be remembered is nothing to the next."""
    folder = tmp_path / "state"
    monkeypatch.setenv("STATE_DIRECTORY", str(folder))
    return folder


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running Mosquitto, for anonymous clients on loopback."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is not installed; run: make setup")
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def card() -> Iterator[SoundCard]:
    """A virtual sound card of its own."""
    if missing():
        pytest.skip(f"{missing()}; run: make setup")
    with sound_card() as running:
        yield running


@pytest.fixture
def daemon(card: SoundCard, broker: Broker, tmp_path: Path) -> Iterator[Daemon]:
    """`parlor run` on it."""
    with Daemon(tmp_path, broker, card.environment) as running:
        yield running
