"""Files brought along: dropped on the page, or packed into a .zip with labels."""

import base64
import csv
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.e2e.people import Person
from tests.e2e.pictures import draw_picture, pack_zip

DROP = """
([target, files]) => {
  const transfer = new DataTransfer();
  for (const { name, type, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  for (const kind of target ? ["dragenter", "dragover", "drop"] : ["dragenter"]) {
    const event = new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
    (target ?? document.body).dispatchEvent(event);
  }
}
"""


def drop_files(page: Page, dataset: str, files: dict[str, bytes]) -> None:
    """Drag files over the page of a dataset and let go."""
    payload = [
        {"name": name, "type": mime_type(name), "base64": base64.b64encode(content).decode()}
        for name, content in files.items()
    ]
    page.evaluate(DROP, [None, payload])
    target = page.get_by_text(f"Drop to upload to {dataset}")
    expect(target).to_be_visible()
    page.evaluate(DROP, [target.element_handle(), payload])


def mime_type(name: str) -> str:
    return "application/zip" if name.endswith(".zip") else "image/jpeg"


def make_dataset(lead: Person, name: str, *classes: str) -> str:
    """A dataset with no images yet; its slug."""
    body = {"name": name, "classes": [{"name": each} for each in classes]}
    return str(lead.call("POST", "/api/datasets/", 201, data=body).json()["slug"])


def test_dropped_files_that_are_no_images_are_refused_in_words(lead: Person) -> None:
    name = f"Dropped {uuid4().hex[:6]}"
    slug = make_dataset(lead, name)
    page = lead.page
    lead.watch.expect_fault(r"status of 400")
    page.goto(f"/datasets/{slug}")
    expect(page.get_by_text("No images yet")).to_be_visible()
    files = {
        "good.jpg": draw_picture(),
        "words.jpg": b"these are words, not a picture",
        "empty.jpg": b"",
    }
    drop_files(page, name, files)

    expect(page.get_by_role("link", name="good: not labelled, 0 objects")).to_be_visible()
    tray = page.get_by_role("complementary", name="What is under way")
    expect(tray.get_by_text("2 refused")).to_be_visible()
    expect(tray.get_by_text("words.jpg").locator("..")).to_contain_text("not an image")
    expect(tray.get_by_text("empty.jpg").locator("..")).to_contain_text("empty")
    assert lead.get(f"/api/datasets/{slug}/images/facets/")["total"] == 1


def test_an_imported_zip_ends_with_a_report(lead: Person) -> None:
    name = f"Imported {uuid4().hex[:6]}"
    slug = make_dataset(lead, name)
    square = "0 0.2 0.2 0.6 0.2 0.6 0.6 0.2 0.6"
    archive = pack_zip(
        {
            "data.yaml": "names: [duck, swan]\ntrain: images/train\nval: images/val\n",
            "images/train/one.jpg": draw_picture(),
            "labels/train/one.txt": f"{square}\n0 0.1 0.1 0.3 0.2 nan 0.4\n",
            "images/train/two.jpg": draw_picture((120, 90)),
            "labels/train/two.txt": "1 0.5 0.5 1.004 0.5 0.9 0.9\n",  # a little outside: clipped
            "images/val/three.jpg": draw_picture((90, 120)),
            "labels/val/three.txt": f"{square}\n",
            "images/val/broken.jpg": b"not a picture at all",
        }
    )
    page = lead.page
    page.goto(f"/datasets/{slug}/imports")
    page.get_by_role("button", name="Import a .zip").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Drop images, a folder or a .zip here").click()
    chooser.value.set_files({"name": "birds.zip", "mimeType": "application/zip", "buffer": archive})
    page.get_by_role("link", name="Open the import of birds.zip").click()

    report = page.get_by_role("main")
    expect(report.get_by_text("Finished")).to_be_visible(timeout=30_000)
    refused_row = report.get_by_role("row").filter(has_text="one.txt")
    expect(refused_row.get_by_role("cell").nth(0)).to_have_text("Refused")
    expect(refused_row.get_by_role("cell").nth(2)).to_have_text("2")  # the line
    expect(refused_row.get_by_role("cell").nth(3)).to_contain_text("number")
    expect(report.get_by_role("row", name="Repaired").filter(has_text="two.txt")).to_be_visible()
    expect(report.get_by_role("row", name="Refused").filter(has_text="broken.jpg")).to_be_visible()
    expect(report.get_by_role("row", name="Taken").filter(has_text="three.jpg")).to_be_visible()
    page.get_by_role("radiogroup", name="Show").get_by_text("Refused").click()
    expect(report.get_by_role("row", name="Taken")).to_have_count(0)

    with page.expect_download() as download:
        page.get_by_role("link", name="Report as CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert {row["outcome"] for row in rows} == {"taken", "repaired", "refused"}
