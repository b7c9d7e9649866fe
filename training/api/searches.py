"""Searches: short runs with other arguments each, to find those that suit a dataset."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.web.base import current_user, parse
from annotator.api.web.view import APIView
from annotator.permissions import LEADS, get_dataset_for
from training.models import Pruner
from training.permissions import get_search_for
from training.searches import searches as service
from training.searches.space import (
    FEWEST_TRIALS,
    MOST_PARALLEL,
    MOST_TRIALS,
    Dimension,
    Proposal,
    list_proposals,
)

from .base import list_of
from .runs import RunCreateSerializer, resolve_run_request
from .schema import schema_of


class SearchSpaceView(APIView):
    pagination_class = None

    @extend_schema(operation_id="training_search_space", responses=list_of(Proposal))
    def get(self, request: Request) -> Response:
        """List the arguments that a search may vary, with ranges to begin with."""
        return Response(list_proposals())


class DimensionInputSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=40)
    low = serializers.FloatField()
    high = serializers.FloatField()
    log = serializers.BooleanField(default=False)
    kind = serializers.ChoiceField(choices=["float", "int"], default="float")


class SearchCreateSerializer(RunCreateSerializer):
    """A run as it would be, and what of it is searched."""

    space = DimensionInputSerializer(many=True)
    trials = serializers.IntegerField(min_value=FEWEST_TRIALS, max_value=MOST_TRIALS)
    parallel = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_PARALLEL, help_text="Trials at once."
    )
    pruner = serializers.ChoiceField(
        choices=Pruner.choices,
        required=False,
        help_text="How trials that fall behind are stopped early.",
    )


class SearchStopSerializer(serializers.Serializer[Any]):
    cancel_runs = serializers.BooleanField(
        default=False, help_text="Whether trials that train now are cancelled too."
    )


class SearchListView(APIView):
    @extend_schema(
        operation_id="searches_create",
        request=SearchCreateSerializer,
        responses={202: schema_of(service.SearchPayload)},
    )
    def post(self, request: Request) -> Response:
        """Start a search. Its trials are runs of one group; a worker asks for them by and by."""
        user = current_user(request)
        values = parse(SearchCreateSerializer, request.data)
        dataset = get_dataset_for(user, values.pop("dataset"), LEADS)
        plan: service.SearchPlan = {
            "space": cast(list[Dimension], [dict(item) for item in values.pop("space")]),
            "trials": values.pop("trials"),
            "parallel": values.pop("parallel", 1),
            "pruner": values.pop("pruner", Pruner.MEDIAN),
        }
        search = service.start_search(
            dataset, resolve_run_request(user, values), plan, created_by=user
        )
        return Response(service.search_payload(search), status=status.HTTP_202_ACCEPTED)


class SearchView(APIView):
    @extend_schema(operation_id="searches_read", responses=schema_of(service.SearchPayload))
    def get(self, request: Request, search_id: int) -> Response:
        """Tell how far a search is, and what its trials came to."""
        return Response(service.search_payload(get_search_for(current_user(request), search_id)))


class SearchStopView(APIView):
    @extend_schema(
        operation_id="searches_stop",
        request=SearchStopSerializer,
        responses=schema_of(service.SearchPayload),
    )
    def post(self, request: Request, search_id: int) -> Response:
        """Ask for no more trials. What was found so far stays."""
        search = get_search_for(current_user(request), search_id, LEADS)
        values = parse(SearchStopSerializer, request.data)
        service.stop_search(search, cancel_runs=values["cancel_runs"])
        search.refresh_from_db()
        return Response(service.search_payload(search))
