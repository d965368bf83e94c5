using System.Text.Json;

namespace Sockeye.Cli.Tests.Connect;

/// <summary>node/connect-server.mjs: a server of the official library.</summary>
internal sealed class NodeServer(ChildProcess process, string url) : IAsyncDisposable
{
    private int _isOver;

    public string Url => url;

    public static async Task<NodeServer> StartAsync(object? options = null)
    {
        var process = ChildProcess.Node("connect-server.mjs", options);
        var line = await process.Lines.TakeAsync(what: "the server's port").Within();
        return new NodeServer(process, $"http://127.0.0.1:{JsonDocument.Parse(line).RootElement.GetProperty("port").GetInt32()}");
    }

    /// <summary>Ends it; a second time does nothing.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _isOver, 1) == 0 ? process.DisposeAsync() : default;
}
