"""A model answers what a camera sees."""

from playwright.sync_api import expect

from tests.e2e.people import Person


def test_masks_follow_the_camera(lead: Person, finished_run: str) -> None:
    """Frames of Chromium's artificial camera go to a warm model one at a time."""
    page = lead.page
    lead.context.grant_permissions(["camera"])
    page.goto("/predict?tab=live")
    expect(page.get_by_label("Model", exact=True)).not_to_have_value("")
    page.get_by_text("Camera", exact=True).click(force=True)
    page.get_by_role("button", name="Start the camera").click()
    expect(page.get_by_text("frames a second")).to_be_visible(timeout=90_000)
    page.get_by_role("button", name="Stop the camera").click()
    expect(page.get_by_role("button", name="Start the camera")).to_be_visible()
