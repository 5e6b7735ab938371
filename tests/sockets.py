"""Which sockets of a process and its children others could reach, as the kernel lists them."""

import re
from collections.abc import Iterator
from pathlib import Path

_PROC = Path("/proc")
_INODE = re.compile(r"socket:\[(\d+)\]")
_TCP_LISTENS = "0A"
_ACCEPTS = 0x10000
"""The flag of a UNIX socket that accepts connections."""
_DATAGRAMS = "0002"


def reachable(pid: int) -> set[tuple[str, str]]:
    """Kind (tcp, udp6, unix, ...) and address of every socket that waits for strangers.

    A datagram socket with a peer hears nobody else, and does not count.
    """
    ours = {inode for one in _family(pid) for inode in _inodes(one)}
    return {(kind, address) for kind, inode, address in _waiting(pid) if inode in ours}


def _family(pid: int) -> Iterator[int]:
    yield pid
    for children in _PROC.glob(f"{pid}/task/*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _inodes(pid: int) -> Iterator[str]:
    for descriptor in _PROC.glob(f"{pid}/fd/*"):
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue
        if found := _INODE.fullmatch(target):
            yield found[1]


def _waiting(pid: int) -> Iterator[tuple[str, str, str]]:
    for kind in ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6"):
        for _, local, peer, state, *rest in _rows(pid, kind):
            nobody = set(peer) <= set("0:")
            if state == _TCP_LISTENS if kind.startswith("tcp") else nobody:
                yield kind, rest[5], local
    for _, _, _, flags, type_, _, inode, *path in _rows(pid, "unix"):
        if int(flags, 16) & _ACCEPTS or (path and type_ == _DATAGRAMS):
            yield "unix", inode, path[0] if path else ""


def _rows(pid: int, kind: str) -> Iterator[list[str]]:
    file = _PROC / f"{pid}/net/{kind}"
    if file.exists():
        yield from (line.split() for line in file.read_text().splitlines()[1:])
