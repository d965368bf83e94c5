namespace Sockeye.Protocol.Compatibility;

/// <summary>System.Buffers.SearchValues for bytes: a table in place of vectors.</summary>
internal static class SearchValues
{
    public static SearchValues<byte> Create(ReadOnlySpan<byte> values) => new(values);
}

/// <inheritdoc cref="SearchValues"/>
internal sealed class SearchValues<T>
{
    private readonly bool[] _wanted = new bool[byte.MaxValue + 1];

    public SearchValues(ReadOnlySpan<byte> values)
    {
        foreach (var value in values)
        {
            _wanted[value] = true;
        }
    }

    public bool Contains(byte value) => _wanted[value];
}
