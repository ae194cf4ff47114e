"""As much DICOM as an upload needs: is this a DICOM file, and of which study."""

from __future__ import annotations

import struct
import zlib
from typing import Optional

_PREAMBLE = 128
_IMPLICIT = "1.2.840.10008.1.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_TRANSFER_SYNTAX = (0x0002, 0x0010)
_STUDY = (0x0020, 0x000D)
_LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
_UNDEFINED = 0xFFFFFFFF
_ITEM, _ITEM_END, _SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)


def looks_like_dicom(start: bytes) -> bool:
    """True where a file may be DICOM by its first bytes: a preamble, or a data set that begins with group 0002 or 0008."""
    return start[_PREAMBLE : _PREAMBLE + 4] == b"DICM" or start[:2] in (b"\x02\x00", b"\x08\x00", b"\x00\x08")


def study_uid_of(file: bytes) -> Optional[str]:
    """The Study Instance UID; None where it cannot be read, which is for the service to judge."""
    try:
        return _study_uid_of(file)
    except (struct.error, zlib.error, UnicodeDecodeError):
        return None


def _study_uid_of(file: bytes) -> Optional[str]:
    data, position, syntax = file, 0, _IMPLICIT
    if file[_PREAMBLE : _PREAMBLE + 4] == b"DICM":
        position, syntax = _PREAMBLE + 4, ""
        while struct.unpack_from("<H", file, position)[0] == 0x0002:
            tag, start, length = _element(file, position, "<", explicit=True)
            if tag == _TRANSFER_SYNTAX:
                syntax = _text(file, start, length)
            position = start + length
    elif file[4:6].isalpha() and file[4:6].isupper():
        syntax = ""
    if syntax == _DEFLATED:
        data, position = zlib.decompressobj(-zlib.MAX_WBITS).decompress(file[position:]), 0
    order = ">" if syntax == _BIG_ENDIAN else "<"
    explicit = syntax != _IMPLICIT
    while position < len(data):
        tag, start, length = _element(data, position, order, explicit)
        if tag == _STUDY:
            return _text(data, start, length) or None
        if tag > _STUDY:
            return None
        position = _end_of_sequence(data, start, order, explicit) if length == _UNDEFINED else start + length
    return None


def _element(data: bytes, position: int, order: str, explicit: bool) -> tuple[tuple[int, int], int, int]:
    """Tag, start of the value and its length."""
    tag = struct.unpack_from(order + "HH", data, position)
    if not explicit or tag[0] == 0xFFFE:
        return tag, position + 8, struct.unpack_from(order + "I", data, position + 4)[0]
    if data[position + 4 : position + 6] in _LONG_VRS:
        return tag, position + 12, struct.unpack_from(order + "I", data, position + 8)[0]
    return tag, position + 8, struct.unpack_from(order + "H", data, position + 6)[0]


def _end_of_sequence(data: bytes, position: int, order: str, explicit: bool) -> int:
    depth = 1
    while depth > 0:
        tag, start, length = _element(data, position, order, explicit)
        if tag in (_ITEM_END, _SEQUENCE_END):
            depth -= 1
            position = start
        elif length == _UNDEFINED:
            depth += 1
            position = start
        else:
            # A whole element, or an item whose length is known.
            position = start + length
    return position


def _text(data: bytes, start: int, length: int) -> str:
    return data[start : start + length].decode("ascii").rstrip("\0 ")
