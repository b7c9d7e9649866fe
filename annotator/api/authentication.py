"""Session authentication that answers 401, so that the front end can ask to sign in again."""

from drf_spectacular.authentication import SessionScheme
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.request import Request


class SessionAuthentication(BaseSessionAuthentication):
    """DRF's, with a challenge: without one DRF turns 401 into 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class SessionAuthenticationScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Tells the API schema about it."""

    target_class = "annotator.api.authentication.SessionAuthentication"
