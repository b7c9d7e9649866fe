"""Frame times of the polygon editor in a real Chromium (TARGETS: P3). One command:

    python bench/canvas/bench.py [--polygons 100 1000 5000 50000] [--json FILE]

Builds bench/canvas/page.ts with the front end's own Vite, opens it in headless, software-rendered
Chromium, and prints, for each contender and number of polygons, the 95th percentile of the time
from frame to frame while the wheel turns, the view moves, the pointer hovers and a vertex is
dragged. `floor` moves one bitmap about and is what any canvas pays; `naive` draws one Path2D for
each polygon at every frame; `segloop` is the editor's own code behind its own input handling, and
`labelled` the same with names on the canvas and a colour for each object.
"""

import argparse
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FRONTEND = HERE.parents[1] / "frontend"
GESTURES = ("wheel", "pan", "hover", "drag")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def build(out: Path) -> None:
    vite = FRONTEND / "node_modules" / ".bin" / "vite"
    if not vite.exists():
        sys.exit("The front end's packages are not installed. Run: npm ci --prefix frontend")
    command = [str(vite), "build", "--config", str(HERE / "vite.config.ts"), "--logLevel", "error"]
    subprocess.run([*command, "--outDir", str(out), "--emptyOutDir"], check=True, cwd=FRONTEND)


def find_chromium() -> str | None:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def measure_all(url: str, polygon_counts: list[int], naive_up_to: int) -> list[dict[str, object]]:
    from playwright.sync_api import sync_playwright

    results = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=CHROMIUM_FLAGS, headless=True
        )
        for polygons in polygon_counts:
            for contender in ("floor", "naive", "segloop", "labelled"):
                if contender == "naive" and polygons > naive_up_to:
                    continue
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.set_default_timeout(600_000)
                page.goto(url)
                page.wait_for_function("window.measure !== undefined")
                result = page.evaluate(
                    "options => window.measure(options)",
                    {"contender": contender, "polygons": polygons},
                )
                page.close()
                results.append(result)
                print(row_of(result), flush=True)
        browser.close()
    return results


def row_of(result: dict[str, Any]) -> str:
    figures = result["figures"]
    cells = "".join(
        f"{figures[name]['p95']:7.1f} ({figures[name]['busy95']:5.1f})" for name in GESTURES
    )
    undo = result["undoMs"]
    tail = "" if undo is None else f"{undo:9.1f}"
    head = f"{result['polygons']:>8}  {result['contender']:<8}"
    return f"{head}{cells}{result['firstFrameMs']:10.0f}{tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--polygons", type=int, nargs="+", default=[100, 1000, 5000, 50_000])
    parser.add_argument("--naive-up-to", type=int, default=5000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print("p95 of ms from frame to frame (p95 of ms the main thread was held); 50 points a polygon")
    print(f"polygons  contender{''.join(f'{name:>15}' for name in GESTURES)}   first ms  undo ms")
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        handler = functools.partial(QuietHandler, directory=folder)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/index.html"
        results = measure_all(url, options.polygons, options.naive_up_to)
        server.shutdown()
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
