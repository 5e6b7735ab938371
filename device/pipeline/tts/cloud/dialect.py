"""How services are asked, and what their refusals mean."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from device.direct import refusal_of
from device.errors import EngineBusy, EngineError, EngineRefused
from device.pipeline.tts.cloud.sound import Decoder
from device.types import Voice


@dataclass(frozen=True, slots=True)
class Request:
    """A POST that asks for a sentence."""

    url: str
    body: bytes
    headers: dict[str, str] = field(repr=False)
    """The key is among them."""


class Dialect(Protocol):
    """How one service is asked, and what it answers; knows no socket."""

    @property
    def name(self) -> str:
        """The service, as it is called in the configuration."""
        ...

    @property
    def voice(self) -> Voice:
        """Whose voice it is."""
        ...

    @property
    def base_url(self) -> str:
        """Where the service is."""
        ...

    def ask(self, text: str) -> Request:
        """The request for a sentence."""
        ...

    def decoder(self, content_type: str) -> Decoder:
        """Reads the answer to it. Raises EngineError for a type that is not as documented."""
        ...


def refusal(status: int, host: str, name: str) -> EngineError:
    """What an HTTP status other than 200 means."""
    kind = refusal_of(status)
    if kind is EngineRefused:
        return EngineRefused(f"{host} refused the key ({status}); check [cloud.{name}] key_file")
    if kind is EngineBusy:
        return EngineBusy(f"{host} speaks no more for now ({status})")
    return EngineError(f"{host} answered with an error ({status})")


def unreachable(error: Exception, host: str, name: str) -> EngineError:
    """There is no connection, or none any more."""
    return EngineError(
        f"{host} cannot be reached, or broke off ({error}); check [cloud.{name}] base_url"
    )


@contextmanager
def failing_cleanly(
    host: str, meaning: Callable[[Exception], EngineError | None]
) -> Iterator[None]:
    """Raise only EngineError, EngineRefused and EngineBusy, with the host in the message.

    `meaning` tells what another error means; None: it is a defect of ours, and raised as it is.
    """
    try:
        yield
    except (EngineRefused, EngineBusy):
        raise
    except EngineError as error:
        raise EngineError(f"{host}: {error}") from error
    except Exception as error:
        told = meaning(error)
        if told is None:
            raise
        raise told from error
