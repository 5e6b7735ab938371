"""What another process has used. Source: proc(5)."""

import os
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Processor time, its own and the kernel's on its behalf."""
    # The name of the program, in brackets, may hold blanks.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid: int, key: str = "VmRSS") -> int:
    """Memory in use; VmHWM: the most there was."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(key))
