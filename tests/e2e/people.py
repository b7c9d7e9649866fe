"""People at their browsers."""

from typing import Any

from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, StorageState, expect

from tests.e2e.system import System
from tests.e2e.watch import Watch

WINDOW = {"width": 1440, "height": 900}
PASSWORD = "a longer word than most"


class Person:
    """One window of one person: the page, and the API as that page's scripts may use it."""

    def __init__(self, name: str, context: BrowserContext, origin: str) -> None:
        self.name = name
        self.context = context
        self.origin = origin
        self.watch = Watch(context, origin)
        self.page = context.new_page()

    def get(self, path: str) -> Any:
        return self.call("GET", path, 200).json()

    def call(self, method: str, path: str, expected: int, **options: Any) -> APIResponse:
        cookies = {each["name"]: each["value"] for each in self.context.cookies()}
        headers = {
            "X-CSRFToken": cookies.get("csrftoken", ""),
            "Referer": f"{self.origin}/",
            **options.pop("headers", {}),
        }
        answer = self.context.request.fetch(path, method=method, headers=headers, **options)
        assert answer.status == expected, f"{method} {path}: {answer.status} {answer.text()[:1000]}"
        return answer


class People:
    """Every account of the system under test, and the windows that are open."""

    def __init__(self, system: System, browser: Browser) -> None:
        self.system = system
        self.browser = browser
        self.windows: list[Person] = []
        self.passwords = {system.username: system.password}
        self.states: dict[str, StorageState] = {}

    def add(self, *names: str) -> None:
        """Make accounts, as an administrator does in a shell."""
        script = "from django.contrib.auth import get_user_model as model\n" + "".join(
            f"model().objects.create_user({name!r}, password={PASSWORD!r})\n" for name in names
        )
        self.system.run_command("shell", "-c", script)
        self.passwords |= dict.fromkeys(names, PASSWORD)

    def open_window(self, name: str, *, signed_in: bool = True) -> Person:
        if signed_in and name not in self.states:
            self._sign_in(name)
        context = self.browser.new_context(
            base_url=self.system.url,
            viewport={"width": WINDOW["width"], "height": WINDOW["height"]},
            storage_state=self.states[name] if signed_in else None,
            accept_downloads=True,
        )
        person = Person(name, context, self.system.url)
        self.windows.append(person)
        return person

    def close_windows(self, persons: list[Person]) -> None:
        for person in persons:
            person.context.close()
            self.windows.remove(person)

    def _sign_in(self, name: str) -> None:
        person = self.open_window(name, signed_in=False)
        person.page.goto("/")
        sign_in(person.page, name, self.passwords[name])
        self.states[name] = person.context.storage_state()
        self.close_windows([person])


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Datasets", level=1)).to_be_visible()
