"""What goes over the wire about a session, an account and the health of the installation."""

from typing import Any

from rest_framework import serializers

from annotator.kernel.accounts.tokens import LONGEST_DAYS

from .base import NameField, UserSerializer


class SessionSerializer(serializers.Serializer[Any]):
    user = UserSerializer(allow_null=True)
    version = serializers.CharField()
    trash_days = serializers.FloatField(help_text="How long what was deleted can be restored.")


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class TokenSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry")
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute.")
    is_expired = serializers.BooleanField()


class NewTokenSerializer(serializers.Serializer[Any]):
    token = TokenSerializer()
    key = serializers.CharField(help_text="Sent as `Authorization: Token …`; shown only now.")


class TokenCreateSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=80, help_text="What uses it.")
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, default=90, help_text="After how many days it ends."
    )


class PasswordChangeSerializer(serializers.Serializer[Any]):
    current = serializers.CharField(trim_whitespace=False)
    new = serializers.CharField(trim_whitespace=False)


class HealthSerializer(serializers.Serializer[Any]):
    class Check(serializers.Serializer[Any]):
        ok = serializers.BooleanField()
        detail = serializers.CharField()

        class Meta:
            ref_name = "HealthCheck"

    ok = serializers.BooleanField()
    checks = serializers.DictField(child=Check())
