using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Postgres;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Postgres;

/// <summary>Servers on a real PostgreSQL.</summary>
public class PostgresEngineTests(PostgresServer server) : EngineSpecification, IClassFixture<PostgresServer>
{
    // A cluster for each test, on the same server.
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private PostgresEmitter? _emitter;

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIOPostgres(server.ConnectionString, Configure);

    protected override Task<ClusterEmitter> CreateEmitterAsync()
    {
        var options = new PostgresOptions();
        Configure(options);
        _emitter = new PostgresEmitter(server.ConnectionString, options);
        return Task.FromResult(_emitter.Everyone);
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    protected virtual void Configure(PostgresOptions options) => Configure(options, _id);

    internal static void Configure(PostgresOptions options, string id)
    {
        options.ChannelPrefix = id;
        options.TableName = id;
        options.HeartbeatTimeout = TestSettings.HeartbeatTimeout;
        options.RequestsTimeout = TestSettings.RequestsTimeout;
    }

    [Fact]
    public async Task Equal_messages_all_arrive_and_sizes_around_the_limit_of_a_notification_pass()
    {
        // PostgreSQL delivers equal notifications of one transaction once.
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Io.EmitAsync("same")));
        await Clients[1].ExpectAsync([.. Enumerable.Repeat("same", 50)]);
        for (var size = 7700; size < 8100; size += 7)
        {
            await Io.EmitAsync("size", new string('é', size / 2));
        }

        await Io.EmitAsync("large", new string('x', 2_000_000));
        for (var size = 7700; size < 8100; size += 7)
        {
            await Clients[1].ExpectAsync($"size \"{new string('é', size / 2)}\"");
        }

        await Clients[1].ExpectAsync($"large \"{new string('x', 2_000_000)}\"");
    }

    [Fact]
    public async Task What_is_in_no_way_a_message_is_refused_and_what_follows_arrives()
    {
        string[] garbage =
        [
            "", "{", "[]", "null", "\u0001", """{"type":3}""", """{"attachmentId":"999999"}""", """{"attachmentId":"1 OR true"}""", """{"attachmentId":{}}""", """{"uid":7,"attachmentId":-1}""",
            """{"type":3,"uid":"x","nsp":"/","data":{"packet":{"type":2,"data":["connect"]},"opts":{"rooms":[],"except":[]}}}""", new string('[', 5000),
        ];
        foreach (var payload in garbage)
        {
            await server.ExecuteAsync($"SELECT pg_notify('{_id}#/', '{payload}')");
        }

        await server.ExecuteAsync($$"""WITH stored AS (INSERT INTO {{_id}} (payload) VALUES ('\xc1ff00') RETURNING id) SELECT pg_notify('{{_id}}#/', '{"attachmentId":' || id || '}') FROM stored""");
        await server.ExecuteAsync($$"""WITH stored AS (INSERT INTO {{_id}} (payload) VALUES (NULL) RETURNING id) SELECT pg_notify('{{_id}}#/', '{"attachmentId":"' || id || '"}') FROM stored""");
        await ExpectEndAsync();
    }

    /// <summary>Whether what is binary is in the official table.</summary>
    protected virtual bool StoresAttachments => true;

    [Fact]
    public async Task The_table_is_as_the_official_one_and_old_rows_leave_it()
    {
        await Io.EmitAsync("test", new byte[] { 1 });
        await Clients[2].ExpectAsync("test [01]");
        Assert.Equal(StoresAttachments ? 1L : 0L, await server.ExecuteAsync($"SELECT count(*) FROM {_id} WHERE id > 0 AND created_at <= now() AND payload IS NOT NULL"));
        var cleaner = await Node.StartAsync(services => services.AddSocketIOPostgres(server.ConnectionString, options =>
        {
            Configure(options);
            options.ChannelPrefix += "b";
            options.CleanupInterval = TimeSpan.FromMilliseconds(50);
        }));
        await using (cleaner)
        {
            await Waiting.UntilAsync(async () => await server.ExecuteAsync($"SELECT count(*) FROM {_id}") is 0L, "the table to be empty");
        }
    }
}

/// <summary>The same with a log that nobody recovers from.</summary>
public class PostgresLogEngineTests(PostgresServer server) : PostgresEngineTests(server)
{
    private readonly string _log = $"t{Guid.NewGuid():N}"[..12];

    protected override void Configure(PostgresOptions options)
    {
        base.Configure(options);
        (options.KeepLog, options.LogTableName, options.SessionTableName) = (true, $"{_log}_log", $"{_log}_sessions");
    }
}

/// <summary>And with a key. Node servers, for whom the official table is, cannot take part then.</summary>
public sealed class SignedPostgresLogEngineTests(PostgresServer server) : PostgresLogEngineTests(server)
{
    protected override bool StoresAttachments => false;

    protected override void Configure(PostgresOptions options)
    {
        base.Configure(options);
        options.SharedKey = SignatureTests.Key;
    }
}
