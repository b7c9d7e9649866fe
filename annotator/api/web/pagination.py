"""Cursor pagination: the cost of a page does not grow with how deep it lies."""

from rest_framework.pagination import CursorPagination as BaseCursorPagination


class CursorPagination(BaseCursorPagination):
    """Pages in a given ordering; ``?page_size=`` may ask for up to 500."""

    max_page_size = 500
    page_size_query_param = "page_size"

    def __init__(self, ordering: tuple[str, ...] = ("-id",), page_size: int = 50) -> None:
        super().__init__()
        self.ordering = ordering
        self.page_size = page_size
