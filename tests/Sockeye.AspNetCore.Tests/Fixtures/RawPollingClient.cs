using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>An answer as it came.</summary>
internal sealed record RawResponse(HttpStatusCode Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    /// <summary>The packets of a polling payload.</summary>
    public string[] Packets => Body.Split('\u001e');
}

/// <summary>Engine.IO long-polling by hand: nothing is sent or answered that the test does not say.</summary>
internal sealed class RawPollingClient(HttpClient http, string path)
{
    /// <summary>The session id, once open.</summary>
    public string Sid => Handshake.GetProperty("sid").GetString()!;

    /// <summary>The JSON of the open packet.</summary>
    public JsonElement Handshake { get; private set; }

    /// <summary>The query of the requests of this session.</summary>
    public string Query => $"EIO=4&transport=polling&sid={Sid}";

    /// <summary>Opens a session. What came with the open packet, if anything, is in the result's packets.</summary>
    public async Task<RawResponse> OpenAsync(string query = "EIO=4&transport=polling")
    {
        var response = await SendAsync(HttpMethod.Get, query);
        Assert.Equal(HttpStatusCode.OK, response.Status);
        Assert.StartsWith("0{", response.Body);
        Handshake = JsonElement.Parse(response.Packets[0][1..]);
        return response;
    }

    public Task<RawResponse> PollAsync() => SendAsync(HttpMethod.Get, Query);

    /// <summary>Polls until so many packets have come, leaving out pings, which it answers.</summary>
    public async Task<IReadOnlyList<string>> ReceiveAsync(int count)
    {
        var packets = new List<string>();
        while (packets.Count < count)
        {
            var response = await PollAsync();
            Assert.Equal(HttpStatusCode.OK, response.Status);
            foreach (var packet in response.Packets)
            {
                if (packet == "2")
                {
                    await PostAsync("3");
                }
                else
                {
                    packets.Add(packet);
                }
            }
        }

        return packets;
    }

    public Task<RawResponse> PostAsync(string body) => PostAsync(new StringContent(body, Encoding.UTF8, "text/plain"));

    public Task<RawResponse> PostAsync(HttpContent body) => SendAsync(HttpMethod.Post, Query, body);

    /// <summary>Posts packets as one payload and wants "ok".</summary>
    public async Task SendPacketsAsync(params string[] packets)
    {
        var response = await PostAsync(string.Join('\u001e', packets));
        Assert.Equal((HttpStatusCode.OK, "ok"), (response.Status, response.Body));
    }

    /// <summary>Any request to the endpoint.</summary>
    public async Task<RawResponse> SendAsync(HttpMethod method, string query, HttpContent? body = null, Action<HttpRequestHeaders>? headers = null)
    {
        using var request = new HttpRequestMessage(method, query.Length == 0 ? path : $"{path}?{query}") { Content = body };
        headers?.Invoke(request.Headers);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken).Within(what: $"{method} {path}?{query}");
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).Within(what: $"the body of {method} {path}?{query}");
        return new RawResponse(response.StatusCode, text, response.Headers, response.Content.Headers);
    }
}
