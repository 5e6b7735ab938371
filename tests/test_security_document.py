"""docs/security.md says what is true: its tests exist, and no provision is left out."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "docs/security.md").read_text()
DOCUMENTS = [file.read_text() for file in sorted((ROOT / "docs").glob("**/*.md"))]
COUNTS = {"5.1": 5, "5.2": 3, "5.3": 16, "5.4": 4, "5.5": 8, "5.6": 9, "5.7": 2, "5.8": 3,
          "5.9": 3, "5.10": 1, "5.11": 4, "5.12": 3, "5.13": 1, "6": 5}  # fmt: skip
PROVISIONS = ["4-1", *(f"{part}-{n + 1}" for part, count in COUNTS.items() for n in range(count))]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILES = re.compile(r"`((?:scripts|tests)/[\w/.-]+)`|\]\(\.\./([^)]+)\)")
SECRETS = (
    r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----", r"\bsk-[A-Za-z0-9_-]{20,}", r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}", r"\bAIza[0-9A-Za-z_-]{35}\b",
    r"\$7\$[0-9]+\$[A-Za-z0-9+/=]{12,}",
)  # fmt: skip
"""Private keys, keys of OpenAI, Amazon, GitHub and Google, and Mosquitto's passwords."""


def rows(begins: str) -> dict[str, str]:
    """The last cell of every row whose first cell begins like this, by that cell."""
    cells = [line.strip("| ").split(" | ") for line in TEXT.splitlines() if line.startswith("|")]
    return {row[0]: row[-1] for row in cells if re.fullmatch(begins, row[0])}


def names_in(file: str) -> set[str]:
    return set(re.findall(r"^(?:async )?def (test_\w+)", (ROOT / file).read_text(), re.M))


def test_every_test_and_file_that_is_named_exists() -> None:
    named = [one for text in DOCUMENTS for one in NAMED.findall(text)]
    assert len(named) > 50
    assert [one for one in named if one[1] not in names_in(one[0])] == []
    files = [script or link for script, link in FILES.findall(TEXT)]
    assert [file for file in files if not (ROOT / file).exists()] == []


def test_every_provision_has_a_test_or_a_reason() -> None:
    provisions = rows(r"[456][.\d]*-\d+")
    assert list(provisions) == PROVISIONS
    shown = {number for number, evidence in provisions.items() if NAMED.search(evidence)}
    excused = {number for number, text in provisions.items() if text.startswith("*Reason*: ")}
    assert provisions.keys() == shown | excused


def test_every_threat_is_met_by_a_test() -> None:
    threats = rows(r"T\d")
    assert list(threats) == [f"T{n}" for n in range(1, 10)]
    assert [threat for threat, evidence in threats.items() if not NAMED.search(evidence)] == []


def test_no_secret_is_in_the_source() -> None:
    wanted = [part for secret in SECRETS for part in ("-e", secret)]
    found = subprocess.run(
        ["git", "grep", "--perl-regexp", "--files-with-matches", *wanted], cwd=ROOT,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if found.returncode > 1:
        pytest.skip(f"git cannot look: {found.stderr}")
    assert found.stdout.split() == []


@pytest.mark.parametrize("secret", ["-----BEGIN EC PRIVATE " + "KEY-----", "sk-" + 24 * "a"])
def test_what_looks_like_a_secret_is_found(secret: str) -> None:
    assert any(re.search(pattern, secret) for pattern in SECRETS)
