"""Signatures over release.json, by the keys people have for ssh (ssh-keygen(1), -Y)."""

import tempfile
from pathlib import Path
from typing import Final

from device.errors import BundleInvalid, ReleaseError
from device.releases.programs import last_words, run

NAMESPACE: Final = "parlor-release"
"""A signature made for something else is none."""
SIGNER: Final = "parlor"
"""Who signs, in the file of allowed signers: `parlor ssh-ed25519 AAAA...`."""


def sign(manifest: Path, key: Path) -> None:
    """Write `manifest`.sig; `key` is a private key, or a public one whose agent has the other.

    Raises ReleaseError.
    """
    manifest.with_name(f"{manifest.name}.sig").unlink(missing_ok=True)
    done = run(["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE, str(manifest)], 60)
    if done.returncode:
        raise ReleaseError(f"cannot sign with {key}: {last_words(done)}")


def verify(manifest: str, signature: str, allowed: Path) -> None:
    """Raise BundleInvalid unless the manifest is signed by one of the allowed signers."""
    if not allowed.is_file():
        raise ReleaseError(f"there is no file of allowed signers {allowed}")
    if not signature:
        raise BundleInvalid(f"the bundle is not signed, and only what {allowed} signs is installed")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(signature)
        file.flush()
        command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", SIGNER]
        done = run([*command, "-n", NAMESPACE, "-s", file.name], 60, told=manifest)
    if done.returncode:
        raise BundleInvalid(f"the signature does not hold: {last_words(done)}")
