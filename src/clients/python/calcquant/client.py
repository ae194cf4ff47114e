"""The client: one connection to one service."""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Optional, Sequence, TypeVar, Union

import grpc

from . import _contract
from ._contract import enum_name, enum_number, message
from ._progress import Progress, ProgressLine
from ._upload import Paths, Upload
from .errors import AnalysisFailed, CalcQuantError, SeriesRefused, TransferDamaged, Unavailable, code_name, error_of
from .results import (
    Analysis,
    DeletedStudy,
    Report,
    Series,
    SeriesVerdict,
    UploadResult,
    from_message,
    time_of,
)

#: A calibration: mg/cm3 per HU, or that and where it comes from.
Calibration = Union[float, tuple[float, str]]

#: A rod of known density in a scan: a point on its axis (LPS mm), its diameter in mm and its calcium hydroxyapatite in mg/cm3.
Rod = tuple[tuple[float, float, float], float, float]


@dataclasses.dataclass(frozen=True)
class ScannerCalibration:
    """A calibration that somebody measured once for a scanner and a tube voltage: mg/cm3 = factor x (HU - intercept)."""

    manufacturer: str
    model: str
    kvp: float
    milligrams_per_cm3_per_hu: float
    intercept_hu: float
    tolerance: float
    """Half of the 95 % interval of the factor, as a share of it."""
    intercept_tolerance_hu: float
    origin: str
    """How it was measured, e.g. the phantom and the date; the report repeats it."""
    kernel: str = ""
    """Convolution Kernel; empty for any."""

#: A box: the least and the greatest corner in LPS mm.
Box = tuple[tuple[float, float, float], tuple[float, float, float]]

_T = TypeVar("_T")
_SERVICES = ("StudyStoreService", "CalcificationAnalysisService")
_LARGEST_ANSWER = 512 << 20
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 15.0
_PAGE = 1000
_CONNECTIVITIES = {6: "FACES_6", 18: "FACES_EDGES_18", 26: "FULL_26"}


def connect(
    address: str = "localhost:50051",
    *,
    api_key: Optional[str] = None,
    ca_file: Union[str, Path, None] = None,
    client_cert: Union[str, Path, None] = None,
    client_key: Union[str, Path, None] = None,
    tls: Optional[bool] = None,
    connect_timeout: float = 10.0,
    retries: int = 5,
) -> Client:
    """Connects to a service.

    :param address: ``HOST:PORT``.
    :param api_key: The key that the service knows this client by; never sent without TLS, except to this machine.
    :param ca_file: PEM file of the authority that signed the service's certificate; None for those the system trusts.
    :param client_cert: PEM file of this client's certificate, where the service asks for one.
    :param client_key: PEM file of its private key.
    :param tls: None for TLS, except to this machine where none of the files above is given; True or False to say so.
    :param connect_timeout: Seconds to wait for the service, e.g. while it starts.
    :param retries: How often a call is tried again where the service cannot be reached.
    :raises Unavailable: No service there.
    :raises ValueError: Arguments that make no sense together.
    """
    if (client_cert is None) != (client_key is None):
        raise ValueError("client_cert and client_key are needed together")
    files = [None if path is None else Path(path).read_bytes() for path in (ca_file, client_key, client_cert)]
    if tls is None:
        tls = any(content is not None for content in files) or not _is_this_machine(address)
    if api_key and not tls and not _is_this_machine(address):
        raise ValueError("an API key is not sent to another machine without TLS")
    options = [
        ("grpc.max_receive_message_length", _LARGEST_ANSWER),
        ("grpc.max_send_message_length", _LARGEST_ANSWER),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
    ]
    if tls:
        credentials = grpc.ssl_channel_credentials(files[0], files[1], files[2])
        channel = grpc.secure_channel(address, credentials, options)
    else:
        channel = grpc.insecure_channel(address, options)
    try:
        grpc.channel_ready_future(channel).result(timeout=connect_timeout)
    except grpc.FutureTimeoutError:
        channel.close()
        hint = "; is it TLS it speaks, with a certificate that ca_file (or the system) trusts?" if tls else "; if it wants TLS, give ca_file or tls=True"
        raise Unavailable(f"no CalcQuant service answers at {address}{hint}", code="UNAVAILABLE") from None
    except BaseException:
        channel.close()
        raise
    return Client(channel, api_key=api_key, retries=retries)


class Client:
    """A connection to a CalcQuant service; made by :func:`connect`, closed by ``close`` or the end of a ``with`` block.

    Every method raises a :class:`CalcQuantError` where the service says no, and may be used by several threads.
    """

    def __init__(self, channel: grpc.Channel, *, api_key: Optional[str] = None, retries: int = 5) -> None:
        """Wraps an open channel.

        :param channel: Closed with this client.
        :param api_key: Sent with every call.
        :param retries: How often a call is tried again where the service cannot be reached.
        """
        self._channel = channel
        self._metadata = (("authorization", f"Bearer {api_key}"),) if api_key else ()
        self._retries = retries
        self._calls = {name: call for service in _SERVICES for name, call in _contract.calls(channel, service).items()}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection."""
        self._channel.close()

    # The study store.

    def upload(self, paths: Paths, *, progress: Progress = True) -> UploadResult:
        """Stores DICOM files; those that are stored already are not sent again.

        Only what may be DICOM leaves this machine. A connection that breaks is resumed.

        :param paths: Files, folders (searched to the bottom), or several of either.
        :param progress: True for a bar in a terminal, False for none, or a function of (stage, done part).
        :returns: What became of each file, checked by SHA-256.
        :raises FileNotFoundError: A path does not exist.
        """
        return Upload(self, paths, progress).run()

    def series(self, study_uid: str = "", *, server_folder: str = "") -> list[Series]:
        """Lists series: of the store, or of a folder that the service may read.

        :param study_uid: Only this study; empty for all.
        :param server_folder: Root's name and relative path, e.g. ``archive/2026/knee``; empty for the store.
        """
        request = message("ListSeriesRequest")(study_instance_uid=study_uid, server_folder=server_folder, page_size=_PAGE)
        return [from_message(found) for found in self._pages("ListSeries", request, "series")]

    def verdict(self, series_uid: str, *, server_folder: str = "") -> SeriesVerdict:
        """Whether a series could be measured, from its headers alone.

        :raises NotFound: No such series.
        """
        answer = self._retrying("GetSeries", message("GetSeriesRequest")(series=_reference(series_uid, server_folder)))
        return SeriesVerdict(
            from_message(answer.series), tuple(map(from_message, answer.stacks)), tuple(map(from_message, answer.skipped))
        )

    def delete_study(self, study_uid: str) -> DeletedStudy:
        """Deletes the instances of a study with its analyses.

        :raises NotFound: No such study.
        """
        answer = self._call("DeleteStudy", message("DeleteStudyRequest")(study_instance_uid=study_uid))
        return DeletedStudy(answer.instance_count, answer.byte_count, answer.analysis_count)

    # Analyses.

    def analyze(
        self,
        series_uid: str = "",
        *,
        server_folder: str = "",
        threshold_hu: Optional[float] = None,
        calibration: Optional[Calibration] = None,
        calibration_rods: Sequence[Rod] = (),
        scanner_calibrations: Sequence[ScannerCalibration] = (),
        connectivity: Optional[int] = None,
        region_of_interest: Optional[Box] = None,
        bone_mask: Union[str, Path, None] = None,
        bone_labels: Sequence[int] = (),
        minimum_volume_mm3: Optional[float] = None,
        artifacts: Iterable[str] = (),
        progress: Progress = True,
        timeout: Optional[float] = None,
    ) -> Analysis:
        """Analyses a series and waits for its report. Interrupting it (Ctrl-C, timeout) cancels the analysis.

        :param series_uid: Series Instance UID; may be empty with ``server_folder``: all series of the folder.
        :param server_folder: A folder that the service may read, instead of the store.
        :param threshold_hu: Least HU of a dense voxel; None for 130 at 120 kVp, adapted to other voltages.
        :param calibration: mg/cm3 per HU of this scanner, or that and where it comes from.
        :param calibration_rods: Rods of known density in the scan: ((x, y, z) in LPS mm, diameter in mm, mg/cm3). Not with ``calibration``.
        :param scanner_calibrations: Calibrations measured before; a series takes that of its scanner, voltage and kernel.
        :param connectivity: Which voxels touch: 6, 18 or 26; None for 26.
        :param region_of_interest: Two corners in LPS mm; only regions that reach into the box are reported.
        :param bone_mask: NIfTI (.nii, .nii.gz) or DICOM SEG file in which bone is marked, or the SOP Instance UID of a stored SEG.
        :param bone_labels: Labels of the mask that are bone; empty for all but 0.
        :param minimum_volume_mm3: Smaller deposits are left out, and counted in a warning.
        :param artifacts: What to make beside the report: ``"label_volume"`` (or ``"labels"``), ``"overlays"``, ``"bone_mask"``.
        :param progress: True for a bar in a terminal, False for none, or a function of (stage, done part).
        :param timeout: Seconds; None for as long as it takes.
        :raises SeriesRefused: A number would be wrong; ``reason`` and ``reports`` say why.
        :raises AnalysisFailed: It ended otherwise without a measurement.
        :raises NotFound: No such series.
        :raises Busy: The service has enough to do; ``retry_after`` says how long to wait.
        :raises DeadlineExceeded: ``timeout`` is over.
        """
        request = message("AnalyzeSeriesRequest")(
            series=_reference(series_uid, server_folder),
            options=_options(threshold_hu, calibration, calibration_rods, scanner_calibrations, connectivity, region_of_interest, bone_mask, bone_labels, minimum_volume_mm3),
            artifacts=_kinds(artifacts),
        )
        end = None if timeout is None else time.monotonic() + timeout
        with ProgressLine(progress) as line:
            return self._with_retries(lambda _: self._analyze(request, line, None if end is None else max(end - time.monotonic(), 0)))

    def start(
        self,
        series_uid: str = "",
        *,
        server_folder: str = "",
        threshold_hu: Optional[float] = None,
        calibration: Optional[Calibration] = None,
        calibration_rods: Sequence[Rod] = (),
        scanner_calibrations: Sequence[ScannerCalibration] = (),
        connectivity: Optional[int] = None,
        region_of_interest: Optional[Box] = None,
        bone_mask: Union[str, Path, None] = None,
        bone_labels: Sequence[int] = (),
        minimum_volume_mm3: Optional[float] = None,
        artifacts: Iterable[str] = (),
    ) -> Analysis:
        """Starts an analysis and returns at once; it goes on when this client goes. Arguments and errors as for :meth:`analyze`."""
        request = message("StartAnalysisRequest")(
            series=_reference(series_uid, server_folder),
            options=_options(threshold_hu, calibration, calibration_rods, scanner_calibrations, connectivity, region_of_interest, bone_mask, bone_labels, minimum_volume_mm3),
            artifacts=_kinds(artifacts),
        )
        # Starting twice gives the same analysis, so trying again does no harm.
        return self._analysis(self._retrying("StartAnalysis", request).analysis)

    def wait(self, analysis: Union[Analysis, str], *, timeout: Optional[float] = None, progress: Progress = True) -> Analysis:
        """Waits for an analysis and gets its reports. Interrupting it leaves the analysis alone.

        :param analysis: From :meth:`start`, or its name.
        :param timeout: Seconds; None for as long as it takes. An analysis that has not ended by then is returned as it is.
        :raises SeriesRefused: A number would be wrong; ``reason`` and ``reports`` say why.
        :raises AnalysisFailed: It ended otherwise without a measurement, or was cancelled.
        """
        end = None if timeout is None else time.monotonic() + timeout
        # Waiting in short rounds shows progress and outlives connections that are cut when nothing passes.
        round_seconds = 1.0
        with ProgressLine(progress) as line:
            while True:
                left = round_seconds if end is None else min(round_seconds, end - time.monotonic())
                request = message("WaitAnalysisRequest")(name=_name(analysis))
                request.timeout.FromNanoseconds(int(max(left, 0) * 1e9))
                current = self._analysis(self._retrying("WaitAnalysis", request).analysis)
                if current.has_ended:
                    return self._ended(current)
                if end is not None and time.monotonic() >= end:
                    return current
                line.show(current.stage or "waiting", current.stage_fraction)

    def get(self, analysis: Union[Analysis, str]) -> Analysis:
        """Where an analysis is, without waiting.

        :raises NotFound: No such analysis.
        """
        return self._analysis(self._retrying("GetAnalysis", message("GetAnalysisRequest")(name=_name(analysis))).analysis)

    def cancel(self, analysis: Union[Analysis, str]) -> Analysis:
        """Cancels an analysis that waits or runs; one that has ended stays as it is.

        :raises NotFound: No such analysis.
        """
        return self._analysis(self._retrying("CancelAnalysis", message("CancelAnalysisRequest")(name=_name(analysis))).analysis)

    def analyses(self, series_uid: str = "", *, states: Iterable[str] = ()) -> Iterator[Analysis]:
        """Analyses, newest first, fetched as they are asked for.

        :param series_uid: Only of this series; empty for all.
        :param states: Only in these, e.g. ``["RUNNING"]``; empty for all.
        """
        request = message("ListAnalysesRequest")(
            series_instance_uid=series_uid, states=[enum_number("AnalysisState", state) for state in states], page_size=_PAGE
        )
        return (self._analysis(found) for found in self._pages("ListAnalyses", request, "analyses"))

    def reports(self, analysis: Union[Analysis, str]) -> tuple[Report, ...]:
        """The reports of an analysis that has ended, those of refused series included.

        :raises NotReady: It has not ended, or gave no report.
        """
        answer = self._retrying("GetReport", message("GetReportRequest")(name=_name(analysis)))
        return tuple(map(from_message, answer.output.reports))

    def reclassify(
        self, analysis: Union[Analysis, str], region_id: int, kind: str, why: str, *, report_index: int = 0, who: str = ""
    ) -> Report:
        """Corrects the kind of one region of an analysis that has ended; its artifacts are made anew. It takes about as long as the analysis.

        :param region_id: ``Region.id`` in that report; it stays the same whatever is corrected.
        :param kind: What the region is, e.g. ``"BONE"``; the kind that it has confirms it.
        :param why: The reason, in one line; kept in the report.
        :param report_index: Which report of the analysis, from 0.
        :param who: Who says so, where the service does not ask for a key or a certificate; elsewhere it knows.
        :returns: The corrected report.
        :raises NotFound: No such analysis, report or region.
        :raises NotReady: It has not ended, gave no report, or cannot be repeated.
        """
        request = message("ReclassifyRegionRequest")(
            name=_name(analysis), report_index=report_index, region_id=region_id, kind=enum_number("RegionKind", kind), why=why, who=who
        )
        # The same correction once more changes nothing, so trying again does no harm.
        return from_message(self._retrying("ReclassifyRegion", request).report)

    def download(self, analysis: Union[Analysis, str], kind: str, folder: Union[str, Path]) -> list[Path]:
        """Downloads the files of an artifact. Each appears whole or not at all, checked by length and SHA-256.

        :param kind: ``"json"``, ``"csv"``, ``"label_volume"`` (or ``"labels"``), ``"overlays"``, ``"bone_mask"``.
        :param folder: Made where it does not exist.
        :raises NotReady: The analysis has not ended, or was not asked for this artifact.
        :raises TransferDamaged: The bytes are not those the service has.
        """
        request = message("DownloadArtifactRequest")(name=_name(analysis), kind=_kinds([kind])[0])
        return self._with_retries(lambda _: self._download(request, Path(folder)))

    def _analyze(self, request: Any, line: ProgressLine, timeout: Optional[float]) -> Analysis:
        result: Optional[Analysis] = None
        call = self._calls["AnalyzeSeries"](request, timeout=timeout, metadata=self._metadata)
        try:
            for event in call:
                if event.WhichOneof("event") == "progress":
                    line.show(event.progress.stage or "waiting", event.progress.stage_fraction)
                elif event.WhichOneof("event") == "result":
                    result = self._analysis(event.result.analysis, event.result.output)
        except grpc.RpcError as failure:
            if result is None:
                raise error_of(failure) from None
        finally:
            call.cancel()
        if result is None:
            raise CalcQuantError("the service ended the call without a result")
        return _successful(result)

    def _ended(self, analysis: Analysis) -> Analysis:
        try:
            answer = self._retrying("GetReport", message("GetReportRequest")(name=analysis.name)).output
        except CalcQuantError:
            # One that failed or was cancelled has none.
            if analysis.state == "SUCCEEDED":
                raise
            return _successful(analysis)
        return _successful(
            dataclasses.replace(analysis, reports=tuple(map(from_message, answer.reports)), skipped=tuple(map(from_message, answer.skipped)))
        )

    def _download(self, request: Any, folder: Path) -> list[Path]:
        folder.mkdir(parents=True, exist_ok=True)
        call = self._calls["DownloadArtifact"](request, metadata=self._metadata)
        written: list[Path] = []
        receiving: Optional[_ReceivedFile] = None
        try:
            for piece in call:
                if piece.HasField("file"):
                    if receiving is not None:
                        written.append(receiving.commit())
                    receiving = _ReceivedFile(piece.file, folder)
                if piece.data:
                    if receiving is None:
                        raise TransferDamaged("the service sent bytes before it named their file")
                    receiving.write(piece.data)
            if receiving is not None:
                written.append(receiving.commit())
            return written
        except grpc.RpcError as failure:
            raise error_of(failure) from None
        finally:
            call.cancel()
            if receiving is not None:
                receiving.discard()

    def _analysis(self, found: Any, output: Any = None) -> Analysis:
        kinds = found.DESCRIPTOR.fields_by_name["artifacts"].enum_type
        return Analysis(
            name=found.name,
            series_instance_uid=found.series.series_instance_uid,
            server_folder=found.series.server_folder,
            state=enum_name(found.DESCRIPTOR.fields_by_name["state"].enum_type, found.state),
            stage=found.stage,
            stage_fraction=found.stage_fraction,
            queue_position=found.queue_position,
            artifacts=tuple(enum_name(kinds, kind) for kind in found.artifacts),
            create_time=time_of(found.create_time) if found.HasField("create_time") else None,
            start_time=time_of(found.start_time) if found.HasField("start_time") else None,
            end_time=time_of(found.end_time) if found.HasField("end_time") else None,
            reason=found.error.reason,
            message=found.error.message,
            algorithm_version=found.algorithm_version,
            correction_count=found.correction_count,
            reports=tuple(map(from_message, output.reports)) if output is not None else (),
            skipped=tuple(map(from_message, output.skipped)) if output is not None else (),
            _code=code_name(found.error.code) if found.HasField("error") else "",
            _client=self,
        )

    def _call(self, name: str, request: Any) -> Any:
        try:
            return self._calls[name](request, metadata=self._metadata)
        except grpc.RpcError as failure:
            raise error_of(failure) from None

    def _retrying(self, name: str, request: Any) -> Any:
        """For calls that may be repeated: reading ones, and those that do the same thing twice."""
        return self._with_retries(lambda _: self._call(name, request))

    def _with_retries(self, attempt: Callable[[bool], _T]) -> _T:
        """Tries until it works: where the service cannot be reached, and, for transfers, where bytes were damaged.

        :param attempt: Gets True where it was tried before.
        """
        for count in range(self._retries + 1):
            try:
                return attempt(count > 0)
            except (Unavailable, TransferDamaged) as failure:
                if count == self._retries:
                    raise
                pause = failure.retry_after or min(_FIRST_PAUSE_SECONDS * 2**count, _LONGEST_PAUSE_SECONDS)
                # Spread, so that many clients do not come back at the same moment.
                time.sleep(pause * random.uniform(0.8, 1.2))
        raise AssertionError("the last attempt returns or raises")

    def _pages(self, name: str, request: Any, entries: str) -> Iterator[Any]:
        while True:
            answer = self._retrying(name, request)
            yield from getattr(answer, entries)
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


class _ReceivedFile:
    """A file on its way in: under a temporary name until it is whole."""

    def __init__(self, announced: Any, folder: Path) -> None:
        self._announced = announced
        self._target = _target(folder, announced.file_name)
        self._target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".calcquant-", dir=self._target.parent)
        self._temporary: Optional[Path] = Path(name)
        self._stream = os.fdopen(handle, "wb")
        self._hash = hashlib.sha256()
        self._byte_count = 0

    def write(self, data: bytes) -> None:
        self._stream.write(data)
        self._hash.update(data)
        self._byte_count += len(data)

    def commit(self) -> Path:
        self._stream.close()
        if self._byte_count != self._announced.byte_count or self._hash.hexdigest() != self._announced.sha256:
            raise TransferDamaged("a file arrived with other bytes than the service has", code="DATA_LOSS", reason="CHECKSUM_MISMATCH")
        assert self._temporary is not None
        # mkstemp gives the file to this user alone; results are as open as other files of the folder.
        mask = os.umask(0)
        os.umask(mask)
        self._temporary.chmod(0o666 & ~mask)
        self._temporary.replace(self._target)
        self._temporary = None
        return self._target

    def discard(self) -> None:
        self._stream.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)


def _target(folder: Path, file_name: str) -> Path:
    """Where a file goes; a name cannot lead out of the folder, whatever the service says."""
    parts = file_name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or ":" in part or "\0" in part for part in parts):
        raise TransferDamaged("the service gave a file a name that leads out of the folder")
    return folder.joinpath(*parts)


def _successful(analysis: Analysis) -> Analysis:
    if analysis.state == "SUCCEEDED":
        return analysis
    is_refused = bool(analysis.reports) and all(report.verdict == "REFUSED" for report in analysis.reports)
    failure = (SeriesRefused if is_refused else AnalysisFailed)(
        analysis.message or f"the analysis ended as {analysis.state}",
        code=analysis._code or ("CANCELLED" if analysis.state == "CANCELLED" else "UNKNOWN"),
        reason=analysis.reason or analysis.state,
        resource=analysis.name,
    )
    failure.analysis = analysis
    raise failure


def _reference(series_uid: str, server_folder: str) -> Any:
    if not series_uid and not server_folder:
        raise ValueError("a series_uid or a server_folder is needed")
    return message("SeriesReference")(series_instance_uid=series_uid, server_folder=server_folder)


def _options(
    threshold_hu: Optional[float],
    calibration: Optional[Calibration],
    calibration_rods: Sequence[Rod],
    scanner_calibrations: Sequence[ScannerCalibration],
    connectivity: Optional[int],
    region_of_interest: Optional[Box],
    bone_mask: Union[str, Path, None],
    bone_labels: Sequence[int],
    minimum_volume_mm3: Optional[float],
) -> Any:
    options = message("AnalysisOptions")()
    if threshold_hu is not None:
        options.threshold_hu = threshold_hu
    if calibration is not None:
        factor, origin = calibration if isinstance(calibration, tuple) else (calibration, "")
        options.calibration.milligrams_per_cm3_per_hu = factor
        options.calibration.origin = origin
    for (x, y, z), diameter_mm, density in calibration_rods:
        rod = options.calibration_rods.add(diameter_mm=diameter_mm, density_mg_per_cm3=density)
        rod.point_lps_mm.x, rod.point_lps_mm.y, rod.point_lps_mm.z = x, y, z
    for stored in scanner_calibrations:
        options.scanner_calibrations.add(**dataclasses.asdict(stored))
    if connectivity is not None:
        if connectivity not in _CONNECTIVITIES:
            raise ValueError(f"connectivity is one of {', '.join(map(str, _CONNECTIVITIES))}, not {connectivity}")
        options.connectivity = enum_number("Connectivity", _CONNECTIVITIES[connectivity])
    if region_of_interest is not None:
        box = options.region_of_interest_lps_mm
        for corner, values in ((box.min, region_of_interest[0]), (box.max, region_of_interest[1])):
            corner.x, corner.y, corner.z = values
    if bone_mask is not None:
        _set_mask(options.bone_mask, bone_mask)
        options.bone_mask.labels.extend(bone_labels)
    elif bone_labels:
        raise ValueError("bone_labels are labels of a bone_mask")
    if minimum_volume_mm3 is not None:
        options.minimum_volume_mm3 = minimum_volume_mm3
    return options


def _set_mask(mask: Any, source: Union[str, Path]) -> None:
    path = Path(source)
    if isinstance(source, str) and source.replace(".", "").isdigit() and not path.exists():
        mask.segmentation_sop_instance_uid = source
        return
    data = path.read_bytes()
    if data[128:132] == b"DICM":
        mask.dicom_segmentation = data
    else:
        mask.nifti = data


def _kinds(names: Iterable[str]) -> list[int]:
    if isinstance(names, str):
        names = [names]
    return [enum_number("ArtifactKind", "LABEL_VOLUME" if name.lower() == "labels" else name) for name in names]


def _name(analysis: Union[Analysis, str]) -> str:
    return analysis if isinstance(analysis, str) else analysis.name


def _is_this_machine(address: str) -> bool:
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]") or address
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
