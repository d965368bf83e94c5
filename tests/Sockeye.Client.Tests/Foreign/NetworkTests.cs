using Sockeye.Client.Engine;
using Sockeye.Client.Tests.Fixtures;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Tests.Foreign;

/// <summary>A network that is slow, or goes one way only.</summary>
public sealed class NetworkTests(ServerPool servers) : ForeignTests(servers)
{
    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    [InlineData("upgrade")]
    public async Task A_slow_network_loses_nothing(string transport)
    {
        var server = await ServerAsync(ServerKind.Node, WireFormat.Json);
        await using var proxy = ChaosProxy.Start(server.Address);
        proxy.Rules.BytesPerSecond = 400_000;
        proxy.Rules.Delay = TimeSpan.FromMilliseconds(5);
        await using var client = NewClient(proxy.Address, transport, WireFormat.Json);
        var socket = client.Socket();
        var echo = Listen(socket, "echo");
        await socket.ConnectAsync().Within();
        for (var i = 0; i < 20; i++)
        {
            await socket.EmitAsync("echo", i, new byte[i * 500]).Within();
        }

        for (var i = 0; i < 20; i++)
        {
            var arguments = await echo.TakeAsync();
            Assert.True(arguments.TryGetBinary(1, out var bytes));
            Assert.Equal((i, i * 500), (arguments.GetElement(0).GetInt32(), bytes!.Length));
        }
    }

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    public async Task A_network_that_lets_nothing_down_ends_in_a_ping_timeout_and_the_client_comes_back(string transport)
    {
        var server = await Servers.GetAsync(ServerKind.Node, new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(2) });
        await using var proxy = ChaosProxy.Start(server.Address);
        await using var client = NewClient(proxy.Address, transport, WireFormat.Json);
        var socket = client.Socket();
        var (connects, ends) = (new Inbox<string?>(), new Inbox<DisconnectReason>());
        socket.OnConnect(() => connects.Add(socket.Id));
        socket.OnDisconnect(ends.Add);
        await socket.ConnectAsync().Within();
        await connects.TakeAsync();
        proxy.Rules.Swallowed = ProxyDirection.Down;
        Assert.Equal(DisconnectReason.PingTimeout, await ends.TakeAsync());
        Assert.True(socket.Active);

        proxy.Rules.Swallowed = ProxyDirection.None;
        proxy.Reset();
        await connects.TakeAsync();
        Assert.Equal(socket.Id, await socket.EmitWithAckAsync<string>("id").Within());
    }

    [Fact]
    public async Task A_network_that_cuts_again_and_again_costs_connections_and_no_messages_that_were_acknowledged()
    {
        var server = await ServerAsync(ServerKind.Node, WireFormat.Json);
        await using var proxy = ChaosProxy.Start(server.Address);
        await using var client = NewClient(proxy.Address, "websocket", WireFormat.Json, options =>
        {
            options.Retries = 20;
            options.AckTimeout = TimeSpan.FromSeconds(20);
        });
        var socket = client.Socket();
        var connects = new Inbox<string?>();
        socket.OnConnect(() => connects.Add(socket.Id));
        socket.Connect();
        for (var i = 0; i < 10; i++)
        {
            await connects.TakeAsync();
            Assert.Equal(i, await socket.EmitWithAckAsync<int>("ack", [i]).Within());
            proxy.Reset();
        }

        await connects.TakeAsync();
        Assert.Equal(11, proxy.Accepted);
        Assert.All(client.Attempts, attempt => Assert.Equal(TransportType.WebSocket, attempt.Transport));
    }
}
