"""What can go wrong, as exceptions that say what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional, Sequence

import grpc

from ._contract import message

if TYPE_CHECKING:
    from .results import Analysis, Report

_DETAILS_KEY = "grpc-status-details-bin"
_DOMAIN = "calcquant"


class Violation(NamedTuple):
    """One field of a request that is wrong."""

    field: str
    description: str


class CalcQuantError(Exception):
    """A call that failed; the base of all errors here.

    :ivar code: Canonical gRPC code, e.g. ``NOT_FOUND``.
    :ivar reason: Reason for programs, e.g. ``UNKNOWN_SERIES``; empty where the service gave none.
    :ivar message: One sentence for a person.
    :ivar violations: Fields of the request that are wrong.
    :ivar retry_after: Seconds to wait before trying again; None where waiting does not help or is not known to.
    :ivar resource: Name of what the error is about, e.g. an analysis; empty where none is named.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "UNKNOWN",
        reason: str = "",
        violations: Sequence[Violation] = (),
        retry_after: Optional[float] = None,
        resource: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.violations = tuple(violations)
        self.retry_after = retry_after
        self.resource = resource

    def __str__(self) -> str:
        text = f"{self.message} ({self.reason or self.code})"
        return "; ".join([text, *(f"{violation.field}: {violation.description}" for violation in self.violations)])


class NotFound(CalcQuantError):
    """No such series, study, instance or analysis."""


class InvalidRequest(CalcQuantError):
    """The request is wrong; ``violations`` says in which fields."""


class NotReady(CalcQuantError):
    """Not in this state: the analysis has not ended, gave no report, or was not asked for the artifact."""


class LimitExceeded(CalcQuantError):
    """Too large for the service, whenever it is tried."""


class Busy(CalcQuantError):
    """The service has enough to do; ``retry_after`` says how many seconds to wait."""


class Unauthenticated(CalcQuantError):
    """No valid API key or client certificate."""


class PermissionDenied(CalcQuantError):
    """Known to the service, but not allowed to do this."""


class Unavailable(CalcQuantError):
    """The service cannot be reached, or is shutting down."""


class DeadlineExceeded(CalcQuantError, TimeoutError):
    """The time given to the call is over."""


class Cancelled(CalcQuantError):
    """The call or the analysis was cancelled."""


class TransferDamaged(CalcQuantError):
    """Bytes arrived that are not those that were sent."""


class AnalysisFailed(CalcQuantError):
    """The analysis ended without a measurement.

    :ivar analysis: What is known of it; its ``reports`` may say more.
    """

    analysis: Optional[Analysis] = None

    @property
    def reports(self) -> tuple[Report, ...]:
        """Reports of the analysis; empty where it gave none."""
        return self.analysis.reports if self.analysis else ()


class SeriesRefused(AnalysisFailed):
    """Nothing of the series could be measured without a number that is wrong; ``reason`` names the first refusal, ``reports`` all."""


_CLASSES = {
    "NOT_FOUND": NotFound,
    "INVALID_ARGUMENT": InvalidRequest,
    "FAILED_PRECONDITION": NotReady,
    "UNAUTHENTICATED": Unauthenticated,
    "PERMISSION_DENIED": PermissionDenied,
    "UNAVAILABLE": Unavailable,
    "DEADLINE_EXCEEDED": DeadlineExceeded,
    "CANCELLED": Cancelled,
}


def code_name(number: int) -> str:
    """The name of a canonical code."""
    return next((code.name for code in grpc.StatusCode if code.value[0] == number), "UNKNOWN")


def error_of(failure: grpc.RpcError) -> CalcQuantError:
    """A failed call as an error of this package."""
    code: str = failure.code().name
    reason, resource, retry_after = "", "", None
    violations: list[Violation] = []
    for key, value in failure.trailing_metadata() or ():
        if key != _DETAILS_KEY:
            continue
        for detail in message("calcquant.client.Status").FromString(value).details:
            kind = detail.type_url.rpartition("google.rpc.")[2]
            if kind not in ("ErrorInfo", "BadRequest", "ResourceInfo", "RetryInfo"):
                continue
            content = message(f"calcquant.client.{kind}").FromString(detail.value)
            if kind == "ErrorInfo" and content.domain == _DOMAIN:
                reason = content.reason
            elif kind == "BadRequest":
                violations += [Violation(violation.field, violation.description) for violation in content.field_violations]
            elif kind == "ResourceInfo":
                resource = content.resource_name
            elif kind == "RetryInfo":
                retry_after = content.retry_delay.seconds + content.retry_delay.nanos / 1e9
    if code == "RESOURCE_EXHAUSTED":
        kind_of_error: type[CalcQuantError] = LimitExceeded if retry_after is None else Busy
    else:
        kind_of_error = _CLASSES.get(code, CalcQuantError)
    return kind_of_error(
        failure.details() or code, code=code, reason=reason, violations=violations, retry_after=retry_after, resource=resource
    )
