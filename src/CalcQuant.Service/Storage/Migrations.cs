using System.Collections.Immutable;
using CalcQuant.Service.Analyses;

namespace CalcQuant.Service.Storage;

/// <summary>
/// The tables, as steps from one version of the schema to the next. A step that was released is never changed: another one follows it.
/// Times are Unix milliseconds, UTC; hashes are lower-case hex.
/// </summary>
internal static class Migrations
{
    /// <summary>Step <c>n</c> leads to version <c>n + 1</c>.</summary>
    public static ImmutableArray<string> Steps { get; } = [Studies, AnalysisStore.Schema, AnalysisStore.CorrectionsSchema];

    /// <summary>Studies and their instances. The same bytes are the same instance, so a hash stands for one row.</summary>
    private const string Studies = """
        CREATE TABLE studies (
            study_instance_uid TEXT NOT NULL PRIMARY KEY,
            create_time INTEGER NOT NULL,
            last_use_time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE instances (
            sop_instance_uid TEXT NOT NULL PRIMARY KEY,
            series_instance_uid TEXT NOT NULL,
            study_instance_uid TEXT NOT NULL REFERENCES studies (study_instance_uid),
            modality TEXT NOT NULL,
            sha256 TEXT NOT NULL UNIQUE,
            byte_count INTEGER NOT NULL,
            create_time INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX instances_by_series ON instances (series_instance_uid, sop_instance_uid);
        CREATE INDEX instances_by_study ON instances (study_instance_uid, series_instance_uid, sop_instance_uid);

        CREATE TABLE write_probe (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            time INTEGER NOT NULL
        ) STRICT;
        """;
}
