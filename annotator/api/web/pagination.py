"""Cursor pagination: the cost of a page does not grow with how deep it lies."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import CursorPagination as BaseCursorPagination
from rest_framework.request import Request


class CursorPagination(BaseCursorPagination):
    """Pages in a given ordering; ``?page_size=`` may ask for 1 to 500, anything else is refused."""

    max_page_size = 500
    page_size_query_param = "page_size"

    def __init__(self, ordering: tuple[str, ...] = ("-id",), page_size: int = 50) -> None:
        super().__init__()
        self.ordering = ordering
        self.page_size = page_size

    def get_page_size(self, request: Request) -> int | None:
        asked: Any = request.query_params.get(self.page_size_query_param)
        if asked is not None and not 1 <= int(asked) <= self.max_page_size:
            raise ValidationError(
                {self.page_size_query_param: f"A page has 1 to {self.max_page_size} results."}
            )
        return super().get_page_size(request)
