"""What browsers let pages of Segloop use."""

from django.test import Client


def test_the_camera_is_for_pages_of_this_server_alone() -> None:
    policy = Client().get("/api/session/").headers["Permissions-Policy"]
    assert "camera=(self)" in policy
    for never in ("microphone", "geolocation", "display-capture"):
        assert f"{never}=()" in policy
