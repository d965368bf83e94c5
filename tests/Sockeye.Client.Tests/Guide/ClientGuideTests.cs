using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Sockeye.Client.Sockets;
using Sockeye.Client.Tests.Fixtures;

namespace Sockeye.Client.Tests.Guide;

/// <summary>The code of docs/guide/client*.md does what the pages say.</summary>
public sealed class ClientGuideTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_steps_work_as_written()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        var shown = new ConcurrentQueue<string>();
        await ClientGuide.FirstAsync(server.Address.ToString(), shown.Enqueue).Within();
        Assert.Contains("are you there?", shown);
        await ClientGuide.NamespacesAsync(server.Address.ToString()).Within();
    }

    [Fact]
    public async Task A_server_of_version_2_is_reached_as_written()
    {
        await using var server = await SockeyeServer.LaunchAsync(new() { AllowEIO3 = true });
        await ClientGuide.Version2Async(server.Address.ToString()).Within();
    }

    [Fact]
    public async Task A_refusal_names_its_reason_and_its_data()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address);
        var outcome = await ClientGuide.OutcomesAsync(client).Within();
        Assert.StartsWith("Auth failed (custom namespace), {", outcome, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Emitting_receiving_and_the_attempts_work_as_written()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address);
        var socket = client.Socket();
        var shown = new ConcurrentQueue<string>();
        ClientGuide.Lifecycle(client, shown.Enqueue);
        ClientGuide.Receiving(socket, _ => { });
        await socket.ConnectAsync(Token).Within();
        await ClientGuide.EmittingAsync(socket, Token).Within();
        Assert.StartsWith("no answer in time", await ClientGuide.FailingAsync(socket).Within(), StringComparison.Ordinal);

        var greeting = ClientGuide.OnceAsync(socket, Token);
        await socket.EmitAsync("echo", "good morning");
        Assert.Equal("good morning", await greeting.Within());

        var answered = socket.OnceAsync<int>("answered", Token);
        await socket.EmitAsync("ask", "a text");
        Assert.Equal(6, await answered.Within());

        ClientGuide.Diagnose(client, shown.Enqueue);
        Assert.Contains(shown, line => line.Contains("handshake by Polling", StringComparison.Ordinal) && line.Contains("ok", StringComparison.Ordinal));
        Assert.Contains(shown, line => line.StartsWith("connected as ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stream_of_events_is_read_by_a_loop()
    {
        await using var server = await SockeyeServer.LaunchAsync(new());
        await using var client = new SocketIOClient(server.Address);
        var socket = client.Socket();
        await socket.ConnectAsync(Token).Within();
        var sum = ClientGuide.StreamAsync(socket, Token);
        Assert.True(socket.HasListeners("price"));
        for (var i = 1; i <= 3; i++)
        {
            await server.EmitAsync("price", [new Price(i == 3 ? "END" : "ABC", i)]).Within();
        }

        Assert.Equal(6m, await sum.Within());
    }

    [Fact]
    public void The_settings_of_the_pages_are_valid()
    {
        foreach (var options in (SocketIOClientOptions[])[ClientGuide.Options(), ClientGuide.Reconnection(), ClientGuide.Offline(), ClientGuide.Retries(), ClientGuide.UserInterface(), ClientGuide.MessagePack()])
        {
            using var client = new SocketIOClient("https://chat.example", options);
            Assert.Equal("/", client.Socket().Namespace);
        }
    }

    [Fact]
    public async Task Clients_are_services()
    {
        var services = new ServiceCollection();
        ClientGuide.AddServices(services);
        await using var provider = services.BuildServiceProvider();
        Assert.Equal(TimeSpan.FromSeconds(30), provider.GetRequiredService<SocketIOClient>().Options.ReconnectionDelayMax);
        Assert.Equal("/feed", provider.GetRequiredService<PriceBoard>().Feed.Namespace);
    }
}
