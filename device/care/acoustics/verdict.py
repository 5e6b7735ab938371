"""Whether what was measured is well, why not, and what to do. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from device.care.acoustics.ears import Recall
from device.care.acoustics.measure import Channel
from device.care.acoustics.results import Results
from device.config import AudioConfig
from device.errors import InputClipped, InputOffset
from device.health import Code, Finding
from device.metrics.proportion import wilson

NOISE_DBFS: Final = -45.0
"""A room that is louder at the microphone drowns a voice from across it."""
OFFSET: Final = 0.05
CLIPPED: Final = 0.001
SNR_DB: Final = 15.0
"""A reply that stands out of the noise by less cannot be heard well by people either."""
DELAY_MS: Final = 250.0
"""The front end finds what is later only just, and pauses are cut by so much."""
SPREAD_MS: Final = 10.0
ERLE_DB: Final = 12.0
MARGIN_DB: Final = 6.0
"""What is left of the echo may stand out of the noise by so much, whatever was taken away."""
LOST: Final = 0.01
"""Share of the audio that a busy computer may lose now and then."""
RECALL: Final = 0.8
"""Of the wake word as loud as a reply."""
_WIRE: Final = 0.95
_WIRE_DBFS: Final = -75.0
"""Directness and noise of a channel that hears the loudspeaker by wire."""
_MUTED: Final = (
    "is it muted or too soft (alsamixer)? is it plugged in where [audio] output says? is the "
    "microphone muted, or far away?"
)
_FAULTS: Final = {
    "audio-input-silent": "gives digital silence; switch it on, unmute it (alsamixer), and check "
    "[audio] input and channel",
    "audio-input-dc": "gives a constant voltage and no sound; check its cable or power",
    "audio-input-clipped": "is at its limit all the time; turn its gain down (alsamixer)",
}


def verdict(results: Results, config: AudioConfig) -> tuple[Finding, ...]:
    """Everything that was tried; what makes no sense after a failure is left out."""
    return tuple(_findings(results, config))


def _findings(results: Results, config: AudioConfig) -> Iterator[Finding]:
    mono = results.mono
    yield _microphone(mono)
    if mono.fault is not None:
        yield from _channels(results.channels, config)
        return
    yield _noise(mono)
    yield from _channels(results.channels, config)
    yield _loudspeaker(mono)
    if not mono.heard:
        return
    yield _clipping(mono)
    yield _delay(mono)
    yield _devices(results)
    yield _echo(results, config)
    yield _wake(results.recalls)


def _microphone(mono: Channel) -> Finding:
    figures = {"offset_percent": round(100 * mono.offset, 2)}
    if mono.fault is not None:
        message = f"the microphone {_FAULTS[mono.fault.code]}"
        return Finding("microphone", False, message, mono.fault.code, figures)
    if abs(mono.offset) > OFFSET:
        message = f"its middle is off by {100 * mono.offset:.0f} %; check its cable or power"
        return Finding("microphone", False, message, InputOffset.code, figures)
    return Finding("microphone", True, "delivers sound", "", figures)


def _noise(mono: Channel) -> Finding:
    figures = {"noise_dbfs": round(mono.noise_dbfs, 1)}
    if mono.noise_dbfs > NOISE_DBFS:
        message = (
            f"{mono.noise_dbfs:.0f} dBFS while nothing was played, {NOISE_DBFS:.0f} are too many; "
            "switch off what hums or plays, or turn the gain down (alsamixer), and try again"
        )
        return Finding("noise floor", False, message, Code.TOO_NOISY, figures)
    return Finding("noise floor", True, f"{mono.noise_dbfs:.0f} dBFS", "", figures)


def _channels(channels: Sequence[Channel], config: AudioConfig) -> Iterator[Finding]:
    """Which channel hears the room, and which the loudspeaker by wire."""
    if len(channels) == 1:
        return
    wires = [number for number, one in enumerate(channels) if _is_wire(one)]
    chosen, loopback = config.channel, config.loopback
    ears = [number for number, one in enumerate(channels) if one.heard and number not in wires]
    if isinstance(chosen, int) and chosen not in ears and ears:
        what = "hears the loudspeaker by wire" if chosen in wires else "hears nothing"
        message = f"channel {chosen} {what}; set [audio] channel = {ears[0]}"
        yield Finding("channel", False, message, Code.WRONG_CHANNEL)
    elif ears:
        yield Finding("channel", True, f"channels that hear the room: {_listed(ears)}")
    if loopback is not None and loopback not in wires:
        advice = f"loopback = {wires[0]}" if wires else "no loopback"
        message = f"channel {loopback} does not give back what is played; set [audio] {advice}"
        yield Finding("loopback", False, message, Code.WRONG_LOOPBACK)
    elif loopback is None and wires:
        message = f"channel {wires[0]} gives back what is played; set [audio] loopback to it"
        yield Finding("loopback", True, message, Code.WRONG_LOOPBACK)


def _is_wire(channel: Channel) -> bool:
    return channel.heard and channel.directness > _WIRE and channel.noise_dbfs < _WIRE_DBFS


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _loudspeaker(mono: Channel) -> Finding:
    figures = {"heard": float(len(mono.found)), "played": float(len(mono.echoes))}
    if not mono.heard:
        message = (
            f"{len(mono.found)} of {len(mono.echoes)} sweeps were heard; the loudspeaker: {_MUTED}"
        )
        return Finding("loudspeaker", False, message, Code.SOUND_MISSED, figures)
    figures |= {"level_dbfs": round(mono.level_dbfs, 1), "snr_db": round(mono.snr_db, 1)}
    told = f"heard at {mono.level_dbfs:.0f} dBFS, {mono.snr_db:.0f} dB above the noise"
    if mono.snr_db < SNR_DB:
        message = f"{told}, {SNR_DB:.0f} are needed; turn it up ([audio] volume, alsamixer)"
        return Finding("loudspeaker", False, message, Code.TOO_QUIET, figures)
    return Finding("loudspeaker", True, told, "", figures)


def _clipping(mono: Channel) -> Finding:
    figures = {"clipped_percent": round(100 * mono.clipped, 2)}
    if mono.clipped > CLIPPED:
        message = (
            f"{100 * mono.clipped:.1f} % of the samples are cut while the loudspeaker plays; turn "
            "the microphone's gain down (alsamixer), or [audio] volume"
        )
        return Finding("clipping", False, message, InputClipped.code, figures)
    return Finding("clipping", True, "none", "", figures)


def _delay(mono: Channel) -> Finding:
    figures = {"delay_ms": round(mono.delay_ms, 1), "spread_ms": round(mono.spread_ms, 1)}
    told = f"{mono.delay_ms:.0f} ms, the same within {mono.spread_ms:.1f} ms"
    if mono.spread_ms > SPREAD_MS:
        message = (
            f"{mono.delay_ms:.0f} ms, but {mono.spread_ms:.0f} ms more or less from one sound to "
            "the next; name the hardware itself in [audio] (hw: instead of default)"
        )
        return Finding("echo delay", False, message, Code.DELAY_UNSTABLE, figures)
    if mono.delay_ms > DELAY_MS:
        message = (
            f"{told}, {DELAY_MS:.0f} are too many; a sound server or Bluetooth between the two "
            "buffers: name the hardware itself in [audio], or ask the server for less latency"
        )
        return Finding("echo delay", False, message, Code.DELAY_TOO_LONG, figures)
    return Finding("echo delay", True, told, "", figures)


def _devices(results: Results) -> Finding:
    figures = {
        "lost_percent": round(100 * results.lost, 2), "underruns": float(results.underruns),
        "failures": float(results.failures),
    }  # fmt: skip
    if not any(figures.values()):
        return Finding("devices", True, "nothing was lost", "", figures)
    message = (
        f"{100 * results.lost:.1f} % of what the microphone gave was lost, the loudspeaker ran dry "
        f"{results.underruns} times and failed {results.failures} times; is the computer too busy, "
        "or its power too weak?"
    )
    sounds = len(results.mono.echoes)
    well = results.lost <= LOST and max(results.underruns, 2 * results.failures) <= sounds
    return Finding("devices", well, message, Code.AUDIO_LOST, figures)


def _echo(results: Results, config: AudioConfig) -> Finding:
    loss, most = results.mono.loss_db, results.mono.snr_db - MARGIN_DB
    figures = {"echo_return_loss_db": round(loss, 1)}
    told = f"our own voice comes back {abs(loss):.0f} dB {'softer' if loss >= 0 else 'louder'}"
    if config.echo == "off":
        return Finding("echo", True, f"{told}; [audio] echo is off", "", figures)
    if results.erle_db is None:
        message = f"{told}, and the front end did not find it; see echo delay, or turn it up"
        return Finding("echo", False, message, Code.ECHO_LEFT, figures)
    figures["erle_db"] = round(results.erle_db, 1)
    told += f", and {results.erle_db:.0f} dB more are taken away"
    if results.erle_db < min(ERLE_DB, most):
        message = (
            f"{told}, {min(ERLE_DB, most):.0f} are needed; is the loudspeaker overdriven, or does "
            "its case rattle? turn it down"
        )
        return Finding("echo", False, message, Code.ECHO_LEFT, figures)
    return Finding("echo", True, told, "", figures)


def _wake(recalls: Sequence[Recall]) -> Finding:
    if not recalls:
        return Finding("wake", True, "not tried: no recording of this wake word", Code.NO_RECORDING)
    loudest = recalls[-1]
    low, high = wilson(loudest.heard, loudest.said)
    figures = {
        "recall": round(loudest.heard / loudest.said, 3), "recall_low": round(low, 3),
        "recall_high": round(high, 3), "said": float(loudest.said),
    }  # fmt: skip
    figures |= {f"recall_at_{one.level_db:+.0f}_db": one.heard / one.said for one in recalls}
    each = ", ".join(f"{one.heard} of {one.said} at {one.level_db:+.0f} dB" for one in recalls)
    told = (
        f"heard {each} (95 %: {100 * low:.0f} to {100 * high:.0f} % at {loudest.level_db:+.0f} dB)"
    )
    if loudest.heard < RECALL * loudest.said:
        message = (
            f"{told}; raise the wake sensitivity, or see noise floor, clipping and loudspeaker"
        )
        return Finding("wake", False, message, Code.WAKE_MISSED, figures)
    return Finding("wake", True, told, "", figures)
