using System.Globalization;

namespace CalcQuant.Benchmarks;

/// <summary>The arguments of a command are wrong; the message says what, in one line.</summary>
/// <param name="message">What is wrong.</param>
internal sealed class WrongArgumentsException(string message) : Exception(message);

/// <summary>The words after the name of a command, taken one after the other; whatever is wrong with them is a <see cref="WrongArgumentsException"/>.</summary>
/// <param name="command">The command, for messages.</param>
/// <param name="words">The words.</param>
internal sealed class CommandArguments(string command, IEnumerable<string> words)
{
    private readonly List<string> _words = [.. words];

    /// <summary>Words not yet taken.</summary>
    public IReadOnlyList<string> Rest => _words;

    /// <summary>Takes an option with its folder, wherever it stands.</summary>
    /// <returns>The folder; null where the option is absent.</returns>
    public string? TakeFolderOption(string option) => TakeOption(option) is { } folder ? Existing(folder, "*", SearchOption.AllDirectories) : null;

    /// <summary>Takes an option with the folder to write to, which need not exist.</summary>
    /// <returns>The folder; null where the option is absent.</returns>
    public string? TakeOutputOption(string option)
    {
        string? folder = TakeOption(option);
        return File.Exists(folder) ? throw Wrong($"not a folder: {folder}") : folder;
    }

    /// <summary>Takes the folder of .dcm files that comes next.</summary>
    public string TakeSlices() => _words.Count == 0 ? throw Wrong("wants a folder") : Existing(Take(), "*.dcm", SearchOption.TopDirectoryOnly);

    /// <summary>Takes the whole number that comes next.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="otherwise">The value where no word is left.</param>
    /// <param name="least">The least it may be.</param>
    public int TakeWhole(string name, int otherwise, int least = 1)
    {
        if (_words.Count == 0)
        {
            return otherwise;
        }

        string word = Take();
        return int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least
            ? value
            : throw Wrong($"{name} is a whole number of at least {least}, not {word}");
    }

    /// <summary>Nothing may be left.</summary>
    public void End()
    {
        if (_words.Count > 0)
        {
            throw Wrong($"does not take {_words[0]}");
        }
    }

    private string? TakeOption(string option)
    {
        int place = _words.IndexOf(option);
        if (place < 0)
        {
            return null;
        }

        if (place + 1 == _words.Count || _words[place + 1].StartsWith('-'))
        {
            throw Wrong($"{option} wants a folder");
        }

        string value = _words[place + 1];
        _words.RemoveRange(place, 2);
        return value;
    }

    private string Take()
    {
        string word = _words[0];
        _words.RemoveAt(0);
        return word;
    }

    private string Existing(string folder, string pattern, SearchOption search) =>
        !Directory.Exists(folder) ? throw Wrong($"no such folder: {folder}")
        : !Directory.EnumerateFiles(folder, pattern, search).Any() ? throw Wrong($"no {(pattern == "*" ? "" : pattern + " ")}files in {folder}")
        : folder;

    private WrongArgumentsException Wrong(string what) => new(command.Length == 0 ? what : $"{command}: {what}");
}
