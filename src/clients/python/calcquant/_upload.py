"""Sending files: in batches that are acknowledged one by one, so that a broken connection costs at most one."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Union

from ._contract import enum_name, message
from ._dicom import looks_like_dicom, study_uid_of
from ._progress import Progress, ProgressLine
from .errors import TransferDamaged
from .results import UploadedInstance, UploadResult

if TYPE_CHECKING:
    from .client import Client

#: Files, folders, or several of either.
Paths = Union[str, Path, Iterable[Union[str, Path]]]

_BATCH_BYTES = 64 << 20
_BATCH_FILES = 500
_MESSAGE_BYTES = 512 << 10
_LIST_PAGE = 10_000
_BYTES_READ_TO_TELL = 132
_DAMAGED = ("CHECKSUM_MISMATCH", "LENGTH_MISMATCH")


@dataclass(frozen=True)
class _File:
    """A file read into memory, on its way."""

    number: int
    path: Path
    data: bytes
    sha256: str
    study_uid: Optional[str]


class Upload:
    """One call of ``Client.upload``."""

    def __init__(self, client: Client, paths: Paths, progress: Progress) -> None:
        self._client = client
        self._paths = files_below(paths)
        self._sizes = [path.stat().st_size for path in self._paths]
        self._progress = progress
        self._results: dict[int, UploadedInstance] = {}
        # What the store holds of each study seen so far: SHA-256 to its entry.
        self._stored: dict[str, dict[str, Any]] = {}
        self._passed_bytes = 0

    def run(self) -> UploadResult:
        with ProgressLine(self._progress) as line:
            batch: list[_File] = []
            for number, path in enumerate(self._paths):
                file = self._read(number, path)
                if file is None:
                    self._pass(number, line)
                    continue
                batch.append(file)
                if len(batch) >= _BATCH_FILES or sum(len(waiting.data) for waiting in batch) >= _BATCH_BYTES:
                    self._send(batch, line)
                    batch = []
            if batch:
                self._send(batch, line)
        return UploadResult(tuple(self._results[number] for number in sorted(self._results)))

    def _read(self, number: int, path: Path) -> Optional[_File]:
        """A file that has to be sent; None where it need not or must not be, which is then in the results."""
        with path.open("rb") as opened:
            start = opened.read(_BYTES_READ_TO_TELL)
            if path.name.upper() == "DICOMDIR" or not looks_like_dicom(start):
                # It stays here: a folder may hold what is nobody else's business.
                self._results[number] = UploadedInstance(path, "REJECTED", reason="NOT_DICOM", message="The file is no DICOM image; it was not sent.")
                return None
            data = start + opened.read()
        file = _File(number, path, data, hashlib.sha256(data).hexdigest(), study_uid_of(data))
        if (found := self._find_stored(file)) is not None:
            self._results[number] = self._known(file, found, "ALREADY_STORED")
            return None
        return file

    def _send(self, batch: list[_File], line: ProgressLine) -> None:
        numbers = [file.number for file in batch]

        def attempt(is_again: bool) -> None:
            nonlocal batch
            if is_again:
                # What arrived whole before the connection broke was kept.
                for study in {file.study_uid for file in batch if file.study_uid}:
                    self._stored.pop(study, None)
                for file in batch:
                    if (found := self._find_stored(file)) is not None:
                        self._results[file.number] = self._known(file, found, "STORED")
                batch = [file for file in batch if file.number not in self._results]
            if batch:
                self._accept(batch, self._client._call("UploadInstances", self._messages(batch, line)))

        self._client._with_retries(attempt)
        for number in numbers:
            self._pass(number, line)

    def _accept(self, batch: list[_File], response: Any) -> None:
        files = {str(file.number): file for file in batch}
        for entry in response.instances:
            file = files.pop(entry.label, None)
            if file is None:
                raise TransferDamaged("the service answered for a file that was not sent")
            outcome = enum_name(entry.DESCRIPTOR.fields_by_name["outcome"].enum_type, entry.outcome)
            damaged = entry.error.reason in _DAMAGED if outcome == "REJECTED" else entry.sha256 != file.sha256
            if damaged:
                raise TransferDamaged("a file arrived with another checksum than it was sent with", code="DATA_LOSS", reason="CHECKSUM_MISMATCH")
            self._results[file.number] = UploadedInstance(
                path=file.path,
                outcome=outcome,
                sha256=file.sha256,
                byte_count=len(file.data),
                sop_instance_uid=entry.sop_instance_uid or None,
                series_instance_uid=entry.series_instance_uid or None,
                study_instance_uid=entry.study_instance_uid or None,
                reason=entry.error.reason,
                message=entry.error.message,
            )
        if files:
            raise TransferDamaged("the service did not answer for every file that was sent")

    def _messages(self, batch: list[_File], line: ProgressLine) -> Iterator[Any]:
        request, start = message("UploadInstancesRequest"), message("InstanceStart")
        sent = self._passed_bytes
        for file in batch:
            # The label is a number: a file's name may say who the patient is.
            begin = start(label=str(file.number), byte_count=len(file.data), sha256=file.sha256)
            yield request(start=begin, data=file.data[:_MESSAGE_BYTES])
            for offset in range(_MESSAGE_BYTES, len(file.data), _MESSAGE_BYTES):
                yield request(data=file.data[offset : offset + _MESSAGE_BYTES])
            sent += len(file.data)
            self._show(sent, line)

    def _find_stored(self, file: _File) -> Optional[Any]:
        if file.study_uid is None:
            return None
        if file.study_uid not in self._stored:
            request = message("ListInstancesRequest")(study_instance_uid=file.study_uid, page_size=_LIST_PAGE)
            self._stored[file.study_uid] = {found.sha256: found for found in self._client._pages("ListInstances", request, "instances")}
        return self._stored[file.study_uid].get(file.sha256)

    @staticmethod
    def _known(file: _File, found: Any, outcome: str) -> UploadedInstance:
        return UploadedInstance(
            file.path, outcome, file.sha256, len(file.data), found.sop_instance_uid, found.series_instance_uid, found.study_instance_uid
        )

    def _pass(self, number: int, line: ProgressLine) -> None:
        self._passed_bytes += self._sizes[number]
        self._show(self._passed_bytes, line)

    def _show(self, byte_count: int, line: ProgressLine) -> None:
        line.show("upload", byte_count / max(sum(self._sizes), 1))


def files_below(paths: Paths) -> list[Path]:
    """The files of some paths, folders searched to the bottom, in order of their names; hidden files are left out.

    :raises FileNotFoundError: A path does not exist.
    """
    found: list[Path] = []
    for path in [Path(paths)] if isinstance(paths, (str, Path)) else [Path(path) for path in paths]:
        if path.is_dir():
            for folder, folders, names in os.walk(path):
                folders[:] = sorted(name for name in folders if not name.startswith("."))
                found += [Path(folder, name) for name in sorted(names) if not name.startswith(".") and Path(folder, name).is_file()]
        elif path.exists():
            found.append(path)
        else:
            raise FileNotFoundError(f"no such file or folder: {path}")
    return list(dict.fromkeys(found))
