using System.Collections.Frozen;

namespace CalcQuant.Measurement;

/// <summary>
/// The terms of Body Part Examined (0018,0015) that name one site: the defined terms of PS3.16 Annex L and what scanners write besides. Terms that span
/// several sites (WHOLEBODY, EXTREMITY, SPINE) name none.
/// </summary>
internal static class BodyPartTerms
{
    private static readonly FrozenDictionary<string, BodySite> Sites = new Dictionary<BodySite, string[]>
    {
        [BodySite.Head] =
        [
            "HEAD", "SKULL", "BRAIN", "FACE", "JAW", "MAXILLA", "MANDIBLE", "ORBIT", "EYE", "EAR", "IAC", "NOSE", "MOUTH", "TMJ", "ZYGOMA", "CHEEK",
            "PSINUS", "SINUS", "SINUSES", "SELLA", "HEADBRAIN", "DENTAL", "TEETH", "MASTOID", "TEMPORALBONE",
        ],
        [BodySite.Neck] = ["NECK", "CSPINE", "CERVICALSPINE", "LARYNX", "PHARYNX", "THYROID", "CAROTID"],
        [BodySite.Chest] =
        [
            "CHEST", "THORAX", "LUNG", "HEART", "CORONARY", "BREAST", "RIB", "RIBS", "STERNUM", "TSPINE", "THORACICSPINE", "MEDIASTINUM", "AORTICARCH", "SCJOINT",
            "CARDIAC", "ESOPHAGUS",
        ],
        [BodySite.Abdomen] =
        [
            "ABDOMEN", "LIVER", "KIDNEY", "PANCREAS", "SPLEEN", "STOMACH", "GALLBLADDER", "ADRENAL", "COLON", "LSPINE", "LUMBARSPINE", "LUMBAR", "FLANK", "UPPERABDOMEN",
        ],
        [BodySite.Pelvis] =
        [
            "PELVIS", "BLADDER", "PROSTATE", "UTERUS", "OVARY", "SACRUM", "SSPINE", "COCCYX", "SIJOINT", "ILIUM", "BUTTOCK", "PERINEUM", "GROIN", "SCROTUM", "TESTIS", "LOWERABDOMEN",
        ],
        [BodySite.Trunk] = ["TRUNK", "ABDOMENPELVIS", "CHESTABDOMEN", "CHESTABDPELVIS", "CHESTABDOMENPELVIS", "THORAXABDOMEN", "BACK", "TLSPINE", "LSSPINE"],
        [BodySite.Shoulder] = ["SHOULDER", "SCAPULA", "CLAVICLE", "ACJOINT", "AXILLA"],
        [BodySite.UpperArm] = ["HUMERUS", "UPPERARM"],
        [BodySite.Elbow] = ["ELBOW"],
        [BodySite.Forearm] = ["FOREARM", "RADIUS", "ULNA", "RADIUSULNA"],
        [BodySite.Wrist] = ["WRIST", "SCAPHOID", "CARPUS"],
        [BodySite.Hand] = ["HAND", "FINGER", "THUMB", "METACARPUS"],
        [BodySite.Hip] = ["HIP", "ACETABULUM"],
        [BodySite.Thigh] = ["THIGH", "FEMUR", "UPPERLEG"],
        [BodySite.Knee] = ["KNEE", "PATELLA"],
        [BodySite.LowerLeg] = ["LOWERLEG", "CALF", "TIBIA", "FIBULA", "TIBIAFIBULA"],
        [BodySite.Ankle] = ["ANKLE", "ANKLEJOINT"],
        [BodySite.Foot] = ["FOOT", "TOE", "CALCANEUS", "HEEL", "GREATTOE", "BIGTOE"],
        [BodySite.UpperLimb] = ["ARM", "UPPERLIMB", "UPPEREXTREMITY"],
        [BodySite.LowerLimb] = ["LEG", "LEGS", "LOWERLIMB", "LOWEREXTREMITY"],
    }.SelectMany(site => site.Value.Select(term => (term, site.Key))).ToFrozenDictionary(pair => pair.term, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The site that a header names; null where it names none or several.</summary>
    /// <param name="bodyPartExamined">As the header has it: spaces, case and separators do not matter.</param>
    public static BodySite? SiteOf(string? bodyPartExamined) =>
        bodyPartExamined is not null
        && Sites.TryGetValue(string.Concat(bodyPartExamined.Where(char.IsAsciiLetter)).ToUpperInvariant(), out BodySite site)
            ? site
            : null;

    /// <summary>True where a site is a part of a wider one.</summary>
    public static bool IsWithin(BodySite part, BodySite whole) => part == whole || whole switch
    {
        BodySite.Trunk => part is BodySite.Chest or BodySite.Abdomen or BodySite.Pelvis,
        BodySite.UpperLimb => part is BodySite.Shoulder or BodySite.UpperArm or BodySite.Elbow or BodySite.Forearm or BodySite.Wrist or BodySite.Hand,
        BodySite.LowerLimb => part is BodySite.Hip or BodySite.Thigh or BodySite.Knee or BodySite.LowerLeg or BodySite.Ankle or BodySite.Foot,
        _ => false,
    };

    /// <summary>
    /// True where a series of the site in the header may show the other site besides: sites next to each other, and limbs beside or below a trunk.
    /// </summary>
    public static bool MayShow(BodySite header, BodySite seen)
    {
        if (IsWithin(header, seen) || IsWithin(seen, header))
        {
            return true;
        }

        bool isOfTrunk = IsWithin(header, BodySite.Trunk);
        return seen switch
        {
            BodySite.Head => header is BodySite.Neck,
            BodySite.Neck => header is BodySite.Head or BodySite.Chest or BodySite.Trunk or BodySite.Shoulder,
            BodySite.Chest => header is BodySite.Neck or BodySite.Abdomen or BodySite.Shoulder or BodySite.UpperArm,
            BodySite.Abdomen => header is BodySite.Chest or BodySite.Pelvis or BodySite.Hip,
            BodySite.Trunk => header is BodySite.Neck or BodySite.Shoulder or BodySite.UpperArm or BodySite.Hip or BodySite.Thigh or BodySite.LowerLimb,
            BodySite.UpperLimb or BodySite.LowerLimb => isOfTrunk || header is BodySite.Hip or BodySite.Shoulder,
            _ => false,
        };
    }
}
