"""Datasets, their classes and their members."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.datasets import datasets as service
from annotator.datasets.insights import measure_dataset
from annotator.datasets.summaries import count_instances_by_class, summarise_datasets
from annotator.folder.trash.datasets import delete_dataset
from annotator.models import DatasetClass, Membership
from annotator.permissions import LEADS, datasets_of, get_dataset_for

from .serializers.datasets import (
    ClassUpdateSerializer,
    DatasetClassSerializer,
    DatasetCreateSerializer,
    DatasetSerializer,
    DatasetUpdateSerializer,
    InsightsOptionsSerializer,
    InsightsSerializer,
    MemberCreateSerializer,
    MembershipSerializer,
    MemberUpdateSerializer,
    NewClassSerializer,
)
from .web.base import CURSOR_PARAMETERS, current_user, page_of, parse
from .web.classes import get_class_for
from .web.pagination import CursorPagination
from .web.view import APIView


class DatasetListView(APIView):
    @extend_schema(
        operation_id="datasets_list",
        parameters=[*CURSOR_PARAMETERS, OpenApiParameter("search", str)],
        responses=page_of(DatasetSerializer),
    )
    def get(self, request: Request) -> Response:
        """List the datasets that you are a member of, the newest first."""
        user = current_user(request)
        rows = datasets_of(user)
        if search := request.query_params.get("search"):
            rows = rows.filter(name__icontains=search)
        paginator = CursorPagination(("-created_at", "-id"), page_size=24)
        page = summarise_datasets(paginator.paginate_queryset(rows, request, self) or [], user.pk)
        return paginator.get_paginated_response(DatasetSerializer(page, many=True).data)

    @extend_schema(
        operation_id="datasets_create",
        request=DatasetCreateSerializer,
        responses={201: DatasetSerializer},
    )
    def post(self, request: Request) -> Response:
        """Make a dataset; you become its team lead."""
        user = current_user(request)
        dataset = service.create_dataset(owner=user, **parse(DatasetCreateSerializer, request.data))
        summarise_datasets([dataset], user.pk)
        return Response(DatasetSerializer(dataset).data, status=status.HTTP_201_CREATED)


class DatasetView(APIView):
    @extend_schema(operation_id="datasets_read", responses=DatasetSerializer)
    def get(self, request: Request, slug: str) -> Response:
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        summarise_datasets([dataset], user.pk)
        return Response(DatasetSerializer(dataset).data)

    @extend_schema(
        operation_id="datasets_update",
        request=DatasetUpdateSerializer,
        responses=DatasetSerializer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        user = current_user(request)
        dataset = get_dataset_for(user, slug, LEADS)
        service.update_dataset(dataset, **parse(DatasetUpdateSerializer, request.data))
        summarise_datasets([dataset], user.pk)
        return Response(DatasetSerializer(dataset).data)

    @extend_schema(operation_id="datasets_delete", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Put the dataset into the trash, from where a team lead can restore it."""
        user = current_user(request)
        delete_dataset(get_dataset_for(user, slug, LEADS), author=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InsightsView(APIView):
    @extend_schema(
        operation_id="datasets_insights",
        parameters=[InsightsOptionsSerializer],
        responses=InsightsSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return what a dataset holds, in bars. Figures of objects are kept by a worker, which the
        list of findings asks to look where something changed."""
        dataset = get_dataset_for(current_user(request), slug)
        class_id = parse(InsightsOptionsSerializer, request.query_params).get("class")
        return Response(InsightsSerializer(measure_dataset(dataset, class_id=class_id)).data)


class ClassListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="classes_list", responses=DatasetClassSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug)
        counts = count_instances_by_class([dataset.pk])
        rows = list(dataset.classes.all())
        for row in rows:
            row.instance_count = counts[row.pk]  # type: ignore[attr-defined]
        return Response(DatasetClassSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="classes_create",
        request=NewClassSerializer,
        responses={201: DatasetClassSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        made = service.add_class(dataset, **parse(NewClassSerializer, request.data))
        return Response(DatasetClassSerializer(_counted(made)).data, status=201)


class ClassView(APIView):
    @extend_schema(
        operation_id="classes_update",
        request=ClassUpdateSerializer,
        responses=DatasetClassSerializer,
    )
    def patch(self, request: Request, slug: str, class_id: int) -> Response:
        item = get_class_for(request, slug, class_id)
        service.update_class(item, **parse(ClassUpdateSerializer, request.data))
        return Response(DatasetClassSerializer(_counted(item)).data)

    @extend_schema(operation_id="classes_delete", responses={204: None})
    def delete(self, request: Request, slug: str, class_id: int) -> Response:
        service.delete_class(get_class_for(request, slug, class_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MemberListView(APIView):
    pagination_class = None

    @extend_schema(operation_id="members_list", responses=MembershipSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug)
        rows = dataset.memberships.select_related("user").order_by("user__username")
        return Response(MembershipSerializer(rows, many=True).data)

    @extend_schema(
        operation_id="members_create",
        request=MemberCreateSerializer,
        responses={201: MembershipSerializer},
    )
    def post(self, request: Request, slug: str) -> Response:
        dataset = get_dataset_for(current_user(request), slug, LEADS)
        member = service.add_member(dataset, **parse(MemberCreateSerializer, request.data))
        return Response(MembershipSerializer(member).data, status=status.HTTP_201_CREATED)


class MemberView(APIView):
    @extend_schema(
        operation_id="members_update",
        request=MemberUpdateSerializer,
        responses=MembershipSerializer,
    )
    def patch(self, request: Request, slug: str, member_id: int) -> Response:
        member = _member_of(request, slug, member_id)
        service.change_role(member, **parse(MemberUpdateSerializer, request.data))
        return Response(MembershipSerializer(member).data)

    @extend_schema(operation_id="members_delete", responses={204: None})
    def delete(self, request: Request, slug: str, member_id: int) -> Response:
        service.remove_member(_member_of(request, slug, member_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _counted(item: DatasetClass) -> DatasetClass:
    item.instance_count = count_instances_by_class([item.dataset_id])[item.pk]  # type: ignore[attr-defined]
    return item


def _member_of(request: Request, slug: str, member_id: int) -> Membership:
    dataset = get_dataset_for(current_user(request), slug, LEADS)
    member = dataset.memberships.select_related("dataset", "user").filter(pk=member_id).first()
    if member is None:
        raise Http404
    return member
