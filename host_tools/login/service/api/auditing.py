"""The audit log's head, to be kept elsewhere, and whether the log still is what was written."""

from __future__ import annotations

from fastapi import APIRouter

from host_tools.inventory.audit import EMPTY, Head
from host_tools.inventory.errors import AuditError
from host_tools.login.api_keys import Scope
from host_tools.login.service.api.callers import Callers
from host_tools.login.service.api.operator_models import AuditCheck, AuditHead
from host_tools.login.system import LoginSystem


def auditing(system: LoginSystem, callers: Callers) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/audit", tags=["audit"])

    @router.get("/head", **callers.door(Scope.OPERATOR))
    def head() -> AuditHead:
        """Place and hash of the last entry."""
        return AuditHead.of(system.inventory.audit_head())

    @router.post("/check", **callers.door(Scope.OPERATOR, raises=(AuditError,)))
    def check(body: AuditCheck) -> AuditHead:
        """Go through the whole log, which takes its time, and answer its head."""
        outside = EMPTY
        if body.outside is not None:
            outside = Head(body.outside.sequence, bytes.fromhex(body.outside.hash))
        return AuditHead.of(system.inventory.check_audit(outside))

    return router
