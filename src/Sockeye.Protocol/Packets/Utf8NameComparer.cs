using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Sockeye.Protocol.Packets;

/// <summary>Ordinal comparison of names that can also be probed with UTF-8 bytes.</summary>
internal sealed class Utf8NameComparer : IEqualityComparer<string>, IAlternateEqualityComparer<ReadOnlySpan<byte>, string>
{
    private const int StackBytes = 512;

    private Utf8NameComparer()
    {
    }

    public static Utf8NameComparer Instance { get; } = new();

    public static bool TryFind<T>(Dictionary<string, T> table, ReadOnlySpan<byte> utf8Name, [MaybeNullWhen(false)] out T value) =>
        table.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(utf8Name, out value);

    public bool Equals(string? x, string? y) => string.Equals(x, y, StringComparison.Ordinal);

    public bool Equals(ReadOnlySpan<byte> alternate, string other)
    {
        if (Ascii.Equals(alternate, other))
        {
            return true;
        }

        // A name of n UTF-16 units has at least n and at most 3n bytes.
        if (alternate.Length < other.Length || alternate.Length > 3L * other.Length)
        {
            return false;
        }

        Span<byte> buffer = alternate.Length <= StackBytes ? stackalloc byte[StackBytes] : new byte[alternate.Length];
        return Encoding.UTF8.TryGetBytes(other, buffer, out var written) && alternate.SequenceEqual(buffer[..written]);
    }

    public int GetHashCode(string obj)
    {
        var size = Encoding.UTF8.GetMaxByteCount(obj.Length);
        Span<byte> buffer = size <= StackBytes ? stackalloc byte[StackBytes] : new byte[size];
        return GetHashCode(buffer[..Encoding.UTF8.GetBytes(obj, buffer)]);
    }

    public int GetHashCode(ReadOnlySpan<byte> alternate)
    {
        var hash = new HashCode();
        hash.AddBytes(alternate);
        return hash.ToHashCode();
    }

    public string Create(ReadOnlySpan<byte> alternate) => Encoding.UTF8.GetString(alternate);
}
