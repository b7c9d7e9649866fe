"""The page of the front end, the API's description, and the answer for unknown API addresses."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from annotator.api.keys import refuse_unknown
from annotator.api.view import Query, check_query

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


class SchemaView(SpectacularAPIView):
    """The schema of the API: ``?format=`` is ``yaml`` or ``json``."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = {"format": Query(choices=("yaml", "json"))}
        refuse_unknown(check_query(request.query_params, known))


class DocsView(SpectacularSwaggerSplitView):
    """The schema as pages; they load their script by ``?script=``."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(check_query(request.query_params, {"script": Query()}))


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
