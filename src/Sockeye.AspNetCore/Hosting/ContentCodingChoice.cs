using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Sockeye.AspNetCore.Hosting;

internal enum ContentCoding
{
    Identity,
    Brotli,
    Gzip,
    Deflate,
}

/// <summary>Which compression a client gets for a static file.</summary>
internal static class ContentCodingChoice
{
    private static readonly (string Name, ContentCoding Coding)[] Offered =
        [("br", ContentCoding.Brotli), ("gzip", ContentCoding.Gzip), ("deflate", ContentCoding.Deflate)];

    public static string NameOf(ContentCoding coding) => Offered[(int)coding - 1].Name;

    /// <summary>
    /// The highest quality wins; among equals a coding that is named beats one that only <c>*</c> covers, then the order of the client's list decides
    /// (<c>gzip, br</c> gives gzip, as the official server does), then ours.
    /// </summary>
    public static ContentCoding From(StringValues acceptEncoding)
    {
        if (!StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var accepted))
        {
            return ContentCoding.Identity;
        }

        var best = ContentCoding.Identity;
        (double Quality, bool Named, int Position) bestRank = default;
        foreach (var (name, coding) in Offered)
        {
            var rank = RankOf(name, accepted);
            if (rank.Quality > 0 && (best is ContentCoding.Identity || IsBetter(rank, bestRank)))
            {
                (best, bestRank) = (coding, rank);
            }
        }

        return best;
    }

    private static (double Quality, bool Named, int Position) RankOf(string name, IList<StringWithQualityHeaderValue> accepted)
    {
        (double Quality, bool Named, int Position) rank = default;
        for (var position = 0; position < accepted.Count; position++)
        {
            var item = accepted[position];
            var quality = item.Quality ?? 1;
            if (item.Value.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return (quality, Named: true, position);
            }

            if (item.Value == "*")
            {
                rank = (quality, Named: false, position);
            }
        }

        return rank;
    }

    private static bool IsBetter((double Quality, bool Named, int Position) left, (double Quality, bool Named, int Position) right)
    {
        if (left.Quality != right.Quality)
        {
            return left.Quality > right.Quality;
        }

        if (left.Named != right.Named)
        {
            return left.Named;
        }

        return left.Position < right.Position;
    }
}
