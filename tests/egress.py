"""A whole speaker in a process of its own that tells whom it connects to.

    python -m tests.egress CONFIG

CONFIG is JSON. On standard output come JSON lines [event, host, port] as Python asks for
addresses and connections, and at last ["heard", transcript, reply].
"""

import json
import sys
from typing import Any

from benchmarks.espeak import speak
from device import events as e
from tests.config.story import hears, tell

SENDING = ("socket.connect", "socket.sendto", "socket.sendmsg")
ASKING = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")


def note(event: str, arguments: tuple[Any, ...]) -> None:
    """Tell of what would leave; local sockets are named by a path and leave nothing."""
    if event in SENDING and isinstance(arguments[1], tuple):
        say(event, *arguments[1][:2])
    elif event in ASKING:
        say(event, arguments[0], arguments[1] if len(arguments) > 1 else None)


def say(event: str, *facts: object) -> None:
    sys.stdout.write(json.dumps([event, *(str(fact) for fact in facts)]) + "\n")


def main() -> None:
    """Hear a command with the engines that CONFIG names."""
    sys.addaudithook(note)
    story = tell(
        json.loads(sys.argv[1]), hears(speak("hey jarvis, turn on the kitchen light").samples)
    )
    said = [event.text for event in story.of(e.FinalTranscript)]
    answered = [event.text for event in story.of(e.ReplyText) if event.is_final]
    say("heard", *said, *answered)


if __name__ == "__main__":
    main()
