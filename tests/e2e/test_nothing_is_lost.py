"""Reloads, lost connections, two windows and two people: what was drawn is there afterwards."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.canvas import Canvas, Point, save_state
from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture


def box(x: float, y: float, size: float = 40) -> list[Point]:
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]


@dataclass(frozen=True)
class Picture:
    """A picture that nobody has worked on, and its editor's address."""

    size_wh: tuple[int, int]
    id: str
    address: str


@pytest.fixture
def picture(lead: Person, pond: str) -> Picture:
    before = lead.get(f"/api/datasets/{pond}/")["counts"]["images"]
    size_wh = (320, 140 + before)  # of another size, for the same picture is refused
    content = {
        "name": f"lost-{before}.jpg",
        "mimeType": "image/jpeg",
        "buffer": draw_picture(size_wh),
    }
    path = f"/api/datasets/{pond}/images/"
    image = lead.call("POST", path, 201, multipart={"file": content}).json()
    return Picture(size_wh, image["id"], f"/datasets/{pond}/edit/{image['id']}")


def open_editor(page: Page, picture: Picture) -> Canvas:
    page.goto(picture.address)
    canvas = Canvas(page, picture.size_wh)
    page.keyboard.press("1")
    return canvas


def stored(person: Person, picture: Picture) -> list[dict[str, Any]]:
    """What the server has of it."""
    annotation = person.get(f"/api/images/{picture.id}/annotation/")
    instances: list[dict[str, Any]] = annotation["instances"]
    return instances


def test_undo_and_the_outline_in_hand_survive_a_reload(page: Page, picture: Picture) -> None:
    canvas = open_editor(page, picture)
    canvas.draw(box(20, 20))
    canvas.draw(box(100, 20))
    canvas.draw(box(20, 100))
    page.keyboard.press("Control+z")
    canvas.expect_objects(2)
    canvas.expect_saved()
    page.mouse.click(*canvas.screen((200, 150)))
    page.mouse.click(*canvas.screen((260, 150)))
    page.keyboard.press("Control+z")
    expect(page.get_by_text("1 point", exact=True)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())  # an outline is not finished
    page.reload()

    canvas = Canvas(page, picture.size_wh)
    expect(page.get_by_text("1 point", exact=True)).to_be_visible()
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_text("2 points", exact=True)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+z")
    canvas.expect_objects(3)
    page.keyboard.press("Control+z")
    canvas.expect_objects(2)
    for words in ("2 points", "1 point"):  # the outline that Escape gave up comes back
        page.keyboard.press("Control+z")
        expect(page.get_by_text(words, exact=True)).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("1 point", exact=True)).to_be_hidden()
    for count in (1, 0):
        page.keyboard.press("Control+z")
        canvas.expect_objects(count)
    expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
    canvas.expect_saved()


def test_two_people_merge_and_are_asked_only_about_what_both_changed(
    open_window: Callable[[str], Person], people: People, lead: Person, pond: str, picture: Picture
) -> None:
    people.add("ana")
    lead.call(
        "POST",
        f"/api/datasets/{pond}/members/",
        201,
        data={"username": "ana", "role": "annotator"},
    )
    ana = open_window("ana")
    for person in (lead, ana):
        person.watch.expect_fault(r"status of 412|ERR_INTERNET_DISCONNECTED|Failed to fetch")
    mine = open_editor(lead.page, picture)
    mine.draw(box(20, 20))
    mine.expect_saved()
    hers = open_editor(ana.page, picture)
    hers.expect_objects(1)

    hers.draw(box(200, 20))
    hers.expect_saved()
    expect(lead.page.get_by_text("ana saved this image: 1 object added.")).to_be_visible()
    mine.expect_objects(2)

    lead.context.set_offline(True)
    for canvas, corner in ((mine, (10, 10)), (hers, (70, 70))):
        canvas.page.keyboard.press("v")
        canvas.page.mouse.click(*canvas.screen((40, 40)))
        start = (20, 20) if canvas is mine else (60, 60)
        canvas.drag(start, corner)
    mine.draw(box(20, 150))
    hers.draw(box(200, 150))
    hers.expect_saved()
    expect(save_state(lead.page)).to_contain_text(re.compile("Offline since .* not yet saved"))
    lead.context.set_offline(False)

    dialog = lead.page.get_by_role("dialog", name="ana saved this image meanwhile")
    expect(dialog.get_by_text("One object was changed on both sides")).to_be_visible()
    dialog.get_by_role("radio", name="Both").check()
    dialog.get_by_role("button", name="Save the merged version").click()
    mine.expect_objects(5)
    mine.expect_saved()
    hers.expect_objects(5)
    rings = sorted(instance["polygons"][0][0][:2] for instance in stored(lead, picture))
    assert rings[0] == pytest.approx([10, 10], abs=0.5)
    lead.page.keyboard.press("Control+z")
    mine.expect_objects(3)
    mine.expect_saved()


def test_two_windows_closed_without_a_connection_both_come_home(
    lead: Person, picture: Picture
) -> None:
    lead.watch.expect_fault(r"ERR_INTERNET_DISCONNECTED|Failed to fetch")
    second = lead.context.new_page()
    one, two = open_editor(lead.page, picture), open_editor(second, picture)
    lead.context.set_offline(True)
    one.draw(box(20, 20))
    two.draw(box(200, 20))
    for page in (lead.page, second):
        expect(save_state(page)).to_contain_text("1 change not yet saved")
    third = lead.context.new_page()
    lead.page.close()
    second.close()
    lead.context.set_offline(False)

    canvas = open_editor(third, picture)
    canvas.expect_objects(2)
    canvas.expect_saved()
    third.wait_for_timeout(1000)
    assert len(stored(lead, picture)) == 2
