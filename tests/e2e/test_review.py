"""An image is sent back with a pinned comment, mended by who drew it, and accepted."""

from collections.abc import Callable
from uuid import uuid4

from playwright.sync_api import expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture
from tests.e2e.test_uploads import make_dataset

SIZE_WH = (320, 240)


def test_sent_back_mended_accepted(
    lead: Person, people: People, open_window: Callable[[str], Person]
) -> None:
    name = f"drawer{uuid4().hex[:6]}"
    people.add(name)
    slug = make_dataset(lead, f"Review {uuid4().hex[:6]}", "duck")
    member = {"username": name, "role": "annotator"}
    lead.call("POST", f"/api/datasets/{slug}/members/", 201, data=member)
    content = {"name": "mallard.jpg", "mimeType": "image/jpeg", "buffer": draw_picture(SIZE_WH)}
    lead.call("POST", f"/api/datasets/{slug}/images/", 201, multipart={"file": content})
    labels = people.system.data / "datasets" / slug / "labels"

    drawer = open_window(name).page
    drawer.goto(f"/datasets/{slug}")
    drawer.get_by_role("button", name="Annotate").click()
    canvas = Canvas(drawer, SIZE_WH)
    drawer.keyboard.press("1")
    canvas.draw([(40, 40), (120, 40), (120, 120), (40, 120)])
    drawer.keyboard.press("d")
    expect(drawer.get_by_text("That was the last one")).to_be_visible()
    canvas.expect_saved()
    assert len(list(labels.rglob("*.txt"))) == 1

    page = lead.page
    page.goto(f"/datasets/{slug}")
    page.get_by_role("button", name="Review 1 image").click()
    reviewing = Canvas(page, SIZE_WH)
    expect(page.get_by_text(f"Done by {name}")).to_be_visible()
    page.get_by_role("button", name="Send back", exact=True).click()
    missing = page.get_by_role("checkbox", name="Objects missing")
    missing.click()
    expect(missing).to_be_checked()
    page.get_by_role("button", name="Pin a comment").click()
    page.mouse.click(*reviewing.screen((200, 150)))
    page.get_by_label("New comment").fill("Here is another duck.")
    page.get_by_role("complementary", name="Comments").get_by_role(
        "button", name="Send back"
    ).click()
    expect(page.get_by_text("mallard.jpg sent back.")).to_be_visible()
    assert list(labels.rglob("*.txt")) == [], "what was sent back is not trained on"

    drawer.goto("/my-work")
    drawer.get_by_role("region", name="Sent back to you").get_by_role("link").first.click()
    canvas = Canvas(drawer, SIZE_WH)
    expect(
        drawer.get_by_text("Sent back by admin: objects missing; 1 open comment")
    ).to_be_visible()
    drawer.keyboard.press("1")
    canvas.draw([(180, 130), (240, 130), (240, 190), (180, 190)])
    drawer.get_by_role("button", name="Read it").click()
    drawer.get_by_role("button", name="Resolve comment 1").click()
    expect(drawer.get_by_text("every comment is resolved")).to_be_visible()
    drawer.get_by_role("button", name="Done, next").click()
    canvas.expect_saved()

    page.goto(f"/datasets/{slug}")
    page.get_by_role("button", name="Review 1 image").click()
    Canvas(page, SIZE_WH).expect_objects(2)
    expect(page.get_by_text("Sent back by you before: 1 comment resolved")).to_be_visible()
    page.get_by_role("button", name="Accept, next").click()
    expect(page.get_by_text("mallard.jpg accepted.")).to_be_visible()
    page.goto(f"/datasets/{slug}")
    expect(page.get_by_role("link", name="mallard: accepted, 2 objects")).to_be_visible()
    (label,) = labels.rglob("*.txt")
    assert len(label.read_text().splitlines()) == 2
