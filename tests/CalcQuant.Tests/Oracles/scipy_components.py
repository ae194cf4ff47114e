"""Labels volumes with scipy.ndimage: the reference for CalcQuant's connected components.

usage: scipy_components.py FOLDER
FOLDER/volumes.tsv: name, columns, rows, slices, numpy type, least value of the foreground, connectivity (6, 18, 26).
FOLDER/<name>.raw: the voxels, column fastest. Writes FOLDER/<name>.<connectivity>.tsv, one line per component:
voxels, sum, maximum, sum of columns, rows, slices, first and last column, row, slice.
"""
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage

RANK = {6: 1, 18: 2, 26: 3}

folder = Path(sys.argv[1])
for line in (folder / "volumes.tsv").read_text().splitlines():
    name, columns, rows, slices, dtype, threshold, connectivity = line.split("\t")
    shape = int(slices), int(rows), int(columns)
    volume = np.fromfile(folder / f"{name}.raw", dtype).reshape(shape)
    structure = ndimage.generate_binary_structure(3, RANK[int(connectivity)])
    labels, count = ndimage.label(volume >= float(threshold), structure)
    lines = []
    if count:
        z, y, x = np.nonzero(labels)
        label = labels[z, y, x]
        hu = volume[z, y, x].astype(np.float64)
        sums = [np.bincount(label, weights, count + 1)[1:] for weights in (np.ones(len(label)), hu, x, y, z)]
        maxima = ndimage.maximum(volume, labels, np.arange(1, count + 1))
        for i, (bz, by, bx) in enumerate(ndimage.find_objects(labels)):
            voxels, total, sx, sy, sz = (s[i] for s in sums)
            lines.append([int(voxels), repr(float(total)), repr(float(maxima[i])), int(sx), int(sy), int(sz),
                          bx.start, bx.stop - 1, by.start, by.stop - 1, bz.start, bz.stop - 1])
    (folder / f"{name}.{connectivity}.tsv").write_text("".join("\t".join(map(str, row)) + "\n" for row in lines))
