"""An HTTP client whose requests go to an application of this process, without a server."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

ADDRESS = "192.0.2.1"


class InProcess(httpx.BaseTransport):
    """Has the application answer, each request in an event loop of its own; what it raises comes out here."""

    def __init__(self, application: FastAPI) -> None:
        self._inner = httpx.ASGITransport(application, client=(ADDRESS, 50000))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request.method, request.url, request.headers, request.read()))

    async def _answer(
        self, method: str, url: httpx.URL, headers: httpx.Headers, body: bytes
    ) -> httpx.Response:
        asked = httpx.Request(method, url, headers=headers, content=body)
        answered = await self._inner.handle_async_request(asked)
        return httpx.Response(answered.status_code, headers=answered.headers, content=await answered.aread())


def client_of(application: FastAPI, **options: Any) -> httpx.Client:
    """A client of the application; it is asked from `ADDRESS`."""
    return httpx.Client(transport=InProcess(application), base_url="https://service.example", **options)
