"""Bulk changes and what was skipped; splitting again; classes merged and emptied."""

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.bulk import changes as service
from annotator.bulk.classes import check_free, check_merge, measure_uses
from annotator.bulk.few import class_of
from annotator.bulk.simplifying import preview_simplifying
from annotator.bulk.splits import preview_split
from annotator.bulk.splitting_off import check_splitting, list_values
from annotator.models import BulkAction
from annotator.permissions import LEADS, check_role, get_bulk_change_for, get_dataset_for

from .serializers.changes import (
    BulkChangeSerializer,
    ClassUsesSerializer,
    MergeClassSerializer,
    SkippedItemSerializer,
    SplitOffSerializer,
    SplitOptionsSerializer,
    SplitPreviewSerializer,
    SplittingOffSerializer,
)
from .serializers.images import SimplifyPreviewRequestSerializer, SimplifyPreviewSerializer
from .web.base import CURSOR_PARAMETERS, current_user, page_of, paginate, parse
from .web.classes import get_class_for
from .web.filters import resolve_filters
from .web.view import APIView


class BulkChangeListView(APIView):
    @extend_schema(
        operation_id="bulk_changes_list",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(BulkChangeSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List what was changed in many images at once, the newest first."""
        dataset = get_dataset_for(current_user(request), slug)
        rows = service.list_changes(dataset)
        return paginate(self, request, rows, BulkChangeSerializer, ordering=("-id",))


class BulkChangeView(APIView):
    @extend_schema(operation_id="bulk_changes_read", responses=BulkChangeSerializer)
    def get(self, request: Request, change_id: int) -> Response:
        return Response(
            BulkChangeSerializer(get_bulk_change_for(current_user(request), change_id)).data
        )


class CancelBulkChangeView(APIView):
    @extend_schema(operation_id="bulk_changes_cancel", request=None, responses=BulkChangeSerializer)
    def post(self, request: Request, change_id: int) -> Response:
        """Stop a change; the images that it has changed stay changed. For who asked for it, and for
        team leads."""
        user = current_user(request)
        job = get_bulk_change_for(user, change_id)
        if job.created_by_id != user.pk:
            check_role(user, job.dataset, LEADS)
        return Response(BulkChangeSerializer(service.cancel_change(job)).data)


class UndoBulkChangeView(APIView):
    @extend_schema(
        operation_id="bulk_changes_undo", request=None, responses={202: BulkChangeSerializer}
    )
    def post(self, request: Request, change_id: int) -> Response:
        """Take a change of labels back, but for images that somebody has edited since."""
        user = current_user(request)
        job = get_bulk_change_for(user, change_id)
        check_role(user, job.dataset, LEADS)
        undo = service.undo_change(job, author=user)
        return Response(BulkChangeSerializer(undo).data, status=status.HTTP_202_ACCEPTED)


class SkippedItemsView(APIView):
    @extend_schema(
        operation_id="bulk_changes_skipped",
        parameters=CURSOR_PARAMETERS,
        responses=page_of(SkippedItemSerializer),
    )
    def get(self, request: Request, change_id: int) -> Response:
        """List the images that a change left as they were, and why."""
        job = get_bulk_change_for(current_user(request), change_id)
        rows = job.items.filter(is_skipped=True)
        return paginate(self, request, rows, SkippedItemSerializer, ordering=("id",), page_size=100)


class SplitPreviewView(APIView):
    @extend_schema(
        operation_id="splits_preview",
        request=SplitOptionsSerializer,
        responses=SplitPreviewSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Work out a new split: what each class and split gains and loses. Nothing is changed."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        options = parse(SplitOptionsSerializer, request.data)
        return Response(preview_split(dataset, options))  # type: ignore[arg-type]


class SplitAgainView(APIView):
    @extend_schema(
        operation_id="splits_create",
        request=SplitOptionsSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Divide all images among the splits anew; a job moves them."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        options = parse(SplitOptionsSerializer, request.data)
        job = service.start_change(dataset, BulkAction.SPLIT_AGAIN, dict(options), author=user)
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class ClassUsesView(APIView):
    @extend_schema(operation_id="classes_uses", responses=ClassUsesSerializer)
    def get(self, request: Request, slug: str, class_id: int) -> Response:
        """Count what a change of all objects of a class would touch."""
        return Response(measure_uses(get_class_for(request, slug, class_id)))


class MergeClassView(APIView):
    @extend_schema(
        operation_id="classes_merge",
        request=MergeClassSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, slug: str, class_id: int) -> Response:
        """Make all objects of a class objects of another; then the class is retired."""
        user, item = current_user(request), get_class_for(request, slug, class_id)
        into = class_of(item.dataset, parse(MergeClassSerializer, request.data)["into"])
        check_merge(item, into)
        options = {
            **{"class_id": item.pk, "class_name": item.name},
            **{"into": into.pk, "into_name": into.name},
        }
        job = service.start_change(item.dataset, BulkAction.MERGE_CLASS, options, author=user)
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class EmptyClassView(APIView):
    @extend_schema(
        operation_id="classes_empty", request=None, responses={202: BulkChangeSerializer}
    )
    def post(self, request: Request, slug: str, class_id: int) -> Response:
        """Put all objects of a class into the trash of objects; then the class is retired."""
        user, item = current_user(request), get_class_for(request, slug, class_id)
        check_free(item)
        options = {"class_id": item.pk, "class_name": item.name}
        job = service.start_change(item.dataset, BulkAction.DELETE_CLASS, options, author=user)
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class SplittingOffView(APIView):
    @extend_schema(operation_id="classes_attributes", responses=SplittingOffSerializer)
    def get(self, request: Request, slug: str, class_id: int) -> Response:
        """List the attributes by which a class can be split, with the objects that have them."""
        item = get_class_for(request, slug, class_id)
        return Response(SplittingOffSerializer(list_values(item)).data)

    @extend_schema(
        operation_id="classes_split_off",
        request=SplitOffSerializer,
        responses={202: BulkChangeSerializer},
    )
    def post(self, request: Request, slug: str, class_id: int) -> Response:
        """Give the objects of a class that share a value of an attribute another class."""
        user, item = current_user(request), get_class_for(request, slug, class_id)
        given = parse(SplitOffSerializer, request.data)
        options = check_splitting(
            item,
            attribute=given["attribute"],
            value=given["note"] if "note" in given else given["flag"],
            into=given.get("into"),
            name=given.get("name", ""),
        )
        job = service.start_change(item.dataset, BulkAction.SPLIT_CLASS, options, author=user)
        return Response(BulkChangeSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class SimplifyPreviewView(APIView):
    @extend_schema(
        operation_id="images_simplify_preview",
        request=SimplifyPreviewRequestSerializer,
        responses=SimplifyPreviewSerializer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Measure what simplifying the outlines of images would cost. Nothing is changed."""
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        given = parse(SimplifyPreviewRequestSerializer, request.data)
        ids, filters = given.get("ids"), given.get("filters", {})
        chosen = resolve_filters(request, dataset, filters) if ids is None else {}
        return Response(preview_simplifying(dataset, ids=ids, filters=chosen))
