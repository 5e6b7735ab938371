"""How the speaker that runs is, as Prometheus reads it. Pure.

parlor_info{version,python}            1
parlor_health_timestamp_seconds        when the rest was true, since 1970
parlor_ready, parlor_listening         1 or 0: started; the wake word is listened for
parlor_muted                           1 or 0
parlor_audio_age_seconds               since the microphone delivered anything
parlor_chunks_total                    blocks of audio captured
parlor_broker_connected                1 or 0; absent where no broker is wanted
parlor_part_works{part}                1 or 0; with less, perhaps
parlor_temperature_celsius             of the processor, where it can be read
parlor_throttled                       1: the computer slows itself down
parlor_lost_audio_seconds_total        that the microphone never delivered
parlor_lost_events_total               that the broker was away too long for
process_*                              as Prometheus's own clients tell it
"""

from collections.abc import Iterator
from dataclasses import dataclass

from device.health import Health, State
from device.metrics.text import family, single

_WORK = (State.OK, State.DEGRADED)


@dataclass(frozen=True, slots=True)
class Machine:
    """The computer, the process and what it lost; None: cannot be read."""

    python: str
    celsius: float | None
    throttled: bool
    started_at: float
    """Seconds since 1970."""
    cpu_seconds: float
    resident_bytes: int | None
    open_fds: int | None
    lost_audio_seconds: float
    lost_events: int


def health_lines(health: Health) -> Iterator[str]:
    """What health.json says."""
    for name, about, value in (
        ("health_timestamp_seconds", "When this was so.", health.at),
        ("ready", "Whether it has started.", health.ready),
        ("listening", "Whether the wake word is listened for.", health.listening),
        ("muted", "Whether it is muted.", health.muted),
        ("audio_age_seconds", "Since the microphone delivered anything.", health.audio_age),
    ):
        if value is not None:
            yield from single(f"parlor_{name}", "gauge", about, value)
    yield from single("parlor_chunks_total", "counter", "Blocks of audio captured.", health.chunks)
    if health.broker != "off":
        about = "Whether messages reach the broker."
        yield from single("parlor_broker_connected", "gauge", about, health.broker == "connected")
    about = "Whether a part of the speaker works, with less perhaps."
    works = [({"part": name}, float(health.parts[name].state in _WORK))
             for name in sorted(health.parts)]  # fmt: skip
    yield from family("parlor_part_works", "gauge", about, works)


def machine_lines(machine: Machine, version: str) -> Iterator[str]:
    """What the computer says."""
    labels = {"version": version, "python": machine.python}
    yield from family("parlor_info", "gauge", "Which release runs.", [(labels, 1)])
    slow = "Whether the computer slows itself down."
    yield from single("parlor_throttled", "gauge", slow, machine.throttled)
    for name, about, value in (
        ("parlor_temperature_celsius", "Of the processor.", machine.celsius),
        ("process_start_time_seconds", "Since 1970.", machine.started_at),
        ("process_resident_memory_bytes", "Memory in use.", machine.resident_bytes),
        ("process_open_fds", "Files and sockets in use.", machine.open_fds),
    ):
        if value is not None:
            yield from single(name, "gauge", about, value)
    for name, about, value in (
        ("process_cpu_seconds_total", "Processor time used.", machine.cpu_seconds),
        ("parlor_lost_audio_seconds_total", "Never captured.", machine.lost_audio_seconds),
        ("parlor_lost_events_total", "Never told.", machine.lost_events),
    ):
        yield from single(name, "counter", about, value)
