"""One Segloop, one Chromium and one trained run for all tests of this folder.

Package scope, not session scope: Playwright's event loop must be gone before other tests touch
the database in this process.
"""

import re
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.e2e.people import People, Person
from tests.e2e.system import System
from tests.services import REPOSITORY

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync", "--disable-extensions"),
    "--use-fake-device-for-media-stream",
    # Whatever the page might ask of others would fail, and be seen.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
STATE_SECONDS = 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system, as `make run` starts it."""
    if not (REPOSITORY / "frontend" / "dist" / "index.html").exists():
        pytest.fail(
            "The front end is not built: make test builds it, as does npm run build in frontend/.",
            pytrace=False,
        )
    started = System(tmp_path_factory.mktemp("e2e"))
    yield started
    started.stop()


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=STATE_SECONDS * 1000)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def people(system: System, browser: Browser) -> People:
    """Who works here. Signing in once is enough: the next window brings the cookie along."""
    return People(system, browser)


@pytest.fixture
def open_window(people: People) -> Iterator[Callable[[str], Person]]:
    """Open a window of its own for a person, by name; what it did is checked afterwards."""
    opened: list[Person] = []

    def open_it(name: str) -> Person:
        person = people.open_window(name)
        opened.append(person)
        return person

    yield open_it
    watches = [person.watch for person in opened]
    people.close_windows(opened)
    for watch in watches:
        watch.check()


@pytest.fixture
def lead(open_window: Callable[[str], Person]) -> Person:
    """The administrator, signed in, who leads every dataset here."""
    return open_window("admin")


@pytest.fixture
def page(lead: Person) -> Page:
    return lead.page


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test leaves screenshots, consoles and the services' logs, and says where."""
    report = yield
    people = getattr(item, "funcargs", {}).get("people")
    if report.failed and isinstance(people, People):
        name = re.sub(r"[^\w.-]+", "_", item.name)
        folder = people.system.output.parent / "failures" / f"{name}-{report.when}"
        folder.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(people.windows):
            person.watch.save(folder, f"{person.name}{number}")
        (folder / "services.txt").write_text(people.system.log_tails())
        report.sections.append(("what the browser showed", f"screenshots and logs: {folder}"))
    return report


@pytest.fixture(scope="package")
def pond(people: People) -> str:
    """The sample dataset, made with the button; its slug."""
    page = people.open_window(people.system.username).page
    page.goto("/")
    page.get_by_role("button", name="Create sample dataset").click()
    dialog = page.get_by_role("dialog", name="Create the sample dataset")
    dialog.get_by_role("button", name="Create sample dataset").click()
    expect(page).to_have_url(re.compile(r"/datasets/[\w-]+$"), timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_contain_text("pond")
    expect(page.get_by_role("main").get_by_text("100 images", exact=True)).to_be_visible()
    return page.url.rpartition("/")[2]


@pytest.fixture(scope="package")
def finished_run(people: People, pond: str) -> str:
    """Version 1 of the pond frozen, and a run trained on it, watched live; the run's path."""
    page = people.open_window(people.system.username).page
    freeze_version(page, pond)
    start_run(page)
    watch_run(page)
    return page.url.removeprefix(people.system.url)


def freeze_version(page: Page, pond: str) -> None:
    page.goto(f"/datasets/{pond}")
    page.get_by_role("link", name="Versions").click()
    page.get_by_role("button", name="Freeze version 1 …").click()
    dialog = page.get_by_role("dialog", name="Freeze version 1")
    dialog.get_by_label("Notes").fill("The first")
    dialog.get_by_role("button", name="Freeze version 1: ").click()
    row = page.get_by_role("row", name="Version 1 The first")
    expect(row.get_by_text("Finished")).to_be_visible()


def start_run(page: Page) -> None:
    page.get_by_role("row", name="Version 1").get_by_role("link", name="Train").click()
    page.get_by_role("radiogroup", name="Family").get_by_text("YOLOv8").click()
    page.get_by_role("radiogroup", name="Weights").get_by_text("From scratch").click()
    for label, value in (("Epochs", "2"), ("Image size", "64"), ("Batch", "8")):
        page.get_by_label(label, exact=True).fill(value)
    expect(page.get_by_text("Trains YOLOv8n, from scratch on version 1")).to_be_visible()
    page.get_by_role("button", name="Start the run").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))


def watch_run(page: Page) -> None:
    """The page of the run tells what happens without being loaded again."""
    page.evaluate("window.loadedOnce = true")
    figure = (
        page.locator("dl > div")
        .filter(has=page.get_by_text("Epoch", exact=True))
        .get_by_role("definition")
    )
    expect(figure).to_have_text("1 / 2", timeout=120_000)
    expect(page.get_by_role("img", name="Losses over 1 epoch")).to_be_visible()
    expect(page.get_by_role("img", name="Mask metrics over")).to_be_visible()
    expect(figure).to_have_text("2 / 2", timeout=60_000)
    heading = page.get_by_role("heading", level=1).locator("..")
    expect(heading.get_by_text("Finished", exact=True)).to_be_visible(timeout=60_000)
    assert page.evaluate("window.loadedOnce"), "the page was loaded again"
