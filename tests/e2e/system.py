"""The whole system, started as people start it, on a data folder and a port of its own."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.services import REPOSITORY, die_with_parent, free_port, stop_process

# What tests/settings.py made for the other tests: this system makes its own.
OF_OTHER_TESTS = {
    *("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"),
    *("SEGLOOP_DEBUG", "SEGLOOP_SECRET_KEY", "SEGLOOP_TEST_SESSION"),
}
READY = "Ctrl-C stops everything"


class System:
    """A running Segloop: its address, its first administrator, its folder and logs."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.output = folder / "launch.txt"
        self.url = f"http://127.0.0.1:{free_port()}"
        inherited = {key: value for key, value in os.environ.items() if key not in OF_OTHER_TESTS}
        self.environment = {
            **inherited,
            "SEGLOOP_DATA": str(self.data),
            "SEGLOOP_PORT": self.url.rpartition(":")[2],
            "HOME": str(folder),
        }
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launch"],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
            )
        self.wait_until_ready(120)
        self.username = self.printed("Name")
        self.password = self.printed("Password")

    def wait_until_ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while READY not in (text := self.output.read_text()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise AssertionError(f"Segloop did not start:\n{text}\n{self.log_tails()}")
            time.sleep(0.05)

    def printed(self, label: str) -> str:
        """A word that the launcher printed for the person who started it."""
        found = re.search(rf"^\s*{label}\s+(\S+)", self.output.read_text(), re.MULTILINE)
        assert found, f"no {label} in what the launcher printed:\n{self.output.read_text()}"
        return found[1]

    def run_command(self, *arguments: str) -> str:
        """What `python manage.py …` prints, run beside the system as an administrator would."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPOSITORY,
            env={**self.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def log_tails(self, characters: int = 4000) -> str:
        """The end of each service's log."""
        logs = sorted((self.data / "logs").glob("*.log")) if self.data.exists() else []
        parts = [
            f"===== {log.name}\n{log.read_text(errors='replace')[-characters:]}" for log in logs
        ]
        return "\n".join(parts)

    def stop(self) -> None:
        """End everything, and see that nothing was left running."""
        members = psutil.Process(self.process.pid).children(recursive=True)
        stop_process(self.process, 40)
        _, left = psutil.wait_procs(members, timeout=5)
        for process in left:
            process.kill()
        assert not left, f"still running after the launcher had stopped: {left}"
