"""The client against a service that does what each test says. Run: python3 -m unittest discover -s tests (in the package's folder)."""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
import threading
import unittest
from pathlib import Path
from collections.abc import Iterator
from typing import Any
from unittest import mock

import grpc
from scripted_service import ScriptedService, error_info, fail, files_of

import calcquant
from calcquant import _dicom, _upload, results
from calcquant._contract import message

SAMPLE = Path(__file__).resolve().parents[4] / "sample-data"
SLICES = sorted(SAMPLE.glob("forearm-ct/*.dcm"))[:3]
SERIES = "2.25.174790252833619143062600007441089177587"
STORED, ALREADY_STORED, REJECTED = 1, 2, 3
ACCEPTED, REFUSED = 1, 3
RUNNING, SUCCEEDED, FAILED = 2, 3, 4


def empty_store(request: Any, context: grpc.ServicerContext) -> Any:
    return message("ListInstancesResponse")()


def store_all(requests: Any, context: grpc.ServicerContext) -> Any:
    answer = message("UploadInstancesResponse")()
    for start, data in files_of(requests):
        answer.instances.add(
            label=start.label,
            outcome=STORED,
            sha256=hashlib.sha256(data).hexdigest(),
            byte_count=len(data),
            sop_instance_uid="1.2.3",
            series_instance_uid=SERIES,
            study_instance_uid="1.2",
        )
    return answer


def ended(state: int, verdict: int, reason: str = "") -> Any:
    event = message("AnalyzeSeriesResponse")()
    event.result.analysis.name = "analyses/a1"
    event.result.analysis.state = state
    if reason:
        event.result.analysis.error.code = 9
        event.result.analysis.error.reason = reason
        event.result.analysis.error.message = "A slice is missing."
    report = event.result.output.reports.add(series_instance_uid=SERIES, verdict=verdict)
    report.acquisition.stack_number = 1
    if verdict == ACCEPTED:
        region = report.regions.add(id=1, kind=1, volume_mm3=0.0, evidence=["one", "two"])
        region.centroid_lps_mm.x = -3.5
        region.mass_interval_mg.low = 1.0
        report.regions.add(id=2, kind=4)
    else:
        report.issues.add(code=5, explanation="A slice is missing.", refuses=True)
    return event


def connect(service: ScriptedService, **options: Any) -> calcquant.Client:
    return calcquant.connect(service.address, **options)


class UploadTests(unittest.TestCase):
    def setUp(self) -> None:
        # Pauses between attempts are not what these tests are about.
        pause = mock.patch("calcquant.client.time.sleep")
        self.pauses = pause.start()
        self.addCleanup(pause.stop)

    def test_upload_of_a_folder_sends_only_what_may_be_dicom(self) -> None:
        sent: list[str] = []

        def store(requests: Any, context: grpc.ServicerContext) -> Any:
            files = list(requests)
            sent.extend(request.start.label for request in files if request.HasField("start"))
            return store_all(files, context)

        with ScriptedService(ListInstances=empty_store, UploadInstances=store) as service, connect(service) as client:
            result = client.upload(SAMPLE / "forearm-ct", progress=False)
        count = len(list(SAMPLE.glob("forearm-ct/*.dcm")))
        self.assertEqual(len(sent), count)
        self.assertEqual([found.path.name for found in result.rejected], ["truth.json"])
        self.assertEqual({found.reason for found in result.rejected}, {"NOT_DICOM"})
        self.assertEqual(result.series_uids, [SERIES])
        self.assertFalse(any("dcm" in label or "CT0" in label for label in sent), "a file's name left the machine")

    def test_upload_of_what_is_stored_sends_nothing(self) -> None:
        def listed(request: Any, context: grpc.ServicerContext) -> Any:
            answer = message("ListInstancesResponse")()
            # Two pages, to see that the second is asked for.
            index = int(request.page_token or 0)
            for path in SLICES[index : index + 2]:
                answer.instances.add(sha256=hashlib.sha256(path.read_bytes()).hexdigest(), series_instance_uid=SERIES)
            answer.next_page_token = "2" if index == 0 else ""
            return answer

        with ScriptedService(ListInstances=listed) as service, connect(service) as client:
            result = client.upload(SLICES, progress=False)
        self.assertEqual([found.outcome for found in result.instances], ["ALREADY_STORED"] * 3)
        self.assertEqual(service.calls, ["ListInstances"] * 2)

    def test_upload_whose_connection_breaks_sends_the_rest_only(self) -> None:
        kept: dict[str, bytes] = {}
        rounds: list[int] = []

        def listed(request: Any, context: grpc.ServicerContext) -> Any:
            answer = message("ListInstancesResponse")()
            for digest in kept:
                answer.instances.add(sha256=digest, series_instance_uid=SERIES)
            return answer

        def store(requests: Any, context: grpc.ServicerContext) -> Any:
            files = files_of(requests)
            rounds.append(len(files))
            if len(rounds) == 1:
                kept[files[0][0].sha256] = files[0][1]
                fail(context, grpc.StatusCode.UNAVAILABLE, "gone", error_info("SHUTTING_DOWN"))
            return store_all((message("UploadInstancesRequest")(start=start, data=data) for start, data in files), context)

        with ScriptedService(ListInstances=listed, UploadInstances=store) as service, connect(service) as client:
            result = client.upload(SLICES, progress=False)
        self.assertEqual(rounds, [3, 2])
        self.assertEqual([found.outcome for found in result.instances], ["STORED"] * 3)
        self.assertEqual(self.pauses.call_count, 1)

    def test_upload_that_never_works_gives_up_after_the_retries(self) -> None:
        def broken(requests: Any, context: grpc.ServicerContext) -> Any:
            fail(context, grpc.StatusCode.UNAVAILABLE, "gone")

        with ScriptedService(ListInstances=empty_store, UploadInstances=broken) as service, connect(service, retries=2) as client:
            with self.assertRaises(calcquant.Unavailable):
                client.upload(SLICES, progress=False)
        self.assertEqual(service.calls.count("UploadInstances"), 3)

    def test_upload_acknowledged_with_another_checksum_is_not_taken_for_stored(self) -> None:
        def damage(requests: Any, context: grpc.ServicerContext) -> Any:
            answer = store_all(requests, context)
            answer.instances[1].sha256 = "0" * 64
            return answer

        with ScriptedService(ListInstances=empty_store, UploadInstances=damage) as service, connect(service, retries=1) as client:
            with self.assertRaises(calcquant.TransferDamaged):
                client.upload(SLICES, progress=False)

    def test_upload_in_several_batches_has_one_entry_per_file_in_order(self) -> None:
        with ScriptedService(ListInstances=empty_store, UploadInstances=store_all) as service, connect(service) as client:
            with mock.patch.object(_upload, "_BATCH_FILES", 2):
                result = client.upload(SLICES, progress=False)
        self.assertEqual(service.calls.count("UploadInstances"), 2)
        self.assertEqual([found.path for found in result.instances], SLICES)

    def test_upload_tells_its_progress_up_to_the_end(self) -> None:
        seen: list[tuple[str, float]] = []
        with ScriptedService(ListInstances=empty_store, UploadInstances=store_all) as service, connect(service) as client:
            client.upload(SLICES, progress=lambda stage, fraction: seen.append((stage, fraction)))
        self.assertEqual({stage for stage, _ in seen}, {"upload"})
        self.assertEqual(max(fraction for _, fraction in seen), 1.0)

    def test_upload_of_a_path_that_is_not_there_raises(self) -> None:
        with ScriptedService() as service, connect(service) as client:
            with self.assertRaises(FileNotFoundError):
                client.upload("no-such-folder")


class AnalysisTests(unittest.TestCase):
    def setUp(self) -> None:
        pause = mock.patch("calcquant.client.time.sleep")
        pause.start()
        self.addCleanup(pause.stop)

    def test_analyze_gives_reports_whose_absent_values_are_none_and_zeros_zero(self) -> None:
        requests: list[Any] = []

        def analyze(request: Any, context: grpc.ServicerContext) -> Any:
            requests.append(request)
            progress = message("AnalyzeSeriesResponse")()
            progress.progress.state = RUNNING
            progress.progress.stage = "skeleton"
            progress.progress.stage_fraction = 0.5
            yield progress
            yield ended(SUCCEEDED, ACCEPTED)

        seen: list[tuple[str, float]] = []
        with ScriptedService(AnalyzeSeries=analyze) as service, connect(service) as client:
            analysis = client.analyze(
                SERIES,
                threshold_hu=150,
                calibration=(0.8, "phantom, March"),
                connectivity=6,
                region_of_interest=((-1, -2, -3), (1, 2, 3)),
                minimum_volume_mm3=2.5,
                artifacts=("labels", "overlays"),
                progress=lambda stage, fraction: seen.append((stage, fraction)),
            )
        self.assertEqual(seen, [("skeleton", 0.5)])
        region = analysis.reports[0].regions[0]
        self.assertEqual((region.volume_mm3, region.mass_mg, region.kind), (0.0, None, "SOFT_TISSUE_CALCIFICATION"))
        options = requests[0].options
        self.assertEqual((options.threshold_hu, options.calibration.origin, options.connectivity), (150, "phantom, March", 1))
        self.assertEqual((options.region_of_interest_lps_mm.min.z, options.region_of_interest_lps_mm.max.x), (-3, 1))
        self.assertEqual((options.minimum_volume_mm3, list(requests[0].artifacts)), (2.5, [3, 4]))

    def test_rods_are_sent(self) -> None:
        requests: list[Any] = []

        def analyze(request: Any, context: Any) -> Iterator[Any]:
            requests.append(request)
            yield ended(SUCCEEDED, ACCEPTED)

        with ScriptedService(AnalyzeSeries=analyze) as service, connect(service) as client:
            stored = calcquant.ScannerCalibration("ACME", "CT 3", 120, 0.81, 12, 0.03, 6, "phantom 7")
            client.analyze(SERIES, calibration_rods=[((1, -2, 3.5), 20, 200), ((4, 5, 6), 20, 0)], scanner_calibrations=[stored], progress=False)
        rods = requests[0].options.calibration_rods
        self.assertEqual([(rod.point_lps_mm.y, rod.point_lps_mm.z, rod.diameter_mm, rod.density_mg_per_cm3) for rod in rods], [(-2, 3.5, 20, 200), (5, 6, 20, 0)])
        self.assertTrue(rods[1].HasField("density_mg_per_cm3"))
        sent = requests[0].options.scanner_calibrations[0]
        self.assertEqual((sent.model, sent.kernel, sent.milligrams_per_cm3_per_hu, sent.intercept_tolerance_hu), ("CT 3", "", 0.81, 6))

    def test_rows_of_an_analysis_are_flat_and_alike(self) -> None:
        with ScriptedService(AnalyzeSeries=lambda request, context: iter([ended(SUCCEEDED, ACCEPTED)])) as service, connect(service) as client:
            analysis = client.analyze(SERIES, progress=False)
        rows = analysis.rows()
        self.assertEqual(len(rows), 2)
        self.assertEqual(list(rows[0]), list(rows[1]))
        self.assertTrue(all(value is None or isinstance(value, (str, int, float)) for row in rows for value in row.values()))
        self.assertEqual((rows[0]["centroid_x_lps_mm"], rows[0]["mass_low_mg"], rows[0]["evidence"]), (-3.5, 1.0, "one; two"))
        self.assertEqual(rows[1]["centroid_x_lps_mm"], None)
        self.assertEqual([row["id"] for row in analysis.rows(kinds=["BONE"])], [2])

    def test_analyze_of_a_refused_series_raises_with_its_reports(self) -> None:
        def analyze(request: Any, context: grpc.ServicerContext) -> Any:
            yield ended(FAILED, REFUSED, "MISSING_SLICE")
            fail(context, grpc.StatusCode.FAILED_PRECONDITION, "A slice is missing.", error_info("MISSING_SLICE"))

        with ScriptedService(AnalyzeSeries=analyze) as service, connect(service) as client:
            with self.assertRaises(calcquant.SeriesRefused) as raised:
                client.analyze(SERIES, progress=False)
        self.assertEqual((raised.exception.reason, raised.exception.message), ("MISSING_SLICE", "A slice is missing."))
        self.assertEqual(raised.exception.code, "FAILED_PRECONDITION")
        self.assertEqual(raised.exception.reports[0].issues[0].code, "MISSING_SLICE")

    def test_analyze_while_the_queue_is_full_says_when_to_come_back(self) -> None:
        def busy(request: Any, context: grpc.ServicerContext) -> Any:
            retry = message("calcquant.client.RetryInfo")()
            retry.retry_delay.seconds, retry.retry_delay.nanos = 2, 500_000_000
            fail(context, grpc.StatusCode.RESOURCE_EXHAUSTED, "full", error_info("QUEUE_FULL"), ("RetryInfo", retry))

        with ScriptedService(AnalyzeSeries=busy) as service, connect(service) as client:
            with self.assertRaises(calcquant.Busy) as raised:
                client.analyze(SERIES, progress=False)
        self.assertEqual((raised.exception.reason, raised.exception.retry_after), ("QUEUE_FULL", 2.5))

    def test_start_with_wrong_options_says_which_fields(self) -> None:
        def wrong(request: Any, context: grpc.ServicerContext) -> Any:
            bad = message("calcquant.client.BadRequest")()
            bad.field_violations.add(field="options.threshold_hu", description="above 0")
            fail(context, grpc.StatusCode.INVALID_ARGUMENT, "The request is wrong.", error_info("INVALID_REQUEST"), ("BadRequest", bad))

        with ScriptedService(StartAnalysis=wrong) as service, connect(service) as client:
            with self.assertRaises(calcquant.InvalidRequest) as raised:
                client.start(SERIES, threshold_hu=-1)
        self.assertEqual(raised.exception.violations, (("options.threshold_hu", "above 0"),))
        self.assertIn("options.threshold_hu: above 0", str(raised.exception))

    def test_analyze_beyond_its_timeout_raises_and_cancels(self) -> None:
        cancelled = threading.Event()

        def endless(request: Any, context: grpc.ServicerContext) -> Any:
            context.add_callback(cancelled.set)
            cancelled.wait(20)
            yield ended(SUCCEEDED, ACCEPTED)

        with ScriptedService(AnalyzeSeries=endless) as service, connect(service) as client:
            with self.assertRaises(calcquant.DeadlineExceeded) as raised:
                client.analyze(SERIES, progress=False, timeout=0.2)
            self.assertIsInstance(raised.exception, TimeoutError)
            self.assertTrue(cancelled.wait(10))

    def test_wait_goes_on_until_the_end_and_gets_the_reports(self) -> None:
        states = iter([1, RUNNING, SUCCEEDED])

        def wait(request: Any, context: grpc.ServicerContext) -> Any:
            answer = message("WaitAnalysisResponse")()
            answer.analysis.name, answer.analysis.state = request.name, next(states)
            return answer

        def report(request: Any, context: grpc.ServicerContext) -> Any:
            return message("GetReportResponse")(output=ended(SUCCEEDED, ACCEPTED).result.output)

        with ScriptedService(WaitAnalysis=wait, GetReport=report) as service, connect(service) as client:
            analysis = client.wait("analyses/a1", progress=False)
        self.assertEqual((analysis.state, len(analysis.reports)), ("SUCCEEDED", 1))

    def test_arguments_that_make_no_sense_raise_before_any_call(self) -> None:
        with ScriptedService() as service, connect(service) as client:
            for arguments in ({"connectivity": 8}, {"bone_labels": [1]}, {"artifacts": ["pictures"]}):
                with self.subTest(arguments), self.assertRaises(ValueError):
                    client.analyze(SERIES, progress=False, **arguments)
            with self.assertRaises(ValueError):
                client.analyze(progress=False)


class DownloadTests(unittest.TestCase):
    def download(self, name: str, data: bytes, digest: str) -> list[Path]:
        def send(request: Any, context: grpc.ServicerContext) -> Any:
            begin = message("DownloadArtifactResponse")()
            begin.file.file_name, begin.file.byte_count, begin.file.sha256 = name, len(data), digest
            yield begin
            for offset in range(0, len(data), 3):
                yield message("DownloadArtifactResponse")(data=data[offset : offset + 3])

        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        with ScriptedService(DownloadArtifact=send) as service, connect(service, retries=0) as client:
            return client.download("analyses/a1", "overlays", self.folder / "out")

    def test_download_writes_files_whole_below_the_folder(self) -> None:
        [path] = self.download("2/axial-012.png", b"picture", hashlib.sha256(b"picture").hexdigest())
        self.assertEqual((path, path.read_bytes()), (self.folder / "out" / "2" / "axial-012.png", b"picture"))

    def test_download_of_damaged_bytes_leaves_nothing(self) -> None:
        with self.assertRaises(calcquant.TransferDamaged):
            self.download("a.png", b"picture", "0" * 64)
        self.assertEqual([path for path in self.folder.rglob("*") if path.is_file()], [])

    def test_download_cannot_leave_its_folder(self) -> None:
        for name in ("../a.png", "/a.png", "a/../../b.png", "..\\a.png", "", "c:a.png"):
            with self.subTest(name), self.assertRaises(calcquant.TransferDamaged):
                self.download(name, b"picture", hashlib.sha256(b"picture").hexdigest())


class ConnectionTests(unittest.TestCase):
    def test_key_is_sent_with_every_call(self) -> None:
        with ScriptedService(ListSeries=lambda request, context: message("ListSeriesResponse")()) as service:
            with connect(service, api_key="secret") as client:
                self.assertEqual(client.series(), [])
        self.assertEqual(service.metadata[0]["authorization"], "Bearer secret")

    def test_key_is_not_sent_to_another_machine_in_the_clear(self) -> None:
        for address in ("192.0.2.1:50051", "calcquant.example:50051"):
            with self.subTest(address), self.assertRaises(ValueError):
                calcquant.connect(address, api_key="secret", tls=False)

    def test_connect_where_nothing_listens_raises(self) -> None:
        with ScriptedService() as service:
            address = service.address
        with self.assertRaises(calcquant.Unavailable):
            calcquant.connect(address, connect_timeout=0.3)

    def test_certificate_without_its_key_raises(self) -> None:
        with self.assertRaises(ValueError):
            calcquant.connect("localhost:1", client_cert=__file__)


class ContractTests(unittest.TestCase):
    def test_result_classes_have_exactly_the_fields_of_the_contract(self) -> None:
        for name, made in results._CLASSES.items():
            with self.subTest(name):
                self.assertEqual([results._FIELDS.get(found.name, found.name) for found in dataclasses.fields(made)], [found.name for found in message(name).DESCRIPTOR.fields])

    def test_study_uid_is_read_from_every_slice(self) -> None:
        for path in SLICES:
            self.assertRegex(_dicom.study_uid_of(path.read_bytes()) or "", r"^[0-9.]+$")

    def test_study_uid_is_read_past_sequences_in_any_encoding(self) -> None:
        uid = b"1.2.840.99\0"
        uid += b"\0" * (len(uid) % 2)
        implicit = (
            b"\x08\x00\x16\x00\x04\x00\x00\x00" + b"1.2\0"
            + b"\x08\x00\x40\x11\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
            + b"\x08\x00\x50\x11\x02\x00\x00\x00" + b"1\0"
            + b"\xfe\xff\x0d\xe0\x00\x00\x00\x00" + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"
            + b"\x20\x00\x0d\x00" + len(uid).to_bytes(4, "little") + uid
        )
        explicit = (
            b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff" + b"\xfe\xff\x00\xe0\x0a\x00\x00\x00" + b"\x08\x00\x50\x11UI\x02\x001\0"
            + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00" + b"\x20\x00\x0d\x00UI" + len(uid).to_bytes(2, "little") + uid
        )
        for data in (implicit, explicit):
            self.assertEqual(_dicom.study_uid_of(data), "1.2.840.99")
            for length in range(len(data)):
                _dicom.study_uid_of(data[:length])


if __name__ == "__main__":
    unittest.main()
