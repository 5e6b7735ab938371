"""The documents that tell Twilio what to do with a call (TwiML). Pure.

www.twilio.com/docs/voice/twiml
"""

from collections.abc import Mapping
from typing import Final, Literal
from xml.etree.ElementTree import Element, SubElement, tostring

CONTENT_TYPE: Final = "application/xml"


def connect(url: str, parameters: Mapping[str, str]) -> bytes:
    """Carry the call to a WebSocket, both ways, and hang up when that is closed.

    `parameters` come back in its `start` message.
    """
    response = Element("Response")
    stream = SubElement(SubElement(response, "Connect"), "Stream", url=url)
    for name, value in parameters.items():
        SubElement(stream, "Parameter", name=name, value=value)
    SubElement(response, "Hangup")
    return _document(response)


def reject(reason: Literal["rejected", "busy"]) -> bytes:
    """Do not answer the call, and let the caller hear why; it costs nothing."""
    response = Element("Response")
    SubElement(response, "Reject", reason=reason)
    return _document(response)


def hang_up() -> bytes:
    """End the call."""
    response = Element("Response")
    SubElement(response, "Hangup")
    return _document(response)


def _document(response: Element) -> bytes:
    return b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(response)
