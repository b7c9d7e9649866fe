"""A day in the editor: what is drawn is what lies on the disk, whatever happens in between."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from annotator.labels.formats.yolo.rows import format_labels, parse_labels
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.raster import centre_mask, mask_iou
from tests.e2e.canvas import Canvas, Point, save_state
from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture
from tests.e2e.system import System

SIZE_WH = (400, 300)
PIXEL = 1.5
"""How far a click in the window may miss a pixel of the image."""


def box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def ring(*corners: Point) -> list[float]:
    return [coordinate for corner in corners for coordinate in corner]


class Desk:
    """A dataset of two classes with a few pictures, and the way to its editor."""

    def __init__(self, lead: Person, system: System, pictures: int = 1) -> None:
        self.lead = lead
        self.system = system
        body = {
            "name": f"Desk {uuid4().hex[:6]}",
            "classes": [{"name": "duck"}, {"name": "swan"}],
        }
        made = lead.call("POST", "/api/datasets/", 201, data=body).json()
        self.slug = str(made["slug"])
        self.classes = made["classes"]
        self.images = [self.upload(f"pond{number}.jpg") for number in range(pictures)]

    def upload(self, name: str) -> str:
        file = {"name": name, "mimeType": "image/jpeg", "buffer": draw_picture(SIZE_WH)}
        path = f"/api/datasets/{self.slug}/images/"
        return str(self.lead.call("POST", path, 201, multipart={"file": file}).json()["id"])

    def add_member(self, username: str, role: str = "annotator") -> None:
        path = f"/api/datasets/{self.slug}/members/"
        self.lead.call("POST", path, 201, data={"username": username, "role": role})

    def open(self, person: Person, number: int = 0) -> Canvas:
        person.page.goto(f"/datasets/{self.slug}/edit/{self.images[number]}")
        return Canvas(person.page, SIZE_WH)

    def finish(self, person: Person, number: int = 0) -> Path:
        """Mark the image done; its label file."""
        # The next image may open before the save has come back.
        with person.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            person.page.get_by_role("button", name="Done, next").click()
        label = self.system.data / "datasets" / self.slug / "labels" / "train" / f"pond{number}.txt"
        expect(
            person.page.get_by_text("That was the last one").or_(
                person.page.get_by_role("heading", name=f"pond{number + 1}.jpg", level=1)
            )
        ).to_be_visible()
        return label


@pytest.fixture
def desk(lead: Person, system: System) -> Desk:
    return Desk(lead, system)


def expect_label_file(path: Path, expected: list[tuple[int, Polygons]]) -> None:
    """The rows of the file, in order, are these instances: class and mask."""
    parsed = parse_labels(path.read_bytes(), size_wh=SIZE_WH, class_count=2)
    assert not parsed.problems
    assert [row.class_index for row in parsed.rows] == [index for index, _ in expected]
    for row, (_, polygons) in zip(parsed.rows, expected, strict=True):
        rings = [each for polygon in polygons for each in polygon]
        drawn = centre_mask([row.ring], size_wh=SIZE_WH)
        meant = centre_mask(rings, size_wh=SIZE_WH)
        edge = sum(abs(x) + abs(y) for x, y in zip(*_sides(rings), strict=True))
        # A click lands within a pixel of where it was meant; no more than a rim may differ.
        assert (drawn ^ meant).sum() <= PIXEL * edge, (
            f"IoU {mask_iou(drawn, meant):.4f}: {row.ring}"
        )


def _sides(rings: list[list[float]]) -> tuple[list[float], list[float]]:
    points = [list(zip(each[0::2], each[1::2], strict=True)) for each in rings]
    pairs = [pair for each in points for pair in zip(each, each[1:] + each[:1], strict=True)]
    return [b[0] - a[0] for a, b in pairs], [b[1] - a[1] for a, b in pairs]


def test_a_day_in_the_editor(
    lead: Person, desk: Desk, people: People, open_window: Callable[[str], Person]
) -> None:
    """Draw, edit, slice, cut, undo, lose the connection, meet somebody: the label file knows."""
    for expected in ("ERR_INTERNET_DISCONNECTED", "status of 412"):
        lead.watch.expect_fault(expected)
    people.add("berta")
    desk.add_member("berta")
    page = lead.page
    canvas = desk.open(lead)
    canvas.draw(box(40, 40, 160, 140))
    page.keyboard.press("v")
    page.mouse.click(*canvas.screen((100, 90)))
    canvas.drag((160, 140), (180, 160))
    expect(page.get_by_role("button", name="Undo: move vertex")).to_be_visible()

    page.keyboard.press("k")
    canvas.drag((100, 20), (100, 200))
    canvas.expect_objects(2)
    page.keyboard.press("Control+z")
    canvas.expect_objects(1)
    page.keyboard.press("Control+Shift+z")
    canvas.expect_objects(2)

    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.press("r")
    canvas.drag((220, 40), (380, 200))
    canvas.expect_objects(3)
    page.keyboard.press("v")
    page.mouse.click(*canvas.screen((300, 180)))
    page.keyboard.press("x")
    page.keyboard.press("r")
    canvas.drag((260, 80), (320, 140))
    expect(page.get_by_role("button", name="Undo: cut from object")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    canvas.expect_saved()

    lead.context.set_offline(True)
    page.keyboard.press("Escape")
    canvas.draw(box(40, 220, 120, 280))
    expect(save_state(page)).to_contain_text("Offline")
    berta = open_window("berta")
    hers = desk.open(berta)
    hers.expect_objects(3)
    berta.page.keyboard.press("1")
    hers.draw(box(220, 220, 300, 280))
    hers.expect_saved()
    lead.context.set_offline(False)
    canvas.expect_objects(5)
    canvas.expect_saved()

    label = desk.finish(lead)
    right: Polygons = [[ring((100, 40), (160, 40), (180, 160), (100, 146.7))]]
    left: Polygons = [[ring((40, 40), (100, 40), (100, 146.7), (40, 140))]]
    holed: Polygons = [[ring(*box(220, 40, 380, 200)), ring(*box(260, 80, 320, 140))]]
    berta_drew: Polygons = [[ring(*box(220, 220, 300, 280))]]
    lead_drew: Polygons = [[ring(*box(40, 220, 120, 280))]]
    expected_rows = [(0, right), (0, left), (1, holed), (0, berta_drew), (1, lead_drew)]
    expect_label_file(label, expected_rows)
    stored = lead.get(f"/api/images/{desk.images[0]}/annotation/")["instances"]
    index_of = {each["id"]: each["index"] for each in desk.classes}
    rows = [(index_of[each["class_id"]], each["polygons"]) for each in stored]
    assert label.read_bytes() == format_labels(rows, size_wh=SIZE_WH)


def test_drawn_offline_and_the_window_closed(lead: Person, desk: Desk) -> None:
    lead.watch.expect_fault("ERR_INTERNET_DISCONNECTED")
    page = lead.page
    canvas = desk.open(lead)
    lead.context.set_offline(True)
    canvas.draw(box(40, 40, 160, 140))
    expect(save_state(page)).to_contain_text("Offline")
    page.close(run_before_unload=False)

    lead.context.set_offline(False)
    lead.page = page = lead.context.new_page()
    canvas = desk.open(lead)
    canvas.expect_objects(1)
    canvas.expect_saved()
    expect_label_file(desk.finish(lead), [(0, [[ring(*box(40, 40, 160, 140))]])])


def test_an_expired_login(lead: Person, desk: Desk, people: People) -> None:
    """A save notices it, or a look at something else with an outline half drawn: nothing goes."""
    lead.watch.expect_fault("status of 40[13]")
    page = lead.page
    canvas = desk.open(lead)
    # Who is there is told by the first click: that would notice it before the outline is closed.
    page.route("**/presence/", lambda route: route.fulfill(json=[]))
    lead.context.clear_cookies(name="sessionid")
    canvas.draw(box(40, 40, 160, 140))
    sign_in_again(lead, people)
    canvas.expect_saved()

    page.keyboard.press("p")
    for corner in box(200, 40, 320, 140)[:2]:
        page.mouse.click(*canvas.screen(corner))
    lead.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="History", exact=True).click()
    sign_in_again(lead, people)
    page.get_by_role("button", name="History", exact=True).click()
    for corner in box(200, 40, 320, 140)[2:]:
        page.mouse.click(*canvas.screen(corner))
    page.keyboard.press("Enter")
    canvas.expect_saved()
    canvas.expect_objects(2)
    expect_label_file(
        desk.finish(lead),
        [(0, [[ring(*box(40, 40, 160, 140))]]), (0, [[ring(*box(200, 40, 320, 140))]])],
    )


def sign_in_again(person: Person, people: People) -> None:
    dialog = person.page.get_by_role("dialog", name="You are signed out")
    dialog.get_by_label("Password", exact=True).fill(people.passwords[person.name])
    dialog.get_by_role("button", name="Sign in and go on").click()
    expect(dialog).to_be_hidden()
