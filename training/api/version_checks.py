"""What a training would drop, merge or blur of a version; repairs of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.serializers.changes import BulkChangeSerializer
from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import LEADS
from training.permissions import get_version_check_for, get_version_for
from training.versions.losses import (
    KINDS,
    LossImage,
    VersionCheckPayload,
    check_payload,
    list_loss_images,
    request_check,
)
from training.versions.repairing import start_repair

from .base import OffsetQuerySerializer, offset_page_of, offset_response
from .schema import schema_of


class VersionCheckCreateSerializer(serializers.Serializer[Any]):
    """The settings of a run that decide how masks are drawn."""

    image_size = serializers.IntegerField(min_value=32, max_value=4096)
    mask_ratio = serializers.IntegerField(default=4, min_value=1, max_value=32)
    overlap_mask = serializers.BooleanField(default=True)
    single_class = serializers.BooleanField(default=False)


class LossImagesQuerySerializer(OffsetQuerySerializer):
    kind = serializers.ChoiceField(choices=list(KINDS))


class RepairSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=list(KINDS))
    below_px = serializers.FloatField(
        default=2.0,
        min_value=0.5,
        max_value=64.0,
        help_text="Specks and holes: those whose shorter side is smaller at the image size.",
    )


class VersionCheckListView(APIView):
    @extend_schema(
        operation_id="version_checks_create",
        request=VersionCheckCreateSerializer,
        responses={202: schema_of(VersionCheckPayload)},
    )
    def post(self, request: Request, version_id: int) -> Response:
        """Ask what a training with these settings would lose; answers at once what is known."""
        user = current_user(request)
        version = get_version_for(user, version_id)
        values = parse(VersionCheckCreateSerializer, request.data)
        check = request_check(version, created_by=user, **values)
        return Response(check_payload(check), status=status.HTTP_202_ACCEPTED)


class VersionCheckView(APIView):
    @extend_schema(operation_id="version_checks_read", responses=schema_of(VersionCheckPayload))
    def get(self, request: Request, check_id: int) -> Response:
        return Response(check_payload(get_version_check_for(current_user(request), check_id)))


class LossImageListView(APIView):
    @extend_schema(
        operation_id="version_checks_images",
        parameters=[LossImagesQuerySerializer],
        responses=offset_page_of(LossImage),
    )
    def get(self, request: Request, check_id: int) -> Response:
        """List the images that lose something of one kind."""
        check = get_version_check_for(current_user(request), check_id)
        values = parse(LossImagesQuerySerializer, request.query_params)
        offset, limit = values["cursor"], values["page_size"]
        page = list_loss_images(check, kind=values["kind"], offset=offset, limit=limit)
        return offset_response(request, page, total=page["total"], offset=offset, limit=limit)


class RepairView(APIView):
    @extend_schema(
        operation_id="version_checks_repair",
        request=RepairSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, check_id: int) -> Response:
        """Repair one kind of loss in the live labels; a job does it, and it can be undone."""
        user = current_user(request)
        check = get_version_check_for(user, check_id, LEADS)
        values = parse(RepairSerializer, request.data)
        job = start_repair(check, values["kind"], below_px=values["below_px"], author=user)
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)
