"""What the browser did while a test drove it: requests, the console, pages that broke."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request


@dataclass
class Watch:
    """Listens to one browser context from its first moment."""

    context: BrowserContext
    origin: str
    lines: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self._on_request)
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self._fault(f"uncaught: {error.error}"))

    def _on_request(self, request: Request) -> None:
        self.requested.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        line = f"{message.type}: {message.text} ({where})"
        self.lines.append(line)
        if message.type in {"error", "warning"}:
            self._fault(line)

    def _fault(self, line: str) -> None:
        self.faults.append(line)

    def expect_fault(self, pattern: str) -> None:
        """This test provokes such a line in the console: a refusal, a lost connection."""
        self.expected.append(pattern)

    def check(self) -> None:
        """Nothing left this machine, and nothing went wrong that the test did not provoke."""
        own = (f"{self.origin}/", "blob:", "data:")
        foreign = [url for url in self.requested if not url.startswith(own)]
        assert not foreign, f"the page asked somebody else: {foreign}"
        surprises = [
            line for line in self.faults if not any(re.search(each, line) for each in self.expected)
        ]
        assert not surprises, "in the browser's console:\n" + "\n".join(surprises)

    def save(self, folder: Path, name: str) -> None:
        """Screenshots and console, for whoever looks into a failed test."""
        for number, page in enumerate(self.context.pages):
            if not page.is_closed():
                _screenshot(page, folder / f"{name}-page{number}.png")
                self.lines.append(f"page {number} is at {page.url}")
        (folder / f"{name}-console.txt").write_text("\n".join(self.lines) + "\n")


def _screenshot(page: Page, path: Path) -> None:
    try:
        page.screenshot(path=path, timeout=5000)
    except Exception as error:  # a page that hangs must not hide why the test failed
        path.with_suffix(".txt").write_text(str(error))
