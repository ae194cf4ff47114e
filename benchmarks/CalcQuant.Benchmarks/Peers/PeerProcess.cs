using System.Diagnostics;
using System.Globalization;

namespace CalcQuant.Benchmarks.Peers;

/// <summary>What a peer answered.</summary>
/// <param name="Seconds">Time; null where the peer is absent.</param>
/// <param name="Count">Components or voxels of its result, where that can be compared.</param>
/// <param name="Digest">SHA-256 of its result, where that can be compared; <see cref="PeerResult"/> makes the same of ours.</param>
/// <param name="Reason">Why it is absent.</param>
internal readonly record struct PeerAnswer(double? Seconds, int? Count, string? Digest, string? Reason);

/// <summary>The peers in a Python process that stays, so that start-up and imports are not counted against them.</summary>
internal sealed class PeerProcess : IDisposable
{
    private static readonly string[] Interpreters = ["/usr/bin/python3", "python3"];

    private readonly Process? _process;

    private PeerProcess(Process? process) => _process = process;

    /// <summary>Starts the process; where there is no Python with numpy every answer is that it is absent.</summary>
    public static PeerProcess Start(params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Peers", "peers.py");
        foreach (string interpreter in Interpreters)
        {
            try
            {
                using Process? probe = Process.Start(new ProcessStartInfo(interpreter, ["-c", "import numpy"]) { RedirectStandardError = true, UseShellExecute = false });
                probe!.WaitForExit();
                if (probe.ExitCode == 0)
                {
                    return new PeerProcess(Process.Start(new ProcessStartInfo(interpreter, [script, .. arguments])
                    {
                        RedirectStandardInput = true,
                        RedirectStandardOutput = true,
                        UseShellExecute = false,
                    }));
                }
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // The next interpreter, or none.
            }
        }

        return new PeerProcess(null);
    }

    /// <summary>Sends a command and waits for its answer as text.</summary>
    public string? Ask(string command)
    {
        if (_process is null)
        {
            return null;
        }

        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine();
    }

    /// <summary>Sends a command and reads its answer.</summary>
    public PeerAnswer Time(string command)
    {
        string answer = _process is null
            ? "absent no Python with numpy"
            : Ask(command) ?? throw new InvalidOperationException($"The peers ended during {command}.");
        string[] words = answer.Split(' ', 3);
        if (words[0] == "failed")
        {
            throw new InvalidOperationException($"{command}: {answer}");
        }

        return words[0] == "absent"
            ? new PeerAnswer(null, null, null, string.Join(' ', words[1..]))
            : new PeerAnswer(
                double.Parse(words[0], CultureInfo.InvariantCulture),
                words.Length > 1 ? int.Parse(words[1], CultureInfo.InvariantCulture) : null,
                words.Length > 2 ? words[2] : null,
                null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
