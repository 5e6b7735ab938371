"""A real Mosquitto on a free loopback port, for as long as a test needs it."""

import getpass
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from device.config import MqttConfig

_START_SECONDS = 10.0
_AUTHORITY = """\
[ca]
default_ca = us
[us]
database = {folder}/authority.index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anybody
x509_extensions = names
[anybody]
commonName = supplied
[names]
basicConstraints = CA:true
subjectAltName = {names}
"""


def find_mosquitto() -> str | None:
    """The program, also where only root's PATH leads."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Greetings:
    """How often somebody came."""

    tried: int
    accepted: int

    def __sub__(self, before: "Greetings") -> "Greetings":
        return Greetings(self.tried - before.tried, self.accepted - before.accepted)


class Broker:
    """One Mosquitto process with nothing kept on disk."""

    def __init__(
        self,
        folder: Path,
        users: dict[str, str] | None = None,
        certificate: "Certificate | None" = None,
        client_authority: Path | None = None,
        acl: Path | None = None,
        settings: Sequence[str] = (),
    ) -> None:
        """`client_authority` signs the certificates that clients must show.

        `settings` are further lines of mosquitto.conf.
        """
        self.port = free_port()
        self._folder = folder
        self._certificate = certificate
        self._client_authority = client_authority
        self._acl = acl
        self._more = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._looks = 0
        program = find_mosquitto()
        assert program is not None
        self._program = program
        self._log = folder / f"mosquitto-{self.port}.log"
        self._settings = folder / f"mosquitto-{self.port}.conf"
        self._settings.write_text(self._text(users or {}))

    @property
    def config(self) -> MqttConfig:
        """[mqtt] of a speaker that uses this broker; credentials are up to the test."""
        return MqttConfig(host="localhost" if self._certificate else "127.0.0.1", port=self.port)

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    @property
    def greetings(self) -> Greetings:
        """Who came so far, our own looks whether it is there left aside."""
        tried = len(re.findall(r"New connection from", self.log)) - self._looks
        return Greetings(tried, len(re.findall(r"New client connected", self.log)))

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "-c", str(self._settings)], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._accepts():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"mosquitto did not start: {self.log}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; idempotent."""
        if self._process is not None:
            self._process.terminate()
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(10)
            self._process = None

    def kill(self) -> None:
        """End it without a word to anybody, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def freeze(self) -> None:
        """Keep the connections open and answer nothing any more; only `stop` ends that."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        self._looks += 1
        return True

    def _text(self, users: dict[str, str]) -> str:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            f"user {getpass.getuser()}",
        ]
        lines.append(f"allow_anonymous {'false' if users else 'true'}")
        if users:
            passwords = self._folder / "passwords"
            passwords.touch(mode=0o600)
            passwords.write_text("".join(f"{name}:{word}\n" for name, word in users.items()))
            _run("mosquitto_passwd", "-U", str(passwords))
            lines.append(f"password_file {passwords}")
        if self._certificate:
            lines.append(f"certfile {self._certificate.file}")
            lines.append(f"keyfile {self._certificate.key}")
        if self._client_authority:
            lines += [f"cafile {self._client_authority}", "require_certificate true"]
        if self._acl:
            lines.append(f"acl_file {self._acl}")
        return "\n".join((*lines, *self._more)) + "\n"


class Certificate:
    """A certificate for localhost and another name that is its own authority."""

    def __init__(
        self, folder: Path, name: str = "localhost", *, local: bool = True, expired: bool = False
    ) -> None:
        """Not `local`: for the other name alone. `expired`: since 2020."""
        self.file = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        names = f"DNS:{name}" + (",DNS:localhost,IP:127.0.0.1" if local else "")
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        subject = ("-keyout", str(self.key), "-subj", f"/CN={name}")
        if expired:
            self._sign_for_2020(folder, names, (*key, *subject))
        else:
            alone = ("-x509", "-days", "2", "-addext", f"subjectAltName={names}")
            _run("openssl", "req", *alone, *key, *subject, "-out", str(self.file))

    def _sign_for_2020(self, folder: Path, names: str, request: tuple[str, ...]) -> None:
        """As an authority does, because only that may choose the days."""
        wanted, book = folder / "request.pem", folder / "authority.conf"
        (folder / "authority.index").touch()
        book.write_text(_AUTHORITY.format(folder=folder, names=names))
        days = ("-startdate", "20200101000000Z", "-enddate", "20200102000000Z")
        signing = ("-batch", "-selfsign", "-keyfile", str(self.key))
        _run("openssl", "req", "-new", *request, "-out", str(wanted))
        _run(
            "openssl", "ca", "-config", str(book), *signing, *days, "-in", str(wanted),
            "-out", str(self.file),
        )  # fmt: skip


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
