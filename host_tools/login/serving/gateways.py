"""The text-message gateway that the settings tell of."""

from __future__ import annotations

from host_tools.login.serving.settings import Settings
from host_tools.login.sms.gateway import Gateway
from host_tools.login.sms.http_gateway import HttpGateway
from host_tools.login.sms.http_settings import HttpSettings

CONNECT_SECONDS = 5


def gateway_of(settings: Settings) -> Gateway | None:
    """None where messages stay in the outbox. Raises SettingError for what is of no use."""
    if not settings.sms_url:
        return None
    return HttpGateway(
        HttpSettings(
            settings.sms_url,
            settings.sms_body,
            method=settings.sms_method,
            format=settings.sms_format,
            headers=settings.sms_headers,
            token_file=settings.sms_token_file,
            connect_timeout=min(CONNECT_SECONDS, settings.sms_seconds),
            timeout=settings.sms_seconds,
        )
    )
