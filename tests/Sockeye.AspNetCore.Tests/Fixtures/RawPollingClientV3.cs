using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>An answer of revision 3 as it came.</summary>
internal sealed record RawResponseV3(HttpStatusCode Status, byte[] Body, HttpContentHeaders Headers)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public bool IsBytes => Headers.ContentType?.MediaType == "application/octet-stream";

    /// <summary>The packets of the payload: strings with their type, binary messages as bytes. Read here in the simplest way, not by the code under test.</summary>
    public IReadOnlyList<object> Packets => IsBytes ? [.. FromBytes()] : [.. FromText(Text)];

    /// <summary>The packets of a payload of text.</summary>
    public static IEnumerable<object> FromText(string text)
    {
        while (text.Length > 0)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var length = int.Parse(text[..colon], CultureInfo.InvariantCulture);
            var packet = text.Substring(colon + 1, length);
            text = text[(colon + 1 + length)..];
            yield return packet.StartsWith("b4", StringComparison.Ordinal) ? Convert.FromBase64String(packet[2..]) : packet;
        }
    }

    private IEnumerable<object> FromBytes()
    {
        for (var position = 0; position < Body.Length;)
        {
            var end = Array.IndexOf(Body, (byte)0xFF, position);
            var length = int.Parse(string.Concat(Body[(position + 1)..end]), CultureInfo.InvariantCulture);
            var data = Body[(end + 1)..(end + 1 + length)];
            if (Body[position] == 1)
            {
                Assert.Equal(4, data[0]);
            }

            yield return Body[position] == 0 ? Encoding.UTF8.GetString(data) : data[1..];
            position = end + 1 + length;
        }
    }
}

/// <summary>Engine.IO 3 long-polling by hand: nothing is sent or answered that the test does not say.</summary>
/// <param name="http">The HTTP client.</param>
/// <param name="path">The endpoint's path.</param>
/// <param name="more">More of the query: <c>&amp;b64=1</c>.</param>
internal sealed class RawPollingClientV3(HttpClient http, string path, string more = "")
{
    public string Sid => Handshake.GetProperty("sid").GetString()!;

    public JsonElement Handshake { get; private set; }

    public string Query => $"EIO=3&transport=polling&sid={Sid}{more}";

    /// <summary>Opens a session. What came with the open packet, if anything, is in the result's packets.</summary>
    public async Task<RawResponseV3> OpenAsync()
    {
        var response = await SendAsync(HttpMethod.Get, $"EIO=3&transport=polling{more}");
        Assert.Equal(HttpStatusCode.OK, response.Status);
        var open = Assert.IsType<string>(response.Packets[0]);
        Assert.StartsWith("0{", open);
        Handshake = JsonElement.Parse(open[1..]);
        return response;
    }

    public Task<RawResponseV3> PollAsync() => SendAsync(HttpMethod.Get, Query);

    public Task<RawResponseV3> PostAsync(string payload) => PostAsync(new StringContent(payload, Encoding.UTF8, "text/plain"));

    public Task<RawResponseV3> PostBytesAsync(byte[] payload) => PostAsync(new ByteArrayContent(payload) { Headers = { ContentType = new("application/octet-stream") } });

    public Task<RawResponseV3> PostAsync(HttpContent body) => SendAsync(HttpMethod.Post, Query, body);

    /// <summary>Posts packets, strings with their type and binary messages, as one payload of text, and wants "ok".</summary>
    public async Task SendPacketsAsync(params object[] packets)
    {
        var response = await PostAsync(string.Concat(packets.Select(packet => packet is byte[] data ? "b4" + Convert.ToBase64String(data) : (string)packet).Select(text => $"{text.Length}:{text}")));
        Assert.Equal((HttpStatusCode.OK, "ok"), (response.Status, response.Text));
    }

    public async Task ExpectUnknownAsync()
    {
        var response = await PollAsync();
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (response.Status, response.Text));
    }

    public async Task<RawResponseV3> SendAsync(HttpMethod method, string query, HttpContent? body = null, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(method, $"{path}?{query}") { Content = body };
        headers?.Invoke(request.Headers);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken).Within(what: $"{method} {path}?{query}");
        return new RawResponseV3(
            response.StatusCode,
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken).Within(what: $"the body of {method} {path}?{query}"),
            response.Content.Headers);
    }
}
