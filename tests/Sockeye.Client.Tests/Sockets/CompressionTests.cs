using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Sockets;

public sealed class CompressionTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task SIOC_S_10_SIOC_S_11_events_are_compressed_unless_told_otherwise(bool? compress, bool isLarge)
    {
        const int Size = 200_000;
        await using var server = await SocketServer.StartAsync(configure: static options => options.PerMessageDeflate = new());
        await using var proxy = ChaosProxy.Start(server.Address);
        var up = 0;
        proxy.Rules.OnPiece = (_, way, piece) =>
        {
            Interlocked.Add(ref up, way == ProxyDirection.Up ? piece.Length : 0);
            return Task.CompletedTask;
        };
        await using var client = new SocketIOClient(proxy.Address, Clients.Options());
        var socket = client.Socket();

        // Both what is sent now and what waited for the connection.
        var text = new string('x', Size);
        var waited = compress is { } set ? socket.Compress(set).EmitWithAckAsync<int>("echo", [1, text]) : socket.EmitWithAckAsync<int>("echo", [1, text]);
        await server.ConnectAsync(socket);
        Assert.Equal(1, await waited.Within());
        Assert.Equal(2, await (compress is { } set2 ? socket.Compress(set2).EmitWithAckAsync<int>("echo", [2, text]) : socket.EmitWithAckAsync<int>("echo", [2, text])).Within());
        Assert.Equal(isLarge, Volatile.Read(ref up) > 2 * Size);
        Assert.Equal(!isLarge, Volatile.Read(ref up) < Size / 10);
    }
}
