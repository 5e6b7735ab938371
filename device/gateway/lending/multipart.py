"""The fields of a form that holds a file: multipart/form-data (RFC 7578). Pure.

Nothing is written to disk, as the usual parser does with what is large: it is somebody's voice.
"""

from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Final

from device.errors import RequestInvalid

MOST_PARTS: Final = 32
"""Fields of one form."""
_MOST_HEAD_BYTES: Final = 4_096
_END: Final = b"--"


@dataclass(frozen=True, slots=True)
class Field:
    """One field."""

    body: bytes
    filename: str = ""
    """Empty where it is no file."""

    @property
    def text(self) -> str:
        """Its text. Raises RequestInvalid when it is none."""
        try:
            return self.body.decode()
        except UnicodeDecodeError as error:
            raise RequestInvalid("a field of the form is no UTF-8") from error


def form_fields(content_type: str, body: bytes) -> dict[str, Field]:
    """The fields by name, of several with one name the last. Raises RequestInvalid."""
    mark = b"\r\n--" + _boundary(content_type)
    # What stands before the first boundary says nothing, what follows the last one neither.
    _preamble, *parts = (b"\r\n" + body).split(mark, MOST_PARTS + 1)
    closing = next((at for at, part in enumerate(parts) if part.startswith(_END)), None)
    if closing is None:
        raise RequestInvalid(f"the form does not end, or has more than {MOST_PARTS} fields")
    return dict(_field(part) for part in parts[:closing])


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_boundary("")
    if message.get_content_type() != "multipart/form-data" or not 0 < len(boundary) <= 70:
        raise RequestInvalid("send the file as multipart/form-data, with its boundary")
    return boundary.encode(errors="replace")


def _field(part: bytes) -> tuple[str, Field]:
    head, found, body = part.partition(b"\r\n\r\n")
    if not found or len(head) > _MOST_HEAD_BYTES:
        raise RequestInvalid("a field of the form has no head, or one without end")
    headers = HeaderParser().parsestr(head.decode(errors="replace").lstrip())
    name = headers.get_param("name", header="content-disposition")
    if not isinstance(name, str) or not name:
        raise RequestInvalid("a field of the form has no name")
    return name, Field(body, headers.get_filename(""))
