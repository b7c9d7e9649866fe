"""Whether the kernel killed for lack of memory: told by its own counters, not guessed.

``/proc/vmstat`` counts the kills of the whole machine (Linux 4.13), ``memory.events`` those within
a container's limit (cgroup v2). Where neither can be read, nobody knows.
"""

from pathlib import Path
from typing import NamedTuple

_VMSTAT = Path("/proc/vmstat")
_CGROUPS = (
    Path("/sys/fs/cgroup/memory.events"),
    Path("/sys/fs/cgroup/memory/memory.oom_control"),
)
"""As a container sees its own: cgroup v2, v1."""


class MemoryKills(NamedTuple):
    """How often the kernel killed for memory so far; None where it does not tell."""

    machine: int | None
    container: int | None


def count_memory_kills() -> MemoryKills:
    """Read the counters (microseconds)."""
    container = next((n for path in _CGROUPS if (n := _read(path)) is not None), None)
    return MemoryKills(_read(_VMSTAT), container)


def _read(path: Path) -> int | None:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(" ")
        if name == "oom_kill" and value.strip().isdigit():
            return int(value)
    return None


def explain_kill(before: MemoryKills, after: MemoryKills) -> tuple[bool, str]:
    """Return whether a process that was killed in between died for memory, and a clause.

    Where the kernel tells nothing, memory is the likeliest reason.
    """
    if None not in (before.container, after.container) and after.container != before.container:
        return True, "the memory limit of its container was reached"
    if before.machine is None or after.machine is None:
        return True, "most likely because the memory ran out"
    if after.machine != before.machine:
        return True, "the memory of the machine ran out"
    return False, "somebody or something ended it (kill -9), not the kernel for memory"
