"""The trash: what was deleted, bringing it back, deleting it for good."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.datasets.summaries import summarise_datasets
from annotator.folder.trash.datasets import count_contents, purge_dataset, restore_dataset
from annotator.folder.trash.images import list_trashed_images, purge_images, restore_images
from annotator.folder.trash.instances import (
    list_deleted_instances,
    list_trashed_instances,
    restore_instances,
)
from annotator.permissions import (
    LEADS,
    get_dataset_for,
    get_deletable_dataset_for,
    get_image_for,
    trashed_datasets_of,
)

from .serializers.base import ProblemSerializer
from .serializers.datasets import DatasetSerializer
from .serializers.images import BulkResultSerializer
from .serializers.trash import (
    DeletedInstanceSerializer,
    TrashedDatasetSerializer,
    TrashedImageSerializer,
    TrashedInstanceSerializer,
    TrashIdsSerializer,
)
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.pagination import CursorPagination
from .web.view import APIView


class DeletedInstancesView(APIView):
    pagination_class = None

    @extend_schema(
        operation_id="deleted_instances_list", responses=DeletedInstanceSerializer(many=True)
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """List what was deleted from this image lately, the newest first; 500 at most."""
        image = get_image_for(current_user(request), image_id)
        return Response(DeletedInstanceSerializer(list_deleted_instances(image), many=True).data)


class TrashedImagesView(APIView):
    @extend_schema(
        operation_id="trash_images_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(TrashedImageSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the images in the trash, the newest there first."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        rows = list_trashed_images(dataset)
        return paginate(self, request, rows, TrashedImageSerializer, ordering=("-deleted_at", "id"))


class RestoreImagesView(APIView):
    @extend_schema(
        operation_id="trash_images_restore",
        request=TrashIdsSerializer,
        responses={200: BulkResultSerializer, 409: ProblemSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Bring images back with their annotation and history.

        What cannot be restored is skipped with a reason. One image alone whose name or picture
        is in the dataset again: 409.
        """
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        ids = parse(TrashIdsSerializer, request.data)["ids"]
        changed, skipped = restore_images(dataset, ids)
        return Response({"changed": changed, "skipped": skipped})


class PurgeImagesView(APIView):
    @extend_schema(
        operation_id="trash_images_purge",
        request=TrashIdsSerializer,
        responses=BulkResultSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Delete images in the trash for good, with their files and history."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        ids = parse(TrashIdsSerializer, request.data)["ids"]
        changed, skipped = purge_images(dataset, ids)
        return Response({"changed": changed, "skipped": skipped})


class TrashedInstancesView(APIView):
    @extend_schema(
        operation_id="trash_instances_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(TrashedInstanceSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the instances that were deleted from images, the newest first."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        rows = list_trashed_instances(dataset)
        return paginate(self, request, rows, TrashedInstanceSerializer, ordering=("-id",))


class RestoreInstancesView(APIView):
    @extend_schema(
        operation_id="trash_instances_restore",
        request=TrashIdsSerializer,
        responses=BulkResultSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Put instances back into their images, each image by a revision of yours."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        ids = parse(TrashIdsSerializer, request.data)["ids"]
        changed, skipped = restore_instances(dataset, ids, author=user)
        return Response({"changed": changed, "skipped": skipped})


class TrashedDatasetsView(APIView):
    @extend_schema(
        operation_id="trash_datasets_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(TrashedDatasetSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the datasets in the trash that you are team lead of, the newest there first."""
        rows = trashed_datasets_of(current_user(request)).select_related("deleted_by")
        paginator = CursorPagination(("-deleted_at", "-id"))
        page = paginator.paginate_queryset(rows, request, self) or []
        counts = count_contents(page)
        for row in page:
            images, instances = counts.get(row.pk, (0, 0))
            row.image_count = images  # type: ignore[attr-defined]
            row.instance_count = instances  # type: ignore[attr-defined]
        return paginator.get_paginated_response(TrashedDatasetSerializer(page, many=True).data)


class TrashedDatasetView(APIView):
    @extend_schema(
        operation_id="trash_datasets_purge", responses={204: None, 409: ProblemSerializer}
    )
    def delete(self, request: Request, dataset_id: int) -> Response:
        """Delete a dataset in the trash for good, its versions, runs and predictions with it."""
        purge_dataset(get_deletable_dataset_for(current_user(request), dataset_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class RestoreDatasetView(APIView):
    @extend_schema(operation_id="trash_datasets_restore", request=None, responses=DatasetSerializer)
    def post(self, request: Request, dataset_id: int) -> Response:
        """Bring a dataset back; its slug is another one if the old one is taken by now."""
        user = current_user(request)
        dataset = restore_dataset(get_deletable_dataset_for(user, dataset_id))
        summarise_datasets([dataset], user.pk)
        return Response(DatasetSerializer(dataset).data)
