"""The page of the front end, the API's description, and the answer for unknown API addresses."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.csrf import csrf_failure as django_csrf_failure
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

from annotator.api.web.csrf import csrf_problem
from annotator.api.web.keys import refuse_unknown
from annotator.api.web.problems import plain_problem, sentence_for
from annotator.api.web.view import Query, check_query
from config.middleware import is_api

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


@csrf_exempt  # a script without cookies shall learn that the address is wrong
def api_not_found(request: HttpRequest) -> HttpResponse:
    return plain_problem(404, sentence_for(404), code="not_found")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a refused CSRF token: a problem in the API, Django's page elsewhere."""
    if not is_api(request):
        return django_csrf_failure(request, reason=reason)
    sentence, code = csrf_problem(reason)
    return plain_problem(403, sentence, code=code)
