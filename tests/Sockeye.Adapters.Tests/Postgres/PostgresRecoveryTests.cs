using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Postgres;

namespace Sockeye.Adapters.Tests.Postgres;

/// <summary>Recovery between servers on a real PostgreSQL that keeps a log.</summary>
public class PostgresRecoveryTests(PostgresServer server) : RecoverySpecification, IClassFixture<PostgresServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    internal static void Configure(PostgresOptions options, string id)
    {
        PostgresEngineTests.Configure(options, id);
        options.KeepLog = true;
        options.LogTableName = $"{id}_log";
        options.SessionTableName = $"{id}_sessions";
    }

    protected virtual void Configure(PostgresOptions options) => Configure(options, _id);

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIOPostgres(server.ConnectionString, Configure);

    protected override string FutureOffset => "pg-99999999999999";

    protected override async Task AppendForeignAsync()
    {
        foreach (var channel in (string[])[$"{_id}#/nobody", $"{_id}#/", "other"])
        {
            await server.ExecuteAsync($"INSERT INTO {_id}_log (channel, created_at, payload) VALUES ('{channel}', now(), 'x')");
        }
    }

    protected override async Task TrimAsync() => await server.ExecuteAsync($"DELETE FROM {_id}_log");
}

/// <summary>The same where servers have a key.</summary>
public sealed class SignedPostgresRecoveryTests(PostgresServer server) : PostgresRecoveryTests(server)
{
    protected override void Configure(PostgresOptions options)
    {
        base.Configure(options);
        options.SharedKey = SignatureTests.Key;
    }
}
