"""A hand on the drawing canvas of the editor, in pixels of the image."""

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

Point = tuple[float, float]
MARGIN = 16  # around an image that is fitted into its view


class Canvas:
    """The editor of the image that a page shows, with the image fitted into the view."""

    def __init__(self, page: Page, size_wh: tuple[int, int]) -> None:
        self.page = page
        self.size_wh = size_wh
        expect(page.locator("main")).to_have_attribute("aria-busy", "false")
        page.keyboard.press("0")

    @property
    def stage(self) -> Locator:
        return self.page.get_by_role("application")

    def screen(self, point: Point) -> Point:
        """Where a point of the image lies in the window."""
        box = self.stage.bounding_box()
        assert box
        width, height = self.size_wh
        room = (box["width"] - 2 * MARGIN, box["height"] - 2 * MARGIN)
        scale = min(room[0] / width, room[1] / height)
        return (
            box["x"] + box["width"] / 2 + (point[0] - width / 2) * scale,
            box["y"] + box["height"] / 2 + (point[1] - height / 2) * scale,
        )

    def draw(self, points: Sequence[Point]) -> None:
        """Click an outline point by point and close it."""
        self.page.keyboard.press("p")
        for point in points:
            self.page.mouse.click(*self.screen(point))
        self.page.keyboard.press("Enter")

    def drag(self, start: Point, end: Point) -> None:
        self.page.mouse.move(*self.screen(start))
        self.page.mouse.down()
        self.page.mouse.move(*self.screen(end), steps=4)
        self.page.mouse.up()

    def expect_objects(self, count: int) -> None:
        words = "1 object" if count == 1 else f"{count} objects"
        expect(self.page.get_by_role("region", name="Objects").get_by_text(words)).to_be_visible()

    def expect_saved(self) -> None:
        """The words stay quiet for a moment after an edit; the attribute does not."""
        expect(self.page.locator("[role=status][data-state]")).to_have_attribute(
            "data-state", "saved"
        )


def save_state(page: Page) -> Locator:
    """The words at the top that say whether the server has everything."""
    words = re.compile("Saved|Offline|Signed out|Two versions|[Nn]ot saved|not yet saved")
    return page.get_by_role("status").filter(has_text=words)
