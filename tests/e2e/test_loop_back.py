"""Back to the labels: from a number to the object behind it, to its fix, and round again."""

import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from tests.e2e.canvas import Canvas
from tests.e2e.people import Person
from tests.e2e.system import System
from training.evaluation.files.store import (
    EvaluationWriter,
    Picture,
    StoredPrediction,
    read_records,
)

SIDE = 40


def free_square(labels: list[Any], size_wh: tuple[int, int]) -> list[float]:
    """A square of the picture that no label touches."""
    for top in range(8, size_wh[1] - SIDE - 8, 8):
        for left in range(8, size_wh[0] - SIDE - 8, 8):
            box = (left, top, left + SIDE, top + SIDE)
            if not any(
                label["box"][0] < box[2]
                and label["box"][2] > box[0]
                and label["box"][1] < box[3]
                and label["box"][3] > box[1]
                for label in labels
            ):
                x1, y1, x2, y2 = map(float, box)
                return [x1, y1, x2, y1, x2, y2, x1, y2]
    raise AssertionError("the picture is full")


def predict_one_duck(folder: Path) -> tuple[int, int]:
    """Put a prediction beside the labels of the first image: two epochs at 64 pixels find nothing.

    Returns the size of the picture. The folder is written as the engine writes it.
    """
    starts = np.load(folder / "images.npy")
    records = read_records(folder, range(len(starts) - 1), line_starts=starts)
    names = ["duck", "swan"]
    writer = EvaluationWriter(folder)
    for number, record in enumerate(records):
        found: list[StoredPrediction] = []
        if number == 0:
            ring = free_square(record["labels"], (record["width"], record["height"]))
            box = [ring[0], ring[1], ring[2], ring[5]]
            found = [{"class_index": 0, "polygon": ring, "box": box, "confidence": 0.9}]
        iou = np.zeros((len(record["labels"]), len(found)), dtype=np.float32)
        writer.add(
            Picture(
                record={**record, "predictions": found},
                label_class=np.array(
                    [label["class_index"] for label in record["labels"]], dtype=np.int64
                ),
                prediction_class=np.zeros(len(found), dtype=np.int64),
                confidence=np.full(len(found), 0.9, dtype=np.float32),
                box_iou=iou,
                mask_iou=iou,
            )
        )
    writer.finish(class_names=names, split="val")
    return records[0]["width"], records[0]["height"]


def wait_for(lead: Person, path: str, state: str) -> Any:
    for _ in range(240):
        found = lead.get(path)
        if found["state"] == state:
            return found
        assert found["state"] not in ("failed", "cancelled"), found
        time.sleep(0.5)
    raise AssertionError(f"{path} is still {found['state']}")


def give_a_verdict(page: Page, run: str) -> None:
    """From the number to the object behind it, and what is wrong with it."""
    page.goto(f"{run}/results")
    standing = page.get_by_role("region", name="At this confidence")
    one = page.get_by_role("link", name="1", exact=True)
    false_ones = standing.get_by_role("definition").filter(has=one)
    false_ones.get_by_role("link").first.click()
    page.get_by_role("group", name="Objects").get_by_role("button").first.click()
    large = page.get_by_role("dialog")
    large.get_by_role("button", name="Give a verdict").first.click()
    page.get_by_role("menuitem", name="Label is missing").click()
    page.get_by_label("Comment").fill("A duck that nobody drew")
    page.get_by_role("button", name="Put it into the queue of fixes").click()
    expect(large.get_by_role("button", name="Verdict: missing, to fix")).to_be_visible()


def test_from_a_number_to_a_better_label_and_round_again(
    lead: Person, pond: str, finished_run: str, system: System
) -> None:
    page = lead.page
    run = lead.get(f"/api{finished_run}/")
    evaluation = wait_for(lead, f"/api/evaluations/{run['evaluation']}/", "finished")
    [folder] = (system.data / "runs" / str(run["id"]) / "evaluations").glob(f"*{evaluation['id']}*")
    size_wh = predict_one_duck(folder)
    give_a_verdict(page, finished_run)

    # the queue, by keys: Enter opens the place, with the prediction as a ghost
    page.goto(f"/datasets/{pond}/fixes")
    row = page.get_by_role("link", name=re.compile("^Label is missing: duck"))
    row.focus()
    page.keyboard.press("Enter")
    bar = page.get_by_role("status", name="Predictions")
    expect(bar.get_by_text("Label is missing: duck")).to_be_visible()
    expect(bar.get_by_text("A duck that nobody drew")).to_be_visible()
    page.reload()
    expect(bar.get_by_text("Predicted: duck 0.90")).to_be_visible()
    canvas = Canvas(page, size_wh)
    before = lead.get(f"/api/images/{page.url.rpartition('/')[2].partition('?')[0]}/")
    page.keyboard.press("z")
    canvas.expect_objects(before["instance_count"] + 1)
    canvas.expect_saved()
    expect(bar.get_by_text(re.compile("· fixed$"))).to_be_visible()
    page.keyboard.press("Control+z")
    expect(bar.get_by_text(re.compile("· fixed$"))).to_be_hidden()
    page.keyboard.press("z")
    expect(bar.get_by_text(re.compile("· fixed$"))).to_be_visible()

    # the next version tells where it comes from
    version = lead.call("POST", f"/api/datasets/{pond}/versions/", 202, data={}).json()
    wait_for(lead, f"/api/versions/{version['id']}/", "finished")
    page.goto(f"/datasets/{pond}/versions")
    row = page.get_by_role("row", name=re.compile(f"^Version {version['number']}"))
    expect(row).to_contain_text(f"1 fix: 1 missing, from the evaluation of {run['name']}")

    # a new run, and what of the change the labels did: the old checkpoint was evaluated on the new
    # version by itself
    request = {**lead.get(f"/api/runs/{run['id']}/request/"), "version": version["id"], "epochs": 1}
    request["arguments"] = {"plots": False}  # drawing them takes longer than all the rest
    second = lead.call("POST", "/api/runs/", 202, data=request).json()
    second = wait_for(lead, f"/api/runs/{second['id']}/", "finished")
    wait_for(lead, f"/api/evaluations/{second['evaluation']}/", "finished")
    page.goto(f"/runs/{second['id']}/results")
    panel = page.get_by_role("region", name="Since an earlier run")
    # two epochs at 64 pixels find nothing, and that is said in words
    words = (
        f"Since {run['name']}: in one of the evaluations nothing was found, so mask mAP50 has no "
        "difference."
    )
    expect(panel.get_by_text(words, exact=True)).to_be_visible(timeout=120_000)
