namespace Sockeye.Protocol.Compatibility;

/// <summary>The searches in spans that MemoryExtensions has in .NET, one element after the other in place of vectors.</summary>
internal static class Searches
{
    public static bool Contains(this ReadOnlySpan<byte> span, byte value) => span.IndexOf(value) >= 0;

    public static int IndexOfAny(this ReadOnlySpan<byte> span, SearchValues<byte> values)
    {
        for (var i = 0; i < span.Length; i++)
        {
            if (values.Contains(span[i]))
            {
                return i;
            }
        }

        return -1;
    }

    public static int IndexOfAnyExcept(this ReadOnlySpan<byte> span, ReadOnlySpan<byte> values)
    {
        for (var i = 0; i < span.Length; i++)
        {
            if (values.IndexOf(span[i]) < 0)
            {
                return i;
            }
        }

        return -1;
    }

    public static int IndexOfAnyInRange(this ReadOnlySpan<byte> span, byte lowest, byte highest)
    {
        for (var i = 0; i < span.Length; i++)
        {
            if (span[i] >= lowest && span[i] <= highest)
            {
                return i;
            }
        }

        return -1;
    }

    public static int IndexOfAnyExceptInRange(this ReadOnlySpan<byte> span, byte lowest, byte highest)
    {
        for (var i = 0; i < span.Length; i++)
        {
            if (span[i] < lowest || span[i] > highest)
            {
                return i;
            }
        }

        return -1;
    }
}
