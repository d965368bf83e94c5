using Microsoft.Extensions.DependencyInjection;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.Postgres;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Postgres;

/// <summary>Together with <c>@socket.io/postgres-adapter</c> and <c>@socket.io/postgres-emitter</c>.</summary>
public sealed class PostgresMixedTests(PostgresServer server) : MixedSpecification, IClassFixture<PostgresServer>
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

    private void Configure(PostgresOptions options)
    {
        options.ChannelPrefix = _id;
        options.TableName = _id;
        options.HeartbeatTimeout = TimeSpan.FromSeconds(30);
        options.RequestsTimeout = TimeSpan.FromSeconds(30);
    }
}
