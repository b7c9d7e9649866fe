"""Verdicts on objects: what is wrong with a label, or with the model."""

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import CURSOR_PARAMETERS, current_user, parse
from annotator.api.web.view import APIView
from annotator.models import MAX_COMMENT_LENGTH
from annotator.permissions import MEMBERS, REVIEWERS, check_role, get_dataset_for
from training.findings import verdict_lists as lists
from training.findings import verdicts as service
from training.findings.verdict_payloads import VerdictPayload, verdict_payload
from training.models import Side, VerdictKind, VerdictState
from training.permissions import (
    get_evaluation_in,
    get_verdict_for,
    verdicts_assigned_to,
    verdicts_seen_by,
)

from .base import list_of, page_of, paginate
from .schema import schema_of


class VerdictQuerySerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=VerdictState.choices, required=False)
    kind = serializers.ChoiceField(choices=VerdictKind.choices, required=False)
    assignee = serializers.RegexField(
        r"^(me|none|\d{1,18})$", required=False, help_text="me, none, or the id of a user."
    )
    evaluation = serializers.IntegerField(required=False)
    image = serializers.UUIDField(required=False)


class NextVerdictQuerySerializer(VerdictQuerySerializer):
    after = serializers.IntegerField(required=False, help_text="The verdict that was shown last.")


class VerdictCreateSerializer(serializers.Serializer[Any]):
    """``key``, ``side`` and ``index`` name an object of the evaluation. ``dismissed``: it was
    looked at and is no error."""

    evaluation = serializers.IntegerField()
    key = serializers.CharField(max_length=20)
    side = serializers.ChoiceField(choices=Side.choices)
    index = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    kind = serializers.ChoiceField(choices=VerdictKind.choices)
    comment = serializers.CharField(max_length=MAX_COMMENT_LENGTH, required=False, allow_blank=True)
    assignee = serializers.IntegerField(required=False, allow_null=True)
    dismissed = serializers.BooleanField(required=False)


class VerdictUpdateSerializer(serializers.Serializer[Any]):
    """``assignee``: the id of a member, null for nobody."""

    state = serializers.ChoiceField(choices=VerdictState.choices, required=False)
    assignee = serializers.IntegerField(required=False, allow_null=True, min_value=1)

    def changes(self, values: dict[str, Any]) -> dict[str, Any]:
        given = values.get("assignee")
        return {
            "state": values.get("state"),
            "assignee": (given or service.NOBODY) if "assignee" in values else None,
        }


class VerdictBulkSerializer(VerdictUpdateSerializer):
    ids = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=1000
    )


CHANGED = inline_serializer("ChangedVerdicts", {"changed": serializers.IntegerField()})


class VerdictListView(APIView):
    @extend_schema(
        operation_id="verdicts_list",
        parameters=[VerdictQuerySerializer, *CURSOR_PARAMETERS],
        responses=page_of(VerdictPayload),
    )
    def get(self, request: Request, slug: str) -> Response:
        """List verdicts, the oldest first; annotators see those assigned to them."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        filters = parse(VerdictQuerySerializer, request.query_params)
        rows = lists.filter_verdicts(
            verdicts_seen_by(user, dataset),
            filters,  # type: ignore[arg-type]
            user=user,
        )
        return paginate(self, request, rows, verdict_payload, ordering=("id",))

    @extend_schema(
        operation_id="verdicts_create",
        request=VerdictCreateSerializer,
        responses={201: schema_of(VerdictPayload)},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Give a verdict on an object of an evaluation, or change the one that is there."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(VerdictCreateSerializer, request.data)
        evaluation = get_evaluation_in(dataset, values.pop("evaluation"))
        verdict = service.give_verdict(
            evaluation,
            values,  # type: ignore[arg-type]
            author=user,
        )
        verdict = get_verdict_for(user, verdict.pk)
        return Response(verdict_payload(verdict), status=status.HTTP_201_CREATED)


class VerdictSummaryView(APIView):
    @extend_schema(operation_id="verdicts_summary", responses=schema_of(lists.VerdictSummary))
    def get(self, request: Request, slug: str) -> Response:
        """Count what is open, by kind, by assignee and by the evaluation that it comes from."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        return Response(lists.summarise_verdicts(verdicts_seen_by(user, dataset)))


class MyFixesView(APIView):
    pagination_class = None

    @extend_schema(operation_id="verdicts_mine", responses=list_of(lists.AssignedFixes))
    def get(self, request: Request) -> Response:
        """Count the fixes that wait for you, by dataset."""
        return Response(lists.count_assigned(verdicts_assigned_to(current_user(request))))


class NextVerdictView(APIView):
    @extend_schema(
        operation_id="verdicts_next",
        parameters=[NextVerdictQuerySerializer],
        responses={200: schema_of(VerdictPayload), 204: None},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the next open verdict on a label after one of them, from the start at the end."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug)
        filters = parse(NextVerdictQuerySerializer, request.query_params)
        after = filters.pop("after", 0)
        rows = lists.filter_verdicts(
            verdicts_seen_by(user, dataset),
            {**filters, "state": VerdictState.OPEN},  # type: ignore[typeddict-item]
            user=user,
        )
        found = lists.find_next(rows, after=after)
        if found is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(verdict_payload(found))


class VerdictBulkView(APIView):
    @extend_schema(operation_id="verdicts_bulk", request=VerdictBulkSerializer, responses=CHANGED)
    def post(self, request: Request, slug: str) -> Response:
        """Give many verdicts to a member, or close or open them."""
        user = current_user(request)
        dataset = get_dataset_for(user, slug, REVIEWERS)
        values = parse(VerdictBulkSerializer, request.data)
        changed = service.change_verdicts(
            dataset,
            values["ids"],
            **VerdictBulkSerializer().changes(values),
            actor=user,
            role=check_role(user, dataset),
        )
        return Response({"changed": changed})


class VerdictView(APIView):
    @extend_schema(operation_id="verdicts_read", responses=schema_of(VerdictPayload))
    def get(self, request: Request, verdict_id: int) -> Response:
        return Response(verdict_payload(get_verdict_for(current_user(request), verdict_id)))

    @extend_schema(
        operation_id="verdicts_update",
        request=VerdictUpdateSerializer,
        responses=schema_of(VerdictPayload),
    )
    def patch(self, request: Request, verdict_id: int) -> Response:
        """Close a verdict, open it again, or assign it (reviewers); whoever has it says "fixed"."""
        user = current_user(request)
        verdict = get_verdict_for(user, verdict_id)
        values = parse(VerdictUpdateSerializer, request.data)
        service.change_verdict(
            verdict,
            **VerdictUpdateSerializer().changes(values),
            actor=user,
            role=check_role(user, verdict.dataset, MEMBERS),
        )
        return Response(verdict_payload(get_verdict_for(user, verdict_id)))
