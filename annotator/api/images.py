"""Images: lists, walking through them, changing many at once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.bulk.actions import roles_for
from annotator.bulk.changes import AT_ONCE, Selection, start_change
from annotator.bulk.few import change_few, check_options, choose_few, name_classes
from annotator.folder import changing
from annotator.folder.live_folder import tell_changed
from annotator.images import listing
from annotator.models import BulkAction, Dataset, ImageStatus
from annotator.permissions import (
    LEADS,
    REVIEWERS,
    check_role,
    datasets_of,
    get_dataset_for,
    get_image_for,
)
from annotator.review.assignment import (
    count_assigned_to,
    list_assigned_to,
    list_sent_back_to,
)
from annotator.review.independent import count_independent_of

from .serializers.images import (
    BulkActionSerializer,
    BulkResultSerializer,
    FacetsSerializer,
    ImageDetailSerializer,
    ImageFiltersSerializer,
    ImageListItemSerializer,
    ImageUpdateSerializer,
    MyWorkSerializer,
    NeighboursSerializer,
    StripSerializer,
)
from .web.base import CURSOR_PARAMETERS, FILTER_PARAMETERS, current_user, page_of, paginate, parse
from .web.view import APIView

ORDERINGS: dict[str, tuple[str, ...]] = {
    "stem": ("stem",),
    "-stem": ("-stem",),
    "-updated_at": ("-updated_at", "id"),
}


def read_filters(request: Request, dataset: Dataset) -> listing.ImageFilters:
    """Return the image filters of the query string."""
    return resolve_filters(request, dataset, parse(ImageFiltersSerializer, request.query_params))


def resolve_filters(
    request: Request, dataset: Dataset, given: Mapping[str, Any]
) -> listing.ImageFilters:
    """Return filters as the services take them, from the words of ImageFiltersSerializer.

    Which images are ground truth is for reviewers: others would draw them with more care.
    """
    values = dict(given)
    if values.get("ground_truth") is not None:
        check_role(current_user(request), dataset, REVIEWERS)
    if "class" in values:
        values["class_id"] = values.pop("class")
    if "import" in values:
        values["import_id"] = values.pop("import")
    match values.get("assignee"):
        case "me":
            values["assignee"] = current_user(request).pk
        case "none":
            values["assignee"] = None
        case str(user_id):
            values["assignee"] = int(user_id)
    filters: listing.ImageFilters = values  # type: ignore[assignment]
    return filters


class ImageListView(APIView):
    @extend_schema(
        operation_id="images_list",
        parameters=[
            *CURSOR_PARAMETERS,
            *FILTER_PARAMETERS,
            OpenApiParameter("ordering", str, enum=list(ORDERINGS)),
        ],
        responses=page_of(ImageListItemSerializer),
    )
    def get(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug)
        rows = listing.filter_images(dataset, read_filters(request, dataset))
        ordering = ORDERINGS[request.query_params.get("ordering", "stem")]
        return paginate(
            self, request, rows, ImageListItemSerializer, ordering=ordering, page_size=100
        )


class ImageFacetsView(APIView):
    @extend_schema(
        operation_id="images_facets", parameters=FILTER_PARAMETERS, responses=FacetsSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Count the images that match, and how they divide.

        What a filter chooses among is counted as if that filter were not set.
        """
        dataset = get_dataset_for(current_user(request), slug)
        facets = listing.count_facets(dataset, read_filters(request, dataset))
        return Response(FacetsSerializer(facets).data)


class BulkImagesView(APIView):
    @extend_schema(
        operation_id="images_bulk",
        request=BulkActionSerializer,
        responses={200: BulkResultSerializer, 202: BulkResultSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Change many images at once: those of `ids`, or all that the `filters` let through.

        Few are changed at once; many are a job (202, `job`) that the tray shows. Moving, deleting
        and changing classes are for team leads, reviewing and sharing out for reviewers too. An
        annotator may assign to nobody but himself, and give back his own.
        """
        values = parse(BulkActionSerializer, request.data)
        user = current_user(request)
        action = BulkAction(values.pop("action"))
        dataset = get_dataset_for(user, slug, roles_for(action))
        ids, excluded = values.pop("ids", None), values.pop("excluded", [])
        given = values.pop("filters", None)
        filters = None if given is None else resolve_filters(request, dataset, given)
        options = name_classes(dataset, values)
        if ids is None and filters is not None:
            ids = choose_few(dataset, filters, excluded)
        if ids is not None and len(ids) <= AT_ONCE:
            return Response(change_few(dataset, action, options, ids, author=user))
        selection: Selection = (
            {"ids": [str(pk) for pk in ids]}
            if ids is not None
            else {"filters": filters or {}, "excluded": [str(pk) for pk in excluded]}
        )
        check_options(dataset, action, options, user)
        job = start_change(dataset, action, options, selection=selection, author=user)
        body = BulkResultSerializer({"changed": 0, "skipped": [], "job": job}).data
        return Response(body, status=status.HTTP_202_ACCEPTED)


class ImageView(APIView):
    @extend_schema(operation_id="images_read", responses=ImageDetailSerializer)
    def get(self, request: Request, image_id: UUID) -> Response:
        return Response(ImageDetailSerializer(get_image_for(current_user(request), image_id)).data)

    @extend_schema(
        operation_id="images_update",
        request=ImageUpdateSerializer,
        responses=ImageDetailSerializer,
    )
    def patch(self, request: Request, image_id: UUID) -> Response:
        """Move the image to another split, or pin it to the one that it is in."""
        image = get_image_for(current_user(request), image_id, LEADS)
        values = parse(ImageUpdateSerializer, request.data)
        if "split" in values:
            image = changing.set_split(image, values["split"])
        if "is_split_pinned" in values:
            changing.set_split_pinned(image, values["is_split_pinned"])
            image.is_split_pinned = values["is_split_pinned"]
            tell_changed(image)
        return Response(ImageDetailSerializer(image).data)

    @extend_schema(operation_id="images_delete", responses={204: None})
    def delete(self, request: Request, image_id: UUID) -> Response:
        """Put the image into the trash, from where it can be restored."""
        user = current_user(request)
        changing.delete_image(get_image_for(user, image_id, LEADS), author=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NeighboursView(APIView):
    @extend_schema(
        operation_id="images_neighbours",
        parameters=FILTER_PARAMETERS,
        responses=NeighboursSerializer,
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Return the images before and after this one among those that match."""
        image = get_image_for(current_user(request), image_id)
        return Response(listing.find_neighbours(image, read_filters(request, image.dataset)))


class StripView(APIView):
    @extend_schema(
        operation_id="images_strip",
        parameters=[*FILTER_PARAMETERS, StripSerializer],
        responses=ImageListItemSerializer(many=True),
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Return the images around this one, in order."""
        image = get_image_for(current_user(request), image_id)
        span = parse(StripSerializer, request.query_params)
        rows = listing.list_strip(image, read_filters(request, image.dataset), **span)
        return Response(ImageListItemSerializer(rows, many=True).data)


class MyWorkView(APIView):
    @extend_schema(operation_id="my_work", responses=MyWorkSerializer)
    def get(self, request: Request) -> Response:
        """Return what came back to you, what you began, what is assigned to you, and what waits."""
        user = current_user(request)
        datasets = datasets_of(user).order_by("name")
        reviewed = set(
            user.memberships.filter(role__in=REVIEWERS).values_list("dataset_id", flat=True)
        )
        waiting = listing.count_waiting(datasets)
        assigned = count_assigned_to(user)
        return Response(
            MyWorkSerializer(
                {
                    "sent_back": list_sent_back_to(user),
                    "in_progress": listing.list_in_progress_of(user),
                    "assigned": list_assigned_to(user),
                    "datasets": [
                        {
                            "slug": dataset.slug,
                            "name": dataset.name,
                            "unlabelled": waiting[dataset.pk, ImageStatus.UNLABELLED],
                            "in_progress": waiting[dataset.pk, ImageStatus.IN_PROGRESS],
                            "to_review": waiting[dataset.pk, ImageStatus.DONE]
                            if dataset.pk in reviewed
                            else 0,
                            "assigned": assigned[dataset.pk],
                        }
                        for dataset in datasets
                    ],
                    "second_annotations": count_independent_of(user),
                }
            ).data
        )
