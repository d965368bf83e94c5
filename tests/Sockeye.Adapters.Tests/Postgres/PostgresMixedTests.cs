using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Postgres;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Postgres;

/// <summary>Together with <c>@socket.io/postgres-adapter</c> and <c>@socket.io/postgres-emitter</c>.</summary>
public class PostgresMixedTests(PostgresServer server) : MixedSpecification, IClassFixture<PostgresServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];
    private PostgresEmitter? _emitter;

    protected override object OfficialSettings => new { engine = "postgres", url = server.Url, prefix = _id, table = _id };

    protected override void AddEngine(IServiceCollection services) => services.AddSocketIOPostgres(server.ConnectionString, Configure);

    protected override ClusterEmitter CreateEmitter()
    {
        var options = new PostgresOptions();
        Configure(options);
        _emitter = new PostgresEmitter(server.ConnectionString, options);
        return _emitter.Everyone;
    }

    protected override async Task StopEngineAsync()
    {
        if (_emitter is not null)
        {
            await _emitter.DisposeAsync();
        }
    }

    protected virtual void Configure(PostgresOptions options)
    {
        options.ChannelPrefix = _id;
        options.TableName = _id;
        options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
        options.RequestsTimeout = TimeSpan.FromSeconds(30);
    }
}

/// <summary>The same where the .NET servers keep a log, of which those under Node know nothing.</summary>
public sealed class PostgresLogMixedTests(PostgresServer server) : PostgresMixedTests(server)
{
    protected override void Configure(PostgresOptions options)
    {
        base.Configure(options);
        (options.KeepLog, options.LogTableName, options.SessionTableName) = (true, $"{options.TableName}_log", $"{options.TableName}_sessions");
    }
}

/// <summary>Recovery between .NET servers with a Node server among them.</summary>
public sealed class PostgresMixedRecoveryTests(PostgresServer server) : IClassFixture<PostgresServer>
{
    private readonly string _id = $"t{Guid.NewGuid():N}"[..12];

    [Fact]
    public async Task Clients_get_events_of_Node_servers_which_are_not_recovered_and_the_log_says_so()
    {
        var log = new LogLines();
        await using var a = await StartAsync();
        await using var b = await StartAsync();
        await using var official = await OfficialNode.StartAsync(new { engine = "postgres", url = server.Url, prefix = _id, table = _id });
        await Waiting.UntilAsync(async () => await a.Io.ServerCountAsync() == 3 && await b.Io.ServerCountAsync() == 3, "all servers");
        await using var client = new RecoveringClient();
        await client.ConnectAsync(a.Url);
        await official.CallAsync(new { call = "emit", args = (object[])["of Node", 1] });
        await client.ExpectAsync("""["of Node",1]""");
        await a.Io.EmitAsync("seen");
        await client.ExpectAsync("""["seen"]""");
        await client.LoseAsync(a);
        await using var witness = new RecoveringClient();
        await witness.ConnectAsync(b.Url);
        await official.CallAsync(new { call = "emit", args = (object[])["of Node", 2] });
        await witness.ExpectAsync("""["of Node",2]""");
        await a.Io.EmitAsync("missed");
        Assert.Equal(["""["missed"]"""], await client.ConnectAsync(b.Url));
        Assert.Contains(log.Lines, static line => line.Contains("are not in the log", StringComparison.Ordinal));

        Task<Node> StartAsync() => Node.StartAsync(
            services =>
            {
                services.AddLogging(logging => logging.AddProvider(log));
                services.AddSocketIOPostgres(server.ConnectionString, options => PostgresRecoveryTests.Configure(options, _id));
            },
            options: options => options.ConnectionStateRecovery = new ConnectionStateRecoveryOptions());
    }
}
