using System.Text;
using System.Text.Json;

namespace Sockeye.Cli.Connect;

/// <summary>Says where in a line its JSON is wrong.</summary>
internal static class JsonMistake
{
    /// <summary>"The argument is no JSON at column 6: 'x' is an invalid start of a value."</summary>
    public static string Describe(string subject, string line, JsonException mistake, int start = 0)
    {
        // The exception counts bytes of UTF-8, people count characters.
        var bytes = (int)Math.Min(mistake.BytePositionInLine ?? 0, Encoding.UTF8.GetByteCount(line.AsSpan(start)));
        var column = start + Encoding.UTF8.GetCharCount(Encoding.UTF8.GetBytes(line[start..]).AsSpan(0, bytes)) + 1;
        var reason = mistake.Message;
        var position = reason.IndexOf(" LineNumber:", StringComparison.Ordinal);
        reason = position < 0 ? reason : reason[..position];
        return $"{subject} no JSON at column {column}: {reason}";
    }
}
