"""What scipy, scikit-image, pydicom and ITK need for pieces of the same work: a process that stays and answers one line per command.

Usage: peers.py CT_RAW SALT_RAW DICOM_FOLDER SLICES SALT_SLICES

The raw files hold 16-bit HU. Commands come on standard input; an answer is "seconds" or "seconds count digest", "absent REASON" or "failed REASON".
"""

import hashlib
import sys
import time

import numpy as np
from load_label_regionprops import import_libraries, load, tabulate

ct_path, salt_path, folder, slices, salt_slices = sys.argv[1:6]
ct = np.fromfile(ct_path, dtype=np.int16).reshape(int(slices), 512, 512)
salt = np.fromfile(salt_path, dtype=np.int16).reshape(int(salt_slices), 512, 512)
FULL = np.ones((3, 3, 3))


def digest(*arrays):
    return hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)).hexdigest()


def label(volume, threshold):
    from scipy import ndimage

    mask = volume >= threshold
    start = time.perf_counter()
    labels, count = ndimage.label(mask, FULL)
    seconds = time.perf_counter() - start
    flat = labels.ravel()
    sizes = np.bincount(flat, minlength=count + 1)[1:].astype(np.int64)
    sums = np.bincount(flat, weights=volume.ravel(), minlength=count + 1)[1:].astype(np.int64)
    return f"{seconds:.6f} {count} {digest(sizes, sums)}"


def morphology(name):
    from scipy import ndimage

    mask = ct >= 130
    start = time.perf_counter()
    result = getattr(ndimage, name)(mask, FULL)
    seconds = time.perf_counter() - start

    # scipy erodes from outside the volume, so that a closing loses set voxels at its border: the outermost voxels are not compared.
    inner = np.zeros_like(result)
    inner[1:-1, 1:-1, 1:-1] = result[1:-1, 1:-1, 1:-1]
    return f"{seconds:.6f} {np.count_nonzero(inner)} {digest(np.packbits(inner, axis=-1, bitorder='little'))}"


def timed_load():
    import pydicom  # noqa: F401  imports are not counted

    start = time.perf_counter()
    hu = load(folder)
    return f"{time.perf_counter() - start:.6f} {hu.size} {digest(hu.astype('<i2', copy=False))}"


def timed_table():
    import_libraries()
    start = time.perf_counter()
    table = tabulate(load(folder))
    seconds = time.perf_counter() - start
    area = table["area"]
    columns = [area, *(table[f"bbox-{side}"] for side in range(6)), table["intensity_max"], np.rint(table["intensity_mean"] * area)]
    return f"{seconds:.6f} {len(area)} {digest(*(column.astype(np.int64) for column in columns))}"


def itk_components():
    import itk

    image = itk.image_from_array((ct >= 130).astype(np.uint8))
    values = itk.image_from_array(ct)
    start = time.perf_counter()
    labels = itk.connected_component_image_filter(image, fully_connected=True)
    statistics = itk.LabelStatisticsImageFilter[type(values), type(labels)].New(values, labels)
    statistics.Update()
    return f"{time.perf_counter() - start:.6f}"


def versions():
    import importlib

    found = [f"Python {sys.version.split()[0]}"]
    for name in ("numpy", "scipy", "skimage", "pydicom", "itk"):
        try:
            found.append(f"{name} {importlib.import_module(name).__version__}")
        except ImportError:
            found.append(f"{name} absent")
    return ", ".join(found)


COMMANDS = {
    "versions": versions,
    "label": lambda: label(ct, 130),
    "label-noisy": lambda: label(ct, 71),
    "label-salt": lambda: label(salt, 130),
    "closing": lambda: morphology("binary_closing"),
    "opening": lambda: morphology("binary_opening"),
    "load": timed_load,
    "table": timed_table,
    "itk": itk_components,
}

for line in sys.stdin:
    try:
        print(COMMANDS[line.strip()](), flush=True)
    except ImportError as reason:
        print(f"absent {reason}", flush=True)
    except Exception as failure:  # the process answers the next command all the same
        print(f"failed {type(failure).__name__}: {failure}", flush=True)
