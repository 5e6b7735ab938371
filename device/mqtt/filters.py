"""What may be a topic or a topic filter: MQTT 5, sections 1.5.4 and 4.7. Pure."""

import unicodedata

from device.errors import BrokerError

_LONGEST_TOPIC_BYTES = 65_535
_MOST_SLASHES = 200
"""Mosquitto ends the connection for more."""
_SHARED = "$share/"
"""A message would come to us or to somebody else; nothing in a home wants that."""


def check_filter(topic_filter: str) -> None:
    """Raise BrokerError for what a broker would end the connection for."""
    levels = topic_filter.split("/")
    wild = [level for level in levels if "+" in level or "#" in level]
    odd = not topic_filter or not {"+", "#"}.issuperset(wild) or "#" in levels[:-1]
    if odd or not _can_be_sent(topic_filter) or topic_filter.startswith(_SHARED):
        raise BrokerError(f"{_short(topic_filter)} is no MQTT topic; correct it")


def check_topic(topic: str) -> None:
    """Raise BrokerError unless messages can be published on `topic`."""
    check_filter(topic)
    if "+" in topic or "#" in topic:
        raise BrokerError(f"cannot publish on {_short(topic)}, a pattern; correct the topic")


def _can_be_sent(text: str) -> bool:
    """No control characters, surrogates, non-characters: MQTT 5, section 1.5.4."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") or _is_nothing(ord(sign)) for sign in text):
        return False
    return len(text.encode()) <= _LONGEST_TOPIC_BYTES and text.count("/") <= _MOST_SLASHES


def _is_nothing(code: int) -> bool:
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def _short(text: str) -> str:
    return repr(text) if len(text) <= 80 else f"{text[:80]!r}..."
