using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Parameters of a request's query, without the collection that the host would make of it: that would stay in memory as long as a WebSocket's request.</summary>
internal static class RequestQuery
{
    /// <summary>The decoded value; null if there is none. One that is given several times is joined with commas, as <see cref="Microsoft.Extensions.Primitives.StringValues"/> does.</summary>
    public static string? Find(HttpContext context, string name)
    {
        string? found = null;
        foreach (var parameter in new QueryStringEnumerable(context.Request.QueryString.Value))
        {
            if (parameter.DecodeName().Span.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                var value = TextOf(parameter.DecodeValue().Span);
                found = found is null ? value : $"{found},{value}";
            }
        }

        return found;
    }

    private static string TextOf(ReadOnlySpan<char> value) => value switch
    {
        "polling" => "polling",
        "websocket" => "websocket",
        "4" => "4",
        _ => value.ToString(),
    };
}
