"""Files brought along: dropped on the page, or packed into a .zip with labels."""

import base64
import csv
import random
import re
from pathlib import Path
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.annotator.sources import lay_out, usual_files
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

    expect(page.get_by_role("link", name="good: not labelled")).to_be_visible()
    tray = page.get_by_role("complementary", name="What is under way")
    expect(tray.get_by_text("2 refused")).to_be_visible()
    expect(tray.get_by_text("words.jpg").locator("..")).to_contain_text("not an image")
    expect(tray.get_by_text("empty.jpg").locator("..")).to_contain_text("empty")
    assert lead.get(f"/api/datasets/{slug}/images/facets/")["total"] == 1


def begin_when_looked_at(lead: Person, slug: str) -> int:
    """Wait until the dry run has ended, and start the import itself; its id."""
    for _ in range(300):
        [job] = lead.get(f"/api/datasets/{slug}/imports/")["results"]
        if job["state"] == "finished":
            break
        lead.page.wait_for_timeout(100)
    lead.call("POST", f"/api/imports/{job['id']}/begin/", 202, data={})
    return int(job["id"])


def test_a_folder_goes_on_after_the_connection_was_lost(lead: Person, tmp_path: Path) -> None:
    """Packed in the browser, cut in the middle, the page loaded again, the folder chosen again."""
    slug = make_dataset(lead, f"Folder {uuid4().hex[:6]}")
    folder = tmp_path / "größen"
    lay_out(folder, usual_files(5))
    noise = random.Random(3).randbytes(6 * 1024**2)
    (folder / "notes.bin").write_bytes(noise)  # large enough to be cut in the middle
    page = lead.page
    lead.watch.expect_fault(r"ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_FAILED|ERR_ABORTED")
    page.goto(f"/datasets/{slug}")
    slow = {"offline": False, "latency": 1, "downloadThroughput": -1, "uploadThroughput": 10**6}
    lead.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Upload images").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(folder)
    tray = page.get_by_role("complementary", name="What is under way")
    expect(tray.get_by_text(re.compile(r"^[2-9]\d %$"))).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())  # leave the page although it still sends
    page.reload()
    expect(tray.get_by_text("Choose the same folder to send the rest")).to_be_visible()
    [upload] = lead.get("/api/uploads/")["results"]
    assert 0 < upload["offset_bytes"] < upload["length_bytes"]
    with page.expect_file_chooser() as chooser:
        tray.get_by_role("button", name="Choose the folder").click()
    chooser.value.set_files(folder)
    expect(tray.get_by_role("link", name="Open the import of größen")).to_be_visible()
    assert lead.get("/api/uploads/")["results"] == []
    begin_when_looked_at(lead, slug)
    page.goto(f"/datasets/{slug}")
    expect(page.get_by_role("main").get_by_text("5 images", exact=True)).to_be_visible()
    for stem in ("p0000", "p0004"):
        expect(page.get_by_role("link", name=f"{stem}: done, 1 object")).to_be_visible()


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
    page.get_by_role("button", name="Import", exact=True).click()
    with page.expect_file_chooser() as chooser:
        page.get_by_label("Drop images, videos, a folder or an archive here").click()
    chooser.value.set_files({"name": "birds.zip", "mimeType": "application/zip", "buffer": archive})
    page.get_by_role("link", name="Open the import of birds.zip").click()
    page.wait_for_url(re.compile(r"/imports/\d+$"))  # else the reload is of the page before it
    begin_when_looked_at(lead, slug)
    page.reload()

    report = page.get_by_role("main")
    expect(report.get_by_text("Taken with losses")).to_be_visible(timeout=30_000)
    refused_row = report.get_by_role("row").filter(has_text="one.txt")
    expect(refused_row.get_by_role("cell").nth(0)).to_have_text("Refused")
    expect(refused_row.get_by_role("cell").nth(2)).to_have_text("2")  # the line
    expect(refused_row.get_by_role("cell").nth(3)).to_contain_text("number")
    expect(report.get_by_role("row", name="Repaired").filter(has_text="two.txt")).to_be_visible()
    expect(report.get_by_role("row", name="Refused").filter(has_text="broken.jpg")).to_be_visible()
    expect(report.get_by_role("row", name="Taken").filter(has_text="three.jpg")).to_be_visible()
    page.get_by_role("radiogroup", name="Show").get_by_text("Refused").click()
    expect(report.get_by_role("row", name=re.compile("^Taken"))).to_have_count(0)

    with page.expect_download() as download:
        page.get_by_role("link", name="Report as CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text().splitlines()))
    assert {row["outcome"] for row in rows} == {"taken", "repaired", "refused"}
