using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>
/// A client in the namespace "/" that remembers what the official client remembers from connection to connection: the secret id, and as offset the last argument of the last event, if that is a text. It shows
/// events without their offsets, as <c>["name",1]</c>.
/// </summary>
internal sealed class RecoveringClient : IAsyncDisposable
{
    private Connection? _connection;

    public string? Sid { get; private set; }

    public string? Pid { get; set; }

    public string? Offset { get; set; }

    /// <summary>All offsets that it has seen.</summary>
    public List<string> Offsets { get; } = [];

    /// <summary>Connects, and gives the events that came before the answer.</summary>
    public async Task<string[]> ConnectAsync(string url)
    {
        _connection = await Connection.OpenAsync(url);
        var members = new List<string>();
        members.AddRange(Pid is null ? [] : [$"\"pid\":{JsonSerializer.Serialize(Pid)}"]);
        members.AddRange(Offset is null ? [] : [$"\"offset\":{JsonSerializer.Serialize(Offset)}"]);
        await _connection.SendAsync($"40{{{string.Join(',', members)}}}");
        var before = new List<string>();
        while (true)
        {
            var packet = await _connection.NextAsync();
            if (packet.StartsWith("40", StringComparison.Ordinal))
            {
                var answer = JsonElement.Parse(packet[2..]);
                (Sid, Pid) = (answer.GetProperty("sid").GetString(), answer.GetProperty("pid").GetString());
                return [.. before];
            }

            before.Add(Take(packet));
        }
    }

    /// <summary>Whether something has come that nobody has read yet.</summary>
    public bool HasPacket => _connection!.HasPacket;

    /// <summary>The next event.</summary>
    public async Task<string> NextAsync() => Take(await _connection!.NextAsync());

    /// <summary>The next events must be these.</summary>
    public async Task ExpectAsync(params string[] events)
    {
        foreach (var expected in events)
        {
            Assert.Equal(expected, await NextAsync());
        }
    }

    /// <summary>Loses the connection, and waits until the server knows; nothing that had come counts as seen.</summary>
    public async Task LoseAsync(Node node)
    {
        await DisposeAsync();
        await Waiting.UntilAsync(() => Task.FromResult(node.Io.Namespace("/").FindSocket(Sid!) is null), "the server to know");
    }

    /// <summary>From now on this is another connection; the old one stays open, and nobody knows.</summary>
    public IAsyncDisposable Abandon()
    {
        var old = _connection!;
        _connection = null;
        return old;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
            _connection = null;
        }
    }

    private string Take(string packet)
    {
        Assert.Contains(packet[1], "25");
        var values = JsonElement.Parse(packet[packet.IndexOf('[', StringComparison.Ordinal)..]).EnumerateArray().ToList();
        if (values.Count > 1 && values[^1].ValueKind == JsonValueKind.String)
        {
            Offset = values[^1].GetString()!;
            Offsets.Add(Offset);
            values.RemoveAt(values.Count - 1);
        }

        return $"[{string.Join(',', values.Select(value => value.GetRawText()))}]";
    }

    private sealed class Connection : IAsyncDisposable
    {
        private readonly ClientWebSocket _socket = new();
        private readonly SemaphoreSlim _sending = new(1);
        private readonly Channel<string> _packets = Channel.CreateUnbounded<string>();
        private Task _pump = Task.CompletedTask;

        public static async Task<Connection> OpenAsync(string url)
        {
            var connection = new Connection();
            await connection._socket.ConnectAsync(new Uri($"{url.Replace("http", "ws", StringComparison.Ordinal)}/socket.io/?EIO=4&transport=websocket"), TestContext.Current.CancellationToken).Within("a connection");
            connection._pump = connection.PumpAsync();
            return connection;
        }

        public async Task SendAsync(string text)
        {
            await _sending.WaitAsync();
            try
            {
                await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            finally
            {
                _sending.Release();
            }
        }

        public Task<string> NextAsync() => _packets.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within("a packet");

        public bool HasPacket => _packets.Reader.TryPeek(out _);

        public async ValueTask DisposeAsync()
        {
            // Without a word, as a network is lost.
            _socket.Abort();
            await _pump;
            _socket.Dispose();
        }

        private async Task PumpAsync()
        {
            try
            {
                var buffer = new byte[64 * 1024];
                while (true)
                {
                    using var message = new MemoryStream();
                    WebSocketReceiveResult part;
                    do
                    {
                        part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                        message.Write(buffer, 0, part.Count);
                    }
                    while (!part.EndOfMessage);
                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        break;
                    }

                    var text = Encoding.UTF8.GetString(message.ToArray());
                    if (text == "2")
                    {
                        await SendAsync("3");
                    }
                    else if (part.MessageType == WebSocketMessageType.Text && text[0] == '4')
                    {
                        _packets.Writer.TryWrite(text);
                    }
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // It is lost. ObjectDisposedException: aborted between two packets.
            }
            finally
            {
                _packets.Writer.TryComplete();
            }
        }
    }
}
