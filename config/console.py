"""What a person sees in the terminal: short steps with times, sentences when something is wrong.

Standard library only and no third-party import: the bootstrap uses it before anything is installed.
"""

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

TITLE_WIDTH = 16


class StartError(Exception):
    """Something that a person has to mend; the message is one sentence that says what to do."""

    def __init__(self, sentence: str, *, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.log = log


def last_lines(path: Path, count: int = 15) -> list[str]:
    """The last lines of a log file that say something, without reading all of a large one."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 32_768))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [line.rstrip() for line in lines if line.strip()][-count:]


class Console:
    """Writes steps and messages to a terminal, or plainly to a file."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.is_terminal = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.use_colour = self.is_terminal and "NO_COLOR" not in os.environ
        encoding = (self.stream.encoding or "ascii").lower().replace("-", "")
        plain = encoding != "utf8"
        self.mark_done = "+" if plain else "✓"
        self.mark_failed = "x" if plain else "✗"
        self.mark_note = "!" if plain else "●"
        self.mark_busy = "-" if plain else "·"

    def colour(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.use_colour else text

    def bold(self, text: str) -> str:
        return self.colour("1", text)

    def dim(self, text: str) -> str:
        return self.colour("2", text)

    def line(self, text: str = "") -> None:
        try:
            self.stream.write(text + "\n")
        except UnicodeEncodeError:
            encoding = self.stream.encoding or "ascii"
            self.stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        except BrokenPipeError:
            return
        self.stream.flush()

    def heading(self, text: str) -> None:
        self.line(f"\n  {self.bold(text)}\n")

    def done(self, title: str, detail: str, seconds: float | None = None) -> None:
        """One finished step: `✓ Redis           embedded                       0.1 s`."""
        self._clear()
        duration = "" if seconds is None else self.dim(format_seconds(seconds))
        mark = self.colour("32", self.mark_done)
        self.line(f"  {mark} {title:<{TITLE_WIDTH}} {detail:<42} {duration}".rstrip())

    def note(self, text: str) -> None:
        self._clear()
        self.line(f"  {self.colour('33', self.mark_note)} {text}")

    def failed(self, error: StartError) -> None:
        """The end of a start that went wrong: the log's last lines, then what to do."""
        self._clear()
        lines = last_lines(error.log) if error.log else []
        if lines:
            self.line()
            for text in lines:
                self.line(f"    {self.dim(text)}")
            self.line(f"    {self.dim(f'(the end of {error.log})')}")
        self.line(f"\n  {self.colour('31', self.mark_failed)} {error}\n")

    @contextmanager
    def step(self, title: str) -> Iterator["Step"]:
        """Time a step; the block may set `detail`, and `busy()` shows what goes on meanwhile."""
        step = Step(self, title)
        try:
            yield step
        except BaseException:
            self._clear()
            raise
        self.done(title, step.detail, step.seconds)

    def busy(self, title: str, text: str) -> None:
        """Show what a step is doing now, on one line of a terminal that the next call replaces."""
        if not self.is_terminal:
            return
        width = shutil.get_terminal_size().columns - 6 - TITLE_WIDTH
        shown = text if len(text) <= width else text[: max(0, width - 1)] + "…"
        self.stream.write(f"\r\x1b[2K  {self.mark_busy} {title:<{TITLE_WIDTH}} {self.dim(shown)}")
        self.stream.flush()

    def _clear(self) -> None:
        if self.is_terminal:
            self.stream.write("\r\x1b[2K")


class Step:
    """A step in progress."""

    def __init__(self, console: Console, title: str, began: float | None = None) -> None:
        self.console = console
        self.title = title
        self.detail = ""
        self._began = time.monotonic() if began is None else began

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def busy(self, text: str) -> None:
        self.console.busy(self.title, f"{text}  {format_seconds(self.seconds)}")


def format_seconds(seconds: float) -> str:
    """`0.4 s`, `12 s`, `2 min 05 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
