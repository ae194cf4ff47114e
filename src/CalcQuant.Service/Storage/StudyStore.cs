using System.Diagnostics.CodeAnalysis;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CalcQuant.Service.Storage;

/// <summary>Which instances are stored, and which studies must stay. Safe for use from several threads.</summary>
internal sealed class StudyStore(DataFolder folder, Database database, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _pins = new(StringComparer.Ordinal);
    private readonly HashSet<string> _leaving = new(StringComparer.Ordinal);

    /// <summary>The stored instances of a series, ordered by SOP Instance UID; empty where there is no such series.</summary>
    public IReadOnlyList<StoredSeriesInstance> InstancesOf(string seriesInstanceUid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(seriesInstanceUid);
        cancellationToken.ThrowIfCancellationRequested();
        using SqliteConnection connection = database.Connect();
        return
        [
            .. connection.Query<InstanceRow>(
                InstanceRow.Select + " WHERE series_instance_uid = @seriesInstanceUid ORDER BY sop_instance_uid",
                new { seriesInstanceUid }).Select(ToInstance),
        ];
    }

    /// <summary>Looks an instance up by its SOP Instance UID.</summary>
    public bool TryFind(string sopInstanceUid, [NotNullWhen(true)] out StoredSeriesInstance? instance)
    {
        ArgumentNullException.ThrowIfNull(sopInstanceUid);
        using SqliteConnection connection = database.Connect();
        InstanceRow? row = connection.QuerySingleOrDefault<InstanceRow>(InstanceRow.Select + " WHERE sop_instance_uid = @sopInstanceUid", new { sopInstanceUid });
        instance = row is null ? null : ToInstance(row);
        return instance is not null;
    }

    /// <summary>
    /// Keeps retention away from a study until the pin is disposed; the study counts as used now. To be taken before <see cref="InstancesOf"/> is
    /// asked for what will be read.
    /// </summary>
    /// <returns>Null where the study is being deleted.</returns>
    public async Task<IDisposable?> PinAsync(string studyInstanceUid, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(studyInstanceUid);
        lock (_gate)
        {
            if (_leaving.Contains(studyInstanceUid))
            {
                return null;
            }

            _pins[studyInstanceUid] = _pins.GetValueOrDefault(studyInstanceUid) + 1;
        }

        var pin = new Pin(this, studyInstanceUid);
        try
        {
            await database.WriteAsync(
                (connection, transaction) => connection.Execute(
                    "UPDATE studies SET last_use_time = @now WHERE study_instance_uid = @studyInstanceUid",
                    new { studyInstanceUid, now = clock.GetUtcNow().ToUnixTimeMilliseconds() },
                    transaction),
                cancellationToken);
            return pin;
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }

    private StoredSeriesInstance ToInstance(InstanceRow row) => new(
        row.SopInstanceUid, row.SeriesInstanceUid, row.StudyInstanceUid, row.Sha256, row.ByteCount, folder.InstancePath(row.Sha256));

    private void Unpin(string studyInstanceUid)
    {
        lock (_gate)
        {
            int count = _pins[studyInstanceUid] - 1;
            if (count > 0)
            {
                _pins[studyInstanceUid] = count;
            }
            else
            {
                _pins.Remove(studyInstanceUid);
            }
        }
    }

    private sealed class Pin(StudyStore store, string studyInstanceUid) : IDisposable
    {
        private int _isDisposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            {
                store.Unpin(studyInstanceUid);
            }
        }
    }

    private sealed record InstanceRow(string SopInstanceUid, string SeriesInstanceUid, string StudyInstanceUid, string Sha256, long ByteCount)
    {
        public const string Select =
            "SELECT sop_instance_uid AS SopInstanceUid, series_instance_uid AS SeriesInstanceUid, study_instance_uid AS StudyInstanceUid, sha256 AS Sha256, byte_count AS ByteCount FROM instances";
    }
}
