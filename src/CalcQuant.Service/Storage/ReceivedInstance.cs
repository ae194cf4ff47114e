namespace CalcQuant.Service.Storage;

/// <summary>A DICOM file that arrived whole and is synced under a temporary name.</summary>
/// <param name="IncomingPath">Where it is.</param>
/// <param name="Identity">What it says it is.</param>
/// <param name="Sha256">SHA-256 of its bytes, lower-case hex.</param>
/// <param name="ByteCount">Its bytes.</param>
internal sealed record ReceivedInstance(string IncomingPath, InstanceIdentity Identity, string Sha256, long ByteCount);

/// <summary>What became of a received instance.</summary>
internal enum StoreOutcome
{
    /// <summary>Stored now.</summary>
    Stored = 1,

    /// <summary>The same bytes were there.</summary>
    AlreadyStored = 2,

    /// <summary>Other bytes are stored under its SOP Instance UID; they stay.</summary>
    Conflict = 3,
}
