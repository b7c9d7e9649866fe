"""Exports of checkpoints, and checks before a run: short jobs of the gpu workers."""

from typing import Any, TypedDict

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from annotator.models import Split
from annotator.permissions import LEADS, REVIEWERS, get_dataset_for
from training.checkpoints import exports as service
from training.checkpoints.certifying import check_may_leave, start_certificate
from training.checkpoints.format_table import FormatTable, read_format_table
from training.evaluations.evaluations import choose_version
from training.jobs.waiting import Waiting
from training.models import ExportFormat
from training.permissions import get_checkpoint_for, get_export_for, get_run_check_for
from training.runs.checks import RunCheckPayload, request_run_check, run_check_payload

from .base import list_of
from .downloads import file_response
from .runs import RunCreateSerializer, resolve_run_request, validate_image_size
from .schema import schema_of


class StartedExports(TypedDict):
    count: int


class ExportCreateSerializer(serializers.Serializer[Any]):
    format = serializers.ChoiceField(choices=ExportFormat.choices)
    image_size = serializers.IntegerField(
        required=False,
        min_value=32,
        max_value=4096,
        validators=[validate_image_size],
        help_text="Without it, the size that the run was trained at.",
    )


class ExportFormatListView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="export_formats_list", responses=list_of(service.ExportFormatPayload)
    )
    def get(self, request: Request) -> Response:
        """List the formats that a checkpoint can be exported to, or why it cannot now."""
        return Response(service.list_export_formats())


class ExportListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="exports_list", responses=list_of(service.ExportPayload))
    def get(self, request: Request, checkpoint_id: int) -> Response:
        """List the exports of a checkpoint, the newest first."""
        checkpoint = get_checkpoint_for(current_user(request), checkpoint_id)
        rows = service.exports_for_payload().filter(checkpoint=checkpoint)
        waiting = Waiting.for_list()
        return Response([service.export_payload(item, waiting) for item in rows])

    @extend_schema(
        operation_id="exports_create",
        request=ExportCreateSerializer,
        responses={202: schema_of(service.ExportPayload)},
    )
    def post(self, request: Request, checkpoint_id: int) -> Response:
        """Export a checkpoint to another format; it is verified on images of the val split."""
        user = current_user(request)
        checkpoint = get_checkpoint_for(user, checkpoint_id, LEADS)
        values = parse(ExportCreateSerializer, request.data)
        export = service.start_export(
            checkpoint,
            format=values["format"],
            image_size=values.get("image_size"),
            created_by=user,
        )
        told = service.export_payload(get_export_for(user, export.pk))
        return Response(told, status=status.HTTP_202_ACCEPTED)


class ExportAllView(APIView):
    @extend_schema(
        operation_id="exports_create_all",
        request=None,
        responses={202: schema_of(StartedExports)},
    )
    def post(self, request: Request, checkpoint_id: int) -> Response:
        """Export a checkpoint to every format that works here and is not there yet."""
        user = current_user(request)
        checkpoint = get_checkpoint_for(user, checkpoint_id, LEADS)
        count = service.start_all_exports(checkpoint, created_by=user)
        return Response({"count": count}, status=status.HTTP_202_ACCEPTED)


class FormatTableView(APIView):
    @extend_schema(operation_id="checkpoints_formats", responses=schema_of(FormatTable))
    def get(self, request: Request, checkpoint_id: int) -> Response:
        """Every format of a checkpoint with size, speed and figures, and which to take."""
        checkpoint = get_checkpoint_for(current_user(request), checkpoint_id)
        return Response(read_format_table(checkpoint))


class CertificateCreateSerializer(serializers.Serializer[Any]):
    split = serializers.ChoiceField(choices=Split.choices, default=Split.VAL)
    version = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**62,
        help_text="Of the same dataset; without it, the one that the run was trained on.",
    )


class CertificateView(APIView):
    @extend_schema(
        operation_id="exports_certify",
        request=CertificateCreateSerializer,
        responses={202: schema_of(service.ExportPayload)},
    )
    def post(self, request: Request, export_id: int) -> Response:
        """Measure an export against its checkpoint; until then it cannot be downloaded."""
        user = current_user(request)
        export = get_export_for(user, export_id, LEADS)
        values = parse(CertificateCreateSerializer, request.data)
        version = choose_version(export.checkpoint.run, values.get("version"))
        start_certificate(export, split=values["split"], version=version, created_by_id=user.pk)
        told = service.export_payload(get_export_for(user, export_id))
        return Response(told, status=status.HTTP_202_ACCEPTED)


class ExportFileQuerySerializer(serializers.Serializer[Any]):
    anyway = serializers.BooleanField(
        default=False,
        help_text="Take one whose certificate is red, or whose evaluation failed, all the same.",
    )


class ExportView(APIView):
    @extend_schema(operation_id="exports_read", responses=schema_of(service.ExportPayload))
    def get(self, request: Request, export_id: int) -> Response:
        return Response(service.export_payload(get_export_for(current_user(request), export_id)))

    @extend_schema(operation_id="exports_delete", responses={204: None})
    def delete(self, request: Request, export_id: int) -> Response:
        service.delete_export(get_export_for(current_user(request), export_id, LEADS))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExportFileView(APIView):
    @extend_schema(
        operation_id="exports_file",
        parameters=[ExportFileQuerySerializer],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, export_id: int) -> HttpResponse | StreamingHttpResponse:
        """Download the exported model, once it has a certificate: reviewers and team leads."""
        export = get_export_for(current_user(request), export_id, REVIEWERS)
        path = service.find_export_file(export)
        values = parse(ExportFileQuerySerializer, request.query_params)
        check_may_leave(export, anyway=values["anyway"])
        return file_response(
            request, path, download_name=f"{export.checkpoint.run.name}-{path.name}"
        )


class RunCheckCreateSerializer(RunCreateSerializer):
    dataset = None  # type: ignore[assignment]  # it is in the address


class RunCheckListView(APIView):
    @extend_schema(
        operation_id="run_checks_create",
        request=RunCheckCreateSerializer,
        responses={202: schema_of(RunCheckPayload)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Try a few steps of a run before it is started: does it fit, how long would it take?"""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        run_request = resolve_run_request(user, parse(RunCheckCreateSerializer, request.data))
        check = request_run_check(dataset, run_request, created_by=user)
        return Response(run_check_payload(check), status=status.HTTP_202_ACCEPTED)


class RunCheckView(APIView):
    @extend_schema(operation_id="run_checks_read", responses=schema_of(RunCheckPayload))
    def get(self, request: Request, check_id: int) -> Response:
        return Response(run_check_payload(get_run_check_for(current_user(request), check_id)))
