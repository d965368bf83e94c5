using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Postgres;
using Sockeye.Postgres.Log;

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

    protected string Id => _id;

    protected Task<object?> ExecuteAsync(string sql) => server.ExecuteAsync(sql);

    [Fact]
    public async Task What_the_clean_up_has_taken_out_is_a_gap_and_who_has_seen_the_newest_row_misses_nothing()
    {
        await using var second = new RecoveringClient();
        await second.ConnectAsync(A.Url);
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        await A.Io.EmitAsync("missed", 1);
        await A.Io.EmitAsync("missed", 2);
        await second.ExpectAsync("""["seen"]""", """["missed",1]""", """["missed",2]""");
        await second.LoseAsync(A);
        var options = new PostgresOptions();
        Configure(options);
        options.LogDuration = TimeSpan.FromMicroseconds(1);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        await new LogTable(source, options).CleanAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1L, await server.ExecuteAsync($"SELECT count(*) FROM {_id}_log"));
        Assert.Empty(await Client.ConnectAsync(B.Url));
        Assert.False(SocketAt(B).Recovered);
        await Waiting.UntilAsync(() => Task.FromResult(Failures.Contains("log trimmed")), "the reason");
        Assert.Empty(await second.ConnectAsync(B.Url));
        Assert.True(B.Io.Namespace("/").FindSocket(second.Sid!)!.Recovered);
        await B.Io.EmitAsync("missed", 3);
        await second.ExpectAsync("""["missed",3]""");
    }

    [Fact]
    public async Task Rows_that_were_never_committed_are_no_gap_and_sessions_leave_the_table()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        await Waiting.UntilAsync(async () => await server.ExecuteAsync($"SELECT count(*) FROM {_id}_sessions") is 1L, "the session to be kept");
        await server.ExecuteAsync($"SELECT nextval('{_id}_log_id_seq') FROM generate_series(1, 100)");
        await A.Io.EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await Client.ConnectAsync(B.Url));
        Assert.Equal(0L, await server.ExecuteAsync($"SELECT count(*) FROM {_id}_sessions"));
    }

    [Fact]
    public async Task More_than_a_page_is_recovered_in_order()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await Client.LoseAsync(A);
        await Task.WhenAll(Enumerable.Range(0, 1100).Select(i => A.Io.EmitAsync("n", i)));
        await A.Io.EmitAsync("large", 7, new byte[300_000]);
        await A.Io.EmitAsync("large", 8, new byte[300_000]);
        var missed = await Client.ConnectAsync(B.Url);
        Assert.True(missed.Length == 1102, $"{missed.Length}: {string.Join(",", Failures)}");
        Assert.Equal(Enumerable.Range(0, 1100).Select(i => $"""["n",{i}]"""), missed[..1100]);
        Assert.StartsWith("""["large",7""", missed[1100], StringComparison.Ordinal);
        Assert.StartsWith("""["large",8""", missed[1101], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_is_bounded_in_bytes_and_passes_what_is_of_others()
    {
        var options = new PostgresOptions();
        Configure(options);
        await using var source = NpgsqlDataSource.Create(server.ConnectionString);
        var after = (long)(await server.ExecuteAsync($"SELECT max(id) FROM {_id}_log"))!;
        foreach (var channel in (string[])["other", "wanted", "other", "wanted", "wanted"])
        {
            await server.ExecuteAsync($"INSERT INTO {_id}_log (channel, created_at, payload) VALUES ('{channel}', now(), decode(repeat('00', 3000000), 'hex'))");
        }

        await using var connection = await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var command = new LogTable(source, options).Page(connection);
        var page = await LogTable.ReadAsync(command, after, ["wanted"], TestContext.Current.CancellationToken);
        Assert.False(page.IsLast);
        Assert.Equal([(false, 0), (true, 3_000_000), (false, 0), (true, 3_000_000)], page.Rows.Select(row => (row.Channel == "wanted", row.Payload?.Length ?? 0)));
        page = await LogTable.ReadAsync(command, page.Rows[^1].Id, ["wanted"], TestContext.Current.CancellationToken);
        Assert.True(page.IsLast);
        Assert.Equal(3_000_000, Assert.Single(page.Rows).Payload!.Length);
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("' OR true --")]
    public async Task A_secret_that_is_none_finds_nothing_and_breaks_nothing(string pid)
    {
        await Client.LoseAsync(A);
        (Client.Pid, Client.Offset) = (pid, "pg-1");
        Assert.Empty(await Client.ConnectAsync(B.Url));
        await Waiting.UntilAsync(() => Task.FromResult(Failures.Contains("unknown session")), "the reason");
    }

    [Fact]
    public async Task A_log_that_is_shorter_than_clients_may_be_away_is_refused_with_what_to_change()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Node.StartAsync(
            services => services.AddSocketIOPostgres(server.ConnectionString, options =>
            {
                Configure(options);
                options.LogDuration = TimeSpan.FromMinutes(1);
            }),
            options: options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions()));
        Assert.Contains("LogDuration", error.Message, StringComparison.Ordinal);
    }
}

/// <summary>The same where servers have a key.</summary>
public sealed class SignedPostgresRecoveryTests(PostgresServer server) : PostgresRecoveryTests(server)
{
    protected override void Configure(PostgresOptions options)
    {
        base.Configure(options);
        options.SharedKey = SignatureTests.Key;
    }

    [Fact]
    public async Task Events_and_sessions_that_are_not_signed_are_not_taken()
    {
        await A.Io.EmitAsync("seen");
        await Client.ExpectAsync("""["seen"]""");
        await ExecuteAsync($"INSERT INTO {Id}_log (channel, created_at, payload) SELECT channel, now(), substring(payload FROM 34) FROM {Id}_log WHERE channel = '{Id}#/'");
        await A.Io.EmitAsync("end");
        await Client.ExpectAsync("""["end"]""");
        var sid = Client.Sid;
        await Client.LoseAsync(A);
        await Waiting.UntilAsync(async () => await ExecuteAsync($"SELECT count(*) FROM {Id}_sessions") is 1L, "the session to be kept");
        await ExecuteAsync($"UPDATE {Id}_sessions SET payload = substring(payload FROM 34)");
        Assert.Empty(await Client.ConnectAsync(B.Url));
        Assert.NotEqual(sid, Client.Sid);
        await Waiting.UntilAsync(() => Task.FromResult(Failures.Contains("unknown session")), "the reason");
    }
}
