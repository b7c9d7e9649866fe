"""Addresses of the annotator room, under ``/api/``."""

from django.urls import path, re_path

from . import (
    annotations,
    comments,
    datasets,
    events,
    exports,
    files,
    health,
    images,
    imports,
    presence,
    session,
    tiles,
    uploads,
)

urlpatterns = [
    path("session/", session.SessionView.as_view()),
    path("me/token/", session.TokenView.as_view()),
    path("me/password/", session.PasswordView.as_view()),
    path("users/", session.UserListView.as_view()),
    path("my-work/", images.MyWorkView.as_view()),
    path("datasets/", datasets.DatasetListView.as_view()),
    path("datasets/sample/", imports.SampleDatasetView.as_view()),
    path("datasets/<slug:slug>/", datasets.DatasetView.as_view()),
    path("datasets/<slug:slug>/insights/", datasets.InsightsView.as_view()),
    path("datasets/<slug:slug>/classes/", datasets.ClassListView.as_view()),
    path("datasets/<slug:slug>/classes/<int:class_id>/", datasets.ClassView.as_view()),
    path("datasets/<slug:slug>/members/", datasets.MemberListView.as_view()),
    path("datasets/<slug:slug>/members/<int:member_id>/", datasets.MemberView.as_view()),
    path("datasets/<slug:slug>/images/", uploads.ImageUploadView.as_view()),
    path("datasets/<slug:slug>/images/facets/", images.ImageFacetsView.as_view()),
    path("datasets/<slug:slug>/images/next/", images.NextImageView.as_view()),
    path("datasets/<slug:slug>/images/bulk/", images.BulkImagesView.as_view()),
    path("images/<uuid:image_id>/", images.ImageView.as_view()),
    path("images/<uuid:image_id>/neighbours/", images.NeighboursView.as_view()),
    path("images/<uuid:image_id>/strip/", images.StripView.as_view()),
    path("images/<uuid:image_id>/annotation/", annotations.AnnotationView.as_view()),
    path("images/<uuid:image_id>/revisions/", annotations.RevisionListView.as_view()),
    path("images/<uuid:image_id>/tiles/", tiles.TilesView.as_view()),
    path("images/<uuid:image_id>/presence/", presence.PresenceView.as_view()),
    path("images/<uuid:image_id>/comments/", comments.CommentListView.as_view()),
    path("comments/<int:comment_id>/", comments.CommentView.as_view()),
    re_path(
        r"^files/images/(?P<image_id>[0-9a-f-]{36})/(?P<sha256>[0-9a-f]{64})\.(?P<extension>\w+)$",
        files.ImageFileView.as_view(),
    ),
    re_path(
        r"^files/thumbnails/(?P<image_id>[0-9a-f-]{36})/(?P<sha256>[0-9a-f]{64})\.webp$",
        files.ThumbnailView.as_view(),
    ),
    re_path(
        r"^files/tiles/(?P<image_id>[0-9a-f-]{36})/(?P<sha256>[0-9a-f]{64})"
        r"/(?P<level>\d{1,2})/(?P<column>\d{1,4})_(?P<row>\d{1,4})\.jpg$",
        files.TileView.as_view(),
    ),
    path("datasets/<slug:slug>/imports/", imports.ImportListView.as_view()),
    path("datasets/<slug:slug>/export/", exports.ExportView.as_view()),
    path("imports/<int:import_id>/", imports.ImportView.as_view()),
    path("imports/<int:import_id>/cancel/", imports.CancelImportView.as_view()),
    path("imports/<int:import_id>/report/", imports.ImportReportView.as_view()),
    path("imports/<int:import_id>/report.csv", imports.ImportReportCsvView.as_view()),
    path("events/", events.stream_events),
    path("health/", health.HealthView.as_view()),
]
