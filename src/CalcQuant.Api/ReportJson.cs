using System.Text;
using Google.Protobuf;

namespace CalcQuant.Api;

/// <summary>
/// Canonical proto3 JSON (lowerCamelCase names, enum values by name) with defaults written: <c>regions: []</c> and <c>count: 0</c> are
/// there, unset optional fields are not.
/// </summary>
public static class ReportJson
{
    private static readonly JsonFormatter Formatter =
        new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation("  "));

    /// <summary>Writes a message as UTF-8 without a byte order mark, with a final line feed.</summary>
    /// <param name="message">Any message of the contract.</param>
    /// <param name="utf8">Receives the text; left open.</param>
    public static void Write(IMessage message, Stream utf8)
    {
        using var writer = new StreamWriter(utf8, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 1 << 16, leaveOpen: true);
        Write(message, writer);
    }

    /// <summary>Writes a message with a final line feed.</summary>
    /// <param name="message">Any message of the contract.</param>
    /// <param name="writer">Receives the text.</param>
    public static void Write(IMessage message, TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(writer);
        Formatter.Format(message, writer);
        writer.Write('\n');
    }

    /// <summary>Reads what <see cref="Write(IMessage, Stream)"/> wrote. Fields of later versions are skipped.</summary>
    /// <exception cref="InvalidProtocolBufferException">Not the JSON of this message.</exception>
    public static V1.AnalysisOutput Read(Stream utf8)
    {
        using var reader = new StreamReader(utf8, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        return new JsonParser(JsonParser.Settings.Default.WithIgnoreUnknownFields(true)).Parse<V1.AnalysisOutput>(reader);
    }
}
