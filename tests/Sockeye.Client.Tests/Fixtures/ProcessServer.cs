using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>A server that is a process of its own: Node's, Python's, or ours.</summary>
internal sealed class ProcessServer : ForeignServer
{
    private readonly ChildProcess _process;
    private readonly SemaphoreSlim _oneCommand = new(1);

    private ProcessServer(ServerKind kind, ChildProcess process, Uri address)
    {
        Kind = kind;
        _process = process;
        Address = address;
    }

    public override ServerKind Kind { get; }

    public override Uri Address { get; }

    public static async Task<ProcessServer> LaunchAsync(ServerKind kind, ServerSettings settings)
    {
        var process = kind switch
        {
            ServerKind.Sockeye => ChildProcess.DotNet("Sockeye.Client.TestServer", settings),
            ServerKind.Python => ChildProcess.Python("server.py", PythonOptions(settings)),
            _ => ChildProcess.Node("server.mjs", NodeOptions(kind, settings)),
        };
        try
        {
            var line = await process.Lines.TakeAsync(what: "the server listens");
            Assert.StartsWith("listening ", line);
            return new ProcessServer(kind, process, new Uri($"http://127.0.0.1:{line["listening ".Length..]}"));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public override Task KillAsync() => _process.KillAsync();

    public override async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _oneCommand.Dispose();
    }

    protected override async Task<JsonElement> DoAsync(ServerCommand command)
    {
        await _oneCommand.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            await _process.WriteAsync(command);
            var answer = await _process.Lines.TakeAsync(what: $"the answer to {command}");
            Assert.StartsWith("ok ", answer);
            return JsonElement.Parse(answer["ok ".Length..]);
        }
        finally
        {
            _oneCommand.Release();
        }
    }

    private static Dictionary<string, object> NodeOptions(ServerKind kind, ServerSettings settings)
    {
        var options = new Dictionary<string, object>
        {
            ["version"] = kind == ServerKind.Node2 ? 2 : 4,
            ["parser"] = settings.Format == WireFormat.MessagePack ? "msgpack" : "json",
            ["recovery"] = settings.Recovery,
            ["allowUpgrades"] = settings.AllowUpgrades,
            ["guarded"] = settings.Guarded,
        };
        AddIf(options, "pingInterval", settings.PingInterval?.TotalMilliseconds);
        AddIf(options, "pingTimeout", settings.PingTimeout?.TotalMilliseconds);
        AddIf(options, "maxHttpBufferSize", settings.MaxHttpBufferSize);
        return options;
    }

    private static Dictionary<string, object> PythonOptions(ServerSettings settings)
    {
        Assert.Equal(WireFormat.Json, settings.Format);
        var options = new Dictionary<string, object> { ["allow_upgrades"] = settings.AllowUpgrades };
        AddIf(options, "ping_interval", settings.PingInterval?.TotalSeconds);
        AddIf(options, "ping_timeout", settings.PingTimeout?.TotalSeconds);
        AddIf(options, "max_http_buffer_size", settings.MaxHttpBufferSize);
        return options;
    }

    private static void AddIf(Dictionary<string, object> options, string name, object? value)
    {
        if (value is not null)
        {
            options[name] = value;
        }
    }
}
