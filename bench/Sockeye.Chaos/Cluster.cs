namespace Sockeye.Chaos;

/// <summary>Three servers, each with a link of its own to the engine, and the entrance at which clients are dealt out to those that run.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private const int Size = 3;
    private int _next;

    public Cluster(Engine engine, Fault fault, string logs, Action<string, string> tell)
    {
        Server = engine.CreateServer();
        Links = [.. Enumerable.Range(0, Size).Select(_ => new TcpRelay(() => Server.Port))];
        Nodes = [.. Links.Select((link, i) => new NodeProcess($"node{i + 1}", engine, link.Port, fault, Path.Combine(logs, $"{engine.Name}-{fault.Name}-node{i + 1}.log"), tell))];
        Entrance = new TcpRelay(NextPort);
    }

    public EngineServer Server { get; }

    public IReadOnlyList<TcpRelay> Links { get; }

    public IReadOnlyList<NodeProcess> Nodes { get; }

    public TcpRelay Entrance { get; }

    public async Task StartAsync()
    {
        await Server.StartAsync();
        await Task.WhenAll(Nodes.Select(static node => node.StartAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        Entrance.Dispose();
        await Task.WhenAll(Nodes.Select(static node => node.DisposeAsync().AsTask()));
        foreach (var link in Links)
        {
            link.Dispose();
        }

        await Server.DisposeAsync();
    }

    private int? NextPort()
    {
        var running = Nodes.Select(static node => node.Port).OfType<int>().ToList();
        return running.Count == 0 ? null : running[(int)((uint)Interlocked.Increment(ref _next) % running.Count)];
    }
}
