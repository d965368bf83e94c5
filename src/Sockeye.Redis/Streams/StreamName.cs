using System.Globalization;

namespace Sockeye.Redis.Streams;

/// <summary>Which stream a namespace is in.</summary>
internal static class StreamName
{
    /// <summary>
    /// <c>socket.io</c>, or with several streams <c>socket.io-2</c> by the official hash. Where that one is negative official nodes write to <c>socket.io--2</c>, which none reads; here it is the stream of
    /// the same number without the sign, which all read.
    /// </summary>
    public static string Of(string name, int count, string ns) =>
        count == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{Math.Abs(Hash(ns) % count)}");

    private static int Hash(string text)
    {
        var hash = 0;
        foreach (var unit in text)
        {
            hash = unchecked((hash * 31) + unit);
        }

        return hash;
    }
}
