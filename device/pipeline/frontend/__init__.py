"""The audio front end: opens the parts that the configuration names."""

import logging
from collections.abc import Callable
from typing import TypeVar

from device.config import AudioConfig
from device.errors import EngineMissing
from device.pipeline.frontend.base import Canceller, Frontend, Stage
from device.pipeline.frontend.chain import FrontendChain
from device.pipeline.frontend.echo import EchoPath
from device.pipeline.frontend.gain import GainControl
from device.pipeline.frontend.gate import NoiseGate
from device.pipeline.frontend.highpass import HighPass
from device.pipeline.frontend.linear import LinearCanceller
from device.pipeline.frontend.nlms import NlmsCanceller
from device.pipeline.frontend.noise import SpectralSubtraction
from device.pipeline.frontend.webrtc import Apm, WebrtcCanceller

_LOGGER = logging.getLogger(__name__)

_T = TypeVar("_T")
_U = TypeVar("_U")
_OWN = "own"
_WEBRTC = "webrtc (livekit)"
_OFF = "off"


def open_frontend(config: AudioConfig) -> Frontend:
    """The front end as configured; where livekit's library is missing our own parts step in."""
    parts = {"high_pass": _OWN if config.high_pass else _OFF}
    canceller = _canceller(config, parts)
    stages = (*_noise_suppression(config, parts), *_gate(config, parts), *_gain(config, parts))
    return FrontendChain(
        parts,
        HighPass() if config.high_pass else None,
        EchoPath(canceller) if canceller else None,
        stages,
    )


def _canceller(config: AudioConfig, parts: dict[str, str]) -> Canceller | None:
    parts["echo"] = f"{_OWN} ({config.echo})"
    match config.echo:
        case "off":
            parts["echo"] = _OFF
            return None
        case "nlms":
            return NlmsCanceller()
        case "webrtc":
            canceller = _try("echo", WebrtcCanceller, LinearCanceller)
            found = isinstance(canceller, WebrtcCanceller)
            parts["echo"] = _WEBRTC if found else f"{_OWN} (linear)"
            return canceller
        case _:
            return LinearCanceller()


def _noise_suppression(config: AudioConfig, parts: dict[str, str]) -> tuple[Stage, ...]:
    if config.noise_suppression == "off":
        parts["noise_suppression"] = _OFF
        return ()
    wanted = config.noise_suppression == "webrtc"
    stage: Stage = (
        _try("noise_suppression", lambda: Apm(noise=True), SpectralSubtraction)
        if wanted
        else SpectralSubtraction()
    )
    parts["noise_suppression"] = _WEBRTC if isinstance(stage, Apm) else f"{_OWN} (spectral)"
    return (stage,)


def _gate(config: AudioConfig, parts: dict[str, str]) -> tuple[Stage, ...]:
    parts["noise_gate"] = f"{_OWN} ({config.noise_gate_dbfs:g} dBFS)" if config.noise_gate else _OFF
    return (NoiseGate(config.noise_gate_dbfs),) if config.noise_gate else ()


def _gain(config: AudioConfig, parts: dict[str, str]) -> tuple[Stage, ...]:
    if config.gain_control == "off":
        parts["gain_control"] = _OFF
        return ()
    wanted = config.gain_control == "webrtc"
    stage: Stage = (
        _try("gain_control", lambda: Apm(gain=True), GainControl) if wanted else GainControl()
    )
    parts["gain_control"] = _WEBRTC if isinstance(stage, Apm) else _OWN
    return (stage,)


def _try(key: str, wanted: Callable[[], _T], instead: Callable[[], _U]) -> _T | _U:
    try:
        return wanted()
    except EngineMissing as error:
        _LOGGER.warning("[audio] %s does its work without WebRTC: %s", key, error)
        return instead()
