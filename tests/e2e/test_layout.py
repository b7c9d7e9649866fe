"""The editor at every size: nothing over the image takes a pointer, the next step in reach."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import People, Person
from tests.e2e.system import System
from tests.e2e.test_editor import SIZE_WH, Desk

# Of the canvas, from corner to corner: what in a grid of places is not the drawing surface.
NOT_CANVAS = """() => {
  const { left, top, width, height } = document.querySelector("main").getBoundingClientRect();
  const found = [];
  for (let i = 0; i < 24; i++) {
    for (let j = 0; j < 24; j++) {
      const x = left + ((i + 0.5) * width) / 24;
      const y = top + ((j + 0.5) * height) / 24;
      const element = document.elementFromPoint(x, y);
      if (!element?.matches("[role=application]")) found.push(`${x}, ${y}: ${element?.outerHTML}`);
    }
  }
  return found;
}"""
DRAWING = {"Draw": "p", "Live wire": "w", "Brush": "b", "Knife": "k"}
"""The tools and their keys."""
TOUCH = [(1024, 768), (768, 1024), (390, 844)]
# Buttons, links and fields that are seen and smaller than a fingertip.
SMALL = """() => [...document.querySelectorAll("button, a, input, [role=button]")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .filter((each) => !each.closest("[inert]") && !each.matches(".skip-link, [type=range]"))
  .filter((each) => {
    const { width, height } = each.getBoundingClientRect();
    return Math.min(width, height) < 43.9;
  })
  .map((each) => {
    const { width, height } = each.getBoundingClientRect();
    return `${width} x ${height}: ${each.outerHTML.slice(0, 200)}`;
  })"""


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844)])
def test_nothing_over_the_canvas_takes_a_pointer(
    lead: Person, system: System, size: tuple[int, int]
) -> None:
    desk = Desk(lead, system)
    where = {"text": "What is this?", "x": 30, "y": 270}
    lead.call("POST", f"/api/images/{desk.images[0]}/comments/", 201, data=where)
    page = lead.page
    page.set_viewport_size({"width": size[0], "height": size[1]})
    canvas = desk.open(lead)
    for tool, key in DRAWING.items():
        page.keyboard.press(key)
        assert page.evaluate(NOT_CANVAS) == [], tool
    # The lower left corner, where buttons were: a point is a point.
    page.keyboard.press("p")
    for corner in [(4, 296), (60, 296), (60, 250)]:
        page.mouse.click(*canvas.screen(corner))
        assert page.evaluate(NOT_CANVAS) == []
    expect(page.get_by_text("3 points")).to_be_visible()
    page.keyboard.press("Enter")
    canvas.expect_saved()
    stored = lead.get(f"/api/images/{desk.images[0]}/annotation/")["instances"]
    assert len(stored) == 1


@pytest.fixture
def touch_page(
    lead: Person, people: People, system: System
) -> Iterator[Callable[[tuple[int, int]], Page]]:
    """Open a window that is worked with fingers."""
    contexts = []

    def open_it(size: tuple[int, int]) -> Page:
        context = people.browser.new_context(
            base_url=system.url,
            viewport={"width": size[0], "height": size[1]},
            storage_state=people.states[lead.name],
            has_touch=True,
            is_mobile=True,
        )
        contexts.append(context)
        return context.new_page()

    yield open_it
    for context in contexts:
        context.close()


@pytest.mark.parametrize("size", TOUCH)
def test_by_touch(
    lead: Person,
    system: System,
    touch_page: Callable[[tuple[int, int]], Page],
    size: tuple[int, int],
) -> None:
    """Draw and go on with fingers: the next step in reach, large targets, no key named."""
    desk = Desk(lead, system)
    page = touch_page(size)
    page.goto(f"/datasets/{desk.slug}/edit/{desk.images[0]}")
    canvas = Canvas(page, SIZE_WH)
    for point in [(60, 60), (200, 60), (200, 200)]:
        page.touchscreen.tap(*canvas.screen(point))
    expect(page.get_by_text("3 points")).to_be_visible()
    assert page.locator("[aria-label='Options of the tool'] kbd").count() == 0
    assert page.evaluate(SMALL) == []
    page.get_by_role("button", name="Close", exact=True).tap()
    sheets = page.get_by_role("navigation", name="Sheets")
    for tab in sheets.get_by_role("button").all():
        tab.tap()
        expect(tab).to_have_attribute("aria-expanded", "true")
        assert page.evaluate(SMALL) == [], tab.inner_text()
        tab.tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    button = page.get_by_role("button", name="Done, next")
    expect(button).to_be_in_viewport(ratio=1)
    button.tap()
    expect(page.get_by_text("That was the last one")).to_be_visible()
    stored = lead.get(f"/api/images/{desk.images[0]}/annotation/")["instances"]
    assert len(stored) == 1
