"""What every benchmark needs: a server of its own, the machine's description, a result file."""

import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

RESULTS = REPOSITORY / "bench" / "results"


def describe_machine() -> dict[str, Any]:
    """Processor, cores, memory, Python, commit."""
    cpu = platform.processor() or "unknown"
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=REPOSITORY, capture_output=True, text=True
    )
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "memory_gb": round(memory_gb, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "commit": commit.stdout.strip() or "unknown",
        "date": time.strftime("%Y-%m-%d"),
    }


def write_result(name: str, rows: Sequence[dict[str, Any]], **extra: Any) -> Path:
    """Write ``bench/results/<name>.json``: machine, commit and rows."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    body = {"machine": describe_machine(), "rows": list(rows), **extra}
    path.write_text(json.dumps(body, indent=2) + "\n")
    return path


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Print rows with the keys of the first as columns."""
    names = list(rows[0])
    cells = [names] + [[_cell(row.get(name)) for name in names] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(names))]
    for row in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank quantile."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@contextlib.contextmanager
def fresh_environment() -> Iterator[Path]:
    """Point SEGLOOP_DATA and REDIS_URL at fresh ones and set Django up; yields the data root."""
    from tests import services

    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as folder:
        root = Path(folder)
        os.environ["SEGLOOP_DATA"] = str(root)
        os.environ["REDIS_URL"] = services.start_redis(root)
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield root


@contextlib.contextmanager
def web_server(log: Path) -> Iterator[str]:
    """Start the web server as `make run` does; yields its address."""
    from tests import services

    port = services.free_port()
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.serve", f"--port={port}"],
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
            preexec_fn=services.die_with_parent,
        )
        try:
            _wait_for(f"{address}/api/session/")
            yield address
        finally:
            services.stop_process(process)


def _wait_for(url: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer")
