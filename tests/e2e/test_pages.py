"""Every page that the router has, by its own list: fit for everybody, and for every window."""

import re
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import People, Person
from tests.e2e.system import System
from tests.e2e.test_editor import SIZE_WH, Desk, box
from tests.services import REPOSITORY

FRONTEND = REPOSITORY / "frontend"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = [(390, 844), (768, 1024)]
NOTHING = {":id": "999999"}
"""What an address names where there is none of it here: the page then says so."""


def routes() -> list[str]:
    """The address patterns of every page, read from the router itself."""
    done = subprocess.run(
        ["node", "scripts/list-routes.mjs"],
        cwd=FRONTEND,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.split()


def addresses(run: str, slug: str, image: str) -> Iterator[str]:
    """One address for every route."""
    for route in routes():
        if route == "/sign-in":
            continue
        address = route.replace(":slug", slug).replace(":imageId", image)
        if address.startswith("/runs/:id"):
            address = address.replace("/runs/:id", run)
        for name, value in NOTHING.items():
            address = address.replace(name, value)
        yield address.replace("*", "nowhere")


class Axe:
    """The checker of https://github.com/dequelabs/axe-core, let into a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.source = AXE.read_text()

    def violations(self, **options: Any) -> list[str]:
        # The policy of the page forbids foreign scripts; what the driver evaluates is let in.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(f"(() => {{ {self.source} }})()")
        found = self.page.evaluate(
            "options => axe.run(document, { resultTypes: ['violations'], ...options })", options
        )
        return [
            f"{each['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:240]}"
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def check(self, what: str) -> list[str]:
        """Everything in the light; in the dark only colours differ."""
        found = self.violations(runOnly={"type": "tag", "values": TAGS})
        self.page.emulate_media(color_scheme="dark")
        expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
        # What fades from light to dark has done so, and what is painted by hand is painted again.
        self.page.wait_for_timeout(1000)
        found += self.violations(runOnly={"type": "rule", "values": ["color-contrast"]})
        self.page.emulate_media(color_scheme="light")
        expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", "light")
        self.page.wait_for_timeout(250)
        return [f"{what}: {each}" for each in found]


def settle(page: Page) -> None:
    """Until the page shows what it has to show."""
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("main")).to_be_visible()


def overflow(page: Page, what: str) -> list[str]:
    """The page itself never scrolls sideways; wide tables do, within themselves."""
    found = []
    for width, height in NARROW:
        page.set_viewport_size({"width": width, "height": height})
        seen = page.evaluate("document.documentElement.scrollWidth")
        if seen > width:
            found.append(f"{what} at {width}: {seen} px wide")
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def test_every_page(lead: Person, people: People, system: System, finished_run: str) -> None:
    """No fault that axe knows, light and dark; no page wider than the window."""
    lead.watch.expect_fault("status of 404")
    desk = Desk(lead, system)
    page = lead.page
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    axe = Axe(page)
    faults = []
    for address in addresses(finished_run, desk.slug, desk.images[0]):
        page.goto(address)
        settle(page)
        if page.locator("h1").count() != 1:
            faults.append(f"{address}: not one heading of level 1")
        faults += axe.check(address) + overflow(page, address)
    stranger = people.open_window(lead.name, signed_in=False)
    stranger.page.emulate_media(reduced_motion="reduce", color_scheme="light")
    stranger.page.goto("/sign-in")
    settle(stranger.page)
    faults += Axe(stranger.page).check("/sign-in") + overflow(stranger.page, "/sign-in")
    people.close_windows([stranger])
    assert not faults, "\n".join(faults)


def test_the_editor_with_everything_open(lead: Person, system: System) -> None:
    """Panels, dialogs and sheets, with an object selected and an outline in hand."""
    # An image of 8 bits has no window to set: the editor asks once.
    lead.watch.expect_fault("status of 404")
    desk = Desk(lead, system)
    where = {"text": "What is this?", "x": 30, "y": 270}
    lead.call("POST", f"/api/images/{desk.images[0]}/comments/", 201, data=where)
    page = lead.page
    page.emulate_media(reduced_motion="reduce", color_scheme="light")
    canvas = desk.open(lead)
    canvas.draw(box(40, 40, 160, 140))
    axe = Axe(page)
    faults = []

    def select() -> None:
        page.keyboard.press("v")
        page.keyboard.press(".")

    openings: dict[str, Callable[[], None]] = {
        "selected": select,
        "keyboard cursor": lambda: page.keyboard.press("Shift+K"),
        "comments": lambda: page.keyboard.press("Shift+Y"),
        "history": lambda: page.keyboard.press("y"),
        "view": lambda: page.get_by_role(
            "button", name="How the image and its objects are shown"
        ).click(),
        "keys": lambda: page.keyboard.press("?"),
        "jump": lambda: page.keyboard.press("j"),
    }
    for what, open_it in openings.items():
        open_it()
        page.wait_for_timeout(200)
        faults += axe.check(what)
        if what in {"view", "keys", "jump"}:
            page.keyboard.press("Escape")
        if what == "history":
            page.keyboard.press("y")
    page.set_viewport_size({"width": 390, "height": 844})
    for tab in page.get_by_role("navigation", name="Sheets").get_by_role("button").all():
        tab.click()
        faults += axe.check(tab.inner_text())
    assert not faults, "\n".join(faults)


def test_an_object_drawn_by_keyboard_alone(lead: Person, system: System) -> None:
    """From the first Tab to the next image: no pointer is needed, and nothing holds the focus."""
    desk = Desk(lead, system, pictures=1)
    desk.open(lead)
    page = lead.page
    keys = page.keyboard
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the canvas")).to_be_focused()
    keys.press("Enter")
    expect(page.get_by_role("application")).to_be_focused()
    keys.press("Shift+K")
    voice = page.get_by_role("status", name="Keyboard cursor")
    expect(voice).to_contain_text(f"{SIZE_WH[0] // 2}, {SIZE_WH[1] // 2} · no object")
    for arrow in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        keys.press("Space")
        keys.press(f"Shift+{arrow}")
    expect(voice).to_contain_text("3 points set")
    keys.press("Space")
    keys.press("Enter")
    expect(voice).to_contain_text("duck 1")
    # A vertex is moved and another deleted.
    keys.press("v")
    keys.press(".")
    keys.press(">")
    expect(voice).to_contain_text(re.compile(r"vertex \d of 4 of duck 1"))
    keys.press("Space")
    keys.press("Control+ArrowLeft")
    keys.press("Space")
    expect(voice).to_contain_text("Done: move vertex")
    keys.press(">")
    keys.press("Delete")
    expect(voice).to_contain_text("Done: delete vertex")
    Canvas(page, SIZE_WH).expect_saved()
    keys.press("d")
    expect(page.get_by_text("That was the last one")).to_be_visible()
    answer = lead.get(f"/api/images/{desk.images[0]}/annotation/")
    assert len(answer["instances"]) == 1
    assert len(answer["instances"][0]["polygons"][0][0]) == 2 * 3
    assert lead.get(f"/api/images/{desk.images[0]}/")["status"] == "done"
