using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>
/// Sends to the clients of all servers from a process that is none, by PostgreSQL: <c>await emitter.Everyone.To("room").EmitAsync("news", 1)</c>. On the wire of <c>@socket.io/postgres-emitter</c>, with the namespace in
/// each message, without which servers under Node drop it. Create one and keep it. Thread-safe.
/// </summary>
public sealed class PostgresEmitter : IAsyncDisposable, IDisposable
{
    private readonly PostgresPublisher _publisher;
    private readonly NpgsqlDataSource _source;
    private readonly bool _ownsSource;

    /// <summary>Creates an emitter with connections of its own.</summary>
    /// <param name="connectionString">As Npgsql takes it: <c>Host=localhost;Username=app;Password=…</c></param>
    /// <param name="options">The settings of the servers: prefix and table.</param>
    public PostgresEmitter(string connectionString, PostgresOptions? options = null)
        : this(NpgsqlDataSource.Create(connectionString), ownsSource: true, options)
    {
    }

    /// <summary>Creates an emitter that takes its connections from the application's pool, which stays the application's.</summary>
    /// <param name="source">The pool.</param>
    /// <param name="options">The settings of the servers: prefix and table.</param>
    public PostgresEmitter(NpgsqlDataSource source, PostgresOptions? options = null)
        : this(source, ownsSource: false, options)
    {
    }

    private PostgresEmitter(NpgsqlDataSource source, bool ownsSource, PostgresOptions? options)
    {
        ArgumentNullException.ThrowIfNull(source);
        options = (options ?? new()).Check();
        (_source, _ownsSource) = (source, ownsSource);
        _publisher = new PostgresPublisher(new PostgresTables(source, options, new PostgresLog(NullLogger.Instance)), options);
        Everyone = new ClusterEmitter(message => new(_publisher.PublishAsync(message)), options.JsonSerializerOptions);
    }

    /// <summary>To everyone in the namespace "/"; its <c>Of</c>, <c>To</c>, <c>Except</c>… say whom else. What the database does not take is a <see cref="ClusterException"/>: nobody gets it.</summary>
    public ClusterEmitter Everyone { get; }

    /// <summary>Ends when what waits has been sent.</summary>
    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync().ConfigureAwait(false);
        if (_ownsSource)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="DisposeAsync"/>, without waiting for it.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();
}
