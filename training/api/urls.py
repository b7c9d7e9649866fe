"""Addresses of the training room, under ``/api/``."""

from django.urls import path, re_path

from . import checkpoints, evaluations, exports, launching, predictions, runs, versions, workers

SHA256 = r"(?P<sha256>[0-9a-f]{64})"

urlpatterns = [
    path("datasets/<slug:slug>/versions/", versions.VersionListView.as_view()),
    path("datasets/<slug:slug>/versions/preview/", versions.VersionPreviewView.as_view()),
    path("versions/<int:version_id>/", versions.VersionView.as_view()),
    re_path(
        rf"^versions/(?P<version_id>\d{{1,18}})/files/{SHA256}\.thumbnail\.webp$",
        evaluations.VersionThumbnailView.as_view(),
    ),
    re_path(
        rf"^versions/(?P<version_id>\d{{1,18}})/files/{SHA256}\.(?P<extension>\w+)$",
        evaluations.VersionFileView.as_view(),
    ),
    path("base-models/", workers.BaseModelListView.as_view()),
    path("devices/", workers.DeviceListView.as_view()),
    path("workers/<int:worker_id>/", workers.WorkerView.as_view()),
    path("workers/", workers.WorkerListView.as_view()),
    path("jobs/", workers.JobListView.as_view()),
    path("training/presets/", launching.PresetListView.as_view()),
    path("training/arguments/", launching.ArgumentListView.as_view()),
    path("run-groups/", launching.RunGroupListView.as_view()),
    path("run-groups/<int:group_id>/", launching.RunGroupView.as_view()),
    path("runs/", runs.RunListView.as_view()),
    path("runs/queue/", runs.RunQueueView.as_view()),
    path("runs/latest/", runs.LatestRunsView.as_view()),
    path("runs/<int:run_id>/", runs.RunView.as_view()),
    path("runs/<int:run_id>/cancel/", runs.RunCancelView.as_view()),
    path("runs/<int:run_id>/request/", launching.RunRequestView.as_view()),
    path("runs/<int:run_id>/yolo.yaml", launching.RunYamlView.as_view()),
    path("runs/<int:run_id>/resume/", runs.RunResumeView.as_view()),
    path("runs/<int:run_id>/samples/", runs.RunSampleListView.as_view()),
    path("runs/<int:run_id>/epochs/", runs.EpochListView.as_view()),
    path("runs/<int:run_id>/log/", runs.RunLogView.as_view()),
    path("runs/<int:run_id>/files/", runs.RunFileListView.as_view()),
    path("runs/<int:run_id>/files/<str:name>", runs.RunFileView.as_view()),
    path("runs/<int:run_id>/evaluations/", evaluations.RunEvaluationListView.as_view()),
    path("evaluations/<int:evaluation_id>/", evaluations.EvaluationView.as_view()),
    path("evaluations/<int:evaluation_id>/curves/", evaluations.CurvesView.as_view()),
    path("evaluations/<int:evaluation_id>/confusion/", evaluations.ConfusionView.as_view()),
    path("evaluations/<int:evaluation_id>/images/", evaluations.EvaluatedImageListView.as_view()),
    path(
        "evaluations/<int:evaluation_id>/images/<str:key>/",
        evaluations.EvaluatedImageView.as_view(),
    ),
    path("checkpoints/", checkpoints.CheckpointListView.as_view()),
    path("checkpoints/<int:checkpoint_id>/", checkpoints.CheckpointView.as_view()),
    path("checkpoints/<int:checkpoint_id>/dependants/", checkpoints.DependantsView.as_view()),
    path("checkpoints/<int:checkpoint_id>/exports/", exports.ExportListView.as_view()),
    path("exports/<int:export_id>/", exports.ExportView.as_view()),
    path("exports/<int:export_id>/file/", exports.ExportFileView.as_view()),
    path("datasets/<slug:slug>/runs/check/", exports.RunCheckListView.as_view()),
    path("run-checks/<int:check_id>/", exports.RunCheckView.as_view()),
    path("checkpoints/<int:checkpoint_id>/file/", checkpoints.CheckpointFileView.as_view()),
    path("predictions/", predictions.PredictionListView.as_view()),
    path("predictions/<int:prediction_id>/", predictions.PredictionView.as_view()),
    path("predictions/<int:prediction_id>/cancel/", predictions.PredictionCancelView.as_view()),
    path("predictions/<int:prediction_id>/images/", predictions.PredictedImageListView.as_view()),
    path("predictions/<int:prediction_id>/labels.zip", predictions.PredictionLabelsView.as_view()),
    path("predictions/<int:prediction_id>/result.json", predictions.PredictionResultView.as_view()),
    re_path(
        r"^predictions/(?P<prediction_id>\d{1,18})/files/(?P<position>\d{1,9})/"
        rf"{SHA256}\.thumbnail\.webp$",
        predictions.PredictedThumbnailView.as_view(),
    ),
    re_path(
        r"^predictions/(?P<prediction_id>\d{1,18})/files/(?P<position>\d{1,9})/"
        rf"{SHA256}\.(?P<extension>\w+)$",
        predictions.PredictedFileView.as_view(),
    ),
]
