"""All addresses: the API, Django's admin, and the front end for everything else."""

from django.contrib import admin
from django.urls import include, path, re_path

from config.views import DocsView, SchemaView, api_not_found, frontend

handler500 = "config.disk_full.server_error"
urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", DocsView.as_view(url_name="schema"), name="docs"),
    path("api/", include("annotator.api.urls")),
    path("api/", include("training.api.urls")),
    re_path(r"^api(?:/|$)", api_not_found),
    re_path(r"^(?!static/)", frontend),
]
