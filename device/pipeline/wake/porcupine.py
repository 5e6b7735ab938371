"""Picovoice Porcupine, an optional closed engine that needs an AccessKey.

Its library checks the key when it starts and asks Picovoice's servers about it now and then.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from device.audio.format import Samples
from device.errors import (
    AccessKeyMissing,
    AccessKeyRefused,
    ConfigError,
    EngineError,
    EngineMissing,
    ModelInvalid,
    ModelMissing,
)
from device.folders import read_secret
from device.pipeline.wake.spotting import SpottingEngine
from device.pipeline.wake.threshold import Thresholds

_KEY_ERRORS: Final = (
    "PorcupineActivationError",
    "PorcupineActivationLimitError",
    "PorcupineActivationThrottledError",
    "PorcupineActivationRefusedError",
)


class PorcupineHandle(Protocol):
    """One running detector."""

    @property
    def frame_length(self) -> int:
        """Samples a block must have."""
        ...

    def process(self, pcm: Sequence[int]) -> int:
        """Index of the keyword heard in this block, or -1."""
        ...

    def delete(self) -> None:
        """Give memory back."""
        ...


class PorcupineLibrary(Protocol):
    """The part of the pvporcupine module that is used."""

    KEYWORD_PATHS: Mapping[str, str]
    PorcupineError: type[Exception]

    def create(
        self, *, access_key: str, keyword_paths: Sequence[str], sensitivities: Sequence[float]
    ) -> PorcupineHandle:
        """Start a detector. Raises PorcupineError and its children."""
        ...


class PorcupineEngine(SpottingEngine):
    """Knows Porcupine's built-in keywords (path None) and .ppn files."""

    def __init__(
        self,
        words: Mapping[str, Path | None],
        access_key_file: Path | None,
        thresholds: Thresholds,
        refractory_samples: int,
        library: PorcupineLibrary | None = None,
    ) -> None:
        """`library` stands in for pvporcupine. A threshold is 1 less the sensitivity.

        Raises EngineMissing, AccessKeyMissing, AccessKeyRefused, ModelMissing, ModelInvalid.
        """
        key = _read_key(access_key_file)
        used: PorcupineLibrary = library or _import()
        paths = {word: _keyword(used, word, at) for word, at in words.items()}
        # The detector applies the sensitivities itself and says yes or no.
        super().__init__(
            partial(PorcupineScorer, used, key, paths, thresholds),
            thresholds,
            refractory_samples,
            dict.fromkeys(paths, 0.5),
        )


class PorcupineScorer:
    """Runs one detector; a changed threshold starts it anew."""

    trigger_delay_samples = 1_600

    def __init__(
        self,
        library: PorcupineLibrary,
        access_key: str,
        paths: Mapping[str, str],
        thresholds: Thresholds,
    ) -> None:
        self._library = library
        self._key = access_key
        self._paths = paths
        self._thresholds = thresholds
        self._words = tuple(paths)
        self._sensitivities = self._wanted()
        self._handle: PorcupineHandle | None = self._start()
        self.block_samples = self._handle.frame_length if self._handle else 0
        """Samples a block must have."""

    def score(self, block: Samples) -> dict[str, float]:
        """1 for the word heard at the end of this block."""
        if self._wanted() != self._sensitivities:
            self.close()
        if self._handle is None:
            self._sensitivities = self._wanted()
            self._handle = self._start()
        try:
            index = self._handle.process(block.tolist())
        except self._library.PorcupineError as error:
            raise EngineError(f"Porcupine failed: {error}; restart the speaker") from error
        return {self._words[index]: 1.0} if index >= 0 else {}

    def close(self) -> None:
        """Give memory back; idempotent."""
        if self._handle is not None:
            self._handle.delete()
        self._handle = None

    def _wanted(self) -> tuple[float, ...]:
        return tuple(1.0 - self._thresholds[word] for word in self._words)

    def _start(self) -> PorcupineHandle:
        try:
            return self._library.create(
                access_key=self._key,
                keyword_paths=list(self._paths.values()),
                sensitivities=list(self._sensitivities),
            )
        except self._library.PorcupineError as error:
            raise _translated(error, self._key) from None  # its text holds the AccessKey
        except (OSError, ValueError) as error:
            raise ModelInvalid(f"Porcupine cannot start: {error}") from error


def _translated(error: Exception, access_key: str) -> EngineError:
    kind = type(error).__name__
    text = " ".join(str(error).replace(access_key, "***").split())
    if kind in _KEY_ERRORS or "AccessKey" in text:
        return AccessKeyRefused(
            f"Porcupine refused the AccessKey ({kind}): {text}; get a valid one at "
            "https://console.picovoice.ai/ and write it to [wake] access_key_file"
        )
    if kind in ("PorcupineIOError", "PorcupineInvalidArgumentError"):
        return ModelInvalid(
            f"Porcupine cannot use a keyword file: {text}; take .ppn files for this platform and "
            "this version of pvporcupine"
        )
    return EngineError(f"Porcupine failed ({kind}): {text}")


def _read_key(file: Path | None) -> str:
    if file is None:
        raise AccessKeyMissing(
            "Porcupine needs an AccessKey; name its file in [wake] access_key_file"
        )
    try:
        key = read_secret(file)
    except ConfigError as error:
        raise AccessKeyMissing(str(error)) from error
    if not key:
        raise AccessKeyMissing(f"{file} is empty; write the Porcupine AccessKey into it")
    return key


def _keyword(library: PorcupineLibrary, word: str, path: Path | None) -> str:
    if path is not None:
        if not path.is_file():
            raise ModelMissing(
                f"there is no keyword file {path}; correct the path in [[wake.word]]"
            )
        return str(path)
    built_in = {name.replace(" ", "_"): at for name, at in library.KEYWORD_PATHS.items()}
    if word not in built_in:
        raise ModelInvalid(
            f"Porcupine has no built-in keyword {word!r}; there are {', '.join(sorted(built_in))}; "
            "or give the path of a .ppn file in [[wake.word]]"
        )
    return built_in[word]


def _import() -> Any:
    try:
        import pvporcupine
    except ImportError as error:
        raise EngineMissing(
            "the wake engine porcupine needs a package: pip install 'parlor-speaker[porcupine]'"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        raise EngineMissing(f"Porcupine does not run on this machine: {error}") from error
    return pvporcupine
