"""Django's own admin: a view of datasets and members for administrators."""

from typing import Any

from django.contrib import admin

from annotator.models import Dataset, Membership


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Dataset)
class DatasetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Administrators give out memberships here; content is edited in the application."""

    list_display = ("name", "slug", "created_by", "created_at", "deleted_at")
    search_fields = ("name", "slug")
    readonly_fields = ("slug", "created_by", "created_at", "deleted_at", "deleted_by")
    exclude = ("former_slug", "files_slug", "is_purging")
    inlines = (MembershipInline,)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Dataset | None = None) -> bool:
        return False
