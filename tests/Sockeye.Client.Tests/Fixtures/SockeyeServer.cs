using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>Our server in this process, behind a proxy that can take it away.</summary>
internal sealed class SockeyeServer : ForeignServer
{
    private readonly SockeyeApplication _app;
    private readonly ChaosProxy _proxy;

    private SockeyeServer(SockeyeApplication app)
    {
        _app = app;
        _proxy = ChaosProxy.Start(app.Address);
    }

    public override ServerKind Kind => ServerKind.Sockeye;

    public override Uri Address => _proxy.Address;

    public static async Task<ForeignServer> LaunchAsync(ServerSettings settings) =>
        new SockeyeServer(await SockeyeApplication.StartAsync(settings, TestContext.Current.CancellationToken).WaitAsync(Waiting.Bound));

    public override Task KillAsync()
    {
        // What a killed process looks like from outside: nobody listens, and what was open is reset. The rest goes when the test ends.
        _proxy.Refuse();
        _proxy.Reset();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _app.DisposeAsync().AsTask().WaitAsync(Waiting.Bound);
    }

    protected override Task<JsonElement> DoAsync(ServerCommand command) => _app.DoAsync(command);
}
