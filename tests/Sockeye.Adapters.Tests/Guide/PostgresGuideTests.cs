using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Postgres;

namespace Sockeye.Adapters.Tests.Guide;

/// <summary>The code of docs/operations/postgres.md.</summary>
public sealed class PostgresGuideTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    [Fact]
    public Task The_code_of_the_guide_runs()
    {
        var connectionString = server.ConnectionString;
        return GuideServer.RunAsync(
            builder =>
            {
                // begin: register
                builder.Services.AddSocketIO();
                builder.Services.AddSocketIOPostgres(connectionString);
                // end: register
            },
            async () =>
            {
                // begin: emitter
                await using var emitter = new PostgresEmitter(connectionString);
                await emitter.Everyone.EmitAsync("news", "for all");
                await emitter.Everyone.Of("/chat").To("room1").EmitAsync("news", new byte[] { 1, 2, 3 });
                // end: emitter
            });
    }

    [Fact]
    public Task The_code_of_the_guide_about_the_log_runs()
    {
        var connectionString = server.ConnectionString;
        return GuideServer.RunAsync(
            builder =>
            {
                // begin: log
                builder.Services.AddSocketIO(options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
                builder.Services.AddSocketIOPostgres(connectionString, options => options.KeepLog = true);
                // end: log
            },
            async () =>
            {
                await using var emitter = new PostgresEmitter(connectionString, new PostgresOptions { KeepLog = true });
                await emitter.Everyone.EmitAsync("news", "for all");
            });
    }

    [Fact]
    public void Settings_that_cannot_be_kept_to_are_refused()
    {
        var services = new ServiceCollection();
        Refuse(options => options.TableName = "a; DROP TABLE b");
        Refuse(options => options.TableName = "");
        Refuse(options => options.ChannelPrefix = "");
        Refuse(options => options.ChannelPrefix = new string('x', 41));
        Refuse(options => options.PayloadThreshold = 8001);
        Refuse(options => options.LogTableName = "a-b");
        Refuse(options => options.LogTableName = options.TableName.ToUpperInvariant());
        Refuse(options => options.SessionTableName = "");
        Refuse(options => options.LogDuration = TimeSpan.Zero);
        Refuse(options => options.CleanupInterval = TimeSpan.Zero);
        Refuse(options => options.HeartbeatTimeout = options.HeartbeatInterval);
        Refuse(options => options.CommandTimeout = TimeSpan.FromMilliseconds(999));
        services.AddSocketIOPostgres("Host=localhost", options => options.TableName = "app.attachments");

        void Refuse(Action<PostgresOptions> configure) => Assert.ThrowsAny<ArgumentException>(() => services.AddSocketIOPostgres("Host=localhost", configure));
    }
}
