"""Client of the CalcQuant service: send CT series, get the calcified volume of every region.

>>> import calcquant
>>> with calcquant.connect("localhost:50051") as client:
...     for uid in client.upload("sample-data").series_uids:
...         for region in client.analyze(uid).reports[0].regions:
...             print(region.id, region.kind, region.volume_mm3)
"""

from .client import Client, connect
from .errors import (
    AnalysisFailed,
    Busy,
    CalcQuantError,
    Cancelled,
    DeadlineExceeded,
    InvalidRequest,
    LimitExceeded,
    NotFound,
    NotReady,
    PermissionDenied,
    SeriesRefused,
    TransferDamaged,
    Unauthenticated,
    Unavailable,
    Violation,
)
from .results import (
    Acquisition,
    Analysis,
    Burden,
    DeletedStudy,
    DepthShare,
    Interval,
    LpsBox,
    LpsPoint,
    MeasurementParameters,
    Region,
    RegionCorrection,
    RegionTotal,
    Report,
    SearchedCompartment,
    Series,
    SeriesIssue,
    StageTime,
    SeriesStack,
    SeriesVerdict,
    SkippedFile,
    UploadedInstance,
    UploadResult,
    VolumeGeometry,
)

__version__ = "0.1.0"

__all__ = [
    "Acquisition",
    "Analysis",
    "AnalysisFailed",
    "Burden",
    "Busy",
    "CalcQuantError",
    "Cancelled",
    "Client",
    "DeadlineExceeded",
    "DeletedStudy",
    "DepthShare",
    "Interval",
    "InvalidRequest",
    "LimitExceeded",
    "LpsBox",
    "LpsPoint",
    "MeasurementParameters",
    "NotFound",
    "NotReady",
    "PermissionDenied",
    "Region",
    "RegionCorrection",
    "RegionTotal",
    "Report",
    "SearchedCompartment",
    "Series",
    "SeriesIssue",
    "StageTime",
    "SeriesRefused",
    "SeriesStack",
    "SeriesVerdict",
    "SkippedFile",
    "TransferDamaged",
    "Unauthenticated",
    "Unavailable",
    "UploadResult",
    "UploadedInstance",
    "Violation",
    "VolumeGeometry",
    "connect",
]
