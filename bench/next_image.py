"""P3: from the press of a key to the next photograph and its objects on the screen, in Chromium.

    .venv/bin/python bench/next_image.py [--images 30] [--dataset ../shared/data/feral-cats]

Starts the whole system as people do, imports a dataset of photographs, and walks through it with
the editor's keys, resting at each image for as long as a glance takes. Time runs from the event of
the key to the end of the frame in which the canvases show the new photograph and its objects.
`cold` jumps to an image that nothing could foresee. Needs a built front end and Chromium.
Target: p95 of `next`, `previous` and `done` below 100 ms.
"""

import argparse
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from common import REPOSITORY, print_table, quantile, write_result
from playwright.sync_api import Page, sync_playwright

REST_MS = 1000
PATIENCE_MS = 15_000
WINDOW = {"width": 1440, "height": 900}

# Looks at the canvases themselves, shrunk so that looking costs nothing: busy pages may claim much.
WATCH = """
() => {
  const small = new OffscreenCanvas(96, 96).getContext("2d", { willReadFrequently: true });
  const isPainted = (canvas) => {
    small.clearRect(0, 0, 96, 96);
    small.drawImage(canvas, 0, 0, 96, 96);
    const { data } = small.getImageData(0, 0, 96, 96);
    for (let i = 4; i < data.length; i += 4)
      if (data[i] !== data[0] || data[i + 3] !== data[3]) return true;
    return false;
  };
  const stage = () => document.querySelector("main [role=application]");
  window.openedIn = (press, patienceMs) => new Promise((resolve, reject) => {
    const old = stage()?.getAttribute("aria-label");
    let start = 0;
    const begin = (event) => { start = event.timeStamp; };
    window.addEventListener(press, begin, { capture: true, once: true });
    const end = performance.now() + patienceMs;
    // A message from a frame arrives when that frame is done, whoever drew in it first.
    const channel = new MessageChannel();
    const waitForFrame = () => requestAnimationFrame(() => channel.port2.postMessage(null));
    channel.port1.onmessage = () => {
      const at = performance.now();
      if (at > end) return reject(new Error(`${location} was not painted`));
      const now = stage();
      const [image, shapes] = now?.querySelectorAll("canvas") ?? [];
      const isNew = start > 0 && now && now.getAttribute("aria-label") !== old;
      if (isNew && isPainted(image) && isPainted(shapes)) resolve(at - start);
      else waitForFrame();
    };
    waitForFrame();
  });
}
"""


def find_chromium() -> str:
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return found or sys.exit("Chromium is not installed. Install it, or say where: CHROMIUM=…")


class Opening(NamedTuple):
    wall_ms: float
    cpu_ms: float


def measure(page: Page, count: int, press: Callable[[], None], event: str) -> list[Opening]:
    """Open ``count`` images, with a rest before each."""
    developer = page.context.new_cdp_session(page)
    developer.send("Performance.enable", {"timeDomain": "threadTicks"})

    def cpu_ms() -> float:
        metrics = developer.send("Performance.getMetrics")["metrics"]
        tasks = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
        return 1000 * float(tasks)

    openings = []
    for _ in range(count):
        page.wait_for_timeout(REST_MS)
        page.evaluate(
            "([event, ms]) => { window.opened = window.openedIn(event, ms) }", [event, PATIENCE_MS]
        )
        before = cpu_ms()
        press()
        wall_ms = float(page.evaluate("window.opened"))
        openings.append(Opening(wall_ms, cpu_ms() - before))
    developer.detach()
    return openings


def row_of(name: str, openings: list[Opening]) -> dict[str, Any]:
    wall = [opening.wall_ms for opening in openings]
    cpu = [opening.cpu_ms for opening in openings]
    return {
        "opening": name,
        "images": len(openings),
        "p50_ms": quantile(wall, 0.5),
        "p95_ms": quantile(wall, 0.95),
        "cpu_p50_ms": quantile(cpu, 0.5),
        "cpu_p95_ms": quantile(cpu, 0.95),
    }


def sign_in(page: Page, username: str, password: str) -> None:
    page.goto("/")
    page.get_by_label("User name").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Datasets", level=1).wait_for()


def walk(page: Page, slug: str, count: int) -> list[dict[str, Any]]:
    """Every way of opening an image, the one with the key first."""
    images = page.request.get(f"/api/datasets/{slug}/images/?page_size=500").json()["results"]
    images = [image for image in images if image["instance_count"] > 0]
    count = min(count, len(images) - 2)
    first = images[0]["id"]
    keyboard = page.keyboard

    def open_editor(address: str) -> None:
        page.goto(address)
        page.locator("main[aria-busy=false]").wait_for()
        page.evaluate(WATCH)
        page.wait_for_timeout(2000)

    rows = []
    open_editor(f"/datasets/{slug}/edit/{first}")
    for name, key in (("next", "PageDown"), ("previous", "PageUp")):
        openings = measure(page, count, functools.partial(keyboard.press, key), "keydown")
        rows.append(row_of(name, openings))
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "csrftoken")
    answer = page.request.post(
        f"/api/datasets/{slug}/images/bulk/",
        data={
            "ids": [image["id"] for image in images[: count + 1]],
            "action": "set_status",
            "status": "in_progress",
        },
        headers={"X-CSRFToken": token, "Referer": page.url},
    )
    assert answer.ok, answer.text()
    open_editor(f"/datasets/{slug}/edit/{first}")
    rows.append(row_of("done", measure(page, count, lambda: keyboard.press("d"), "keydown")))
    names = iter(image["stem"] for image in images[-3:2:-7])

    def jump() -> None:
        name = next(names)
        keyboard.press("j")
        page.get_by_label("Name of an image").fill(name)
        page.get_by_role("option", name=name).click()

    cold = min(count, len(images) // 7 - 1)
    rows.append(row_of("cold", measure(page, cold, jump, "click")))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=30)
    parser.add_argument(
        "--dataset", type=Path, default=REPOSITORY.parent / "shared" / "data" / "feral-cats"
    )
    options = parser.parse_args()
    from tests.e2e.conftest import FLAGS
    from tests.e2e.system import System

    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as folder, sync_playwright() as tool:
        system = System(Path(folder))
        try:
            system.run_command("import_dataset", str(options.dataset.resolve()), "--name", "Bench")
            browser = tool.chromium.launch(
                executable_path=find_chromium(), headless=True, args=FLAGS
            )
            page = browser.new_page(base_url=system.url, viewport=WINDOW)  # type: ignore[arg-type]
            sign_in(page, system.username, system.password)
            rows = walk(page, "bench", options.images)
            browser.close()
        finally:
            system.stop()
    print_table(rows)
    load = os.getloadavg()[0]
    print(f"load of the machine: {load:.1f} on {os.cpu_count()} cores")
    write_result("next_image", rows, load=load)


if __name__ == "__main__":
    main()
