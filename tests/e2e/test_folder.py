"""Another program works in the live folder: people see it, and take it in or put it back."""

from uuid import uuid4

from playwright.sync_api import expect

from tests.e2e.people import People, Person
from tests.e2e.pictures import draw_picture
from tests.e2e.test_uploads import make_dataset


def add_done_image(lead: Person, slug: str, name: str, width: int) -> None:
    buffer = draw_picture((width, 240))
    content = {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": buffer}
    path = f"/api/datasets/{slug}/images/"
    image = lead.call("POST", path, 201, multipart={"file": content}).json()
    (duck,) = lead.get(f"/api/datasets/{slug}/")["classes"]
    polygons = [[[80, 60, 240, 60, 240, 180, 80, 180]]]
    instance = {"id": str(uuid4()), "class_id": duck["id"], "polygons": polygons}
    lead.call(
        "PUT",
        f"/api/images/{image['id']}/annotation/",
        200,
        data={"instances": [instance], "status": "done"},
        headers={"If-Match": f'"{image["revision"]}"'},
    )


def test_what_another_program_did_is_shown_taken_in_and_put_back(
    lead: Person, people: People
) -> None:
    slug = make_dataset(lead, f"Folder {uuid4().hex[:6]}", "duck")
    for width, name in enumerate(("edited", "gone", "stays"), 320):
        add_done_image(lead, slug, name, width)
    root = people.system.data / "datasets" / slug
    (edited,) = root.glob("labels/*/edited.txt")
    before = edited.read_bytes()
    edited.write_bytes(before + b"0 0.1 0.1 0.3 0.1 0.3 0.3\n0 0.1\n")
    for path in root.rglob("gone.*"):
        path.unlink()
    (root / "images/train/cam1").mkdir(parents=True)
    (root / "labels/train/cam1").mkdir(parents=True)
    (root / "images/train/cam1/0001.jpg").write_bytes(draw_picture((300, 200)))
    (root / "labels/train/cam1/0001.txt").write_bytes(b"0 0.2 0.2 0.6 0.2 0.6 0.7\n")

    page = lead.page
    lead.watch.expect_fault(r"404 .*/thumbnails/")  # of the image whose file is gone
    page.goto(f"/datasets/{slug}/folder")
    page.get_by_role("button", name="Look at the folder").click()
    row = page.get_by_role("listitem", name=f"labels/{edited.parent.name}/edited.txt")
    expect(row.get_by_text("In the folder: 2 objects")).to_be_visible(timeout=30_000)
    expect(row.get_by_text("Line 3:")).to_be_visible()
    expect(page.get_by_label("3 changes by other programs")).to_be_visible()
    row.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("1 change put back.")).to_be_visible(timeout=30_000)
    assert edited.read_bytes() == before

    page.get_by_role("button", name="Take all in …").click()
    dialog = page.get_by_role("dialog", name="Take in 2 changes?")
    expect(dialog.get_by_text("1 removed image will be in the trash.")).to_be_visible()
    dialog.get_by_role("button", name="Take in").click()
    expect(page.get_by_text("2 changes taken in.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("The folder is as Segloop left it")).to_be_visible()
    images = {item["stem"]: item for item in lead.get(f"/api/datasets/{slug}/images/")["results"]}
    assert set(images) == {"edited", "stays", "cam1/0001"}
    assert images["cam1/0001"]["status"] == "done"
