using System.Collections.Concurrent;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>The servers of one class of tests, which run one after the other: each kind with each settings is started once.</summary>
public sealed class ServerPool : IAsyncLifetime
{
    private readonly ConcurrentDictionary<(ServerKind Kind, ServerSettings Settings), Lazy<Task<ForeignServer>>> _servers = new();
    private readonly Lazy<Task<OfficialRecorder>> _recorder = new(OfficialRecorder.StartAsync);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    internal Task<ForeignServer> GetAsync(ServerKind kind, ServerSettings? settings = null) =>
        _servers.GetOrAdd((kind, settings ?? new()), static key => new(() => ForeignServer.StartAsync(key.Kind, key.Settings))).Value;

    internal async Task<IRecordedClient> OfficialClientAsync() => (await _recorder.Value).NewClient();

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await (await server.Value).DisposeAsync();
        }

        if (_recorder.IsValueCreated)
        {
            await (await _recorder.Value).DisposeAsync();
        }
    }
}
