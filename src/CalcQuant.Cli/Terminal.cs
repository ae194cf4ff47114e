using CalcQuant.Analysis;
using Spectre.Console;

namespace CalcQuant.Cli;

/// <summary>Where a command writes: results to standard output, errors and progress to standard error.</summary>
internal sealed class Terminal
{
    /// <summary>Columns where there is no terminal to ask: so many that no line wraps; tables are as wide as their content.</summary>
    private const int RedirectedWidth = 2000;

    private readonly bool _showsProgress;
    private readonly Lazy<IAnsiConsole> _console;

    /// <summary>Creates a terminal over two writers.</summary>
    /// <param name="output">Results.</param>
    /// <param name="error">Errors and progress.</param>
    /// <param name="isScreen">True where <paramref name="output"/> is a screen: colours, and tables as wide as it is.</param>
    /// <param name="showsProgress">True where somebody watches both.</param>
    public Terminal(TextWriter output, TextWriter error, bool isScreen, bool showsProgress)
    {
        Out = output;
        Error = error;
        _showsProgress = showsProgress;
        _console = new Lazy<IAnsiConsole>(() =>
        {
            var settings = new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) };
            if (isScreen)
            {
                return AnsiConsole.Create(settings);
            }

            settings.Ansi = AnsiSupport.No;
            settings.ColorSystem = ColorSystemSupport.NoColors;
            IAnsiConsole console = AnsiConsole.Create(settings);
            console.Profile.Width = RedirectedWidth;
            return console;
        });
    }

    /// <summary>Plain results.</summary>
    public TextWriter Out { get; }

    /// <summary>Plain errors.</summary>
    public TextWriter Error { get; }

    /// <summary>Tables and colours, on <see cref="Out"/>; made on first use, as it costs time.</summary>
    public IAnsiConsole Console => _console.Value;

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess()
    {
        bool isScreen = !System.Console.IsOutputRedirected;
        return new Terminal(System.Console.Out, System.Console.Error, isScreen, isScreen && !System.Console.IsErrorRedirected);
    }

    /// <summary>One line on standard error.</summary>
    public void Complain(string message) => Error.WriteLine($"calcquant: {OneLine(message)}");

    /// <summary>
    /// Text from a file or the system on one line, without control characters: a header must not be able to move the cursor or forge a line.
    /// </summary>
    public static string OneLine(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character)) : text;

    /// <summary>Runs work with one progress bar per stage, where somebody is watching.</summary>
    /// <param name="isQuiet">True to show nothing.</param>
    /// <param name="work">Gets where to report to; null where nothing is shown.</param>
    public T WithProgress<T>(bool isQuiet, Func<IProgress<AnalysisProgress>?, T> work)
    {
        if (isQuiet || !_showsProgress)
        {
            return work(null);
        }

        T result = default!;
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Error) })
            .Progress()
            .AutoClear(enabled: true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context => result = work(new StageBars(context)));
        return result;
    }

    /// <summary>One bar per stage, added when the stage is first heard of. Called from the threads that do the work.</summary>
    private sealed class StageBars(ProgressContext context) : IProgress<AnalysisProgress>
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, ProgressTask> _bars = new(StringComparer.Ordinal);

        public void Report(AnalysisProgress value)
        {
            lock (_lock)
            {
                if (!_bars.TryGetValue(value.Stage, out ProgressTask? bar))
                {
                    bar = context.AddTask(Markup.Escape(value.Stage), maxValue: 1);
                    _bars.Add(value.Stage, bar);
                }

                // Threads may report out of order; a bar never goes back.
                bar.Value = Math.Max(bar.Value, Math.Clamp(value.Fraction, 0, 1));
            }
        }
    }
}
