using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>What another server says of a client's request: <c>{"headers":{},"time":"…","address":"…","xdomain":false,"secure":false,"issued":1,"url":"…","query":{},"auth":{}}</c>.</summary>
internal sealed class RemoteHandshake
{
    public RemoteHandshake(JsonElement json)
    {
        foreach (var (name, value) in Texts(json, "headers"))
        {
            Headers[name] = value;
        }

        Query = new QueryCollection(new Dictionary<string, StringValues>(Texts(json, "query"), StringComparer.OrdinalIgnoreCase));
        Url = Get(json, "url") is { ValueKind: JsonValueKind.String } url ? url.GetString()! : "";
        Address = Get(json, "address") is { ValueKind: JsonValueKind.String } address && IPAddress.TryParse(address.GetString(), out var parsed) ? parsed : null;
        IsSecure = Get(json, "secure").ValueKind == JsonValueKind.True;
        var issued = 0L;
        Issued = Get(json, "issued") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out issued) && issued is >= 0 and < 253_402_300_799_999
            ? DateTimeOffset.FromUnixTimeMilliseconds(issued)
            : DateTimeOffset.UnixEpoch;
        Auth = Get(json, "auth");
    }

    public IHeaderDictionary Headers { get; } = new HeaderDictionary();

    public IQueryCollection Query { get; }

    public string Url { get; }

    public IPAddress? Address { get; }

    public bool IsSecure { get; }

    public DateTimeOffset Issued { get; }

    public JsonElement Auth { get; }

    private static JsonElement Get(JsonElement json, string name) => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : default;

    private static Dictionary<string, StringValues> Texts(JsonElement json, string name)
    {
        var texts = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        if (Get(json, name) is { ValueKind: JsonValueKind.Object } members)
        {
            foreach (var member in members.EnumerateObject())
            {
                texts[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText();
            }
        }

        return texts;
    }
}
