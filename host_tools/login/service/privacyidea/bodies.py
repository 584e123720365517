"""Reads a request's parameters wherever privacyIDEA's clients put them: form, multipart form, JSON, address."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import Request
from starlette.formparsers import MultiPartException, MultiPartParser

from host_tools.login.service.privacyidea.errors import TooLargeError, UnreadableBodyError
from host_tools.login.service.privacyidea.parameters import (
    FORM,
    JSON,
    decoded_again,
    encodes_twice,
    form_pairs,
    json_pairs,
    merged,
)
from host_tools.policy.privacyidea import WirePolicy

MULTIPART = "multipart/form-data"


async def parameters_of(request: Request, policy: WirePolicy) -> dict[str, str]:
    """All parameters of a request, by name. Raises WireError's kinds."""
    address = form_pairs(request.scope["query_string"], policy)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    body = await _read(request, policy)
    if not body:
        pairs: list[tuple[str, str]] = []
    elif kind == JSON:
        pairs = json_pairs(body, policy)
    elif kind == FORM:
        pairs = form_pairs(body, policy)
    elif kind == MULTIPART:
        pairs = await _parts(request, body, policy)
    else:
        raise UnreadableBodyError(f"neither form nor JSON: {kind}")
    if encodes_twice(request.headers.get("user-agent", "")):
        address = decoded_again(address)
        pairs = pairs if kind == JSON else decoded_again(pairs)
    return merged(address, pairs)


async def _read(request: Request, policy: WirePolicy) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > policy.body_bytes:
            raise TooLargeError
    return bytes(body)


async def _parts(request: Request, body: bytes, policy: WirePolicy) -> list[tuple[str, str]]:
    """The fields of a multipart form; files are none of them."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        request.headers,
        stream(),
        max_files=0,
        max_fields=policy.parameters,
        max_part_size=policy.body_bytes,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise UnreadableBodyError("no multipart form") from None
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
