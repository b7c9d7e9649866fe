"""Markup in every name and text that the database has: no page, tooltip or dialog runs it."""

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import PASSWORD, People, Person
from tests.e2e.system import System
from tests.probe import PROBE
from tests.services import REPOSITORY

FILL = """
import json
from django.contrib.auth.models import User
from annotator.models import Membership
from tests.probe import put_everywhere
from tests.world import add_one_of_each
from training.models import Run
lead = User.objects.get(username={lead!r})
other = User.objects.create_user("other", password={password!r})
run = Run.objects.get(pk={run})
Membership.objects.create(dataset=run.dataset, user=other, role="annotator")
places = add_one_of_each(run, lead=lead, other=other)
count = put_everywhere()
print(json.dumps(places | {{"written": count}}, default=str))
"""

PAGES = {
    "/sign-in": "",
    "/datasets": "/datasets",
    "/datasets/:slug": "/datasets/{slug}",
    "/datasets/:slug/edit/:imageId": "/datasets/{slug}/edit/{image_id}",
    "/datasets/:slug/second/:id": "",  # of another person
    "/datasets/:slug/classes": "/datasets/{slug}/classes",
    "/datasets/:slug/insights": "/datasets/{slug}/insights",
    "/datasets/:slug/fixes": "/datasets/{slug}/fixes",
    "/datasets/:slug/versions": "/datasets/{slug}/versions",
    "/datasets/:slug/versions/compare": "/datasets/{slug}/versions/compare",
    "/datasets/:slug/versions/:number": "/datasets/{slug}/versions/1",
    "/datasets/:slug/versions/:number/synthetic": "/datasets/{slug}/versions/1/synthetic",
    "/datasets/:slug/folder": "/datasets/{slug}/folder",
    "/datasets/:slug/imports": "/datasets/{slug}/imports",
    "/datasets/:slug/imports/:id": "/datasets/{slug}/imports/{job_id}",
    "/datasets/:slug/changes/:id": "/datasets/{slug}/changes/{change_id}",
    "/datasets/:slug/split": "/datasets/{slug}/split",
    "/datasets/:slug/export": "/datasets/{slug}/export",
    "/datasets/:slug/people": "/datasets/{slug}/people",
    "/datasets/:slug/agreement": "/datasets/{slug}/agreement",
    "/datasets/:slug/agreement/:id": "/datasets/{slug}/agreement/{compared}",
    "/datasets/:slug/members": "/datasets/{slug}/members",
    "/datasets/:slug/trash": "/datasets/{slug}/trash",
    "/datasets/:slug/settings": "/datasets/{slug}/settings",
    "/trash": "/trash",
    "/runs": "/runs",
    "/runs/new": "/runs/new?dataset={slug}&version={version_id}",
    "/runs/search/:id": "/runs/search/{search_id}",
    "/runs/compare": "/runs/compare?runs={run_id},{again_id}",
    "/runs/:id": "/runs/{run_id}",
    "/runs/:id/training": "/runs/{run_id}/training",
    "/runs/:id/results": "/runs/{run_id}/results",
    "/runs/:id/predictions": "/runs/{run_id}/predictions",
    "/runs/:id/files": "/runs/{run_id}/files",
    "/models": "/models",
    "/models/served": "/models/served",
    "/predict": "/predict",
    "/predict/:id": "/predict/{prediction_id}",
    "/workers": "/workers",
    "/my-work": "/my-work",
    "*": "/nothing/here",
}
"""Each page of the router, and an address of it; "" where a test opens it in a way of its own."""


def pages_of_the_router() -> set[str]:
    text = (REPOSITORY / "frontend" / "src" / "router.tsx").read_text()
    parents = {"classes": "/datasets/:slug", "results": "/runs/:id"}
    found: set[str] = set()
    parent = ""
    for path in re.findall(r'path: "([^"]+)"', text):
        if path.startswith(("/", "*")):
            found.add(path)
            parent = path if path in parents.values() else parent
        else:
            found.add(f"{parent}/{path}")
    return found


def test_no_page_is_forgotten() -> None:
    assert pages_of_the_router() == set(PAGES)


@pytest.fixture(scope="module")
def places(
    system: System,
    people: People,
    finished_run: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Any]]:
    """One of everything, named by the probe; the other tests find the database as it was."""
    wait_until_evaluated(people.open_window(system.username), finished_run)
    database, kept = system.data / "segloop.sqlite3", tmp_path_factory.mktemp("kept") / "db"
    copy_database(database, kept)
    script = FILL.format(
        lead=system.username, run=int(finished_run.rpartition("/")[2]), password=PASSWORD
    )
    try:
        told: dict[str, Any] = json.loads(
            system.run_command("shell", "-c", script).strip().splitlines()[-1]
        )
        assert told["written"] > 100
        yield told
    finally:
        copy_database(kept, database)


def wait_until_evaluated(person: Person, run: str) -> None:
    for _ in range(300):
        states = [item["state"] for item in person.get(f"/api{run}/evaluations/")]
        if states and set(states) == {"finished"}:
            return
        time.sleep(0.2)
    raise AssertionError(f"the run was not evaluated: {states}")


def copy_database(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(source, timeout=30)) as old,
        closing(sqlite3.connect(target, timeout=30)) as new,
    ):
        old.backup(new)


def look_at(page: Page, where: str) -> None:
    """Fail if a name became part of the page, or ran."""
    found = page.evaluate(
        """() => [...document.querySelectorAll("img[src='x'], [onerror]")].map(e => e.outerHTML)
                 .concat(window.ran ? ["it ran"] : [])"""
    )
    assert not found, f"{where}: {found}"


def open_tooltips(page: Page, where: str) -> None:
    """Walk over every chart, and over whatever tells more under the pointer."""
    for chart in page.locator("[role=img]:has(canvas)").all():
        box = chart.bounding_box() if chart.is_visible() else None
        if box is None:
            continue
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box() or box
        for across in (0.15, 0.3, 0.5, 0.7, 0.9):
            for down in (0.3, 0.6):
                page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        look_at(page, f"{where}, the chart {chart.get_attribute('aria-label')}")


def test_no_name_becomes_part_of_a_page(places: dict[str, Any], lead: Person) -> None:
    page = lead.page
    shown = 0
    lead.watch.expect_fault(r"status of (404|409)")
    for path, address in PAGES.items():
        if not address:
            continue
        page.goto(address.format(**places))
        page.wait_for_load_state("networkidle")
        open_tooltips(page, path)
        look_at(page, path)
        shown += page.get_by_text("<img src=x").count()
    assert shown > 40, "the probe is hardly to be seen: the pages were not open"
    page.goto("/datasets")
    page.get_by_role("textbox", name="Find a dataset or a run").fill("img")
    expect(page.get_by_role("option").first).to_be_visible()
    look_at(page, "the quick search")


def test_a_run_named_by_markup_is_text_in_the_tooltip_of_compare(
    places: dict[str, Any], lead: Person
) -> None:
    page = lead.page
    page.goto(PAGES["/runs/compare"].format(**places))
    chart = page.get_by_role("img", name=re.compile(r"^Loss \("))
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    tooltip = chart.get_by_text(PROBE)
    for step in range(24 * 12):
        across, down = step % 24 / 24, step // 24 / 12
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        if tooltip.count():
            break
    expect(tooltip.first).to_be_visible()
    look_at(page, "the tooltip")
