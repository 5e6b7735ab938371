"""Every error Parlor raises on purpose, each with a stable code.

    DeviceError                    device-error
    ├── UsageError                 usage                        (ValueError)
    ├── ConfigError                config-invalid               (ValueError)
    ├── AudioError                 audio-failed
    │   ├── DeviceMissing          audio-device-missing         (LookupError)
    │   ├── DeviceBusy             audio-device-busy
    │   ├── DeviceLost             audio-device-lost            (OSError)
    │   ├── InputSilent            audio-input-silent
    │   ├── InputOffset            audio-input-dc
    │   ├── InputClipped           audio-input-clipped
    │   ├── FormatUnsupported      audio-format-unsupported     (ValueError)
    │   └── AudioFileError         audio-file-unreadable        (ValueError)
    ├── EngineError                engine-failed
    │   ├── EngineMissing          engine-not-installed         (ImportError)
    │   ├── ModelMissing           model-missing                (FileNotFoundError)
    │   ├── ModelInvalid           model-invalid                (ValueError)
    │   ├── AccessKeyMissing       wake-key-missing
    │   ├── AccessKeyRefused       wake-key-refused             (PermissionError)
    │   ├── EngineRefused          engine-refused               (PermissionError)
    │   ├── EngineBusy             engine-busy
    │   └── TookTooLong            took-too-long
    ├── HomeError                  home-failed
    ├── AssistantError             assistant-failed
    │   ├── AssistantRefused       assistant-refused            (PermissionError)
    │   └── LlmError               llm-failed
    │       ├── LlmBusy            llm-busy
    │       ├── LlmHurried         llm-hurried
    │       ├── LlmSpent           llm-spent
    │       ├── LlmAstray          llm-astray
    │       └── LlmRefused         llm-refused                  (PermissionError)
    ├── FetchError                 fetch-failed
    │   └── FetchMismatch          fetch-mismatch               (ValueError)
    ├── StorageError               storage-failed               (OSError)
    ├── HardwareError              hardware-failed              (OSError)
    ├── HookFailed                 hook-failed
    ├── QueueFull                  queue-full
    ├── UpdateMissing              update-missing
    ├── ReleaseError               release-failed
    │   ├── BundleInvalid          bundle-invalid               (ValueError)
    │   ├── ReleaseUnfit           release-unfit
    │   ├── ReleaseUnhealthy       release-unhealthy
    │   └── ReleaseBusy            release-busy
    ├── CommandInvalid             command-invalid              (ValueError)
    ├── GatewayError               gateway-failed
    │   ├── NotAdmitted            not-admitted                 (PermissionError)
    │   ├── RequestInvalid         request-invalid              (ValueError)
    │   ├── HouseFull              house-full
    │   ├── VisitOver              visit-over
    │   ├── CallFailed             call-failed
    │   └── CallsSpent             calls-spent
    └── BrokerError                broker-failed                (ConnectionError)
        ├── BrokerUnreachable      broker-unreachable
        └── BrokerRefused          broker-refused

A message says what happened and what to do about it.
"""


class DeviceError(Exception):
    """Root of the family."""

    code = "device-error"

    exit_code = 1
    """Of a command that ends by it."""


class UsageError(DeviceError, ValueError):
    """The command line asks for something that cannot be."""

    code = "usage"
    exit_code = 2


class ConfigError(DeviceError, ValueError):
    """The configuration is wrong; the message lists every mistake."""

    code = "config-invalid"
    exit_code = 2


class AudioError(DeviceError):
    """Sound could not be captured, played, read or written."""

    code = "audio-failed"


class DeviceMissing(AudioError, LookupError):
    """No audio device has this name or index."""

    code = "audio-device-missing"


class DeviceBusy(AudioError):
    """Another program holds the audio device."""

    code = "audio-device-busy"


class DeviceLost(AudioError, OSError):
    """An open audio device went away or stopped delivering."""

    code = "audio-device-lost"


class InputSilent(AudioError):
    """The microphone delivers the same value all the time."""

    code = "audio-input-silent"


class InputOffset(AudioError):
    """The microphone delivers a constant voltage and no sound."""

    code = "audio-input-dc"


class InputClipped(AudioError):
    """The microphone is driven beyond what it can measure, all the time."""

    code = "audio-input-clipped"


class FormatUnsupported(AudioError, ValueError):
    """The device does not offer the rate, width or channel count."""

    code = "audio-format-unsupported"


class AudioFileError(AudioError, ValueError):
    """A sound file is missing, empty, truncated or no sound at all."""

    code = "audio-file-unreadable"


class EngineError(DeviceError):
    """An engine (wake, VAD, STT, TTS) failed."""

    code = "engine-failed"


class EngineMissing(EngineError, ImportError):
    """The engine's package is not installed."""

    code = "engine-not-installed"


class ModelMissing(EngineError, FileNotFoundError):
    """A model file is not where the configuration says."""

    code = "model-missing"


class ModelInvalid(EngineError, ValueError):
    """A model file is damaged or of the wrong kind."""

    code = "model-invalid"


class AccessKeyMissing(EngineError):
    """Porcupine has no AccessKey."""

    code = "wake-key-missing"


class AccessKeyRefused(EngineError, PermissionError):
    """Porcupine did not accept the AccessKey."""

    code = "wake-key-refused"


class EngineRefused(EngineError, PermissionError):
    """A service did not accept the key."""

    code = "engine-refused"


class EngineBusy(EngineError):
    """The engine's queue is full, or its service answers no more for now."""

    code = "engine-busy"


class TookTooLong(EngineError):
    """Nothing was answered in time; the turn ended."""

    code = "took-too-long"


class HomeError(DeviceError):
    """A device in the home could not be commanded."""

    code = "home-failed"


class AssistantError(DeviceError):
    """Who is asked what the speaker does not understand did not answer."""

    code = "assistant-failed"


class AssistantRefused(AssistantError, PermissionError):
    """Home Assistant did not accept the access token."""

    code = "assistant-refused"


class LlmError(AssistantError):
    """The language model did not answer, or not to the end."""

    code = "llm-failed"


class LlmBusy(LlmError):
    """The language model answers no more questions for now."""

    code = "llm-busy"


class LlmHurried(LlmError):
    """It was asked as much as [llm] allows for a minute."""

    code = "llm-hurried"


class LlmSpent(LlmError):
    """It was asked as much as [llm] allows for a day."""

    code = "llm-spent"


class LlmAstray(LlmError):
    """The language model said nothing, or wanted ever more to be done."""

    code = "llm-astray"


class LlmRefused(LlmError, PermissionError):
    """The language model did not accept the key."""

    code = "llm-refused"


class FetchError(DeviceError):
    """A file elsewhere could not be fetched."""

    code = "fetch-failed"


class FetchMismatch(FetchError, ValueError):
    """What was fetched is not the file that was meant; nothing of it is used."""

    code = "fetch-mismatch"


class StorageError(DeviceError, OSError):
    """Something that must be remembered could not be written or read."""

    code = "storage-failed"


class HardwareError(DeviceError, OSError):
    """A pin or a light could not be used."""

    code = "hardware-failed"


class HookFailed(DeviceError):
    """A program of [hooks] failed, or ran too long."""

    code = "hook-failed"


class QueueFull(DeviceError):
    """Too much waits to be said already."""

    code = "queue-full"


class UpdateMissing(DeviceError):
    """There is no newer version to install."""

    code = "update-missing"


class ReleaseError(DeviceError):
    """A release could not be built, installed or switched to."""

    code = "release-failed"


class BundleInvalid(ReleaseError, ValueError):
    """A bundle is damaged, incomplete, or not signed by who must sign it."""

    code = "bundle-invalid"


class ReleaseUnfit(ReleaseError):
    """A bundle is for another Python or another processor."""

    code = "release-unfit"


class ReleaseUnhealthy(ReleaseError):
    """A release did not pass its test; the one before it runs."""

    code = "release-unhealthy"


class ReleaseBusy(ReleaseError):
    """Another command works on the releases."""

    code = "release-busy"


class CommandInvalid(DeviceError, ValueError):
    """A command that came in over MQTT cannot be understood; nothing was changed."""

    code = "command-invalid"


class GatewayError(DeviceError):
    """Somebody who came over the network cannot be spoken with."""

    code = "gateway-failed"


class NotAdmitted(GatewayError, PermissionError):
    """Whoever wants in may not: a token is missing, or it is a page of somebody else."""

    code = "not-admitted"

    def __init__(self, message: str, status: int) -> None:
        """`status` of HTTP: 401, 403 or 429."""
        super().__init__(message)
        self.status = status


class RequestInvalid(GatewayError, ValueError):
    """What a program asks over HTTP cannot be understood; nothing was done."""

    code = "request-invalid"


class HouseFull(GatewayError):
    """As many are spoken with as [gateway] sessions allows."""

    code = "house-full"


class VisitOver(GatewayError):
    """A conversation over the network took its whole time, or nobody said anything for long."""

    code = "visit-over"


class CallFailed(GatewayError):
    """Nobody could be telephoned: the telephone company was not reached, or did not want to."""

    code = "call-failed"


class CallsSpent(GatewayError):
    """As many calls were placed as [gateway.phone] allows for a day."""

    code = "calls-spent"


class BrokerError(DeviceError, ConnectionError):
    """The MQTT broker cannot be used."""

    code = "broker-failed"


class BrokerUnreachable(BrokerError):
    """Nothing answers at the broker's address."""

    code = "broker-unreachable"


class BrokerRefused(BrokerError):
    """The broker answered and refused the credentials or the certificate."""

    code = "broker-refused"
