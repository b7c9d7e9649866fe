"""What goes over the wire about a session, an account and the health of the installation."""

from typing import Any

from rest_framework import serializers

from .base import UserSerializer


class SessionSerializer(serializers.Serializer[Any]):
    user = UserSerializer(allow_null=True)
    version = serializers.CharField()
    trash_days = serializers.FloatField(help_text="How long what was deleted can be restored.")


class SignInSerializer(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class TokenKeySerializer(serializers.Serializer[Any]):
    key = serializers.CharField(allow_null=True)


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
