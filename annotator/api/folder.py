"""The live folder of a dataset, and what other programs changed in it."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.folder.outside import folders as service
from annotator.models import FolderAction
from annotator.permissions import LEADS, get_dataset_for, get_folder_job_for

from .serializers.folder import (
    ChangeFiltersSerializer,
    FolderChangeSerializer,
    FolderJobSerializer,
    LiveFolderSerializer,
    LiveFolderUpdateSerializer,
    SettleSerializer,
)
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.view import APIView


class LiveFolderView(APIView):
    @extend_schema(operation_id="folder_read", responses=LiveFolderSerializer)
    def get(self, request: Request, slug: str) -> Response:
        """Return how the folder is looked after, and how many changes wait."""
        dataset = get_dataset_for(current_user(request), slug)
        return Response(LiveFolderSerializer(service.folder_of(dataset)).data)

    @extend_schema(
        operation_id="folder_update",
        request=LiveFolderUpdateSerializer,
        responses=LiveFolderSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Choose what a look does about changes, and how often one is made."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        values = parse(LiveFolderUpdateSerializer, request.data)
        return Response(LiveFolderSerializer(service.update_folder(dataset, **values)).data)


class LookView(APIView):
    @extend_schema(operation_id="folder_look", request=None, responses={202: FolderJobSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Look at the folder: a job compares it with the database."""
        user = current_user(request)
        job = service.start_look(get_dataset_for(user, slug, LEADS), by=user)
        return Response(FolderJobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class FolderChangeListView(APIView):
    @extend_schema(
        operation_id="folder_changes_list",
        parameters=[
            *CURSOR_PARAMETERS,
            OpenApiParameter("state", str, enum=["waiting", "settled"]),
            OpenApiParameter("subject", str, enum=["image", "label"]),
            OpenApiParameter("kind", str, enum=["added", "changed", "moved", "removed", "strange"]),
        ],
        responses=page_of(FolderChangeSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the changes that wait, or those that were settled, the newest first."""
        dataset = get_dataset_for(current_user(request), slug)
        names = ("state", "subject", "kind")
        asked = {name: request.query_params[name] for name in names if name in request.query_params}
        filters = parse(ChangeFiltersSerializer, asked)
        rows = service.list_changes(dataset, **filters)
        ordering = ("id",) if filters["state"] == "waiting" else ("-settled_at", "-id")
        return paginate(self, request, rows, FolderChangeSerializer, ordering=ordering)


class SettleView(APIView):
    @extend_schema(
        operation_id="folder_settle",
        request=SettleSerializer,
        responses={202: FolderJobSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Take changes in, or put them back; a job does it."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        values = parse(SettleSerializer, request.data)
        action = FolderAction(values.pop("action"))
        job = service.start_settling(dataset, action, values, by=user)  # type: ignore[arg-type]
        return Response(FolderJobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class CancelFolderJobView(APIView):
    @extend_schema(operation_id="folder_jobs_cancel", request=None, responses=FolderJobSerializer)
    def post(self, request: Request, folder_job_id: int) -> Response:
        """Stop a look, or what is done about changes; what was settled stays so."""
        job = get_folder_job_for(current_user(request), folder_job_id, LEADS)
        return Response(FolderJobSerializer(service.cancel_folder_job(job)).data)


class FolderJobView(APIView):
    @extend_schema(operation_id="folder_jobs_read", responses=FolderJobSerializer)
    def get(self, request: Request, folder_job_id: int) -> Response:
        return Response(
            FolderJobSerializer(get_folder_job_for(current_user(request), folder_job_id)).data
        )
