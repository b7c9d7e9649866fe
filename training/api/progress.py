"""Since an earlier run: what better labels did, and what the model."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from annotator.models import Split
from annotator.permissions import MEMBERS, REVIEWERS
from training.evaluations import progress as service
from training.models import Run
from training.permissions import Roles, get_run_for

from .schema import schema_of


class ProgressQuerySerializer(serializers.Serializer[Any]):
    against = serializers.IntegerField(
        required=False, help_text="A run of the same dataset; without it the one before."
    )
    split = serializers.ChoiceField(choices=Split.choices, default=Split.VAL)


class RunProgressView(APIView):
    @extend_schema(
        operation_id="runs_progress",
        parameters=[ProgressQuerySerializer],
        responses=schema_of(service.RunProgress),
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Tell apart what better labels and what a better model did since an earlier run."""
        user = current_user(request)
        run = get_run_for(user, run_id)
        values = parse(ProgressQuerySerializer, request.query_params)
        return Response(
            service.read_progress(
                run, against=self._against(request, values), split=values["split"]
            )
        )

    @extend_schema(
        operation_id="runs_progress_start",
        request=ProgressQuerySerializer,
        responses={202: schema_of(service.RunProgress)},
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Start the evaluations that this needs and that are not there."""
        user = current_user(request)
        run = get_run_for(user, run_id, REVIEWERS)
        values = parse(ProgressQuerySerializer, request.data)
        against = self._against(request, values, REVIEWERS)
        service.start_progress(run, against=against, split=values["split"], created_by_id=user.pk)
        answer = service.read_progress(run, against=against, split=values["split"])
        return Response(answer, status=status.HTTP_202_ACCEPTED)

    def _against(
        self, request: Request, values: dict[str, Any], roles: Roles = MEMBERS
    ) -> Run | None:
        if "against" not in values:
            return None
        return get_run_for(current_user(request), values["against"], roles)
