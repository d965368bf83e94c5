using System.Text.Json;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>
/// A client in one namespace that remembers what the official client remembers, from connection to connection: the secret id, and as offset the last argument of the last
/// event that it saw after its CONNECT, if that was a text.
/// </summary>
internal sealed class RecoveringClient(KestrelServer server, Via via = Via.WebSocket, string ns = "/", string query = "") : IAsyncDisposable
{
    private SocketIOTestClient? _client;

    public string? Sid { get; private set; }

    public string? Pid { get; set; }

    public string? Offset { get; set; }

    public SocketIOTestClient Connection => _client!;

    /// <summary>Connects, as a new client or asking for the former socket, and gives the events that came before the answer, without their offsets.</summary>
    /// <param name="auth">More members of <c>auth</c>: <c>"token":"x"</c>.</param>
    /// <param name="otherQuery">A query in place of the client's.</param>
    public async Task<string[]> ConnectAsync(string auth = "", string? otherQuery = null)
    {
        _client = await SocketIOTestClient.OpenAsync(server, via, otherQuery ?? query);
        return await JoinAsync(auth);
    }

    /// <summary>The same on the connection that is there.</summary>
    public async Task<string[]> JoinAsync(string auth = "")
    {
        string[] members = [.. Member("pid", Pid), .. Member("offset", Offset), .. auth.Length > 0 ? [auth] : (string[])[]];
        await _client!.SendAsync($"40{SocketIOTestClient.Prefix(ns)}{{{string.Join(',', members)}}}");
        var before = new List<SocketIOTestPacket>();
        while (true)
        {
            var packet = await _client.ReceiveAsync();
            if (packet.Type is '0' or '4')
            {
                Assert.Equal('0', packet.Type);
                Sid = packet.Data.GetProperty("sid").GetString();
                Pid = packet.Data.TryGetProperty("pid", out var pid) ? pid.GetString() : null;
                return [.. before.Select(Take)];
            }

            before.Add(packet);
        }
    }

    /// <summary>The next events, without their offsets, must be these: <c>["name",1]</c>.</summary>
    public async Task ExpectAsync(params string[] events)
    {
        foreach (var expected in events)
        {
            Assert.Equal(expected, Take(await _client!.ReceiveAsync()));
        }
    }

    /// <summary>Loses the connection, and waits until the server knows.</summary>
    public async Task LoseAsync()
    {
        await _client!.CloseAsync();
        await SocketIOTestServer.UntilAsync(() => server.Io().Namespace(ns).FindSocket(Sid!) is null);
    }

    /// <summary>From now on this is another connection; the old one stays open, and nobody knows.</summary>
    public SocketIOTestClient Abandon()
    {
        var old = _client!;
        _client = null;
        return old;
    }

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? default;

    private static string[] Member(string name, string? value) => value is null ? [] : [$"\"{name}\":{JsonSerializer.Serialize(value)}"];

    /// <summary>As the official client: an event that asks for an acknowledgement ends with a function. What looks like an offset of this server is left out of the result.</summary>
    private string Take(SocketIOTestPacket packet)
    {
        Assert.Contains(packet.Type, "25");
        var values = packet.Data.EnumerateArray().ToList();
        if (packet.AckId.Length == 0 && values[^1].ValueKind == JsonValueKind.String)
        {
            Offset = values[^1].GetString();
            if (Offset!.Length == 12 && values.Count > 1)
            {
                values.RemoveAt(values.Count - 1);
            }
        }

        return $"[{string.Join(',', values.Select(value => value.GetRawText()))}]";
    }
}
