"""Lines of Mosquitto's password file."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode

ROUNDS = 101
"""As mosquitto_passwd 2.0 does."""


def hashed(password: str, salt: bytes, rounds: int) -> str:
    """What follows the name: $7$rounds$salt$hash, PBKDF2 with SHA-512."""
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${b64encode(salt).decode()}${b64encode(digest).decode()}"


def is_of(line: str, password: str) -> bool:
    """Whether a line's hash is that of a password."""
    try:
        _, kind, rounds, salt, _ = line.split("$")
        return kind == "7" and hmac.compare_digest(
            line, hashed(password, b64decode(salt), int(rounds))
        )
    except ValueError:
        return False


def renewed(text: str, users: dict[str, str]) -> dict[str, str]:
    """Hashes by name: those of a file where they fit, new ones elsewhere."""
    known = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {
        name: known[name]
        if is_of(known.get(name, ""), password)
        else hashed(password, os.urandom(12), ROUNDS)
        for name, password in users.items()
    }
