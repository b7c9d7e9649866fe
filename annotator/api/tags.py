"""Tags of a dataset, and views of the grid that people keep."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.images import tags as service
from annotator.images import views
from annotator.models import Dataset, Role, SavedView, Tag
from annotator.permissions import LEADS, REVIEWERS, check_role, get_dataset_for

from .serializers.tags import (
    SavedViewCreateSerializer,
    SavedViewSerializer,
    SavedViewUpdateSerializer,
    TagCreateSerializer,
    TagSerializer,
    TagUpdateSerializer,
)
from .web.base import current_user, parse
from .web.view import APIView


class TagListView(APIView):
    @extend_schema(operation_id="tags_list", responses=TagSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug)
        return Response(TagSerializer(dataset.tags.order_by("name"), many=True).data)

    @extend_schema(
        operation_id="tags_create", request=TagCreateSerializer, responses={201: TagSerializer}
    )
    def post(self, request: Request, slug: str) -> Response:
        """Make a tag; every member may, and put it on images."""
        dataset = get_dataset_for(current_user(request), slug)
        tag = service.create_tag(dataset, **parse(TagCreateSerializer, request.data))
        return Response(TagSerializer(tag).data, status=201)


class TagView(APIView):
    @extend_schema(operation_id="tags_update", request=TagUpdateSerializer, responses=TagSerializer)
    def patch(self, request: Request, slug: str, tag_id: int) -> Response:
        """Rename or recolour a tag. For team leads, like deleting one."""
        tag = _tag_for(request, slug, tag_id)
        tag = service.update_tag(tag, **parse(TagUpdateSerializer, request.data))
        return Response(TagSerializer(tag).data)

    @extend_schema(operation_id="tags_delete", responses={204: None})
    def delete(self, request: Request, slug: str, tag_id: int) -> Response:
        """Delete a tag; it goes from all images that have it."""
        service.delete_tag(_tag_for(request, slug, tag_id))
        return Response(status=204)


def _tag_for(request: Request, slug: str, tag_id: int) -> Tag:
    dataset = get_dataset_for(current_user(request), slug, LEADS)
    tag = dataset.tags.select_related("dataset").filter(pk=tag_id).first()
    if tag is None:
        raise Http404
    return tag


class SavedViewListView(APIView):
    @extend_schema(operation_id="views_list", responses=SavedViewSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """List your views of the grid, and those that are shared."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        return Response(SavedViewSerializer(_views_seen_by(user, dataset), many=True).data)

    @extend_schema(
        operation_id="views_create",
        request=SavedViewCreateSerializer,
        responses={201: SavedViewSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Keep filters, order and layout of the grid under a name."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        values = parse(SavedViewCreateSerializer, request.data)
        _check_may_use(request, dataset, values)
        view = views.create_view(dataset, owner=user, **values)
        return Response(SavedViewSerializer(view).data, status=201)


class SavedViewView(APIView):
    @extend_schema(
        operation_id="views_update",
        request=SavedViewUpdateSerializer,
        responses=SavedViewSerializer,
    )
    def patch(self, request: Request, slug: str, view_id: int) -> Response:
        """Rename a view of yours, or change what it shows; team leads change shared ones too."""
        view = _view_for(request, slug, view_id)
        values = parse(SavedViewUpdateSerializer, request.data)
        _check_may_use(request, view.dataset, values)
        return Response(SavedViewSerializer(views.update_view(view, **values)).data)

    @extend_schema(operation_id="views_delete", responses={204: None})
    def delete(self, request: Request, slug: str, view_id: int) -> Response:
        _view_for(request, slug, view_id).delete()
        return Response(status=204)


def _views_seen_by(user: User, dataset: Dataset) -> QuerySet[SavedView]:
    knows = check_role(user, dataset) in REVIEWERS
    return views.list_views(dataset, user, knows_ground_truth=knows)


def _view_for(request: Request, slug: str, view_id: int) -> SavedView:
    """Return a view that the user can see and may change. Raises Http404 or PermissionDenied."""
    user = current_user(request)
    dataset = get_dataset_for(user, slug)
    view = _views_seen_by(user, dataset).select_related("dataset").filter(pk=view_id).first()
    if view is None:
        raise Http404
    if view.owner_id != user.pk and check_role(user, dataset) != Role.LEAD:
        raise PermissionDenied("Somebody else made this view; this needs them, or a team lead.")
    return view


def _check_may_use(request: Request, dataset: Dataset, values: dict[str, object]) -> None:
    """Sharing is for team leads; which images are ground truth is for reviewers."""
    user = current_user(request)
    if values.get("is_shared"):
        check_role(user, dataset, LEADS)
    filters = values.get("filters")
    if isinstance(filters, dict) and "ground_truth" in filters:
        check_role(user, dataset, REVIEWERS)
