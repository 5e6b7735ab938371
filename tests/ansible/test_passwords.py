"""What the role writes as passwords is what Mosquitto's own program writes."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

_FILE = Path(__file__).parents[2] / "ansible/roles/mosquitto/module_utils/mosquitto_hashes.py"
_SPEC = importlib.util.spec_from_file_location("mosquitto_hashes", _FILE)
assert _SPEC is not None
assert _SPEC.loader is not None
hashes = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(hashes)

_PROGRAM = shutil.which("mosquitto_passwd")


@pytest.mark.skipif(_PROGRAM is None, reason="no mosquitto_passwd")
def test_a_line_of_mosquittos_own_program_is_known(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    assert _PROGRAM is not None
    subprocess.run([_PROGRAM, "-c", "-b", file, "kitchen", "sésame"], check=True)
    _, line = file.read_text().strip().split(":")
    assert hashes.is_of(line, "sésame")
    assert not hashes.is_of(line, "sesame")
    assert hashes.renewed(file.read_text(), {"kitchen": "sésame"}) == {"kitchen": line}


def test_only_who_has_another_password_gets_another_line() -> None:
    first = hashes.renewed("", {"kitchen": "one", "bedroom": "two"})
    text = "".join(f"{name}:{line}\n" for name, line in first.items())
    second = hashes.renewed(text, {"kitchen": "one", "bedroom": "three", "office": "four"})
    assert second["kitchen"] == first["kitchen"]
    assert second["bedroom"] != first["bedroom"]
    assert hashes.is_of(second["bedroom"], "three")
    assert hashes.is_of(second["office"], "four")


def test_who_is_no_longer_named_is_no_longer_let_in() -> None:
    text = "kitchen:" + hashes.renewed("", {"kitchen": "one"})["kitchen"]
    assert hashes.renewed(text, {}) == {}


@pytest.mark.parametrize(
    "line", ["", "x", "$6$abc$def", "$7$many$c2FsdA==$aGFzaA==", "$7$101$*$*", "$7$0$c2FsdA==$x"]
)
def test_a_damaged_line_is_made_anew(line: str) -> None:
    assert not hashes.is_of(line, "one")
