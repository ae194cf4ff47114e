"""Loads a CT series with pydicom, labels it and tabulates its regions with scikit-image: what a script writer does today.

Usage: load_label_regionprops.py FOLDER   (every *.dcm of FOLDER is a slice of one series)
"""

import glob
import sys
import time

import numpy as np

THRESHOLD_HU = 130


def load(folder):
    import pydicom

    slices = [pydicom.dcmread(path) for path in glob.glob(folder + "/*.dcm")]
    slices.sort(key=lambda data: float(data.ImagePositionPatient[2]))
    return np.stack([data.pixel_array for data in slices]) + np.int16(slices[0].RescaleIntercept)


def tabulate(hu):
    from skimage import measure

    labels = measure.label(hu >= THRESHOLD_HU, connectivity=3)
    return measure.regionprops_table(
        labels, intensity_image=hu, properties=("area", "bbox", "centroid", "intensity_mean", "intensity_max")
    )


def import_libraries():
    """Before anything is timed: imports are not counted."""
    import pydicom  # noqa: F401
    from skimage import measure  # noqa: F401


if __name__ == "__main__":
    import_libraries()
    start = time.perf_counter()
    hu = load(sys.argv[1])
    loaded = time.perf_counter()
    table = tabulate(hu)
    done = time.perf_counter()
    print(f"{loaded - start:.3f} {done - loaded:.3f} {len(table['area'])}")
