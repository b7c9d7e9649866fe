"""What was deleted comes back, with its label file as it was."""

from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture
from tests.e2e.test_uploads import make_dataset


def add_labelled_image(lead: Person, slug: str, name: str) -> None:
    content = {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": draw_picture()}
    path = f"/api/datasets/{slug}/images/"
    image = lead.call("POST", path, 201, multipart={"file": content}).json()
    (duck,) = lead.get(f"/api/datasets/{slug}/")["classes"]
    instance = {
        "id": str(uuid4()),
        "class_id": duck["id"],
        "polygons": [[[80, 60.5, 240, 60, 240.25, 180, 80, 180]]],
    }
    lead.call(
        "PUT",
        f"/api/images/{image['id']}/annotation/",
        200,
        data={"instances": [instance], "status": "done"},
        headers={"If-Match": f'"{image["revision"]}"'},
    )


def delete_in_browser(page: Page, name: str) -> None:
    page.get_by_role("checkbox", name=f"Select {name}").check()
    bar = page.get_by_role("toolbar", name="Selected images")
    bar.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog", name="Delete 1 image")
    expect(dialog.get_by_text("It stays in the trash until")).to_be_visible()
    dialog.get_by_role("button", name="Delete 1 image").click()
    expect(page.get_by_text("1 image put into the trash.")).to_be_visible()


def test_a_deleted_image_comes_back_by_undo_and_from_the_trash(
    lead: Person, people: People
) -> None:
    slug = make_dataset(lead, f"Trash {uuid4().hex[:6]}", "duck")
    add_labelled_image(lead, slug, "mallard")
    labels = people.system.data / "datasets" / slug / "labels"

    def stored() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in labels.rglob("*.txt")}

    before = stored()
    assert len(before) == 1
    page = lead.page
    page.goto(f"/datasets/{slug}")
    tile = page.get_by_role("link", name="mallard: done, 1 object")
    delete_in_browser(page, "mallard")
    expect(page.get_by_text("No images yet")).to_be_visible()
    assert stored() == {}

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 image restored.")).to_be_visible()
    expect(tile).to_be_visible()
    assert stored() == before

    delete_in_browser(page, "mallard")
    page.get_by_role("link", name="Trash", exact=True).click()
    page.get_by_role("checkbox", name="Select mallard.jpg, deleted by admin").check()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("No image in the trash")).to_be_visible()
    page.get_by_role("link", name="Images", exact=True).click()
    expect(tile).to_be_visible()
    assert stored() == before
