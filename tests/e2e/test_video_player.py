"""On each frame the player draws the objects of that very frame: playing, and after seeks."""

import random
import subprocess
import sys
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.counted_video import BITS, CELL, FRAMES, HEIGHT, WIDTH, times_ms
from tests.e2e.system import System
from tests.services import REPOSITORY

READ = """(canvas) => {
  const scale = canvas.width / WIDTH;
  const copy = new OffscreenCanvas(canvas.width, canvas.height);
  const context = copy.getContext('2d', { willReadFrequently: true });
  context.drawImage(canvas, 0, 0);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const at = (x, y) => {
    const i = 4 * (Math.floor(y * scale) * canvas.width + Math.floor(x * scale));
    return [data[i], data[i + 1], data[i + 2]];
  };
  let shown = 0;
  for (let bit = 0; bit < BITS; bit += 1) {
    if (at((bit + 0.5) * (WIDTH / BITS), HEIGHT / 8)[0] > 128) shown |= 1 << bit;
  }
  const drawn = [];
  for (let n = 0; n < FRAMES; n += 1) {
    const [r, g, b] = at(
      ((n % 16) + 0.5) * CELL_WIDTH, HEIGHT / 2 + (Math.floor(n / 16) + 0.5) * CELL_HEIGHT);
    // The ground is grey; a mask has a colour.
    if (Math.max(r, g, b) - Math.min(r, g, b) > 20) drawn.push(n);
  }
  return { shown, drawn, said: Number(canvas.dataset.position ?? -1) };
}"""
for name, value in {
    "CELL_WIDTH": CELL[0],
    "CELL_HEIGHT": CELL[1],
    "WIDTH": WIDTH,
    "HEIGHT": HEIGHT,
    "BITS": BITS,
    "FRAMES": FRAMES,
}.items():
    READ = READ.replace(name, str(value))

WATCH = """async (canvas) => {
  const read = READ;
  const seen = [];
  const end = performance.now() + 2500;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    seen.push(read(canvas));
  }
  return seen;
}""".replace("READ", READ)


def test_masks_are_those_of_the_shown_frame(system: System, page: Page) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.counted_video"],
        cwd=REPOSITORY,
        env={**system.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    page.goto(f"/predict/{done.stdout.split()[-1]}")
    canvas = page.locator("canvas[role=img]")
    expect(canvas).to_have_attribute("data-position", "0")
    assert canvas.evaluate(READ) == {"shown": 0, "drawn": [0], "said": 0}

    _play(page)
    _step(page)
    _seek(page)


def _play(page: Page) -> None:
    canvas = page.locator("canvas[role=img]")
    page.keyboard.press("Space")
    seen: list[dict[str, Any]] = canvas.evaluate(WATCH)
    page.keyboard.press("k")
    drawn = [each for each in seen if each["drawn"]]
    assert len({each["shown"] for each in drawn}) > 5, "it did not play"
    wrong = [each for each in drawn if each["drawn"] != [each["shown"]]]
    assert not wrong, f"{len(wrong)} of {len(drawn)}: {wrong[:5]}"


def _step(page: Page) -> None:
    page.keyboard.press("Home")
    _expect_frame(page, 0)
    for number in range(1, 8):
        page.keyboard.press("ArrowRight")
        _expect_frame(page, number)
    page.keyboard.press(",")
    _expect_frame(page, 6)
    page.keyboard.press("End")
    _expect_frame(page, FRAMES - 1)


def _seek(page: Page) -> None:
    """By presses on the timeline, to the middle of frames of unequal length."""
    bar = page.get_by_role("slider", name="Place in the video")
    box = bar.bounding_box()
    assert box is not None
    length = float(bar.get_attribute("aria-valuemax") or 0)
    times = times_ms()
    for number in random.Random(3).sample(range(FRAMES - 1), 8):
        middle = (times[number] + times[number + 1]) / 2
        bar.click(position={"x": middle / length * box["width"], "y": box["height"] / 2})
        # A pixel may hold several frames: what is shown says which it was.
        page.wait_for_timeout(300)
        shown = page.locator("canvas[role=img]").evaluate(READ)
        assert abs(times[shown["shown"]] - times[number]) <= 120
        _expect_frame(page, shown["shown"])


def _expect_frame(page: Page, number: int) -> None:
    canvas = page.locator("canvas[role=img]")
    expect(canvas).to_have_attribute("data-position", str(number))
    assert canvas.evaluate(READ) == {"shown": number, "drawn": [number], "said": number}
