"""What a release says it is made of."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from device.releases.lock import Pin
from device.releases.sbom import bill, stated_licences

ROOT = Path(__file__).resolve().parents[2]
LOCK = "locks/py3.11-x86_64.txt"
PURL = re.compile(r"pkg:pypi/[a-z0-9-]+@[A-Za-z0-9.!%]+")
PINS = [
    Pin("numpy", "2.5.5", (f"--hash=sha256:{64 * 'b'}",), frozenset({"soxr", "parlor-speaker"})),
    Pin("soxr", "1.1.0+pi", (f"--hash=sha256:{64 * 'a'}",), frozenset({"parlor-speaker"})),
]


def written(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "device.releases.sbom", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


def by_ref(told: dict[str, Any]) -> dict[str, list[str]]:
    return {one["ref"]: one["dependsOn"] for one in told["dependencies"]}


def test_packages_are_named_with_version_licence_digests_and_who_needs_them() -> None:
    told = bill("1.2.3", PINS, {"soxr": "LGPL-2.1-or-later"})
    numpy, soxr = told["components"]
    assert soxr["licenses"] == [{"license": {"name": "LGPL-2.1-or-later"}}]
    assert soxr["hashes"] == [{"alg": "SHA-256", "content": 64 * "a"}]
    assert soxr["purl"] == "pkg:pypi/soxr@1.1.0%2Bpi"
    assert "licenses" not in numpy
    needs = by_ref(told)
    assert needs["pkg:pypi/parlor-speaker@1.2.3"] == [numpy["purl"], soxr["purl"]]
    assert needs[soxr["purl"]] == [numpy["purl"]]
    assert needs[numpy["purl"]] == []


def test_the_same_release_has_the_same_bill_and_another_one_another() -> None:
    told = bill("1.2.3", PINS, {})
    assert bill("1.2.3", reversed(PINS), {}) == told
    assert bill("1.2.4", PINS, {})["serialNumber"] != told["serialNumber"]
    assert bill("1.2.3", PINS[:1], {})["serialNumber"] != told["serialNumber"]


def test_the_bill_of_a_lock_is_cyclonedx() -> None:
    told = json.loads(written(LOCK).stdout)
    assert (told["bomFormat"], told["specVersion"], told["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", told["serialNumber"])
    refs = [one["bom-ref"] for one in (told["metadata"]["component"], *told["components"])]
    assert len(set(refs)) == len(refs) > 50
    assert all(PURL.fullmatch(ref) for ref in refs)
    assert list(by_ref(told)) == [refs[0], *refs[1:]]
    assert {ref for needed in by_ref(told).values() for ref in needed} == set(refs[1:])
    licences = {one["name"]: one["licenses"][0]["license"]["name"] for one in told["components"]}
    assert licences["piper-tts"] == "GPL-3.0-or-later"


def test_wheels_state_their_licences_themselves(tmp_path: Path) -> None:
    wheel = tmp_path / "Lamp_Oil-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        about = "Metadata-Version: 2.4\nName: Lamp_Oil\nVersion: 1.0\nLicense-Expression: ISC\n"
        archive.writestr("lamp_oil-1.0.dist-info/METADATA", about)
    assert stated_licences([str(wheel)]) == {"lamp-oil": "ISC"}


def test_what_is_not_there_has_no_licence_to_tell(tmp_path: Path) -> None:
    assert stated_licences([str(tmp_path)]) == {}


def test_without_a_lock_it_says_how_it_is_used() -> None:
    done = written("locks/none.txt")
    assert done.returncode == 2
    assert "use:" in done.stderr
