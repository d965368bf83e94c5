using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sockeye.Protocol.Compatibility;

/// <summary>Ordinal comparison of names that can also be looked up by UTF-8 bytes; here that makes a string.</summary>
internal static class Utf8NameComparer
{
    public static IEqualityComparer<string> Instance => StringComparer.Ordinal;

    public static bool TryFind<T>(Dictionary<string, T> table, ReadOnlySpan<byte> utf8Name, [MaybeNullWhen(false)] out T value) =>
        table.TryGetValue(Encoding.UTF8.GetString(utf8Name), out value);
}
