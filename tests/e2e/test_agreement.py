"""Two finished images are drawn once more by somebody who does not see the first annotation."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture
from tests.e2e.test_uploads import make_dataset

SIZE_WH = (320, 240)
SQUARE = [(40, 40), (120, 40), (120, 120), (40, 120)]
SMALLER = [(40, 40), (120, 40), (120, 110), (40, 110)]
# The same picture twice would be refused.
FILES = {"heron.jpg": "JPEG", "mallard.png": "PNG", "teal.webp": "WEBP"}
BLIND = "Second annotation: you do not see the first"


def test_two_images_are_drawn_twice_and_compared(
    lead: Person, people: People, open_window: Callable[[str], Person]
) -> None:
    name = f"second{uuid4().hex[:6]}"
    people.add(name)
    slug = make_dataset(lead, f"Twice {uuid4().hex[:6]}", "duck")
    member = {"username": name, "role": "annotator"}
    lead.call("POST", f"/api/datasets/{slug}/members/", 201, data=member)
    for file_name, kind in FILES.items():
        content = {
            "name": file_name,
            "mimeType": f"image/{kind.lower()}",
            "buffer": draw_picture(SIZE_WH, format=kind),
        }
        lead.call("POST", f"/api/datasets/{slug}/images/", 201, multipart={"file": content})

    page = lead.page
    page.goto(f"/datasets/{slug}")
    page.get_by_role("button", name="Annotate").click()
    for _ in range(2):
        canvas = Canvas(page, SIZE_WH)
        page.keyboard.press("1")
        canvas.draw(SQUARE)
        canvas.expect_objects(1)
        page.keyboard.press("d")
        canvas.expect_objects(0)
    canvas.expect_saved()
    give_out(page, slug, name)

    drawer = open_window(name)
    draw_blind(drawer, slug)

    page.goto(f"/datasets/{slug}/agreement")
    pair = page.get_by_role("row", name=f"admin and {name}")
    expect(pair.get_by_role("cell").nth(1)).to_have_text("2")
    expect(pair.get_by_role("cell").nth(2)).to_have_text("2 and 3")
    expect(pair.get_by_role("cell").nth(3)).to_have_text("2")
    page.get_by_role("link", name="heron.jpg").click()
    expect(page.get_by_role("heading", name="heron.jpg")).to_be_visible()
    expect(page.get_by_text(f"{name}: 2 objects")).to_be_visible()
    expect(page.get_by_role("cell", name="only the second")).to_be_visible()
    expect(page.get_by_role("img", name="heron.jpg with the outlines of both")).to_be_visible()
    labels = people.system.data / "datasets" / slug / "labels"
    lines = [path.read_text().count("\n") for path in labels.rglob("*.txt")]
    assert lines == [1, 1], "the second annotation stays out of the live folder"


def give_out(page: Page, slug: str, name: str) -> None:
    """The lead gives all three: the one that is not done is refused, by its name."""
    page.goto(f"/datasets/{slug}")
    for stem in ("heron", "mallard", "teal"):
        page.get_by_role("checkbox", name=f"Select {stem}").check()
    page.get_by_role("button", name="Assign to").click()
    page.get_by_role("menuitem", name="Have drawn twice by …").click()
    dialog = page.get_by_role("dialog", name="Have 3 images drawn twice")
    dialog.get_by_role("checkbox", name=name).check()
    dialog.get_by_role("button", name="Have them drawn").click()
    expect(dialog.get_by_text(f"{name}: 2 images given")).to_be_visible()
    expect(dialog.get_by_text("teal.webp: It is not done yet")).to_be_visible()
    dialog.get_by_role("button", name="Close").last.click()
    page.goto(f"/datasets/{slug}/agreement")
    expect(page.get_by_text("2 images given out")).to_be_visible()


def draw_blind(drawer: Person, slug: str) -> None:
    """Two objects on the first image, one on the second; a reload in between loses nothing."""
    page = drawer.page
    page.goto("/my-work")
    panel = page.get_by_role("region", name="Second annotations")
    expect(panel.get_by_text("2 images left")).to_be_visible()
    drawer.watch.requested.clear()
    panel.get_by_role("link", name="Draw the second annotations").click()
    canvas = Canvas(page, SIZE_WH)
    expect(page.get_by_text(BLIND)).to_be_visible()
    canvas.expect_objects(0)
    page.keyboard.press("y")
    expect(page.get_by_text("A second annotation is drawn alone")).to_be_visible()
    page.keyboard.press("1")
    canvas.draw(SMALLER)
    canvas.draw([(200, 140), (260, 140), (260, 200), (200, 200)])
    canvas.expect_objects(2)
    page.reload()
    canvas = Canvas(page, SIZE_WH)
    canvas.expect_objects(2)
    canvas.expect_saved()
    page.keyboard.press("d")
    canvas.expect_objects(0)
    expect(page.get_by_text(BLIND)).to_be_visible()
    canvas = Canvas(page, SIZE_WH)
    page.keyboard.press("1")
    # What is not saved outlives a lost connection and a closed page.
    drawer.context.set_offline(True)
    drawer.watch.expect_fault("ERR_INTERNET_DISCONNECTED")
    canvas.draw(SQUARE)
    expect(page.get_by_text("Offline since")).to_be_visible()
    drawer.context.set_offline(False)
    page.reload()
    canvas = Canvas(page, SIZE_WH)
    canvas.expect_objects(1)
    canvas.expect_saved()
    told = {url.partition("/api/images/")[2].partition("?")[0] for url in drawer.watch.requested}
    assert told == {""}, "nothing of the image is asked for that tells of the first annotation"
    page.get_by_role("button", name="Done, next").click()
    expect(page.get_by_text("nothing is left to draw a second time")).to_be_visible()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()
    expect(page.get_by_role("region", name="Second annotations")).to_have_count(0)
