"""Once round the loop, as a team lead goes it: draw, freeze, train, look, fix, predict."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import Person
from tests.e2e.pictures import draw_picture
from tests.e2e.system import System

SIZE_WH = (320, 240)
OUTLINE = [(80.0, 60.0), (240.0, 60.0), (240.0, 180.0), (80.0, 180.0)]
# After its last vertex was dragged 40 pixels to the left and 30 down.
EDITED = [0.25, 0.25, 0.75, 0.25, 0.75, 0.75, 0.125, 0.875]


def choose_files(page: Page, dropzone: str, *files: tuple[str, bytes]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_label(dropzone).click()
    chooser.value.set_files(
        [FilePayload(name=name, mimeType="image/jpeg", buffer=content) for name, content in files]
    )


def expect_picture(image: Locator) -> None:
    """The browser has fetched and understood a picture."""
    expect(image).to_be_visible()
    assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_draw_a_polygon_and_mark_the_image_done(lead: Person, pond: str, system: System) -> None:
    page = lead.page
    page.goto(f"/datasets/{pond}")
    page.get_by_role("button", name="Upload", exact=True).click()
    choose_files(
        page,
        "Drop images, videos, a folder or an archive here",
        ("heron.jpg", draw_picture(SIZE_WH)),
    )
    expect(page.get_by_text("Uploaded 1 of 1 file")).to_be_visible()

    page.get_by_role("button", name="Annotate").click()  # what is not done: the one just uploaded
    expect(page.get_by_role("heading", name="heron.jpg", level=1)).to_be_visible()
    canvas = Canvas(page, SIZE_WH)
    page.keyboard.press("2")
    expect(page.get_by_role("radio", name="swan")).to_be_checked()
    canvas.draw(OUTLINE)
    canvas.expect_objects(1)
    page.keyboard.press("Control+z")
    canvas.expect_objects(0)
    page.keyboard.press("Control+Shift+z")
    canvas.expect_objects(1)

    page.keyboard.press("v")
    page.mouse.click(*canvas.screen((160, 120)))
    canvas.drag(OUTLINE[3], (40, 210))
    expect(page.get_by_role("button", name="Undo: move vertex")).to_be_visible()
    canvas.expect_saved()
    page.reload()
    canvas = Canvas(page, SIZE_WH)
    canvas.expect_objects(1)
    expect(page.get_by_role("button", name=re.compile("^swan 1"))).to_be_visible()

    labels = system.data / "datasets" / pond / "labels" / "train" / "heron.txt"
    assert not labels.exists(), "only finished labels are in the live folder"
    page.get_by_role("button", name="Done, next").click()
    expect(page.get_by_text("That was the last one: every image here is done.")).to_be_visible()
    [row] = labels.read_text().splitlines()
    class_index, *numbers = row.split()
    assert class_index == "1"
    assert [float(number) for number in numbers] == pytest.approx(EDITED, abs=0.005)
    assert (system.data / "datasets" / pond / "images" / "train" / "heron.jpg").is_file()


def test_results_of_a_run(page: Page, finished_run: str) -> None:
    page.goto(finished_run)
    page.get_by_role("link", name="Results").click()
    for basis in ("Masks", "Boxes"):
        headline = page.get_by_role("group", name=basis, exact=True)
        for figure in ("mAP50", "mAP50-95"):
            term = headline.get_by_role("term").filter(has_text=re.compile(f"^{figure}$"))
            # An evaluation follows each run, on a worker that may be busy.
            expect(term).to_be_visible(timeout=60_000)
    here = page.get_by_role("region", name="At this confidence")
    for figure in ("Precision", "Recall", "F1"):
        expect(here.get_by_role("term").filter(has_text=re.compile(f"^{figure}$"))).to_be_visible()
    best = page.get_by_role("button", name=re.compile(r"^Best confidence 0\.\d{3}"))
    expect(best).to_be_visible()
    matrix = page.get_by_role("region", name="Confusion matrix").get_by_role("table")
    for label in ("duck", "swan", "background"):
        expect(matrix.get_by_role("columnheader", name=label)).to_be_visible()
        expect(matrix.get_by_role("rowheader", name=label)).to_be_visible()
    # The slider begins at the best confidence, which is another for each training.
    curves = page.get_by_role("img", name=re.compile(r"over (recall|confidence); .*at confidence"))
    expect(curves).to_have_count(4)
    per_class = page.get_by_role("region", name="Masks by class")
    expect(per_class.get_by_role("row", name="All classes")).to_be_visible()
    expect(per_class.get_by_role("row", name="duck")).to_be_visible()
    page.get_by_role("radiogroup", name="Masks or boxes").get_by_text("Boxes").click()
    expect(page.get_by_role("region", name="Boxes by class")).to_be_visible()


HALVES = ["label", "prediction"]


def test_look_at_a_prediction_and_fix_its_label(page: Page, finished_run: str, pond: str) -> None:
    page.goto(f"{finished_run}/predictions")
    tiles = page.get_by_role("group", name="Evaluated images").get_by_role("button")
    expect(tiles.first).to_be_visible(timeout=60_000)
    tiles.first.click()
    large = page.get_by_role("dialog")
    expect_picture(large.get_by_role("img", name="prediction over label"))
    for key, shown in (("1", ["prediction over label"]), ("2", HALVES), ("3", HALVES)):
        page.keyboard.press(key)
        for name in shown:
            picture = large.get_by_alt_text(re.compile(f": {name}$"))
            expect(picture).to_be_in_viewport(ratio=0.4)
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    expect(large.get_by_text(re.compile(r"^2 of "))).to_be_visible()
    large.get_by_role("button", name="Previous image").focus()
    page.keyboard.press("Enter")
    expect(large.get_by_text(re.compile(r"^1 of "))).to_be_visible()
    large.get_by_role("link", name="Fix label").click()
    expect(page).to_have_url(re.compile(f"/datasets/{pond}/edit/[0-9a-f-]+"))
    expect(page.get_by_role("application")).to_be_visible()


def test_keys_lead_to_tiles_that_are_seen(page: Page, finished_run: str) -> None:
    page.set_viewport_size({"width": 900, "height": 460})
    page.goto(f"{finished_run}/predictions?view=objects")
    group = page.get_by_role("group", name="Objects")
    tile = group.locator("[data-tile]")
    expect(tile.first).to_be_visible(timeout=60_000)
    tile.first.focus()
    page.keyboard.press("End")
    expect(tile.last).to_be_focused()
    page.keyboard.press("Home")
    first = group.locator('[data-tile="0"]')
    expect(first).to_be_focused()
    # What lies over its top edge is the tile itself, not the bar that stays below the header.
    page.wait_for_function(
        """() => {
          const tile = document.querySelector('[data-tile="0"]');
          const { left, top, width } = tile.getBoundingClientRect();
          return tile.contains(document.elementFromPoint(left + width / 2, top + 2));
        }"""
    )


def test_download_the_checkpoint(page: Page, finished_run: str, system: System) -> None:
    page.goto(f"{finished_run}/files")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download best.pt").click()
    assert download.value.suggested_filename.endswith("best.pt")
    [on_disk] = (system.data / finished_run.lstrip("/")).glob("**/best.pt")
    assert download.value.path().read_bytes() == on_disk.read_bytes()
    assert zipfile.is_zipfile(on_disk)  # what torch.save writes


def test_predict_on_a_new_picture(page: Page, finished_run: str) -> None:
    page.goto("/predict")
    choose_files(page, "Drop images, a folder", ("new.jpg", draw_picture((200, 160))))
    page.get_by_role("button", name="Predict on 1 image").click()
    expect(
        page.get_by_role("heading", level=1, name=re.compile(r"^(new.jpg|1 image)$"))
    ).to_be_visible()
    tile = page.get_by_role("button", name=re.compile(r"^new.jpg: .*Open large"))
    expect(tile).to_be_visible(timeout=60_000)
    expect_picture(tile.locator("img"))

    def choose_download(name: str) -> Path:
        page.get_by_role("button", name="Download", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("menuitem", name=name, exact=True).click()
        return download.value.path()

    labels_path = choose_download("YOLO labels (.zip)")
    with zipfile.ZipFile(io.BytesIO(labels_path.read_bytes())) as labels:
        assert [name for name in labels.namelist() if name.endswith("new.txt")]
    result = json.loads(choose_download("JSON").read_text())
    assert "new.jpg" in json.dumps(result)
