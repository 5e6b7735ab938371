"""What suits a computer is recommended for it, and nothing else."""

from pathlib import Path

import pytest

from device.hal.computer import read_memory_mb, read_model
from device.models.catalogue import read_catalogue
from device.models.recommended import board_of, recommended


@pytest.mark.parametrize(
    ("model", "board"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4", "pi4"),
        ("Raspberry Pi 5 Model B Rev 1.0", "pi5"),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", "pi3"),
        ("Raspberry Pi Zero 2 W Rev 1.0", "zero2"),
        ("Raspberry Pi Compute Module 4 Rev 1.1", "pi4"),
        ("Raspberry Pi 400 Rev 1.0", "pi4"),
        ("Raspberry Pi Model B Rev 2", "zero2"),
        ("", "pi5"),
        ("Some other board", "pi5"),
    ],
)
def test_the_board_is_known_by_its_name(model: str, board: str) -> None:
    assert board_of(model) == board


@pytest.mark.parametrize(
    ("board", "memory_mb", "languages", "names"),
    [
        ("zero2", 450, ["en"], []),
        ("pi3", 950, ["en"], []),
        ("pi4", 950, ["en"], ["faster-whisper-tiny.en", "en_US-amy-low"]),
        ("pi4", 3_900, ["de", "en"],
         ["faster-whisper-tiny", "de_DE-thorsten-medium", "en_US-amy-low"]),
        ("pi5", 8_000, ["en"], ["faster-whisper-base.en", "en_US-lessac-medium"]),
        ("pi5", 950, ["en"], ["faster-whisper-tiny.en", "en_US-amy-low"]),
        ("pi5", 8_000, ["ja"], ["faster-whisper-base"]),
    ],
)  # fmt: skip
def test_models_are_recommended_by_board_memory_and_languages(
    board: str, memory_mb: int, languages: list[str], names: list[str]
) -> None:
    found = recommended(read_catalogue(), board, memory_mb, languages)
    assert [model.name for model in found] == names


def test_the_computer_is_read_from_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    (tmp_path / "meminfo").write_text("MemTotal:        3884772 kB\nMemFree: 1 kB\n")
    assert read_model(tmp_path / "model") == "Raspberry Pi 4 Model B Rev 1.4"
    assert read_memory_mb(tmp_path / "meminfo") == 3_978
    assert read_model(tmp_path / "none") == ""
    (tmp_path / "meminfo").write_text("nothing")
    assert read_memory_mb(tmp_path / "meminfo") == read_memory_mb(tmp_path / "none") == 0
