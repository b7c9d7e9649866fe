"""Images: lists, walking through them, changing many at once."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.bulk.actions import roles_for
from annotator.bulk.changes import AT_ONCE, Selection, start_change
from annotator.bulk.few import change_few, check_options, choose_few, name_options
from annotator.datasets.counts.reading import list_groups
from annotator.folder import changing
from annotator.folder.live_folder import tell_changed
from annotator.images import listing
from annotator.images.facets import count_facets
from annotator.images.ordering import ORDERINGS
from annotator.images.similar import MOST_SIMILAR, find_similar
from annotator.models import BulkAction, ImageStatus
from annotator.permissions import (
    LEADS,
    REVIEWERS,
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

from .image_page import answer_items, answer_page, read_items
from .serializers.images import (
    BulkActionSerializer,
    BulkResultSerializer,
    FacetsSerializer,
    GroupSerializer,
    ImageDetailSerializer,
    ImageGridItemSerializer,
    ImageListItemSerializer,
    ImageUpdateSerializer,
    MyWorkSerializer,
    NeighboursSerializer,
    SimilarImagesSerializer,
    StripSerializer,
)
from .web.base import CURSOR_PARAMETERS, FILTER_PARAMETERS, current_user, page_of, parse
from .web.filters import read_filters, resolve_filters
from .web.view import APIView

ORDERING = OpenApiParameter(
    "ordering", str, enum=list(ORDERINGS), description="`-`: the greatest first."
)


def read_ordering(request: Request) -> str:
    return str(request.query_params.get("ordering", "stem"))


class ImageListView(APIView):
    @extend_schema(
        operation_id="images_list",
        parameters=[*CURSOR_PARAMETERS, *FILTER_PARAMETERS, ORDERING],
        responses=page_of(ImageGridItemSerializer),
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        dataset = get_dataset_for(current_user(request), slug)
        ordering = read_ordering(request)
        rows = listing.list_images(dataset, read_filters(request, dataset), ordering)
        return answer_page(request, rows, ordering)


class SimilarImagesView(APIView):
    @extend_schema(
        operation_id="images_similar",
        parameters=[OpenApiParameter("limit", int, description="1 to 200, 60 by default.")],
        responses=SimilarImagesSerializer,
    )
    def get(self, request: Request, image_id: UUID) -> HttpResponse:
        """List the images of the dataset that look most like this one."""
        image = get_image_for(current_user(request), image_id)
        limit = min(max(int(request.query_params.get("limit", 60)), 1), MOST_SIMILAR)
        found = find_similar(image, limit=limit)
        rows = image.dataset.images.filter(pk__in=[each.image_id for each in found.nearest])
        items = {item["id"]: item for item in read_items(rows)}
        results = [
            {**items[each.image_id], "distance": each.distance}
            for each in found.nearest
            if each.image_id in items
        ]
        return answer_items(results, state=found.state, uncompared=found.uncompared)


class GroupListView(APIView):
    @extend_schema(
        operation_id="groups_list",
        parameters=[OpenApiParameter("search", str)],
        responses=GroupSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List groups by name, fifty at most, with how many images each has."""
        dataset = get_dataset_for(current_user(request), slug)
        search = request.query_params.get("search", "")
        rows = [{"name": name, "count": n} for name, n in list_groups(dataset, search=search)]
        return Response(GroupSerializer(rows, many=True).data)


class ImageFacetsView(APIView):
    @extend_schema(
        operation_id="images_facets", parameters=FILTER_PARAMETERS, responses=FacetsSerializer
    )
    def get(self, request: Request, slug: str) -> Response:
        """Count the images that match, and how they divide.

        What a filter chooses among is counted as if that filter were not set. Counts that are not
        kept are of 10,000 images at most (`at_least`).
        """
        dataset = get_dataset_for(current_user(request), slug)
        facets = count_facets(dataset, read_filters(request, dataset))
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
        options = name_options(dataset, values)
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
        parameters=[*FILTER_PARAMETERS, ORDERING],
        responses=NeighboursSerializer,
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Return the images before and after this one among those that match."""
        image = get_image_for(current_user(request), image_id)
        filters = read_filters(request, image.dataset)
        return Response(listing.find_neighbours(image, filters, read_ordering(request)))


class StripView(APIView):
    @extend_schema(
        operation_id="images_strip",
        parameters=[*FILTER_PARAMETERS, ORDERING, StripSerializer],
        responses=ImageListItemSerializer(many=True),
    )
    def get(self, request: Request, image_id: UUID) -> Response:
        """Return the images around this one, in order."""
        image = get_image_for(current_user(request), image_id)
        span = parse(StripSerializer, request.query_params)
        filters = read_filters(request, image.dataset)
        rows = listing.list_strip(image, filters, ordering=read_ordering(request), **span)
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
