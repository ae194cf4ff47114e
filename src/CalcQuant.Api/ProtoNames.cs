using Google.Protobuf.Reflection;

namespace CalcQuant.Api;

/// <summary>Enum values by the name they have in the .proto files and in JSON, e.g. <c>REGION_KIND_BONE</c>.</summary>
internal static class ProtoNames
{
    public static string Of(V1.RegionKind value) => Of(V1.Region.Descriptor, V1.Region.KindFieldNumber, (int)value);

    public static string Of(V1.VolumeMethod value) => Of(V1.Region.Descriptor, V1.Region.VolumeMethodFieldNumber, (int)value);

    public static string Of(V1.Depth value) => Of(V1.Region.Descriptor, V1.Region.DepthFieldNumber, (int)value);

    public static string Of(V1.Morphology value) => Of(V1.Region.Descriptor, V1.Region.MorphologyFieldNumber, (int)value);

    public static string Of(V1.BodySite value) => Of(V1.Region.Descriptor, V1.Region.SiteFieldNumber, (int)value);

    public static string Of(V1.Laterality value) => Of(V1.Region.Descriptor, V1.Region.LateralityFieldNumber, (int)value);

    public static string Of(V1.FindingTier value) => Of(V1.Region.Descriptor, V1.Region.TierFieldNumber, (int)value);

    public static string Of(V1.DensityGrade value) => Of(V1.Region.Descriptor, V1.Region.DensityGradeFieldNumber, (int)value);

    public static string Of(V1.PixelScaleSource value) => Of(V1.PixelScale.Descriptor, V1.PixelScale.SourceFieldNumber, (int)value);

    private static string Of(MessageDescriptor message, int fieldNumber, int value) =>
        message.FindFieldByNumber(fieldNumber).EnumType.FindValueByNumber(value).Name;
}
