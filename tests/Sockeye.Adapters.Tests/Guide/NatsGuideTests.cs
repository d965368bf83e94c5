using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Nats;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/nats.md.</summary>
public sealed class NatsGuideTests(NatsServer server) : IClassFixture<NatsServer>
{
    [Fact]
    public async Task The_code_of_the_guide_runs()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var url = server.Url;
        // begin: register
        builder.Services.AddSocketIO();
        builder.Services.AddSocketIONats(url);
        // end: register
        await using var app = builder.Build();
        app.MapSocketIO();
        await app.StartAsync(TestContext.Current.CancellationToken).Within("the server to start");
        await using var client = await TestClient.ConnectAsync(app.Urls.Single());
        // begin: emitter
        await using var emitter = new NatsEmitter(url);
        await emitter.Everyone.EmitAsync("news", "for all");
        await emitter.Everyone.Of("/chat").To("room1").EmitAsync("news", new byte[] { 1, 2, 3 });
        // end: emitter
        await client.ExpectAsync("news \"for all\"");
        Assert.Equal(1, await app.Services.GetRequiredService<SocketIOServer>().ServerCountAsync());
    }

    [Fact]
    public void Settings_that_cannot_be_kept_to_are_refused()
    {
        var services = new ServiceCollection();
        foreach (var prefix in (string[])["", "a b", "a.*", "a.>", ".a", "a..b", "é", new('a', 129)])
        {
            Refuse(options => options.SubjectPrefix = prefix);
        }

        Refuse(options => options.HeartbeatTimeout = options.HeartbeatInterval);
        Refuse(options => options.CommandTimeout = TimeSpan.Zero);
        Refuse(options => options.MaxQueuedBytes = 0);
        Refuse(options => options.SharedKey = new byte[31]);
        // begin: connection
        services.AddSocketIONats("tls://nats.example.com:4222", options =>
            options.ConfigureConnection = connection => connection with { AuthOpts = new NatsAuthOpts { CredsFile = "app.creds" } });
        // end: connection

        void Refuse(Action<NatsOptions> configure) => Assert.ThrowsAny<ArgumentException>(() => services.AddSocketIONats("nats://localhost", configure));
    }
}
