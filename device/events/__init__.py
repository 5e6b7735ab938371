"""Everything that can happen, as a closed set of dataclasses.

Events are told on the bus, and some of them are posted to the session to move the turn. `turn_id`
names the turn an event belongs to; 0 belongs to none. `at` is seconds of captured audio.
Transcripts and replies are personal: they are never logged above DEBUG.
"""

from device.event import BargeIn as BargeIn
from device.event import Event as Event
from device.event import Priority as Priority
from device.event import TurnState as TurnState
from device.events.announcement import (
    AnnouncementDropped as AnnouncementDropped,
)
from device.events.announcement import (
    AnnouncementDue as AnnouncementDue,
)
from device.events.announcement import (
    PossibleAnswer as PossibleAnswer,
)
from device.events.announcement import (
    QuestionAnswered as QuestionAnswered,
)
from device.events.announcement import (
    StartConversation as StartConversation,
)
from device.events.answer import (
    ActionConfirmed as ActionConfirmed,
)
from device.events.answer import (
    ActionRequested as ActionRequested,
)
from device.events.answer import (
    AnswerBegun as AnswerBegun,
)
from device.events.answer import (
    FinalTranscript as FinalTranscript,
)
from device.events.answer import (
    IntentRecognized as IntentRecognized,
)
from device.events.answer import (
    NothingToSay as NothingToSay,
)
from device.events.answer import (
    PartialTranscript as PartialTranscript,
)
from device.events.answer import (
    PlaybackFinished as PlaybackFinished,
)
from device.events.answer import (
    PlaybackHeld as PlaybackHeld,
)
from device.events.answer import (
    PlaybackResumed as PlaybackResumed,
)
from device.events.answer import (
    PlaybackStarted as PlaybackStarted,
)
from device.events.answer import (
    ReplyAudible as ReplyAudible,
)
from device.events.answer import (
    ReplyMade as ReplyMade,
)
from device.events.answer import (
    ReplyText as ReplyText,
)
from device.events.answer import (
    SentenceBegan as SentenceBegan,
)
from device.events.speaker import (
    BudgetMissed as BudgetMissed,
)
from device.events.speaker import (
    ButtonGestured as ButtonGestured,
)
from device.events.speaker import (
    CloudChanged as CloudChanged,
)
from device.events.speaker import (
    DegradationChanged as DegradationChanged,
)
from device.events.speaker import (
    DuckChanged as DuckChanged,
)
from device.events.speaker import (
    EchoMeasured as EchoMeasured,
)
from device.events.speaker import (
    FalseWakeReported as FalseWakeReported,
)
from device.events.speaker import (
    HealthChanged as HealthChanged,
)
from device.events.speaker import (
    HomeChanged as HomeChanged,
)
from device.events.speaker import (
    KeywordsGiven as KeywordsGiven,
)
from device.events.speaker import (
    LightChanged as LightChanged,
)
from device.events.speaker import (
    Purged as Purged,
)
from device.events.speaker import (
    SettingChanged as SettingChanged,
)
from device.events.speaker import (
    TurnsMeasured as TurnsMeasured,
)
from device.events.speaker import (
    UpdateChanged as UpdateChanged,
)
from device.events.speaker import (
    UpdateRequested as UpdateRequested,
)
from device.events.timer import (
    RingingEnded as RingingEnded,
)
from device.events.timer import (
    SnoozeRequested as SnoozeRequested,
)
from device.events.timer import (
    TimerCancelled as TimerCancelled,
)
from device.events.timer import (
    TimerDue as TimerDue,
)
from device.events.timer import (
    TimerFinished as TimerFinished,
)
from device.events.timer import (
    TimerRequested as TimerRequested,
)
from device.events.timer import (
    TimersChanged as TimersChanged,
)
from device.events.timer import (
    TimerStarted as TimerStarted,
)
from device.events.timer import (
    TimerUpdated as TimerUpdated,
)
from device.events.turn import (
    BidLost as BidLost,
)
from device.events.turn import (
    BidWon as BidWon,
)
from device.events.turn import (
    ButtonPressed as ButtonPressed,
)
from device.events.turn import (
    Interrupted as Interrupted,
)
from device.events.turn import (
    ListenRequested as ListenRequested,
)
from device.events.turn import (
    MuteChanged as MuteChanged,
)
from device.events.turn import (
    NoSpeech as NoSpeech,
)
from device.events.turn import (
    NotAddressed as NotAddressed,
)
from device.events.turn import (
    Overlap as Overlap,
)
from device.events.turn import (
    Ready as Ready,
)
from device.events.turn import (
    SpeechEnded as SpeechEnded,
)
from device.events.turn import (
    SpeechRejected as SpeechRejected,
)
from device.events.turn import (
    SpeechStarted as SpeechStarted,
)
from device.events.turn import (
    SpeechSuspected as SpeechSuspected,
)
from device.events.turn import (
    StageFailed as StageFailed,
)
from device.events.turn import (
    StateChanged as StateChanged,
)
from device.events.turn import (
    StopRequested as StopRequested,
)
from device.events.turn import (
    TurnEnded as TurnEnded,
)
from device.events.turn import (
    TurnMeasured as TurnMeasured,
)
from device.events.turn import (
    TurnStepped as TurnStepped,
)
from device.events.turn import (
    Understood as Understood,
)
from device.events.turn import (
    UtteranceGiven as UtteranceGiven,
)
from device.events.turn import (
    VolumeChanged as VolumeChanged,
)
from device.events.turn import (
    WakeWordDetected as WakeWordDetected,
)
