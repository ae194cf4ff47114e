"""What the service says, as plain objects.

Names are those of the contract in snake_case; units stand in the names. ``None`` means not known, not measured or without meaning for this kind:
a zero was measured. Enum values are their names without prefix, e.g. ``"SOFT_TISSUE_CALCIFICATION"``.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterable, Optional, Union

from ._contract import enum_name

if TYPE_CHECKING:
    from .client import Client


@dataclass(frozen=True)
class LpsPoint:
    """A point (mm) or a direction in the patient coordinate system."""

    x: float
    """Towards the patient's Left."""
    y: float
    """Towards Posterior."""
    z: float
    """Towards Superior."""


@dataclass(frozen=True)
class LpsBox:
    """An axis-parallel box in the patient coordinate system, mm."""

    min: LpsPoint
    max: LpsPoint


@dataclass(frozen=True)
class Interval:
    """A two-sided interval."""

    low: float
    high: float


@dataclass(frozen=True)
class PixelPoint:
    """A place in a radiograph; the centre of the first pixel of the first row is (0, 0)."""

    column: float
    row: float


@dataclass(frozen=True)
class PixelBox:
    """A box in a radiograph, both ends included."""

    min: Optional[PixelPoint]
    max: Optional[PixelPoint]


@dataclass(frozen=True)
class PixelScale:
    """Size of the pixels of a radiograph."""

    between_columns_mm: float
    between_rows_mm: float
    source: str
    """Where it is known from, e.g. ``FIDUCIAL``, ``DETECTOR_PLANE``."""
    relative_uncertainty: float
    """Standard uncertainty of a length, as a fraction."""
    origin: str
    """The attributes it was made of, in words."""


@dataclass(frozen=True)
class Film:
    """What only a radiograph has."""

    sop_instance_uid: str
    column_count: int
    row_count: int
    scale: Optional[PixelScale]
    """None where no attribute tells the size of the pixels: then areas are in pixels only."""
    view_position: Optional[str]
    intensity_origin: str
    """How stored values became attenuation, in words."""
    body_share: float
    bone_share: float
    """Part of the body's area over which bone lies, 0 to 1."""


@dataclass(frozen=True)
class SeriesIssue:
    """Something about a series that a reader of the numbers must know."""

    code: str
    """E.g. ``MISSING_SLICE``."""
    explanation: str
    """One sentence for a person."""
    sop_instance_uid: Optional[str]
    """The instance it was seen in; None where it is about the whole series."""
    refuses: bool
    """True where this alone refuses the series; False for a warning."""


@dataclass(frozen=True)
class SkippedFile:
    """A file that was not used."""

    path: str
    reason: str


@dataclass(frozen=True)
class RegionTotal:
    """Sum over the regions of one kind."""

    kind: str
    count: int
    volume_mm3: Optional[float]
    """None for radiographs, like the threshold volume."""
    threshold_volume_mm3: Optional[float]
    mass_mg: Optional[float]
    volume_interval_mm3: Optional[Interval]
    """Holds the true volume with 95 %."""
    mass_interval_mg: Optional[Interval]
    area_mm2: Optional[float]
    """Projected; radiographs only, and None where the size of the pixels is not known."""
    area_interval_mm2: Optional[Interval]
    area_pixels: Optional[float]


@dataclass(frozen=True)
class Burden:
    """Sum over the soft-tissue calcifications of one site, side and depth."""

    site: Optional[str]
    """E.g. ``FOREARM``; None where it is not known."""
    laterality: Optional[str]
    """``RIGHT``, ``LEFT`` or ``MIDLINE``; None where it is not known."""
    depth: Optional[str]
    count: int
    volume_mm3: float
    mass_mg: Optional[float]


@dataclass(frozen=True)
class SearchedCompartment:
    """A compartment of the body, whether it was searched and what was found."""

    depth: str
    state: str
    """``FOUND``, ``EMPTY``, ``NOT_SEARCHED`` or ``PARTLY_SEARCHED``."""
    count: int
    explanation: str
    """In words, with what limits the search."""


@dataclass(frozen=True)
class DepthShare:
    """Part of a region that lies in one compartment."""

    depth: str
    fraction: float
    """Of the region's voxels, 0 to 1."""


@dataclass(frozen=True)
class FluidLevel:
    """Calcium that settled below fluid inside a cystic calcification (the sedimentation sign)."""

    fluid_hu: float
    """Median above the step, HU, to 10 HU."""
    sediment_hu: float
    """Median just below the step, HU, to 10 HU."""
    level_share: float
    """Part of the fluid's lower border that lies at one height, 0 to 1."""


@dataclass(frozen=True)
class Region:
    """One finding."""

    id: int
    """Number within the report, from 1."""
    kind: str
    """E.g. ``SOFT_TISSUE_CALCIFICATION``, ``BONE``."""
    confidence: float
    """How sure the kind is, 0 to 1."""
    evidence: tuple[str, ...]
    """Why, in words and numbers."""
    component_count: int
    voxel_count: Optional[int]
    """None for radiographs, like all volumes, masses, HU and positions in the patient."""
    volume_mm3: Optional[float]
    """Best estimate; ``volume_method`` says how it was made."""
    volume_interval_mm3: Optional[Interval]
    volume_method: str
    threshold_volume_mm3: Optional[float]
    """Voxels at or above the threshold times their volume: what other tools call the volume."""
    mass_mg: Optional[float]
    """Calcium hydroxyapatite."""
    mass_interval_mg: Optional[Interval]
    mean_hu: Optional[float]
    max_hu: Optional[float]
    standard_deviation_hu: Optional[float]
    centroid_lps_mm: Optional[LpsPoint]
    bounds_lps_mm: Optional[LpsBox]
    max_diameter_mm: Optional[float]
    axial_diameter_mm: Optional[float]
    axial_perpendicular_mm: Optional[float]
    surface_mm2: Optional[float]
    depth: Optional[str]
    depth_below_skin_mm: Optional[float]
    distance_to_bone_mm: Optional[float]
    morphology: Optional[str]
    agatston: Optional[float]
    touches_border: bool
    largest_slice_index: Optional[int]
    """From 0 along the slice normal."""
    largest_slice_sop_instance_uid: Optional[str]
    seed_lps_mm: Optional[LpsPoint]
    """A point that lies in the region, unlike the centroid of a curved one."""
    structure: Optional[str]
    depth_shares: tuple[DepthShare, ...]
    """Part of it in each compartment that it reaches, outermost first; the fractions sum to 1."""
    site: Optional[str]
    """Region of the body, e.g. ``FOREARM``."""
    site_source: Optional[str]
    """E.g. ``image: lungs in the slice``."""
    laterality: Optional[str]
    """``RIGHT``, ``LEFT`` or ``MIDLINE``."""
    laterality_source: Optional[str]
    morphology_confidence: Optional[float]
    """How sure ``morphology`` is, 0 to 1."""
    possible_ossification: bool
    """A shell encloses what may be marrow: a remark, no diagnosis."""
    fluid_level: Optional[FluidLevel]
    area_mm2: Optional[float]
    """Projected area. This and all below for radiographs only; None in mm and mm2 where the size of the pixels is not known."""
    area_interval_mm2: Optional[Interval]
    area_pixels: Optional[float]
    pixel_count: Optional[int]
    centroid_pixel: Optional[PixelPoint]
    bounds_pixel: Optional[PixelBox]
    length_mm: Optional[float]
    width_mm: Optional[float]
    tier: Optional[str]
    """``PROBABLE``, ``POSSIBLE``, ``POSSIBLE_OVER_BONE`` or ``GUIDED``."""
    density_ratio: Optional[float]
    """Contrast over that of the film's own cortex."""
    density_grade: Optional[str]
    """``FAINT``, ``MODERATE`` or ``DENSE``."""
    contrast_to_noise: Optional[float]
    name: Optional[str]
    """What a reader called the place that was pointed at."""


@dataclass(frozen=True)
class Acquisition:
    """Header facts of a series."""

    study_instance_uid: Optional[str]
    frame_of_reference_uid: Optional[str]
    stack_number: int
    stack_count: int
    kvp: Optional[float]
    convolution_kernel: Optional[str]
    slice_thickness_mm: Optional[float]
    reconstruction_diameter_mm: Optional[float]
    tilt_degrees: float
    patient_position: Optional[str]
    body_part_examined: Optional[str]
    manufacturer: Optional[str]
    manufacturer_model_name: Optional[str]
    contrast_in_header: Optional[bool]
    greatest_expressible_hu: Optional[float]
    laterality: Optional[str]
    """As the header has it: ``R``, ``L``, ``U`` or ``B``."""
    laterality_source: Optional[str]


@dataclass(frozen=True)
class VolumeGeometry:
    """Where the measured voxels lie."""

    column_count: int
    row_count: int
    slice_count: int
    between_columns_mm: float
    between_rows_mm: float
    between_slices_mm: float
    column_direction: Optional[LpsPoint]
    row_direction: Optional[LpsPoint]
    first_slice_origin_lps_mm: Optional[LpsPoint]
    last_slice_origin_lps_mm: Optional[LpsPoint]


@dataclass(frozen=True)
class CalibrationRod:
    """A rod of known density in a scan."""

    point_lps_mm: LpsPoint
    diameter_mm: float
    density_mg_per_cm3: float


@dataclass(frozen=True)
class MeasuredRod:
    """What a rod shows in a scan."""

    rod: CalibrationRod
    mean_hu: float
    standard_deviation_hu: float
    slice_count: int
    residual_hu: Optional[float]
    """Mean less what the calibration line gives at its density; None where there is no line."""


@dataclass(frozen=True)
class MeasurementParameters:
    """What the numbers were made with."""

    threshold_hu: float
    threshold_origin: str
    connectivity: str
    milligrams_per_cm3_per_hu: float
    calibration_origin: str
    noise_hu: Optional[float]
    in_plane_blur_mm: Optional[float]
    blur_origin: Optional[str]
    """``measured at the skin``, with its limits where patches of skin disagree, or ``assumed``."""
    bone_origin: Optional[str]
    calibration_source: str
    """``TUBE_VOLTAGE_DEFAULT``, ``STORED_SCANNER``, ``RODS_IN_SCAN`` or ``REQUESTED``."""
    calibration_intercept_hu: float
    """HU of the material without calcium; 0 where nobody measured it."""
    calibration_tolerance: float
    """Half of the 95 % interval of the factor, as a share of it."""
    calibration_rods: tuple[MeasuredRod, ...]
    calibration_intercept_tolerance_hu: float
    """Half of the 95 % interval of the intercept, HU."""
    slice_profile: Optional[str]
    """Shape of the slice profile and where it comes from: ``rectangle, assumed``, ``bell, seen in 5 deposits``."""


@dataclass(frozen=True)
class StageTime:
    """How long one stage of an analysis took."""

    stage: str
    milliseconds: float
    voxels_per_second: float


@dataclass(frozen=True)
class RegionCorrection:
    """What a reader said of a region, as it was applied."""

    region_id: int
    was: str
    """The kind before; ``from`` in the contract, which is no name in Python."""
    to: str
    who: str
    when: Optional[datetime.datetime]
    why: str
    point_lps_mm: Optional[LpsPoint]


@dataclass(frozen=True)
class Report:
    """What one stack of one series shows."""

    series_instance_uid: str
    modality: str
    verdict: str
    """``ACCEPTED``, ``ACCEPTED_WITH_WARNINGS`` or ``REFUSED``."""
    issues: tuple[SeriesIssue, ...]
    """Everything to bear in mind; refusals first."""
    totals: tuple[RegionTotal, ...]
    regions: tuple[Region, ...]
    """Deposits first, by falling volume."""
    acquisition: Optional[Acquisition]
    geometry: Optional[VolumeGeometry]
    parameters: Optional[MeasurementParameters]
    algorithm_version: str
    input_sha256: Optional[str]
    stage_times: tuple[StageTime, ...]
    """About this run: the only part that differs when the same series is analysed again."""
    corrections: tuple[RegionCorrection, ...]
    """What readers corrected, in order; regions and totals have it."""
    burden: tuple[Burden, ...]
    """The soft-tissue calcifications by site, side and depth."""
    searched: tuple[SearchedCompartment, ...]
    """The compartments that were searched, from the skin inwards: the explicit negatives."""
    film: Optional[Film]
    """Of a radiograph: regions and totals hold projected areas then, and no volume, mass or HU. None for CT."""

    def rows(self) -> list[dict[str, Any]]:
        """One flat dict per region, the same keys in each, for ``pandas.DataFrame``."""
        stack = self.acquisition.stack_number if self.acquisition else None
        return [{"series_instance_uid": self.series_instance_uid, "stack_number": stack, **_flat(region)} for region in self.regions]


@dataclass(frozen=True)
class Series:
    """One series of the store or of a server folder."""

    series_instance_uid: str
    study_instance_uid: str
    modality: str
    instance_count: int
    byte_count: Optional[int]
    create_time: Optional[datetime.datetime]
    update_time: Optional[datetime.datetime]


@dataclass(frozen=True)
class SeriesStack:
    """Slices that are measured as one volume, and what their headers allow to say."""

    verdict: str
    issues: tuple[SeriesIssue, ...]
    slice_count: int
    acquisition: Optional[Acquisition]
    geometry: Optional[VolumeGeometry]


@dataclass(frozen=True)
class SeriesVerdict:
    """Whether a series could be measured, from its headers alone: pixels may still refuse it."""

    series: Series
    stacks: tuple[SeriesStack, ...]
    skipped: tuple[SkippedFile, ...]

    @property
    def is_accepted(self) -> bool:
        """True where at least one stack could be measured."""
        return any(stack.verdict != "REFUSED" for stack in self.stacks)

    @property
    def issues(self) -> tuple[SeriesIssue, ...]:
        """The issues of all stacks."""
        return tuple(issue for stack in self.stacks for issue in stack.issues)


@dataclass(frozen=True)
class DeletedStudy:
    """What went with a study."""

    instance_count: int
    byte_count: int
    analysis_count: int


@dataclass(frozen=True)
class UploadedInstance:
    """What became of one local file."""

    path: Path
    outcome: str
    """``STORED``, ``ALREADY_STORED`` or ``REJECTED``."""
    sha256: str = ""
    byte_count: int = 0
    sop_instance_uid: Optional[str] = None
    series_instance_uid: Optional[str] = None
    study_instance_uid: Optional[str] = None
    reason: str = ""
    """Why it was rejected, for programs; empty where it was not."""
    message: str = ""
    """Why it was rejected, in words."""


@dataclass(frozen=True)
class UploadResult:
    """What became of an upload, file by file."""

    instances: tuple[UploadedInstance, ...]

    @property
    def series_uids(self) -> list[str]:
        """The series of the files that are in the store now, sorted."""
        return sorted({found.series_instance_uid for found in self.instances if found.series_instance_uid and found.outcome != "REJECTED"})

    @property
    def study_uids(self) -> list[str]:
        """The studies of the files that are in the store now, sorted."""
        return sorted({found.study_instance_uid for found in self.instances if found.study_instance_uid and found.outcome != "REJECTED"})

    @property
    def rejected(self) -> list[UploadedInstance]:
        """Files that are not in the store, each with its reason."""
        return [found for found in self.instances if found.outcome == "REJECTED"]

    def __str__(self) -> str:
        counts = {outcome: sum(found.outcome == outcome for found in self.instances) for outcome in ("STORED", "ALREADY_STORED", "REJECTED")}
        return f"{counts['STORED']} stored, {counts['ALREADY_STORED']} already stored, {counts['REJECTED']} rejected; {len(self.series_uids)} series"


@dataclass(frozen=True)
class Analysis:
    """One analysis of one series; its reports once it has ended."""

    name: str
    """Resource name, ``analyses/{id}``."""
    series_instance_uid: str
    server_folder: str
    state: str
    """``QUEUED``, ``RUNNING``, ``SUCCEEDED``, ``FAILED`` or ``CANCELLED``."""
    stage: str
    """Running stage; empty unless it runs."""
    stage_fraction: float
    queue_position: int
    artifacts: tuple[str, ...]
    create_time: Optional[datetime.datetime]
    start_time: Optional[datetime.datetime]
    end_time: Optional[datetime.datetime]
    reason: str
    """Why it failed or was refused, for programs; empty where it was not."""
    message: str
    """Why it failed or was refused, in words."""
    algorithm_version: str
    correction_count: int = 0
    """Corrections that readers made; the reports list them."""
    reports: tuple[Report, ...] = ()
    """One per stack; empty until it is waited for."""
    skipped: tuple[SkippedFile, ...] = ()
    _code: str = field(default="", repr=False)
    _client: Optional[Client] = field(default=None, repr=False, compare=False)

    @property
    def has_ended(self) -> bool:
        """True where nothing will change any more."""
        return self.state in ("SUCCEEDED", "FAILED", "CANCELLED")

    def rows(self, kinds: Iterable[str] = ()) -> list[dict[str, Any]]:
        """One flat dict per region of all reports, the same keys in each: ``pandas.DataFrame(analysis.rows())``.

        :param kinds: Only these, e.g. ``["SOFT_TISSUE_CALCIFICATION"]``; empty for all.
        """
        wanted = set(kinds)
        return [row for report in self.reports for row in report.rows() if not wanted or row["kind"] in wanted]

    def save(self, folder: Union[str, Path]) -> list[Path]:
        """Downloads reports (JSON, CSV) and every artifact that was asked for, checked by SHA-256.

        :param folder: Made where it does not exist.
        :returns: The files written.
        """
        if self._client is None:
            raise ValueError("this analysis was not made by a client")
        kinds = ("JSON", "CSV", *(kind for kind in self.artifacts if kind not in ("JSON", "CSV")))
        return [path for kind in kinds for path in self._client.download(self, kind, folder)]


def _flat(region: Region) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in (found.name for found in dataclasses.fields(region)):
        value = getattr(region, name)
        if name == "centroid_lps_mm":
            row.update(_flat_point("centroid", value))
        elif name == "seed_lps_mm":
            row.update(_flat_point("seed", value))
        elif name == "bounds_lps_mm":
            row.update(_flat_point("min", value and value.min))
            row.update(_flat_point("max", value and value.max))
        elif name == "centroid_pixel":
            row.update(_flat_pixel("centroid", value))
        elif name == "bounds_pixel":
            row.update(_flat_pixel("min", value and value.min))
            row.update(_flat_pixel("max", value and value.max))
        elif name in ("volume_interval_mm3", "mass_interval_mg", "area_interval_mm2"):
            quantity, _, unit = name.split("_")
            row[f"{quantity}_low_{unit}"] = value and value.low
            row[f"{quantity}_high_{unit}"] = value and value.high
        elif name == "fluid_level":
            row.update({found.name: value and getattr(value, found.name) for found in dataclasses.fields(FluidLevel)})
        elif name == "depth_shares":
            row[name] = "; ".join(f"{share.depth} {share.fraction!r}" for share in value)
        elif name == "evidence":
            row[name] = "; ".join(value)
        else:
            row[name] = value
    return row


def _flat_point(name: str, point: Optional[LpsPoint]) -> dict[str, Optional[float]]:
    return {f"{name}_{axis}_lps_mm": point and getattr(point, axis) for axis in "xyz"}


def _flat_pixel(name: str, point: Optional[PixelPoint]) -> dict[str, Optional[float]]:
    return {f"{name}_{axis}_pixel": point and getattr(point, axis) for axis in ("column", "row")}


_CLASSES = {
    "AnalysisReport": Report,
    **{
        made.__name__: made
        for made in (
            LpsPoint,
            LpsBox,
            Interval,
            PixelPoint,
            PixelBox,
            PixelScale,
            Film,
            SeriesIssue,
            StageTime,
            SkippedFile,
            RegionTotal,
            Burden,
            SearchedCompartment,
            DepthShare,
            FluidLevel,
            Region,
            RegionCorrection,
            Acquisition,
            VolumeGeometry,
            CalibrationRod,
            MeasuredRod,
            MeasurementParameters,
            Series,
            SeriesStack,
        )
    },
}


# Fields whose name in the contract is a word of Python's own.
_FIELDS = {"was": "from"}


def from_message(source: Any) -> Any:
    """A message of the contract as the object of the same name."""
    made = _CLASSES[source.DESCRIPTOR.name]
    descriptors = source.DESCRIPTOR.fields_by_name
    return made(**{found.name: _value(source, descriptors[_FIELDS.get(found.name, found.name)]) for found in dataclasses.fields(made)})


def _value(source: Any, descriptor: Any) -> Any:
    value = getattr(source, descriptor.name)
    if _is_repeated(descriptor):
        return tuple(_single(item, descriptor) for item in value)
    # Only messages and optional fields know whether they are there.
    if descriptor.has_presence and not source.HasField(descriptor.name):
        return None
    return _single(value, descriptor)


def _is_repeated(descriptor: Any) -> bool:
    # Newer versions of protobuf have the one, older ones the other.
    return descriptor.is_repeated if hasattr(descriptor, "is_repeated") else descriptor.label == descriptor.LABEL_REPEATED


def _single(value: Any, descriptor: Any) -> Any:
    if descriptor.enum_type is not None:
        return enum_name(descriptor.enum_type, value)
    if descriptor.message_type is None:
        return value
    if descriptor.message_type.full_name == "google.protobuf.Timestamp":
        return time_of(value)
    return from_message(value)


def time_of(timestamp: Any) -> datetime.datetime:
    """A timestamp as a time in UTC."""
    whole = datetime.datetime.fromtimestamp(timestamp.seconds, datetime.timezone.utc)
    return whole + datetime.timedelta(microseconds=timestamp.nanos // 1000)
