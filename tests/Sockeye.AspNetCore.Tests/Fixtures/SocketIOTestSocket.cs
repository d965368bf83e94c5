using System.Text.Json;

namespace Sockeye.AspNetCore.Tests.Fixtures;

/// <summary>A client's side of one namespace.</summary>
internal sealed class SocketIOTestSocket(SocketIOTestClient client, string ns, string id) : IAsyncDisposable
{
    private int _lastAckId;

    /// <summary>The connection, which other namespaces may share.</summary>
    public SocketIOTestClient Client { get; } = client;

    public string Namespace { get; } = ns;

    /// <summary>The socket's id, as the server said it.</summary>
    public string Id { get; } = id;

    /// <summary>Sends an event. Arguments that are byte arrays go as attachments.</summary>
    public Task EmitAsync(string name, params object?[] arguments) => SendAsync('2', "", [name, .. arguments]);

    /// <summary>Sends an event that asks for an acknowledgement and waits for it.</summary>
    public async Task<SocketIOTestPacket> AskAsync(string name, params object?[] arguments)
    {
        var ackId = $"{Interlocked.Increment(ref _lastAckId)}";
        await SendAsync('2', ackId, [name, .. arguments]);
        return await Client.ReceiveAsync(packet => packet.Namespace == Namespace && packet.Type is '3' or '6' && packet.AckId == ackId);
    }

    /// <summary>Acknowledges an event.</summary>
    public Task AnswerAsync(SocketIOTestPacket question, params object?[] values) => SendAsync('3', question.AckId, values);

    /// <summary>Leaves the namespace.</summary>
    public Task LeaveAsync() => Client.SendAsync("41" + SocketIOTestClient.Prefix(Namespace));

    /// <summary>The next packet of this namespace.</summary>
    public Task<SocketIOTestPacket> ReceiveAsync() => Client.ReceiveAsync(packet => packet.Namespace == Namespace);

    /// <summary>The next packets of this namespace must be these, attachments as <c>bAQID</c>.</summary>
    public async Task ExpectAsync(params string[] wire)
    {
        for (var received = 0; received < wire.Length;)
        {
            string[] packet = [.. (await ReceiveAsync()).Wire];
            Assert.Equal(wire[received..Math.Min(received + packet.Length, wire.Length)], packet);
            received += packet.Length;
        }
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private Task SendAsync(char type, string ackId, object?[] values)
    {
        var attachments = new List<byte[]>();
        var json = string.Join(',', values.Select(value =>
        {
            if (value is not byte[] data)
            {
                return JsonSerializer.Serialize(value);
            }

            attachments.Add(data);
            return $$"""{"_placeholder":true,"num":{{attachments.Count - 1}}}""";
        }));
        var header = attachments.Count == 0 ? $"{type}" : $"{(char)(type + 3)}{attachments.Count}-";
        return Client.SendAsync($"4{header}{SocketIOTestClient.Prefix(Namespace)}{ackId}[{json}]", [.. attachments]);
    }
}
