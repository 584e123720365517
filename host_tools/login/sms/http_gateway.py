"""A gateway that takes text messages by HTTP.

What the server says in words is not read: it may repeat what it was sent. Redirects are not followed, and proxies of
the environment not used: the message and the token go to the one place that the settings name.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Final

import httpx

from host_tools.login.sms.errors import NeverError, SettingError, TryAgainError
from host_tools.login.sms.http_settings import HttpSettings

LONGEST_WAIT: Final = 86_400  # seconds: what a server may ask for at most


class HttpGateway:
    """Sends by one HTTP request a message; may be used by several threads at once."""

    def __init__(self, settings: HttpSettings) -> None:
        """Raises SettingError if the token or the authority's certificates cannot be had; ExposedFileError."""
        self._settings = settings
        self._tls = _trust(settings)
        settings.token()

    def send(self, phone: str, text: str) -> None:
        """Hand the text over for this number (E.164); it was taken when this returns, within the settings' `timeout`.

        It must not be called by an event loop's thread, which would stand still. Raises TryAgainError, NeverError; and
        SettingError or ExposedFileError if the token is gone.
        """
        _refuse_event_loop()
        headers = dict(self._settings.headers)
        token = self._settings.token()
        if token is not None:
            scheme = self._settings.token_scheme
            headers[self._settings.token_header] = f"{scheme} {token}" if scheme else token
        body = self._settings.filled(phone, text)
        answer = asyncio.run(self._ask(headers, body))
        # Not raised where httpx's errors are caught: those know the request, and would come along.
        if isinstance(answer, Exception):
            raise answer
        self._judge(*answer)

    async def _ask(
        self, headers: dict[str, str], body: dict[str, object]
    ) -> tuple[int, str] | TryAgainError | NeverError:
        """Status and Retry-After of the answer, or what came in its place."""
        settings = self._settings
        limits = httpx.Timeout(settings.timeout, connect=settings.connect_timeout)
        try:
            # Each wait has its limit in httpx; a server that sends a byte now and then needs one over all of them.
            async with (
                asyncio.timeout(settings.timeout),
                httpx.AsyncClient(
                    verify=self._tls, timeout=limits, trust_env=False, follow_redirects=False
                ) as client,
                client.stream(
                    settings.method,
                    settings.url,
                    headers=headers,
                    json=body if settings.format == "json" else None,
                    data=body if settings.format == "form" else None,
                ) as response,
            ):
                return response.status_code, response.headers.get("Retry-After", "")
        except httpx.ConnectTimeout:
            return TryAgainError("did not take the connection in time")
        except httpx.ConnectError as error:
            if _is_mistrusted(error):
                return TryAgainError("showed a certificate that is not trusted")
            return TryAgainError("cannot be reached")
        except (TimeoutError, httpx.TimeoutException):
            return TryAgainError("did not answer in time", maybe_sent=True)
        except httpx.HTTPError:
            return TryAgainError("broke off without an answer", maybe_sent=True)

    def _judge(self, status: int, retry_after: str) -> None:
        if status in self._settings.accepted:
            return
        if status in self._settings.try_again:
            # A date may stand there as well (RFC 9110 section 10.2.3); our own waiting is as good then.
            seconds = re.fullmatch("[0-9]{1,9}", retry_after)
            raise TryAgainError(
                f"answered with status {status}",
                status=status,
                after=None if seconds is None else min(int(retry_after), LONGEST_WAIT),
                maybe_sent=status not in (425, 429, 503),
            )
        if 300 <= status < 400:
            raise NeverError(f"points to another address (status {status})", status=status)
        raise NeverError(f"refused with status {status}", status=status)


def _refuse_event_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("a message is sent by a thread that has no event loop")


def _is_mistrusted(error: BaseException | None) -> bool:
    """Whether a certificate is at the bottom of it: httpx and what it stands on each wrap errors in their own."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _trust(settings: HttpSettings) -> ssl.SSLContext:
    if settings.authority is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=settings.authority)
    except (OSError, ValueError):
        raise SettingError("authority", "must be a file with certificates in PEM form") from None
