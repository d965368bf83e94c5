using Microsoft.Extensions.DependencyInjection;
using NATS.Client.Core;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Nats;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/nats.md.</summary>
public sealed class NatsGuideTests(NatsServer server) : IClassFixture<NatsServer>
{
    [Fact]
    public Task The_code_of_the_guide_runs()
    {
        var url = server.Url;
        return GuideServer.RunAsync(
            builder =>
            {
                // begin: register
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIONats(url);
                // end: register
            },
            async () =>
            {
                // begin: emitter
                await using var emitter = new NatsEmitter(url);
                await emitter.Everyone.EmitAsync("news", "for all");
                await emitter.Everyone.Of("/chat").To("room1").EmitAsync("news", new byte[] { 1, 2, 3 });
                // end: emitter
            });
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
