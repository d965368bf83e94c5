namespace Scaling;

/// <summary>The nodes, each a process of its own, so that one can be stopped or killed without the others. Thread-safe.</summary>
internal sealed class NodeProcesses(string redis, int count) : IAsyncDisposable
{
    private readonly NodeProcess[] _nodes = [.. Enumerable.Range(1, count).Select(number => new NodeProcess($"node-{number}", redis))];

    /// <summary>A node has come or gone.</summary>
    public event Action? Changed;

    public IReadOnlyList<NodeState> All => [.. _nodes.Select(static node => node.State)];

    public async Task StartAllAsync()
    {
        foreach (var node in _nodes)
        {
            node.Changed += () => Changed?.Invoke();
        }

        await Task.WhenAll(_nodes.Select(static node => node.StartAsync()));
    }

    /// <summary>False: there is no such node or action, or it does not apply now.</summary>
    public async Task<bool> TryAsync(string name, string action)
    {
        if (_nodes.FirstOrDefault(node => node.State.Name == name) is not { } node)
        {
            return false;
        }

        switch (action, node.State.Url)
        {
            case ("start", null):
                await node.StartAsync();
                return true;
            case ("stop", not null):
                await node.StopAsync();
                return true;
            case ("kill", not null):
                await node.KillAsync();
                return true;
            default:
                return false;
        }
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_nodes.Select(static node => node.DisposeAsync().AsTask()));
}

/// <param name="Name">As the page shows it.</param>
/// <param name="Url">Where it listens; null: it does not run.</param>
internal sealed record NodeState(string Name, string? Url);
