using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;

namespace Sockeye.Client.Tests.Sockets;

/// <summary>Clients as services of an application.</summary>
public sealed class HostingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_is_a_service_with_the_application_s_logging_and_goes_with_it()
    {
        await using var server = await SocketServer.StartAsync();
        var services = new ServiceCollection();
        services.AddLogging(static logging => logging.AddFakeLogging().SetMinimumLevel(LogLevel.Debug));
        services.AddSocketIOClient(server.Url, static options => options.Transports = [TransportType.WebSocket]);
        services.Configure<SocketIOClientOptions>(static options => options.AckTimeout = TimeSpan.FromSeconds(7));
        SocketIOClient client;
        await using (var provider = services.BuildServiceProvider())
        {
            client = provider.GetRequiredService<SocketIOClient>();
            Assert.Same(client, provider.GetRequiredService<SocketIOClient>());
            Assert.Equal(TimeSpan.FromSeconds(7), client.Options.AckTimeout);
            await server.ConnectAsync(client.Socket());
            Assert.Contains(provider.GetFakeLogCollector().GetSnapshot(), static record => record.Category == "Sockeye.Client" && record.Id.Id == 2);
        }

        Assert.Throws<ObjectDisposedException>(() => client.Socket());
        Assert.Null(client.Engine);
    }

    [Fact]
    public async Task Several_clients_have_names_and_options_of_their_own()
    {
        await using var server = await SocketServer.StartAsync();
        var clock = new RecordingClock();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSocketIOClient("chat", server.Url + "/foo", static options => options.Auth = "chat");
        services.AddSocketIOClient("news", server.Url + "/asd", static options => options.Auth = "news");
        await using var provider = services.BuildServiceProvider();
        var (chat, news) = (provider.GetRequiredKeyedService<SocketIOClient>("chat"), provider.GetRequiredKeyedService<SocketIOClient>("news"));
        Assert.Null(provider.GetService<SocketIOClient>());
        Assert.NotSame(chat, news);
        Assert.Same(chat, provider.GetRequiredKeyedService<SocketIOClient>("chat"));
        Assert.Equal(("chat", "/foo"), (chat.Options.Auth, chat.Socket().Namespace));
        Assert.Equal(("news", "/asd"), (news.Options.Auth, news.Socket().Namespace));
        Assert.Same(clock, chat.Options.TimeProvider);
    }

    [Fact]
    public async Task A_provider_that_is_disposed_synchronously_disposes_the_client_too()
    {
        await using var server = await SocketServer.StartAsync();
        var services = new ServiceCollection();
        services.AddSocketIOClient(server.Url);
        SocketIOClient client;
        using (var provider = services.BuildServiceProvider())
        {
            client = provider.GetRequiredService<SocketIOClient>();
            await client.Socket().ConnectAsync(Token).Within();
        }

        Assert.Throws<ObjectDisposedException>(() => client.Socket());
    }

    [Fact]
    public void A_wrong_address_is_told_at_once()
    {
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSocketIOClient("/nowhere"));
        Assert.Throws<ArgumentException>(() => new ServiceCollection().AddSocketIOClient("name", "ftp://nowhere"));
    }
}
