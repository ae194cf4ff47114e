"""Loads a CT series with pydicom, labels it and tabulates its regions with scikit-image: what a script writer does today.

Usage: load_label_regionprops.py FOLDER   (every *.dcm of FOLDER is a slice of one series)
"""

import glob
import sys
import time

import numpy as np
import pydicom
from skimage import measure

THRESHOLD_HU = 130

start = time.perf_counter()
slices = [pydicom.dcmread(path) for path in glob.glob(sys.argv[1] + "/*.dcm")]
slices.sort(key=lambda data: float(data.ImagePositionPatient[2]))
hu = np.stack([data.pixel_array for data in slices]) + np.int16(slices[0].RescaleIntercept)
loaded = time.perf_counter()
labels = measure.label(hu >= THRESHOLD_HU, connectivity=3)
table = measure.regionprops_table(
    labels, intensity_image=hu, properties=("area", "bbox", "centroid", "intensity_mean", "intensity_max")
)
done = time.perf_counter()
print(f"{loaded - start:.3f} {done - loaded:.3f} {len(table['area'])}")
