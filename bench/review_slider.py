"""P9, in the browser: from a move of the confidence slider to the frame that shows what follows.

    .venv/bin/python bench/review_slider.py [--objects 50000] [--moves 40]

Starts the whole system as people do, with a made-up evaluation of ten objects an image, and drags
the slider of the results and of the gallery by mouse. Time runs from the event of the mouse to the
end of the frame in which the counts beside the slider (`results`), the confusion matrix (`matrix`)
or the number of what the gallery shows (`images`, `objects`) are new; `held` is what the main
thread was busy with meanwhile. Needs a built front end and Chromium.
Target: p95 below 100 ms at 50,000 objects.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from common import print_table, quantile, write_result
from confidence_slider import write_evaluation
from next_image import WINDOW, find_chromium, sign_in
from playwright.sync_api import Locator, Page, sync_playwright

from training.evaluation.files.reading import read_summary

CLASSES = 10
REST_MS = 60
COUNT = "section[aria-label=Filters] [role=status]"

ROWS = """
import json
from django.contrib.auth.models import User
from annotator.models.jobs import JobState
from annotator.datasets.datasets import create_dataset
from training import paths
from training.models import Checkpoint, CheckpointKind, Evaluation, Run, Version
summary = json.loads({summary!r})
names = summary["class_names"]
dataset = create_dataset(
    name="Bench", owner=User.objects.get(is_superuser=True),
    classes=[{{"name": name}} for name in names],
)
classes = [
    {{"class_id": item.pk, "index": item.index, "name": item.name, "color": item.color}}
    for item in dataset.classes.order_by("index")
]
version = Version.objects.create(
    dataset=dataset, number=1, state=JobState.FINISHED, classes=classes,
    val_count=summary["image_count"], instance_count=summary["instance_count"],
)
parameters = {{
    "epochs": 1, "image_size": 640, "batch": 8, "device": "cpu", "seed": 0, "patience": 100,
    "learning_rate": None, "arguments": {{}}, "sample_every": 0, "fold": None,
}}
run = Run.objects.create(
    dataset=dataset, version=version, name="Bench", base_model="yolov8n-seg.yaml",
    parameters=parameters, state=JobState.FINISHED, epoch=1,
    best_box=summary["box"], best_mask=summary["mask"],
)
checkpoint = Checkpoint.objects.create(
    run=run, kind=CheckpointKind.BEST, epoch=1, size_bytes=1, sha256="0" * 64,
    box=summary["box"], mask=summary["mask"],
)
stored = {{
    name: summary[name]
    for name in (
        "image_count", "instance_count", "box", "mask", "per_class", "confidence_floor",
        "best_confidence",
    )
}}
evaluation = Evaluation.objects.create(
    run=run, checkpoint=checkpoint, version=version, split="val", state=JobState.FINISHED,
    format=2, **stored
)
print("MADE", run.pk, paths.evaluation_dir(evaluation))
"""

WATCH = """
(read) => {
  const words = () => document.querySelector(read.selector)?.textContent ?? "";
  window.movedIn = (patienceMs) => new Promise((resolve, reject) => {
    const old = words();
    let start = 0;
    window.addEventListener("mousemove", (event) => { start = event.timeStamp; },
      { capture: true, once: true });
    const end = performance.now() + patienceMs;
    // A message from a frame arrives when that frame is done.
    const channel = new MessageChannel();
    const wait = () => requestAnimationFrame(() => channel.port2.postMessage(null));
    channel.port1.onmessage = () => {
      const at = performance.now();
      if (at > end) return reject(new Error("nothing changed: " + old));
      if (start > 0 && words() !== old) resolve(at - start);
      else wait();
    };
    wait();
  });
}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, nargs="+", default=[50_000])
    parser.add_argument("--moves", type=int, default=40)
    options = parser.parse_args()
    rows = [row for count in options.objects for row in _measure(count, options.moves)]
    print_table(rows)
    load = os.getloadavg()[0]
    print(f"load of the machine: {load:.1f} on {os.cpu_count()} cores")
    print(write_result("review_slider", rows, target="P9", load=load))


def _measure(objects: int, moves: int) -> list[dict[str, Any]]:
    from tests.e2e.conftest import FLAGS
    from tests.e2e.system import System

    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as name, sync_playwright() as tool:
        folder = Path(name)
        made = folder / "evaluation"
        images = write_evaluation(made, objects, labels_per_image=5)
        system = System(folder)
        try:
            code = ROWS.format(summary=json.dumps(read_summary(made)))
            printed = system.run_command("shell", "--no-imports", "-c", code)
            _, run, place = next(
                line.split(" ", 2) for line in printed.splitlines() if line.startswith("MADE")
            )
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            made.rename(place)
            browser = tool.chromium.launch(
                executable_path=find_chromium(), headless=True, args=FLAGS
            )
            page = browser.new_page(base_url=system.url, viewport=WINDOW)  # type: ignore[arg-type]
            sign_in(page, system.username, system.password)
            pages = {
                "results": (
                    f"/runs/{run}/results",
                    "section[aria-label='Where the slider stands'] dl:nth-of-type(2)",
                ),
                "matrix": (f"/runs/{run}/results", "section[aria-label='Confusion matrix'] table"),
                "images": (f"/runs/{run}/predictions?outcome=false", COUNT),
                "objects": (f"/runs/{run}/predictions?view=objects&outcome=false", COUNT),
            }
            rows = [
                {"objects": objects, "images": images, "page": name}
                | _drag(page, address, selector, moves)
                for name, (address, selector) in pages.items()
            ]
            browser.close()
        finally:
            system.stop()
    return rows


def _drag(page: Page, address: str, selector: str, moves: int) -> dict[str, float]:
    page.goto(address)
    thumb = page.get_by_role("slider", name="Confidence")
    thumb.wait_for(timeout=60_000)
    page.locator(selector).first.wait_for(timeout=60_000)
    page.wait_for_timeout(3000)
    page.evaluate(WATCH, {"selector": selector})
    developer = page.context.new_cdp_session(page)
    developer.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_ms() -> float:
        metrics = developer.send("Performance.getMetrics")["metrics"]
        return 1000 * float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    x, y = _middle(thumb)
    page.mouse.move(x, y)
    page.mouse.down()
    wall: list[float] = []
    held: list[float] = []
    for number in range(moves):
        x += 4 if number % 20 < 10 else -4
        page.evaluate("() => { window.moved = window.movedIn(10000) }")
        before = busy_ms()
        page.mouse.move(x, y)
        wall.append(float(page.evaluate("window.moved")))
        held.append(busy_ms() - before)
        page.wait_for_timeout(REST_MS)
    page.mouse.up()
    if shot := os.environ.get("SHOT"):
        page.screenshot(path=shot)
    developer.detach()
    return {
        "p50_ms": quantile(wall, 0.5),
        "p95_ms": quantile(wall, 0.95),
        "held_p50_ms": quantile(held, 0.5),
        "held_p95_ms": quantile(held, 0.95),
    }


def _middle(thumb: Locator) -> tuple[float, float]:
    box = thumb.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


if __name__ == "__main__":
    main()
