namespace CalcQuant.Dicom.Encoding;

/// <summary>
/// The tags used here by the keyword of the data dictionary (PS3.6 chapters 6 to 8), in order. Overlay tags stand for the first overlay
/// group, 6000; the others repeat every second group up to 601E.
/// </summary>
public static class DicomTags
{
    /// <summary>File Meta Information Group Length (0002,0000), UL.</summary>
    public static readonly DicomTag FileMetaInformationGroupLength = new(0x0002, 0x0000);

    /// <summary>File Meta Information Version (0002,0001), OB.</summary>
    public static readonly DicomTag FileMetaInformationVersion = new(0x0002, 0x0001);

    /// <summary>Media Storage SOP Class UID (0002,0002), UI.</summary>
    public static readonly DicomTag MediaStorageSOPClassUID = new(0x0002, 0x0002);

    /// <summary>Media Storage SOP Instance UID (0002,0003), UI.</summary>
    public static readonly DicomTag MediaStorageSOPInstanceUID = new(0x0002, 0x0003);

    /// <summary>Transfer Syntax UID (0002,0010), UI.</summary>
    public static readonly DicomTag TransferSyntaxUID = new(0x0002, 0x0010);

    /// <summary>Implementation Class UID (0002,0012), UI.</summary>
    public static readonly DicomTag ImplementationClassUID = new(0x0002, 0x0012);

    /// <summary>Implementation Version Name (0002,0013), SH.</summary>
    public static readonly DicomTag ImplementationVersionName = new(0x0002, 0x0013);

    /// <summary>Source Application Entity Title (0002,0016), AE.</summary>
    public static readonly DicomTag SourceApplicationEntityTitle = new(0x0002, 0x0016);

    /// <summary>File-set ID (0004,1130), CS.</summary>
    public static readonly DicomTag FileSetID = new(0x0004, 0x1130);

    /// <summary>Offset of the First Directory Record of the Root Directory Entity (0004,1200), UL.</summary>
    public static readonly DicomTag OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = new(0x0004, 0x1200);

    /// <summary>Offset of the Last Directory Record of the Root Directory Entity (0004,1202), UL.</summary>
    public static readonly DicomTag OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = new(0x0004, 0x1202);

    /// <summary>File-set Consistency Flag (0004,1212), US.</summary>
    public static readonly DicomTag FileSetConsistencyFlag = new(0x0004, 0x1212);

    /// <summary>Directory Record Sequence (0004,1220), SQ.</summary>
    public static readonly DicomTag DirectoryRecordSequence = new(0x0004, 0x1220);

    /// <summary>Offset of the Next Directory Record (0004,1400), UL.</summary>
    public static readonly DicomTag OffsetOfTheNextDirectoryRecord = new(0x0004, 0x1400);

    /// <summary>Record In-use Flag (0004,1410), US.</summary>
    public static readonly DicomTag RecordInUseFlag = new(0x0004, 0x1410);

    /// <summary>Offset of Referenced Lower-Level Directory Entity (0004,1420), UL.</summary>
    public static readonly DicomTag OffsetOfReferencedLowerLevelDirectoryEntity = new(0x0004, 0x1420);

    /// <summary>Directory Record Type (0004,1430), CS.</summary>
    public static readonly DicomTag DirectoryRecordType = new(0x0004, 0x1430);

    /// <summary>Referenced File ID (0004,1500), CS.</summary>
    public static readonly DicomTag ReferencedFileID = new(0x0004, 0x1500);

    /// <summary>Referenced SOP Class UID in File (0004,1510), UI.</summary>
    public static readonly DicomTag ReferencedSOPClassUIDInFile = new(0x0004, 0x1510);

    /// <summary>Referenced SOP Instance UID in File (0004,1511), UI.</summary>
    public static readonly DicomTag ReferencedSOPInstanceUIDInFile = new(0x0004, 0x1511);

    /// <summary>Referenced Transfer Syntax UID in File (0004,1512), UI.</summary>
    public static readonly DicomTag ReferencedTransferSyntaxUIDInFile = new(0x0004, 0x1512);

    /// <summary>Specific Character Set (0008,0005), CS.</summary>
    public static readonly DicomTag SpecificCharacterSet = new(0x0008, 0x0005);

    /// <summary>Language Code Sequence (0008,0006), SQ.</summary>
    public static readonly DicomTag LanguageCodeSequence = new(0x0008, 0x0006);

    /// <summary>Image Type (0008,0008), CS.</summary>
    public static readonly DicomTag ImageType = new(0x0008, 0x0008);

    /// <summary>Instance Creation Date (0008,0012), DA.</summary>
    public static readonly DicomTag InstanceCreationDate = new(0x0008, 0x0012);

    /// <summary>Instance Creation Time (0008,0013), TM.</summary>
    public static readonly DicomTag InstanceCreationTime = new(0x0008, 0x0013);

    /// <summary>Instance Creator UID (0008,0014), UI.</summary>
    public static readonly DicomTag InstanceCreatorUID = new(0x0008, 0x0014);

    /// <summary>SOP Class UID (0008,0016), UI.</summary>
    public static readonly DicomTag SOPClassUID = new(0x0008, 0x0016);

    /// <summary>SOP Instance UID (0008,0018), UI.</summary>
    public static readonly DicomTag SOPInstanceUID = new(0x0008, 0x0018);

    /// <summary>Study Date (0008,0020), DA.</summary>
    public static readonly DicomTag StudyDate = new(0x0008, 0x0020);

    /// <summary>Series Date (0008,0021), DA.</summary>
    public static readonly DicomTag SeriesDate = new(0x0008, 0x0021);

    /// <summary>Acquisition Date (0008,0022), DA.</summary>
    public static readonly DicomTag AcquisitionDate = new(0x0008, 0x0022);

    /// <summary>Content Date (0008,0023), DA.</summary>
    public static readonly DicomTag ContentDate = new(0x0008, 0x0023);

    /// <summary>Acquisition DateTime (0008,002A), DT.</summary>
    public static readonly DicomTag AcquisitionDateTime = new(0x0008, 0x002A);

    /// <summary>Study Time (0008,0030), TM.</summary>
    public static readonly DicomTag StudyTime = new(0x0008, 0x0030);

    /// <summary>Series Time (0008,0031), TM.</summary>
    public static readonly DicomTag SeriesTime = new(0x0008, 0x0031);

    /// <summary>Acquisition Time (0008,0032), TM.</summary>
    public static readonly DicomTag AcquisitionTime = new(0x0008, 0x0032);

    /// <summary>Content Time (0008,0033), TM.</summary>
    public static readonly DicomTag ContentTime = new(0x0008, 0x0033);

    /// <summary>Accession Number (0008,0050), SH.</summary>
    public static readonly DicomTag AccessionNumber = new(0x0008, 0x0050);

    /// <summary>Modality (0008,0060), CS.</summary>
    public static readonly DicomTag Modality = new(0x0008, 0x0060);

    /// <summary>Conversion Type (0008,0064), CS.</summary>
    public static readonly DicomTag ConversionType = new(0x0008, 0x0064);

    /// <summary>Presentation Intent Type (0008,0068), CS.</summary>
    public static readonly DicomTag PresentationIntentType = new(0x0008, 0x0068);

    /// <summary>Manufacturer (0008,0070), LO.</summary>
    public static readonly DicomTag Manufacturer = new(0x0008, 0x0070);

    /// <summary>Institution Name (0008,0080), LO.</summary>
    public static readonly DicomTag InstitutionName = new(0x0008, 0x0080);

    /// <summary>Referring Physician's Name (0008,0090), PN.</summary>
    public static readonly DicomTag ReferringPhysicianName = new(0x0008, 0x0090);

    /// <summary>Code Value (0008,0100), SH.</summary>
    public static readonly DicomTag CodeValue = new(0x0008, 0x0100);

    /// <summary>Coding Scheme Designator (0008,0102), SH.</summary>
    public static readonly DicomTag CodingSchemeDesignator = new(0x0008, 0x0102);

    /// <summary>Coding Scheme Version (0008,0103), SH.</summary>
    public static readonly DicomTag CodingSchemeVersion = new(0x0008, 0x0103);

    /// <summary>Code Meaning (0008,0104), LO.</summary>
    public static readonly DicomTag CodeMeaning = new(0x0008, 0x0104);

    /// <summary>Mapping Resource (0008,0105), CS.</summary>
    public static readonly DicomTag MappingResource = new(0x0008, 0x0105);

    /// <summary>Context Group Version (0008,0106), DT.</summary>
    public static readonly DicomTag ContextGroupVersion = new(0x0008, 0x0106);

    /// <summary>Context Identifier (0008,010F), CS.</summary>
    public static readonly DicomTag ContextIdentifier = new(0x0008, 0x010F);

    /// <summary>Context UID (0008,0117), UI.</summary>
    public static readonly DicomTag ContextUID = new(0x0008, 0x0117);

    /// <summary>Mapping Resource UID (0008,0118), UI.</summary>
    public static readonly DicomTag MappingResourceUID = new(0x0008, 0x0118);

    /// <summary>Long Code Value (0008,0119), UC.</summary>
    public static readonly DicomTag LongCodeValue = new(0x0008, 0x0119);

    /// <summary>URN Code Value (0008,0120), UR.</summary>
    public static readonly DicomTag URNCodeValue = new(0x0008, 0x0120);

    /// <summary>Timezone Offset From UTC (0008,0201), SH.</summary>
    public static readonly DicomTag TimezoneOffsetFromUTC = new(0x0008, 0x0201);

    /// <summary>Station Name (0008,1010), SH.</summary>
    public static readonly DicomTag StationName = new(0x0008, 0x1010);

    /// <summary>Study Description (0008,1030), LO.</summary>
    public static readonly DicomTag StudyDescription = new(0x0008, 0x1030);

    /// <summary>Procedure Code Sequence (0008,1032), SQ.</summary>
    public static readonly DicomTag ProcedureCodeSequence = new(0x0008, 0x1032);

    /// <summary>Series Description (0008,103E), LO.</summary>
    public static readonly DicomTag SeriesDescription = new(0x0008, 0x103E);

    /// <summary>Institutional Department Name (0008,1040), LO.</summary>
    public static readonly DicomTag InstitutionalDepartmentName = new(0x0008, 0x1040);

    /// <summary>Performing Physician's Name (0008,1050), PN.</summary>
    public static readonly DicomTag PerformingPhysicianName = new(0x0008, 0x1050);

    /// <summary>Operators' Name (0008,1070), PN.</summary>
    public static readonly DicomTag OperatorsName = new(0x0008, 0x1070);

    /// <summary>Manufacturer's Model Name (0008,1090), LO.</summary>
    public static readonly DicomTag ManufacturerModelName = new(0x0008, 0x1090);

    /// <summary>Referenced Study Sequence (0008,1110), SQ.</summary>
    public static readonly DicomTag ReferencedStudySequence = new(0x0008, 0x1110);

    /// <summary>Referenced Performed Procedure Step Sequence (0008,1111), SQ.</summary>
    public static readonly DicomTag ReferencedPerformedProcedureStepSequence = new(0x0008, 0x1111);

    /// <summary>Referenced Series Sequence (0008,1115), SQ.</summary>
    public static readonly DicomTag ReferencedSeriesSequence = new(0x0008, 0x1115);

    /// <summary>Referenced Image Sequence (0008,1140), SQ.</summary>
    public static readonly DicomTag ReferencedImageSequence = new(0x0008, 0x1140);

    /// <summary>Referenced Instance Sequence (0008,114A), SQ.</summary>
    public static readonly DicomTag ReferencedInstanceSequence = new(0x0008, 0x114A);

    /// <summary>Referenced SOP Class UID (0008,1150), UI.</summary>
    public static readonly DicomTag ReferencedSOPClassUID = new(0x0008, 0x1150);

    /// <summary>Referenced SOP Instance UID (0008,1155), UI.</summary>
    public static readonly DicomTag ReferencedSOPInstanceUID = new(0x0008, 0x1155);

    /// <summary>Referenced Frame Number (0008,1160), IS.</summary>
    public static readonly DicomTag ReferencedFrameNumber = new(0x0008, 0x1160);

    /// <summary>Derivation Description (0008,2111), ST.</summary>
    public static readonly DicomTag DerivationDescription = new(0x0008, 0x2111);

    /// <summary>Source Image Sequence (0008,2112), SQ.</summary>
    public static readonly DicomTag SourceImageSequence = new(0x0008, 0x2112);

    /// <summary>Anatomic Region Sequence (0008,2218), SQ.</summary>
    public static readonly DicomTag AnatomicRegionSequence = new(0x0008, 0x2218);

    /// <summary>Anatomic Region Modifier Sequence (0008,2220), SQ.</summary>
    public static readonly DicomTag AnatomicRegionModifierSequence = new(0x0008, 0x2220);

    /// <summary>Primary Anatomic Structure Sequence (0008,2228), SQ.</summary>
    public static readonly DicomTag PrimaryAnatomicStructureSequence = new(0x0008, 0x2228);

    /// <summary>Irradiation Event UID (0008,3010), UI.</summary>
    public static readonly DicomTag IrradiationEventUID = new(0x0008, 0x3010);

    /// <summary>Frame Type (0008,9007), CS.</summary>
    public static readonly DicomTag FrameType = new(0x0008, 0x9007);

    /// <summary>Referenced Image Evidence Sequence (0008,9092), SQ.</summary>
    public static readonly DicomTag ReferencedImageEvidenceSequence = new(0x0008, 0x9092);

    /// <summary>Derivation Image Sequence (0008,9124), SQ.</summary>
    public static readonly DicomTag DerivationImageSequence = new(0x0008, 0x9124);

    /// <summary>Pixel Presentation (0008,9205), CS.</summary>
    public static readonly DicomTag PixelPresentation = new(0x0008, 0x9205);

    /// <summary>Volumetric Properties (0008,9206), CS.</summary>
    public static readonly DicomTag VolumetricProperties = new(0x0008, 0x9206);

    /// <summary>Volume Based Calculation Technique (0008,9207), CS.</summary>
    public static readonly DicomTag VolumeBasedCalculationTechnique = new(0x0008, 0x9207);

    /// <summary>Derivation Code Sequence (0008,9215), SQ.</summary>
    public static readonly DicomTag DerivationCodeSequence = new(0x0008, 0x9215);

    /// <summary>Patient's Name (0010,0010), PN.</summary>
    public static readonly DicomTag PatientName = new(0x0010, 0x0010);

    /// <summary>Patient ID (0010,0020), LO.</summary>
    public static readonly DicomTag PatientID = new(0x0010, 0x0020);

    /// <summary>Issuer of Patient ID (0010,0021), LO.</summary>
    public static readonly DicomTag IssuerOfPatientID = new(0x0010, 0x0021);

    /// <summary>Patient's Birth Date (0010,0030), DA.</summary>
    public static readonly DicomTag PatientBirthDate = new(0x0010, 0x0030);

    /// <summary>Patient's Sex (0010,0040), CS.</summary>
    public static readonly DicomTag PatientSex = new(0x0010, 0x0040);

    /// <summary>Other Patient IDs (0010,1000), LO.</summary>
    public static readonly DicomTag OtherPatientIDs = new(0x0010, 0x1000);

    /// <summary>Patient's Age (0010,1010), AS.</summary>
    public static readonly DicomTag PatientAge = new(0x0010, 0x1010);

    /// <summary>Patient's Size (0010,1020), DS.</summary>
    public static readonly DicomTag PatientSize = new(0x0010, 0x1020);

    /// <summary>Patient's Weight (0010,1030), DS.</summary>
    public static readonly DicomTag PatientWeight = new(0x0010, 0x1030);

    /// <summary>Patient Comments (0010,4000), LT.</summary>
    public static readonly DicomTag PatientComments = new(0x0010, 0x4000);

    /// <summary>Patient Identity Removed (0012,0062), CS.</summary>
    public static readonly DicomTag PatientIdentityRemoved = new(0x0012, 0x0062);

    /// <summary>De-identification Method (0012,0063), LO.</summary>
    public static readonly DicomTag DeidentificationMethod = new(0x0012, 0x0063);

    /// <summary>Contrast/Bolus Agent (0018,0010), LO.</summary>
    public static readonly DicomTag ContrastBolusAgent = new(0x0018, 0x0010);

    /// <summary>Contrast/Bolus Agent Sequence (0018,0012), SQ.</summary>
    public static readonly DicomTag ContrastBolusAgentSequence = new(0x0018, 0x0012);

    /// <summary>Contrast/Bolus Administration Route Sequence (0018,0014), SQ.</summary>
    public static readonly DicomTag ContrastBolusAdministrationRouteSequence = new(0x0018, 0x0014);

    /// <summary>Body Part Examined (0018,0015), CS.</summary>
    public static readonly DicomTag BodyPartExamined = new(0x0018, 0x0015);

    /// <summary>Scan Options (0018,0022), CS.</summary>
    public static readonly DicomTag ScanOptions = new(0x0018, 0x0022);

    /// <summary>Slice Thickness (0018,0050), DS.</summary>
    public static readonly DicomTag SliceThickness = new(0x0018, 0x0050);

    /// <summary>KVP (0018,0060), DS.</summary>
    public static readonly DicomTag KVP = new(0x0018, 0x0060);

    /// <summary>Spacing Between Slices (0018,0088), DS.</summary>
    public static readonly DicomTag SpacingBetweenSlices = new(0x0018, 0x0088);

    /// <summary>Data Collection Diameter (0018,0090), DS.</summary>
    public static readonly DicomTag DataCollectionDiameter = new(0x0018, 0x0090);

    /// <summary>Device Serial Number (0018,1000), LO.</summary>
    public static readonly DicomTag DeviceSerialNumber = new(0x0018, 0x1000);

    /// <summary>Software Versions (0018,1020), LO.</summary>
    public static readonly DicomTag SoftwareVersions = new(0x0018, 0x1020);

    /// <summary>Protocol Name (0018,1030), LO.</summary>
    public static readonly DicomTag ProtocolName = new(0x0018, 0x1030);

    /// <summary>Contrast/Bolus Route (0018,1040), LO.</summary>
    public static readonly DicomTag ContrastBolusRoute = new(0x0018, 0x1040);

    /// <summary>Contrast/Bolus Volume (0018,1041), DS.</summary>
    public static readonly DicomTag ContrastBolusVolume = new(0x0018, 0x1041);

    /// <summary>Contrast/Bolus Start Time (0018,1042), TM.</summary>
    public static readonly DicomTag ContrastBolusStartTime = new(0x0018, 0x1042);

    /// <summary>Contrast/Bolus Stop Time (0018,1043), TM.</summary>
    public static readonly DicomTag ContrastBolusStopTime = new(0x0018, 0x1043);

    /// <summary>Contrast/Bolus Total Dose (0018,1044), DS.</summary>
    public static readonly DicomTag ContrastBolusTotalDose = new(0x0018, 0x1044);

    /// <summary>Reconstruction Diameter (0018,1100), DS.</summary>
    public static readonly DicomTag ReconstructionDiameter = new(0x0018, 0x1100);

    /// <summary>Distance Source to Detector (0018,1110), DS.</summary>
    public static readonly DicomTag DistanceSourceToDetector = new(0x0018, 0x1110);

    /// <summary>Distance Source to Patient (0018,1111), DS.</summary>
    public static readonly DicomTag DistanceSourceToPatient = new(0x0018, 0x1111);

    /// <summary>Estimated Radiographic Magnification Factor (0018,1114), DS.</summary>
    public static readonly DicomTag EstimatedRadiographicMagnificationFactor = new(0x0018, 0x1114);

    /// <summary>Gantry/Detector Tilt (0018,1120), DS.</summary>
    public static readonly DicomTag GantryDetectorTilt = new(0x0018, 0x1120);

    /// <summary>Table Height (0018,1130), DS.</summary>
    public static readonly DicomTag TableHeight = new(0x0018, 0x1130);

    /// <summary>Rotation Direction (0018,1140), CS.</summary>
    public static readonly DicomTag RotationDirection = new(0x0018, 0x1140);

    /// <summary>Exposure Time (0018,1150), IS.</summary>
    public static readonly DicomTag ExposureTime = new(0x0018, 0x1150);

    /// <summary>X-Ray Tube Current (0018,1151), IS.</summary>
    public static readonly DicomTag XRayTubeCurrent = new(0x0018, 0x1151);

    /// <summary>Exposure (0018,1152), IS.</summary>
    public static readonly DicomTag Exposure = new(0x0018, 0x1152);

    /// <summary>Filter Type (0018,1160), SH.</summary>
    public static readonly DicomTag FilterType = new(0x0018, 0x1160);

    /// <summary>Imager Pixel Spacing (0018,1164), DS.</summary>
    public static readonly DicomTag ImagerPixelSpacing = new(0x0018, 0x1164);

    /// <summary>Generator Power (0018,1170), IS.</summary>
    public static readonly DicomTag GeneratorPower = new(0x0018, 0x1170);

    /// <summary>Focal Spot(s) (0018,1190), DS.</summary>
    public static readonly DicomTag FocalSpots = new(0x0018, 0x1190);

    /// <summary>Convolution Kernel (0018,1210), SH.</summary>
    public static readonly DicomTag ConvolutionKernel = new(0x0018, 0x1210);

    /// <summary>Shutter Shape (0018,1600), CS.</summary>
    public static readonly DicomTag ShutterShape = new(0x0018, 0x1600);

    /// <summary>Nominal Scanned Pixel Spacing (0018,2010), DS.</summary>
    public static readonly DicomTag NominalScannedPixelSpacing = new(0x0018, 0x2010);

    /// <summary>Patient Position (0018,5100), CS.</summary>
    public static readonly DicomTag PatientPosition = new(0x0018, 0x5100);

    /// <summary>View Position (0018,5101), CS.</summary>
    public static readonly DicomTag ViewPosition = new(0x0018, 0x5101);

    /// <summary>Field of View Horizontal Flip (0018,7034), CS.</summary>
    public static readonly DicomTag FieldOfViewHorizontalFlip = new(0x0018, 0x7034);

    /// <summary>Frame Acquisition DateTime (0018,9074), DT.</summary>
    public static readonly DicomTag FrameAcquisitionDateTime = new(0x0018, 0x9074);

    /// <summary>Frame Reference DateTime (0018,9151), DT.</summary>
    public static readonly DicomTag FrameReferenceDateTime = new(0x0018, 0x9151);

    /// <summary>CT Acquisition Type Sequence (0018,9301), SQ.</summary>
    public static readonly DicomTag CTAcquisitionTypeSequence = new(0x0018, 0x9301);

    /// <summary>Acquisition Type (0018,9302), CS.</summary>
    public static readonly DicomTag AcquisitionType = new(0x0018, 0x9302);

    /// <summary>Tube Angle (0018,9303), FD.</summary>
    public static readonly DicomTag TubeAngle = new(0x0018, 0x9303);

    /// <summary>Revolution Time (0018,9305), FD.</summary>
    public static readonly DicomTag RevolutionTime = new(0x0018, 0x9305);

    /// <summary>Single Collimation Width (0018,9306), FD.</summary>
    public static readonly DicomTag SingleCollimationWidth = new(0x0018, 0x9306);

    /// <summary>Total Collimation Width (0018,9307), FD.</summary>
    public static readonly DicomTag TotalCollimationWidth = new(0x0018, 0x9307);

    /// <summary>CT Table Dynamics Sequence (0018,9308), SQ.</summary>
    public static readonly DicomTag CTTableDynamicsSequence = new(0x0018, 0x9308);

    /// <summary>Table Speed (0018,9309), FD.</summary>
    public static readonly DicomTag TableSpeed = new(0x0018, 0x9309);

    /// <summary>Spiral Pitch Factor (0018,9311), FD.</summary>
    public static readonly DicomTag SpiralPitchFactor = new(0x0018, 0x9311);

    /// <summary>CT Reconstruction Sequence (0018,9314), SQ.</summary>
    public static readonly DicomTag CTReconstructionSequence = new(0x0018, 0x9314);

    /// <summary>Reconstruction Algorithm (0018,9315), CS.</summary>
    public static readonly DicomTag ReconstructionAlgorithm = new(0x0018, 0x9315);

    /// <summary>Reconstruction Field of View (0018,9317), FD.</summary>
    public static readonly DicomTag ReconstructionFieldOfView = new(0x0018, 0x9317);

    /// <summary>Reconstruction Angle (0018,9319), FD.</summary>
    public static readonly DicomTag ReconstructionAngle = new(0x0018, 0x9319);

    /// <summary>Image Filter (0018,9320), SH.</summary>
    public static readonly DicomTag ImageFilter = new(0x0018, 0x9320);

    /// <summary>CT Exposure Sequence (0018,9321), SQ.</summary>
    public static readonly DicomTag CTExposureSequence = new(0x0018, 0x9321);

    /// <summary>Reconstruction Pixel Spacing (0018,9322), FD.</summary>
    public static readonly DicomTag ReconstructionPixelSpacing = new(0x0018, 0x9322);

    /// <summary>CT X-Ray Details Sequence (0018,9325), SQ.</summary>
    public static readonly DicomTag CTXRayDetailsSequence = new(0x0018, 0x9325);

    /// <summary>CT Position Sequence (0018,9326), SQ.</summary>
    public static readonly DicomTag CTPositionSequence = new(0x0018, 0x9326);

    /// <summary>Exposure Time in ms (0018,9328), FD.</summary>
    public static readonly DicomTag ExposureTimeInms = new(0x0018, 0x9328);

    /// <summary>CT Image Frame Type Sequence (0018,9329), SQ.</summary>
    public static readonly DicomTag CTImageFrameTypeSequence = new(0x0018, 0x9329);

    /// <summary>X-Ray Tube Current in mA (0018,9330), FD.</summary>
    public static readonly DicomTag XRayTubeCurrentInmA = new(0x0018, 0x9330);

    /// <summary>Exposure in mAs (0018,9332), FD.</summary>
    public static readonly DicomTag ExposureInmAs = new(0x0018, 0x9332);

    /// <summary>Contrast/Bolus Agent Number (0018,9337), US.</summary>
    public static readonly DicomTag ContrastBolusAgentNumber = new(0x0018, 0x9337);

    /// <summary>Contrast/Bolus Ingredient Code Sequence (0018,9338), SQ.</summary>
    public static readonly DicomTag ContrastBolusIngredientCodeSequence = new(0x0018, 0x9338);

    /// <summary>Contrast/Bolus Usage Sequence (0018,9341), SQ.</summary>
    public static readonly DicomTag ContrastBolusUsageSequence = new(0x0018, 0x9341);

    /// <summary>Contrast/Bolus Agent Administered (0018,9342), CS.</summary>
    public static readonly DicomTag ContrastBolusAgentAdministered = new(0x0018, 0x9342);

    /// <summary>Contrast/Bolus Agent Detected (0018,9343), CS.</summary>
    public static readonly DicomTag ContrastBolusAgentDetected = new(0x0018, 0x9343);

    /// <summary>Contrast/Bolus Agent Phase (0018,9344), CS.</summary>
    public static readonly DicomTag ContrastBolusAgentPhase = new(0x0018, 0x9344);

    /// <summary>CTDIvol (0018,9345), FD.</summary>
    public static readonly DicomTag CTDIvol = new(0x0018, 0x9345);

    /// <summary>Calcium Scoring Mass Factor Patient (0018,9351), FL.</summary>
    public static readonly DicomTag CalciumScoringMassFactorPatient = new(0x0018, 0x9351);

    /// <summary>Calcium Scoring Mass Factor Device (0018,9352), FL.</summary>
    public static readonly DicomTag CalciumScoringMassFactorDevice = new(0x0018, 0x9352);

    /// <summary>Multi-energy CT Acquisition (0018,9361), CS.</summary>
    public static readonly DicomTag MultienergyCTAcquisition = new(0x0018, 0x9361);

    /// <summary>Multi-energy CT Acquisition Sequence (0018,9362), SQ.</summary>
    public static readonly DicomTag MultienergyCTAcquisitionSequence = new(0x0018, 0x9362);

    /// <summary>Multi-energy CT Processing Sequence (0018,9363), SQ.</summary>
    public static readonly DicomTag MultienergyCTProcessingSequence = new(0x0018, 0x9363);

    /// <summary>Multi-energy CT Characteristics Sequence (0018,9364), SQ.</summary>
    public static readonly DicomTag MultienergyCTCharacteristicsSequence = new(0x0018, 0x9364);

    /// <summary>Frame Acquisition Sequence (0018,9417), SQ.</summary>
    public static readonly DicomTag FrameAcquisitionSequence = new(0x0018, 0x9417);

    /// <summary>Study Instance UID (0020,000D), UI.</summary>
    public static readonly DicomTag StudyInstanceUID = new(0x0020, 0x000D);

    /// <summary>Series Instance UID (0020,000E), UI.</summary>
    public static readonly DicomTag SeriesInstanceUID = new(0x0020, 0x000E);

    /// <summary>Study ID (0020,0010), SH.</summary>
    public static readonly DicomTag StudyID = new(0x0020, 0x0010);

    /// <summary>Series Number (0020,0011), IS.</summary>
    public static readonly DicomTag SeriesNumber = new(0x0020, 0x0011);

    /// <summary>Acquisition Number (0020,0012), IS.</summary>
    public static readonly DicomTag AcquisitionNumber = new(0x0020, 0x0012);

    /// <summary>Instance Number (0020,0013), IS.</summary>
    public static readonly DicomTag InstanceNumber = new(0x0020, 0x0013);

    /// <summary>Patient Orientation (0020,0020), CS.</summary>
    public static readonly DicomTag PatientOrientation = new(0x0020, 0x0020);

    /// <summary>Image Position (Patient) (0020,0032), DS.</summary>
    public static readonly DicomTag ImagePositionPatient = new(0x0020, 0x0032);

    /// <summary>Image Orientation (Patient) (0020,0037), DS.</summary>
    public static readonly DicomTag ImageOrientationPatient = new(0x0020, 0x0037);

    /// <summary>Frame of Reference UID (0020,0052), UI.</summary>
    public static readonly DicomTag FrameOfReferenceUID = new(0x0020, 0x0052);

    /// <summary>Laterality (0020,0060), CS.</summary>
    public static readonly DicomTag Laterality = new(0x0020, 0x0060);

    /// <summary>Image Laterality (0020,0062), CS.</summary>
    public static readonly DicomTag ImageLaterality = new(0x0020, 0x0062);

    /// <summary>Temporal Position Identifier (0020,0100), IS.</summary>
    public static readonly DicomTag TemporalPositionIdentifier = new(0x0020, 0x0100);

    /// <summary>Number of Temporal Positions (0020,0105), IS.</summary>
    public static readonly DicomTag NumberOfTemporalPositions = new(0x0020, 0x0105);

    /// <summary>Images in Acquisition (0020,1002), IS.</summary>
    public static readonly DicomTag ImagesInAcquisition = new(0x0020, 0x1002);

    /// <summary>Position Reference Indicator (0020,1040), LO.</summary>
    public static readonly DicomTag PositionReferenceIndicator = new(0x0020, 0x1040);

    /// <summary>Slice Location (0020,1041), DS.</summary>
    public static readonly DicomTag SliceLocation = new(0x0020, 0x1041);

    /// <summary>Number of Series Related Instances (0020,1209), IS.</summary>
    public static readonly DicomTag NumberOfSeriesRelatedInstances = new(0x0020, 0x1209);

    /// <summary>Image Comments (0020,4000), LT.</summary>
    public static readonly DicomTag ImageComments = new(0x0020, 0x4000);

    /// <summary>Stack ID (0020,9056), SH.</summary>
    public static readonly DicomTag StackID = new(0x0020, 0x9056);

    /// <summary>In-Stack Position Number (0020,9057), UL.</summary>
    public static readonly DicomTag InStackPositionNumber = new(0x0020, 0x9057);

    /// <summary>Frame Anatomy Sequence (0020,9071), SQ.</summary>
    public static readonly DicomTag FrameAnatomySequence = new(0x0020, 0x9071);

    /// <summary>Frame Laterality (0020,9072), CS.</summary>
    public static readonly DicomTag FrameLaterality = new(0x0020, 0x9072);

    /// <summary>Frame Content Sequence (0020,9111), SQ.</summary>
    public static readonly DicomTag FrameContentSequence = new(0x0020, 0x9111);

    /// <summary>Plane Position Sequence (0020,9113), SQ.</summary>
    public static readonly DicomTag PlanePositionSequence = new(0x0020, 0x9113);

    /// <summary>Plane Orientation Sequence (0020,9116), SQ.</summary>
    public static readonly DicomTag PlaneOrientationSequence = new(0x0020, 0x9116);

    /// <summary>Temporal Position Index (0020,9128), UL.</summary>
    public static readonly DicomTag TemporalPositionIndex = new(0x0020, 0x9128);

    /// <summary>Nominal Cardiac Trigger Delay Time (0020,9153), FD.</summary>
    public static readonly DicomTag NominalCardiacTriggerDelayTime = new(0x0020, 0x9153);

    /// <summary>Frame Acquisition Number (0020,9156), US.</summary>
    public static readonly DicomTag FrameAcquisitionNumber = new(0x0020, 0x9156);

    /// <summary>Dimension Index Values (0020,9157), UL.</summary>
    public static readonly DicomTag DimensionIndexValues = new(0x0020, 0x9157);

    /// <summary>Frame Comments (0020,9158), LT.</summary>
    public static readonly DicomTag FrameComments = new(0x0020, 0x9158);

    /// <summary>Concatenation UID (0020,9161), UI.</summary>
    public static readonly DicomTag ConcatenationUID = new(0x0020, 0x9161);

    /// <summary>In-concatenation Number (0020,9162), US.</summary>
    public static readonly DicomTag InConcatenationNumber = new(0x0020, 0x9162);

    /// <summary>In-concatenation Total Number (0020,9163), US.</summary>
    public static readonly DicomTag InConcatenationTotalNumber = new(0x0020, 0x9163);

    /// <summary>Dimension Organization UID (0020,9164), UI.</summary>
    public static readonly DicomTag DimensionOrganizationUID = new(0x0020, 0x9164);

    /// <summary>Dimension Index Pointer (0020,9165), AT.</summary>
    public static readonly DicomTag DimensionIndexPointer = new(0x0020, 0x9165);

    /// <summary>Functional Group Pointer (0020,9167), AT.</summary>
    public static readonly DicomTag FunctionalGroupPointer = new(0x0020, 0x9167);

    /// <summary>Dimension Organization Sequence (0020,9221), SQ.</summary>
    public static readonly DicomTag DimensionOrganizationSequence = new(0x0020, 0x9221);

    /// <summary>Dimension Index Sequence (0020,9222), SQ.</summary>
    public static readonly DicomTag DimensionIndexSequence = new(0x0020, 0x9222);

    /// <summary>Concatenation Frame Offset Number (0020,9228), UL.</summary>
    public static readonly DicomTag ConcatenationFrameOffsetNumber = new(0x0020, 0x9228);

    /// <summary>Dimension Organization Type (0020,9311), CS.</summary>
    public static readonly DicomTag DimensionOrganizationType = new(0x0020, 0x9311);

    /// <summary>Dimension Description Label (0020,9421), LO.</summary>
    public static readonly DicomTag DimensionDescriptionLabel = new(0x0020, 0x9421);

    /// <summary>Acquisition Index (0020,9518), US.</summary>
    public static readonly DicomTag AcquisitionIndex = new(0x0020, 0x9518);

    /// <summary>Algorithm Source (0024,0202), LO.</summary>
    public static readonly DicomTag AlgorithmSource = new(0x0024, 0x0202);

    /// <summary>Samples per Pixel (0028,0002), US.</summary>
    public static readonly DicomTag SamplesPerPixel = new(0x0028, 0x0002);

    /// <summary>Photometric Interpretation (0028,0004), CS.</summary>
    public static readonly DicomTag PhotometricInterpretation = new(0x0028, 0x0004);

    /// <summary>Planar Configuration (0028,0006), US.</summary>
    public static readonly DicomTag PlanarConfiguration = new(0x0028, 0x0006);

    /// <summary>Number of Frames (0028,0008), IS.</summary>
    public static readonly DicomTag NumberOfFrames = new(0x0028, 0x0008);

    /// <summary>Frame Increment Pointer (0028,0009), AT.</summary>
    public static readonly DicomTag FrameIncrementPointer = new(0x0028, 0x0009);

    /// <summary>Rows (0028,0010), US.</summary>
    public static readonly DicomTag Rows = new(0x0028, 0x0010);

    /// <summary>Columns (0028,0011), US.</summary>
    public static readonly DicomTag Columns = new(0x0028, 0x0011);

    /// <summary>Pixel Spacing (0028,0030), DS.</summary>
    public static readonly DicomTag PixelSpacing = new(0x0028, 0x0030);

    /// <summary>Pixel Aspect Ratio (0028,0034), IS.</summary>
    public static readonly DicomTag PixelAspectRatio = new(0x0028, 0x0034);

    /// <summary>Bits Allocated (0028,0100), US.</summary>
    public static readonly DicomTag BitsAllocated = new(0x0028, 0x0100);

    /// <summary>Bits Stored (0028,0101), US.</summary>
    public static readonly DicomTag BitsStored = new(0x0028, 0x0101);

    /// <summary>High Bit (0028,0102), US.</summary>
    public static readonly DicomTag HighBit = new(0x0028, 0x0102);

    /// <summary>Pixel Representation (0028,0103), US.</summary>
    public static readonly DicomTag PixelRepresentation = new(0x0028, 0x0103);

    /// <summary>Smallest Image Pixel Value (0028,0106), US or SS.</summary>
    public static readonly DicomTag SmallestImagePixelValue = new(0x0028, 0x0106);

    /// <summary>Largest Image Pixel Value (0028,0107), US or SS.</summary>
    public static readonly DicomTag LargestImagePixelValue = new(0x0028, 0x0107);

    /// <summary>Pixel Padding Value (0028,0120), US or SS.</summary>
    public static readonly DicomTag PixelPaddingValue = new(0x0028, 0x0120);

    /// <summary>Pixel Padding Range Limit (0028,0121), US or SS.</summary>
    public static readonly DicomTag PixelPaddingRangeLimit = new(0x0028, 0x0121);

    /// <summary>Quality Control Image (0028,0300), CS.</summary>
    public static readonly DicomTag QualityControlImage = new(0x0028, 0x0300);

    /// <summary>Burned In Annotation (0028,0301), CS.</summary>
    public static readonly DicomTag BurnedInAnnotation = new(0x0028, 0x0301);

    /// <summary>Recognizable Visual Features (0028,0302), CS.</summary>
    public static readonly DicomTag RecognizableVisualFeatures = new(0x0028, 0x0302);

    /// <summary>Pixel Spacing Calibration Type (0028,0A02), CS.</summary>
    public static readonly DicomTag PixelSpacingCalibrationType = new(0x0028, 0x0A02);

    /// <summary>Pixel Spacing Calibration Description (0028,0A04), LO.</summary>
    public static readonly DicomTag PixelSpacingCalibrationDescription = new(0x0028, 0x0A04);

    /// <summary>Pixel Intensity Relationship (0028,1040), CS.</summary>
    public static readonly DicomTag PixelIntensityRelationship = new(0x0028, 0x1040);

    /// <summary>Pixel Intensity Relationship Sign (0028,1041), SS.</summary>
    public static readonly DicomTag PixelIntensityRelationshipSign = new(0x0028, 0x1041);

    /// <summary>Window Center (0028,1050), DS.</summary>
    public static readonly DicomTag WindowCenter = new(0x0028, 0x1050);

    /// <summary>Window Width (0028,1051), DS.</summary>
    public static readonly DicomTag WindowWidth = new(0x0028, 0x1051);

    /// <summary>Rescale Intercept (0028,1052), DS.</summary>
    public static readonly DicomTag RescaleIntercept = new(0x0028, 0x1052);

    /// <summary>Rescale Slope (0028,1053), DS.</summary>
    public static readonly DicomTag RescaleSlope = new(0x0028, 0x1053);

    /// <summary>Rescale Type (0028,1054), LO.</summary>
    public static readonly DicomTag RescaleType = new(0x0028, 0x1054);

    /// <summary>Window Center &amp; Width Explanation (0028,1055), LO.</summary>
    public static readonly DicomTag WindowCenterWidthExplanation = new(0x0028, 0x1055);

    /// <summary>VOI LUT Function (0028,1056), CS.</summary>
    public static readonly DicomTag VOILUTFunction = new(0x0028, 0x1056);

    /// <summary>Red Palette Color Lookup Table Descriptor (0028,1101), US or SS.</summary>
    public static readonly DicomTag RedPaletteColorLookupTableDescriptor = new(0x0028, 0x1101);

    /// <summary>Green Palette Color Lookup Table Descriptor (0028,1102), US or SS.</summary>
    public static readonly DicomTag GreenPaletteColorLookupTableDescriptor = new(0x0028, 0x1102);

    /// <summary>Blue Palette Color Lookup Table Descriptor (0028,1103), US or SS.</summary>
    public static readonly DicomTag BluePaletteColorLookupTableDescriptor = new(0x0028, 0x1103);

    /// <summary>Red Palette Color Lookup Table Data (0028,1201), OW.</summary>
    public static readonly DicomTag RedPaletteColorLookupTableData = new(0x0028, 0x1201);

    /// <summary>Green Palette Color Lookup Table Data (0028,1202), OW.</summary>
    public static readonly DicomTag GreenPaletteColorLookupTableData = new(0x0028, 0x1202);

    /// <summary>Blue Palette Color Lookup Table Data (0028,1203), OW.</summary>
    public static readonly DicomTag BluePaletteColorLookupTableData = new(0x0028, 0x1203);

    /// <summary>Spatial Locations Preserved (0028,135A), CS.</summary>
    public static readonly DicomTag SpatialLocationsPreserved = new(0x0028, 0x135A);

    /// <summary>Lossy Image Compression (0028,2110), CS.</summary>
    public static readonly DicomTag LossyImageCompression = new(0x0028, 0x2110);

    /// <summary>Lossy Image Compression Ratio (0028,2112), DS.</summary>
    public static readonly DicomTag LossyImageCompressionRatio = new(0x0028, 0x2112);

    /// <summary>Lossy Image Compression Method (0028,2114), CS.</summary>
    public static readonly DicomTag LossyImageCompressionMethod = new(0x0028, 0x2114);

    /// <summary>Modality LUT Sequence (0028,3000), SQ.</summary>
    public static readonly DicomTag ModalityLUTSequence = new(0x0028, 0x3000);

    /// <summary>LUT Descriptor (0028,3002), US or SS.</summary>
    public static readonly DicomTag LUTDescriptor = new(0x0028, 0x3002);

    /// <summary>LUT Explanation (0028,3003), LO.</summary>
    public static readonly DicomTag LUTExplanation = new(0x0028, 0x3003);

    /// <summary>Modality LUT Type (0028,3004), LO.</summary>
    public static readonly DicomTag ModalityLUTType = new(0x0028, 0x3004);

    /// <summary>LUT Data (0028,3006), US or OW.</summary>
    public static readonly DicomTag LUTData = new(0x0028, 0x3006);

    /// <summary>VOI LUT Sequence (0028,3010), SQ.</summary>
    public static readonly DicomTag VOILUTSequence = new(0x0028, 0x3010);

    /// <summary>Pixel Data Provider URL (0028,7FE0), UR.</summary>
    public static readonly DicomTag PixelDataProviderURL = new(0x0028, 0x7FE0);

    /// <summary>Pixel Measures Sequence (0028,9110), SQ.</summary>
    public static readonly DicomTag PixelMeasuresSequence = new(0x0028, 0x9110);

    /// <summary>Frame VOI LUT Sequence (0028,9132), SQ.</summary>
    public static readonly DicomTag FrameVOILUTSequence = new(0x0028, 0x9132);

    /// <summary>Pixel Value Transformation Sequence (0028,9145), SQ.</summary>
    public static readonly DicomTag PixelValueTransformationSequence = new(0x0028, 0x9145);

    /// <summary>Signal Domain Rows (0028,9235), CS.</summary>
    public static readonly DicomTag SignalDomainRows = new(0x0028, 0x9235);

    /// <summary>Requested Procedure Description (0032,1060), LO.</summary>
    public static readonly DicomTag RequestedProcedureDescription = new(0x0032, 0x1060);

    /// <summary>Requested Procedure Code Sequence (0032,1064), SQ.</summary>
    public static readonly DicomTag RequestedProcedureCodeSequence = new(0x0032, 0x1064);

    /// <summary>Performed Procedure Step Start Date (0040,0244), DA.</summary>
    public static readonly DicomTag PerformedProcedureStepStartDate = new(0x0040, 0x0244);

    /// <summary>Performed Procedure Step Start Time (0040,0245), TM.</summary>
    public static readonly DicomTag PerformedProcedureStepStartTime = new(0x0040, 0x0245);

    /// <summary>Performed Procedure Step ID (0040,0253), SH.</summary>
    public static readonly DicomTag PerformedProcedureStepID = new(0x0040, 0x0253);

    /// <summary>Performed Procedure Step Description (0040,0254), LO.</summary>
    public static readonly DicomTag PerformedProcedureStepDescription = new(0x0040, 0x0254);

    /// <summary>Performed Protocol Code Sequence (0040,0260), SQ.</summary>
    public static readonly DicomTag PerformedProtocolCodeSequence = new(0x0040, 0x0260);

    /// <summary>Request Attributes Sequence (0040,0275), SQ.</summary>
    public static readonly DicomTag RequestAttributesSequence = new(0x0040, 0x0275);

    /// <summary>Acquisition Context Sequence (0040,0555), SQ.</summary>
    public static readonly DicomTag AcquisitionContextSequence = new(0x0040, 0x0555);

    /// <summary>Measurement Units Code Sequence (0040,08EA), SQ.</summary>
    public static readonly DicomTag MeasurementUnitsCodeSequence = new(0x0040, 0x08EA);

    /// <summary>Requested Procedure ID (0040,1001), SH.</summary>
    public static readonly DicomTag RequestedProcedureID = new(0x0040, 0x1001);

    /// <summary>Real World Value Mapping Sequence (0040,9096), SQ.</summary>
    public static readonly DicomTag RealWorldValueMappingSequence = new(0x0040, 0x9096);

    /// <summary>Real World Value Last Value Mapped (0040,9211), US or SS.</summary>
    public static readonly DicomTag RealWorldValueLastValueMapped = new(0x0040, 0x9211);

    /// <summary>Real World Value First Value Mapped (0040,9216), US or SS.</summary>
    public static readonly DicomTag RealWorldValueFirstValueMapped = new(0x0040, 0x9216);

    /// <summary>Real World Value Intercept (0040,9224), FD.</summary>
    public static readonly DicomTag RealWorldValueIntercept = new(0x0040, 0x9224);

    /// <summary>Real World Value Slope (0040,9225), FD.</summary>
    public static readonly DicomTag RealWorldValueSlope = new(0x0040, 0x9225);

    /// <summary>Relationship Type (0040,A010), CS.</summary>
    public static readonly DicomTag RelationshipType = new(0x0040, 0xA010);

    /// <summary>Observation DateTime (0040,A032), DT.</summary>
    public static readonly DicomTag ObservationDateTime = new(0x0040, 0xA032);

    /// <summary>Value Type (0040,A040), CS.</summary>
    public static readonly DicomTag ValueType = new(0x0040, 0xA040);

    /// <summary>Concept Name Code Sequence (0040,A043), SQ.</summary>
    public static readonly DicomTag ConceptNameCodeSequence = new(0x0040, 0xA043);

    /// <summary>Continuity Of Content (0040,A050), CS.</summary>
    public static readonly DicomTag ContinuityOfContent = new(0x0040, 0xA050);

    /// <summary>Verifying Observer Sequence (0040,A073), SQ.</summary>
    public static readonly DicomTag VerifyingObserverSequence = new(0x0040, 0xA073);

    /// <summary>DateTime (0040,A120), DT.</summary>
    public static readonly DicomTag DateTime = new(0x0040, 0xA120);

    /// <summary>Date (0040,A121), DA.</summary>
    public static readonly DicomTag Date = new(0x0040, 0xA121);

    /// <summary>Time (0040,A122), TM.</summary>
    public static readonly DicomTag Time = new(0x0040, 0xA122);

    /// <summary>Person Name (0040,A123), PN.</summary>
    public static readonly DicomTag PersonName = new(0x0040, 0xA123);

    /// <summary>UID (0040,A124), UI.</summary>
    public static readonly DicomTag UID = new(0x0040, 0xA124);

    /// <summary>Text Value (0040,A160), UT.</summary>
    public static readonly DicomTag TextValue = new(0x0040, 0xA160);

    /// <summary>Floating Point Value (0040,A161), FD.</summary>
    public static readonly DicomTag FloatingPointValue = new(0x0040, 0xA161);

    /// <summary>Concept Code Sequence (0040,A168), SQ.</summary>
    public static readonly DicomTag ConceptCodeSequence = new(0x0040, 0xA168);

    /// <summary>Purpose of Reference Code Sequence (0040,A170), SQ.</summary>
    public static readonly DicomTag PurposeOfReferenceCodeSequence = new(0x0040, 0xA170);

    /// <summary>Measured Value Sequence (0040,A300), SQ.</summary>
    public static readonly DicomTag MeasuredValueSequence = new(0x0040, 0xA300);

    /// <summary>Numeric Value Qualifier Code Sequence (0040,A301), SQ.</summary>
    public static readonly DicomTag NumericValueQualifierCodeSequence = new(0x0040, 0xA301);

    /// <summary>Numeric Value (0040,A30A), DS.</summary>
    public static readonly DicomTag NumericValue = new(0x0040, 0xA30A);

    /// <summary>Referenced Request Sequence (0040,A370), SQ.</summary>
    public static readonly DicomTag ReferencedRequestSequence = new(0x0040, 0xA370);

    /// <summary>Performed Procedure Code Sequence (0040,A372), SQ.</summary>
    public static readonly DicomTag PerformedProcedureCodeSequence = new(0x0040, 0xA372);

    /// <summary>Current Requested Procedure Evidence Sequence (0040,A375), SQ.</summary>
    public static readonly DicomTag CurrentRequestedProcedureEvidenceSequence = new(0x0040, 0xA375);

    /// <summary>Pertinent Other Evidence Sequence (0040,A385), SQ.</summary>
    public static readonly DicomTag PertinentOtherEvidenceSequence = new(0x0040, 0xA385);

    /// <summary>Completion Flag (0040,A491), CS.</summary>
    public static readonly DicomTag CompletionFlag = new(0x0040, 0xA491);

    /// <summary>Completion Flag Description (0040,A492), LO.</summary>
    public static readonly DicomTag CompletionFlagDescription = new(0x0040, 0xA492);

    /// <summary>Verification Flag (0040,A493), CS.</summary>
    public static readonly DicomTag VerificationFlag = new(0x0040, 0xA493);

    /// <summary>Preliminary Flag (0040,A496), CS.</summary>
    public static readonly DicomTag PreliminaryFlag = new(0x0040, 0xA496);

    /// <summary>Content Template Sequence (0040,A504), SQ.</summary>
    public static readonly DicomTag ContentTemplateSequence = new(0x0040, 0xA504);

    /// <summary>Content Sequence (0040,A730), SQ.</summary>
    public static readonly DicomTag ContentSequence = new(0x0040, 0xA730);

    /// <summary>Template Identifier (0040,DB00), CS.</summary>
    public static readonly DicomTag TemplateIdentifier = new(0x0040, 0xDB00);

    /// <summary>Referenced Content Item Identifier (0040,DB73), UL.</summary>
    public static readonly DicomTag ReferencedContentItemIdentifier = new(0x0040, 0xDB73);

    /// <summary>Document Title (0042,0010), ST.</summary>
    public static readonly DicomTag DocumentTitle = new(0x0042, 0x0010);

    /// <summary>Encapsulated Document (0042,0011), OB.</summary>
    public static readonly DicomTag EncapsulatedDocument = new(0x0042, 0x0011);

    /// <summary>MIME Type of Encapsulated Document (0042,0012), LO.</summary>
    public static readonly DicomTag MIMETypeOfEncapsulatedDocument = new(0x0042, 0x0012);

    /// <summary>View Code Sequence (0054,0220), SQ.</summary>
    public static readonly DicomTag ViewCodeSequence = new(0x0054, 0x0220);

    /// <summary>Series Type (0054,1000), CS.</summary>
    public static readonly DicomTag SeriesType = new(0x0054, 0x1000);

    /// <summary>Units (0054,1001), CS.</summary>
    public static readonly DicomTag Units = new(0x0054, 0x1001);

    /// <summary>Decay Correction (0054,1102), CS.</summary>
    public static readonly DicomTag DecayCorrection = new(0x0054, 0x1102);

    /// <summary>Segmentation Type (0062,0001), CS.</summary>
    public static readonly DicomTag SegmentationType = new(0x0062, 0x0001);

    /// <summary>Segment Sequence (0062,0002), SQ.</summary>
    public static readonly DicomTag SegmentSequence = new(0x0062, 0x0002);

    /// <summary>Segmented Property Category Code Sequence (0062,0003), SQ.</summary>
    public static readonly DicomTag SegmentedPropertyCategoryCodeSequence = new(0x0062, 0x0003);

    /// <summary>Segment Number (0062,0004), US.</summary>
    public static readonly DicomTag SegmentNumber = new(0x0062, 0x0004);

    /// <summary>Segment Label (0062,0005), LO.</summary>
    public static readonly DicomTag SegmentLabel = new(0x0062, 0x0005);

    /// <summary>Segment Description (0062,0006), ST.</summary>
    public static readonly DicomTag SegmentDescription = new(0x0062, 0x0006);

    /// <summary>Segmentation Algorithm Identification Sequence (0062,0007), SQ.</summary>
    public static readonly DicomTag SegmentationAlgorithmIdentificationSequence = new(0x0062, 0x0007);

    /// <summary>Segment Algorithm Type (0062,0008), CS.</summary>
    public static readonly DicomTag SegmentAlgorithmType = new(0x0062, 0x0008);

    /// <summary>Segment Algorithm Name (0062,0009), LO.</summary>
    public static readonly DicomTag SegmentAlgorithmName = new(0x0062, 0x0009);

    /// <summary>Segment Identification Sequence (0062,000A), SQ.</summary>
    public static readonly DicomTag SegmentIdentificationSequence = new(0x0062, 0x000A);

    /// <summary>Referenced Segment Number (0062,000B), US.</summary>
    public static readonly DicomTag ReferencedSegmentNumber = new(0x0062, 0x000B);

    /// <summary>Recommended Display Grayscale Value (0062,000C), US.</summary>
    public static readonly DicomTag RecommendedDisplayGrayscaleValue = new(0x0062, 0x000C);

    /// <summary>Recommended Display CIELab Value (0062,000D), US.</summary>
    public static readonly DicomTag RecommendedDisplayCIELabValue = new(0x0062, 0x000D);

    /// <summary>Maximum Fractional Value (0062,000E), US.</summary>
    public static readonly DicomTag MaximumFractionalValue = new(0x0062, 0x000E);

    /// <summary>Segmented Property Type Code Sequence (0062,000F), SQ.</summary>
    public static readonly DicomTag SegmentedPropertyTypeCodeSequence = new(0x0062, 0x000F);

    /// <summary>Segmentation Fractional Type (0062,0010), CS.</summary>
    public static readonly DicomTag SegmentationFractionalType = new(0x0062, 0x0010);

    /// <summary>Segments Overlap (0062,0013), CS.</summary>
    public static readonly DicomTag SegmentsOverlap = new(0x0062, 0x0013);

    /// <summary>Tracking ID (0062,0020), UT.</summary>
    public static readonly DicomTag TrackingID = new(0x0062, 0x0020);

    /// <summary>Tracking UID (0062,0021), UI.</summary>
    public static readonly DicomTag TrackingUID = new(0x0062, 0x0021);

    /// <summary>Algorithm Family Code Sequence (0066,002F), SQ.</summary>
    public static readonly DicomTag AlgorithmFamilyCodeSequence = new(0x0066, 0x002F);

    /// <summary>Algorithm Version (0066,0031), LO.</summary>
    public static readonly DicomTag AlgorithmVersion = new(0x0066, 0x0031);

    /// <summary>Algorithm Parameters (0066,0032), LT.</summary>
    public static readonly DicomTag AlgorithmParameters = new(0x0066, 0x0032);

    /// <summary>Algorithm Name (0066,0036), LO.</summary>
    public static readonly DicomTag AlgorithmName = new(0x0066, 0x0036);

    /// <summary>Graphic Data (0070,0022), FL.</summary>
    public static readonly DicomTag GraphicData = new(0x0070, 0x0022);

    /// <summary>Graphic Type (0070,0023), CS.</summary>
    public static readonly DicomTag GraphicType = new(0x0070, 0x0023);

    /// <summary>Content Label (0070,0080), CS.</summary>
    public static readonly DicomTag ContentLabel = new(0x0070, 0x0080);

    /// <summary>Content Description (0070,0081), LO.</summary>
    public static readonly DicomTag ContentDescription = new(0x0070, 0x0081);

    /// <summary>Content Creator's Name (0070,0084), PN.</summary>
    public static readonly DicomTag ContentCreatorName = new(0x0070, 0x0084);

    /// <summary>Icon Image Sequence (0088,0200), SQ.</summary>
    public static readonly DicomTag IconImageSequence = new(0x0088, 0x0200);

    /// <summary>Presentation LUT Shape (2050,0020), CS.</summary>
    public static readonly DicomTag PresentationLUTShape = new(0x2050, 0x0020);

    /// <summary>Referenced Frame of Reference UID (3006,0024), UI.</summary>
    public static readonly DicomTag ReferencedFrameOfReferenceUID = new(0x3006, 0x0024);

    /// <summary>Shared Functional Groups Sequence (5200,9229), SQ.</summary>
    public static readonly DicomTag SharedFunctionalGroupsSequence = new(0x5200, 0x9229);

    /// <summary>Per-frame Functional Groups Sequence (5200,9230), SQ.</summary>
    public static readonly DicomTag PerFrameFunctionalGroupsSequence = new(0x5200, 0x9230);

    /// <summary>Waveform Sequence (5400,0100), SQ.</summary>
    public static readonly DicomTag WaveformSequence = new(0x5400, 0x0100);

    /// <summary>Overlay Rows (6000,0010), US.</summary>
    public static readonly DicomTag OverlayRows = new(0x6000, 0x0010);

    /// <summary>Overlay Columns (6000,0011), US.</summary>
    public static readonly DicomTag OverlayColumns = new(0x6000, 0x0011);

    /// <summary>Overlay Origin (6000,0050), SS.</summary>
    public static readonly DicomTag OverlayOrigin = new(0x6000, 0x0050);

    /// <summary>Overlay Bits Allocated (6000,0100), US.</summary>
    public static readonly DicomTag OverlayBitsAllocated = new(0x6000, 0x0100);

    /// <summary>Overlay Bit Position (6000,0102), US.</summary>
    public static readonly DicomTag OverlayBitPosition = new(0x6000, 0x0102);

    /// <summary>Overlay Data (6000,3000), OW.</summary>
    public static readonly DicomTag OverlayData = new(0x6000, 0x3000);

    /// <summary>Extended Offset Table (7FE0,0001), OV.</summary>
    public static readonly DicomTag ExtendedOffsetTable = new(0x7FE0, 0x0001);

    /// <summary>Extended Offset Table Lengths (7FE0,0002), OV.</summary>
    public static readonly DicomTag ExtendedOffsetTableLengths = new(0x7FE0, 0x0002);

    /// <summary>Float Pixel Data (7FE0,0008), OF.</summary>
    public static readonly DicomTag FloatPixelData = new(0x7FE0, 0x0008);

    /// <summary>Double Float Pixel Data (7FE0,0009), OD.</summary>
    public static readonly DicomTag DoubleFloatPixelData = new(0x7FE0, 0x0009);

    /// <summary>Pixel Data (7FE0,0010), OB or OW.</summary>
    public static readonly DicomTag PixelData = new(0x7FE0, 0x0010);

    /// <summary>Digital Signatures Sequence (FFFA,FFFA), SQ.</summary>
    public static readonly DicomTag DigitalSignaturesSequence = new(0xFFFA, 0xFFFA);

    /// <summary>Data Set Trailing Padding (FFFC,FFFC), OB.</summary>
    public static readonly DicomTag DataSetTrailingPadding = new(0xFFFC, 0xFFFC);

    /// <summary>Item (FFFE,E000).</summary>
    public static readonly DicomTag Item = new(0xFFFE, 0xE000);

    /// <summary>Item Delimitation Item (FFFE,E00D).</summary>
    public static readonly DicomTag ItemDelimitationItem = new(0xFFFE, 0xE00D);

    /// <summary>Sequence Delimitation Item (FFFE,E0DD).</summary>
    public static readonly DicomTag SequenceDelimitationItem = new(0xFFFE, 0xE0DD);
}
