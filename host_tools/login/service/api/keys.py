"""API keys, as the operator gives and takes them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from host_tools.login import api_keys
from host_tools.login.api_keys import Scope
from host_tools.login.caller_errors import KeyExistsError, UnknownKeyError
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.operator_models import KeyMade, KeyShown, NewKey
from host_tools.login.service.api.texts import PRINTABLE
from host_tools.login.system import LoginSystem


def keys_api(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes. Whoever has the scope `operator` can give himself every other one, which is then on record."""
    router = APIRouter(prefix="/v1/api-keys", tags=["keys"])

    @router.get("", **callers.door(Scope.OPERATOR))
    def list_keys() -> list[KeyShown]:
        """All keys by name, revoked ones too, without what opens anything."""
        return [KeyShown.of(one) for one in api_keys.keys(system)]

    @router.post("", status_code=201, **callers.door(Scope.OPERATOR, raises=(KeyExistsError,)))
    def add(body: NewKey) -> KeyMade:
        """A new key, which is shown this once. A name is never used twice."""
        return KeyMade(key=api_keys.add_key(system, body.name, body.scopes))

    @router.delete("/{name}", status_code=204, **callers.door(Scope.OPERATOR, raises=(UnknownKeyError,)))
    def revoke(name: Annotated[str, Path(min_length=1, max_length=64, pattern=PRINTABLE)]) -> None:
        """From the next call on, the key opens nothing any more."""
        api_keys.revoke_key(system, name)

    return router
