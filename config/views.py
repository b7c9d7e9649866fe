"""The page of the front end, and the answer for API addresses that do not exist."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import ensure_csrf_cookie

NOT_BUILT = (
    "The front end is not built. Start Segloop with “make run”, or build it: "
    "cd frontend && npm ci && npm run build"
)


@ensure_csrf_cookie
def frontend(request: HttpRequest) -> HttpResponse:
    """Answer the one HTML page; its router shows what the address asks for."""
    try:
        page = (settings.FRONTEND_DIST / "index.html").read_bytes()
    except FileNotFoundError:
        return HttpResponse(NOT_BUILT, status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse(page, headers={"Cache-Control": "no-cache"})


def api_not_found(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "The API has no such address; /api/docs/ lists them all.",
            "code": "not_found",
        },
        status=404,
        content_type="application/problem+json",
    )
