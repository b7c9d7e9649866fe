"""Trained elsewhere: a version goes out as an archive, the run comes back as a file."""

from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.downloads import resumable_response
from annotator.api.web.streaming import download_headers
from annotator.api.web.view import APIView
from annotator.exports.downloads import make_key
from annotator.permissions import LEADS, REVIEWERS, get_dataset_for
from training.checkpoints import elsewhere as service
from training.checkpoints.run_import_payloads import (
    RunImportPayload,
    run_import_payload,
    run_imports_for_payload,
)
from training.checkpoints.run_imports import (
    cancel_run_import,
    delete_run_import,
    request_run_import,
)
from training.permissions import get_run_import_for, get_version_for

from .base import page_of, paginate
from .runs import validate_image_size
from .schema import schema_of


class TrainingPlanSerializer(serializers.Serializer[Any]):
    base_model = serializers.CharField(default="yolov8n-seg.pt", max_length=40)
    epochs = serializers.IntegerField(default=100, min_value=1, max_value=10_000)
    image_size = serializers.IntegerField(
        default=640, min_value=32, max_value=4096, validators=[validate_image_size]
    )
    batch = serializers.IntegerField(default=16, min_value=1, max_value=1024)


def _plan(request: Request) -> service.TrainingPlan:
    return cast(service.TrainingPlan, parse(TrainingPlanSerializer, request.query_params))


class ElsewhereView(APIView):
    @extend_schema(
        operation_id="versions_elsewhere",
        parameters=[TrainingPlanSerializer],
        responses=schema_of(service.Elsewhere),
    )
    def get(self, request: Request, version_id: int) -> Response:
        """Tell how to train on a version on another machine: archive, notebook, command."""
        version = get_version_for(current_user(request), version_id, REVIEWERS)
        return Response(service.describe_elsewhere(version, _plan(request)))


class VersionArchiveView(APIView):
    @extend_schema(
        operation_id="versions_archive",
        parameters=[TrainingPlanSerializer],
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, version_id: int) -> StreamingHttpResponse:
        """Download a version with a notebook, as a .zip that plain Ultralytics trains on. A
        download that broke goes on with `Range: bytes=N-`."""
        user = current_user(request)
        version = get_version_for(user, version_id, REVIEWERS)
        plan = _plan(request)
        service.make_command(plan)
        service.check_frozen(version)
        return resumable_response(
            request,
            lambda: service.list_files(version, plan),
            key=make_key("version", user.pk, version.pk, plan),
            name=f"{service.folder_name(version)}.zip",
        )


class VersionNotebookView(APIView):
    @extend_schema(
        operation_id="versions_notebook",
        parameters=[TrainingPlanSerializer],
        responses={(200, "application/x-ipynb+json"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, version_id: int) -> HttpResponse:
        """Download the notebook alone, to open it in Colab or Kaggle."""
        version = get_version_for(current_user(request), version_id, REVIEWERS)
        name = f"{service.folder_name(version)}.ipynb"
        return HttpResponse(
            service.make_notebook(version, _plan(request)),
            content_type="application/x-ipynb+json",
            headers=download_headers(name),
        )


class RunImportUploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text="A run folder as .zip, or a checkpoint as .pt.")


class RunImportCreateView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="run_imports_create",
        request={"multipart/form-data": RunImportUploadSerializer},
        responses={202: schema_of(RunImportPayload)},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Bring a run back that was trained on this version elsewhere, or upload a checkpoint."""
        user = current_user(request)
        version = get_version_for(user, version_id, LEADS)
        upload = parse(RunImportUploadSerializer, request.data)["file"]
        job = request_run_import(version, upload, created_by=user)
        return Response(run_import_payload(job), status=status.HTTP_202_ACCEPTED)


class RunImportListView(APIView):
    @extend_schema(
        operation_id="run_imports_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(RunImportPayload),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List what was brought back to a dataset, the newest first."""
        dataset = get_dataset_for(current_user(request), slug)
        rows = run_imports_for_payload().filter(dataset=dataset)
        return paginate(self, request, rows, run_import_payload)


class RunImportView(APIView):
    @extend_schema(operation_id="run_imports_read", responses=schema_of(RunImportPayload))
    def get(self, request: Request, import_id: int) -> Response:
        return Response(run_import_payload(get_run_import_for(current_user(request), import_id)))

    @extend_schema(operation_id="run_imports_delete", responses={204: None})
    def delete(self, request: Request, import_id: int) -> Response:
        """Take an import off the list. The run that it became stays."""
        delete_run_import(get_run_import_for(current_user(request), import_id, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RunImportCancelView(APIView):
    @extend_schema(
        operation_id="run_imports_cancel", request=None, responses=schema_of(RunImportPayload)
    )
    def post(self, request: Request, import_id: int) -> Response:
        """Stop an import that waits or runs. Its file is deleted."""
        job = get_run_import_for(current_user(request), import_id, LEADS)
        cancel_run_import(job)
        return Response(run_import_payload(job))
