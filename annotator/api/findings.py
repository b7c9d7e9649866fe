"""Findings of a dataset: the list, repairs, and what somebody said is fine."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.bulk.changes import start_change
from annotator.bulk.repairs import action_for, check_repairable, preview_repair
from annotator.images.findings.of_image import list_findings_of
from annotator.images.findings.overview import list_findings
from annotator.images.findings.setting_aside import bring_back, list_ids, set_aside
from annotator.kernel.errors import ServiceError
from annotator.models import Dataset, FindingKind
from annotator.permissions import LEADS, REVIEWERS, get_dataset_for, get_image_for

from .serializers.changes import BulkChangeSerializer
from .serializers.findings import (
    FindingsSerializer,
    ImageFindingSerializer,
    RepairOptionsSerializer,
    RepairPreviewSerializer,
    SetAsideResultSerializer,
    SetAsideSerializer,
)
from .web.base import current_user, parse
from .web.view import APIView

_KIND = [OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=FindingKind.values)]


class FindingListView(APIView):
    @extend_schema(operation_id="findings_list", responses=FindingsSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """List what is wrong in a dataset, with counts; `finding` filters the image list by it."""
        dataset = get_dataset_for(current_user(request), slug)
        return Response(FindingsSerializer(list_findings(dataset)).data)


class RepairView(APIView):
    @extend_schema(
        operation_id="findings_repair_preview",
        parameters=[*_KIND, RepairOptionsSerializer],
        responses=RepairPreviewSerializer,
    )
    def get(self, request: Request, slug: str, kind: str) -> Response:
        """Say what the bulk repair of a kind would change. Nothing is changed."""
        dataset = _dataset_of(request, slug, kind)
        options = parse(RepairOptionsSerializer, request.query_params)
        return Response(preview_repair(dataset, _options_of(kind, options)))

    @extend_schema(
        operation_id="findings_repair",
        parameters=_KIND,
        request=RepairOptionsSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, slug: str, kind: str) -> Response:
        """Repair all findings of a kind that nobody set aside; a job does it."""
        dataset = _dataset_of(request, slug, kind)
        options = _options_of(kind, parse(RepairOptionsSerializer, request.data))
        job = start_change(dataset, action_for(kind), options, author=current_user(request))
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class SetAsideView(APIView):
    @extend_schema(
        operation_id="findings_set_aside",
        parameters=_KIND,
        request=SetAsideSerializer,
        responses=SetAsideResultSerializer,
    )
    def post(self, request: Request, slug: str, kind: str) -> Response:
        """Say that a finding is fine in some images, until they change; or take that back."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        _check_kind(kind)
        values = parse(SetAsideSerializer, request.data)
        is_fine = values["is_fine"]
        ids = values.get("ids") or list_ids(dataset, kind, aside=not is_fine)
        if is_fine:
            return Response({"changed": set_aside(dataset, kind, ids, author=user)})
        return Response({"changed": bring_back(dataset, kind, ids)})


class ImageFindingsView(APIView):
    pagination_class = None

    @extend_schema(operation_id="images_findings", responses=ImageFindingSerializer(many=True))
    def get(self, request: Request, image_id: UUID) -> Response:
        """List what is wrong with an image, and with which of its objects."""
        image = get_image_for(current_user(request), image_id)
        return Response(ImageFindingSerializer(list_findings_of(image), many=True).data)


def _check_kind(kind: str) -> None:
    if kind not in FindingKind.values or kind == FindingKind.CLASS_EMPTY:
        raise Http404


def _dataset_of(request: Request, slug: str, kind: str) -> Dataset:
    dataset = get_dataset_for(current_user(request), slug, LEADS)
    _check_kind(kind)
    check_repairable(kind)
    return dataset


def _options_of(kind: str, options: dict[str, int]) -> dict[str, int | str]:
    if options and kind != FindingKind.TINY:
        raise ServiceError("Only the repair of tiny objects takes `below_px`.", code="not_taken")
    return {"finding": kind, **options}
