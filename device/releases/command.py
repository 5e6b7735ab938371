"""`parlor release`: one command for people, Ansible, systemd and the wheel itself.

It needs the standard library only and loads no other part of the speaker.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from device.errors import StorageError, UpdateMissing
from device.releases.building import MACHINES, PYTHONS, Target, build
from device.releases.checks import Checks
from device.releases.collecting import KEEP, collect
from device.releases.guard import alone
from device.releases.installing import install
from device.releases.layout import Layout
from device.releases.listing import listing, shown
from device.releases.lock import EXTRAS
from device.releases.service import find_service
from device.releases.switching import Switching

Options = argparse.Namespace
Told = dict[str, Any]


def main(arguments: Sequence[str]) -> None:
    """Carry a command out and print what came of it. Raises DeviceError, SystemExit."""
    options = _parser().parse_args(arguments)
    try:
        told = options.action(options)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        where = f"{error.filename}: " if error.filename else ""
        raise StorageError(
            f"{where}{error.strerror or error}; nothing is lost, try again when that is mended"
        ) from error
    if options.json:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        sys.stdout.write("\n".join(options.show(told)) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("parlor release", description=__doc__.splitlines()[0])
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--root", type=Path, default=Path("/"), help="another root than /")
    shared.add_argument("--json", action="store_true", help="one JSON object, for programs")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, action: Callable[[Options], Told], text: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, parents=[shared], help=text, description=text)
        one.set_defaults(action=action, show=_sentence)
        return one

    one = add("build", _build, "make a bundle, on a computer that has the network")
    one.add_argument("--source", type=Path, default=Path(), help="a clone (default: here)")
    one.add_argument("--output", type=Path, default=Path("out"), help="folder (default: out)")
    one.add_argument("--python", choices=PYTHONS, default=PYTHONS[0])
    one.add_argument("--machine", choices=MACHINES, default=MACHINES[0])
    one.add_argument(
        "--extra", action="append", help=f"packages beyond (default: {', '.join(EXTRAS)})"
    )
    one.add_argument("--sign", type=Path, metavar="KEY", help="sign it with this ssh key")
    one = add("install", _install, "install a bundle beside the release that runs")
    one.add_argument("bundle", type=Path)
    one.add_argument("--allowed-signers", type=Path, help="it must be signed by one of these")
    one = add("switch", _switch, "run a release; go back by itself when it is not healthy")
    one.add_argument("name")
    _judging(one)
    _judging(add("rollback", _rollback, "go back to the release that ran well before"))
    one = add("update", _update, "install and run the newest release of the server in [updates]")
    _judging(one)
    one = add("confirm", _confirm, "trust the release that runs")
    one.add_argument("--if-healthy", action="store_true", help="and go back if it never is")
    _judging(one)
    one = add("rescue", _rescue, "go back from a release on trial that fails")
    one.add_argument("--boot", action="store_true", help="the computer starts")
    _judging(one)
    one = add("collect", _collect, "remove releases that nobody goes back to")
    one.add_argument("--keep", type=int, default=KEEP, help="how many stay (default: 2)")
    add("list", _list, "what is installed, what runs, what happened").set_defaults(show=shown)
    return parser


def _judging(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--restart", help="command that starts the speaker anew (no systemd)")
    parser.add_argument(
        "--wait", type=float, default=60.0, help="seconds it may take to be healthy (default: 60)"
    )


def _sentence(told: Told) -> list[str]:
    what = told["release"] or "nothing to do"
    return [f"{what}: {told['done']}" if told["changed"] else f"{what}: nothing to change"]


def _say(text: str) -> None:
    sys.stderr.write(f"release: {text}\n")


def _told(changed: bool, release: str | None, done: str) -> Told:
    return {"changed": changed, "release": release, "done": done}


def _switching(options: Options, layout: Layout) -> Switching:
    service = find_service(layout.root, options.restart)
    return Switching(layout, service, Checks(layout, options.wait), _say)


def _build(options: Options) -> Told:
    target = Target(options.python, options.machine)
    extras = options.extra or EXTRAS
    manifest, bundle = build(options.source, options.output, target, extras, options.sign, _say)
    return _told(True, manifest.name, f"built, {bundle}") | {"bundle": str(bundle)}


def _install(options: Options) -> Told:
    layout = Layout(options.root)
    with alone(layout) as held:
        manifest, changed = install(layout, options.bundle, options.allowed_signers, held, _say)
    return _told(changed, manifest.name, "installed") | {"version": manifest.version}


def _switch(options: Options) -> Told:
    layout = Layout(options.root)
    with alone(layout):
        changed = _switching(options, layout).switch(options.name)
    return _told(changed, options.name, "runs now")


def _rollback(options: Options) -> Told:
    layout = Layout(options.root)
    with alone(layout):
        return _told(True, _switching(options, layout).rollback(), "runs again")


def _update(options: Options) -> Told:
    # What a bare computer does not have yet is needed for nothing else.
    from device import __version__, config_file
    from device.releases.updating import Updating

    layout = Layout(options.root)
    at_home = layout.root != Path("/") and layout.config.is_file()
    updates = config_file.load(layout.config if at_home else None).updates
    if not updates.url:
        raise UpdateMissing("[updates] url names no server to update from")
    signers = updates.allowed_signers
    switching = _switching(options, layout)
    done = Updating(updates.url, signers, layout, switching, __version__, _say).run()
    return _told(done is not None, done or layout.named(layout.current), "runs now")


def _confirm(options: Options) -> Told:
    layout = Layout(options.root)
    with alone(layout):
        switching = _switching(options, layout)
        done = switching.confirm_if_healthy() if options.if_healthy else switching.confirm()
    return _told(done, layout.named(layout.current), "is trusted now")


def _rescue(options: Options) -> Told:
    layout = Layout(options.root)
    if not layout.trial.exists():
        return _told(False, layout.named(layout.current), "")
    with alone(layout):
        name = _switching(options, layout).rescue(options.boot)
    return _told(name is not None, name, "runs again")


def _collect(options: Options) -> Told:
    layout = Layout(options.root)
    with alone(layout):
        removed = collect(layout, options.keep)
    running = layout.named(layout.current)
    return _told(bool(removed), running, f"{', '.join(removed)} removed") | {"removed": removed}


def _list(options: Options) -> Told:
    return listing(Layout(options.root))
