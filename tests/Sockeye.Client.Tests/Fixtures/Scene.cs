namespace Sockeye.Client.Tests.Fixtures;

/// <summary>A client, a server and the network between them, for one situation.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly ServerKind _kind;
    private readonly ServerSettings _settings;
    private readonly string[] _transports;
    private ForeignServer? _server;
    private Uri? _target;

    public Scene(IRecordedClient client, ServerKind kind, ServerSettings settings, string transport)
    {
        Client = client;
        _kind = kind;
        _settings = settings;
        _transports = transport == "upgrade" ? ["polling", "websocket"] : [transport];
        Proxy = ChaosProxy.Start(() => _target!);
    }

    public IRecordedClient Client { get; }

    public ChaosProxy Proxy { get; }

    public ForeignServer Server => _server ?? throw new InvalidOperationException("The scene has no server: StartServerAsync.");

    /// <summary>Starts a server, in place of the one before if there was one.</summary>
    public async Task StartServerAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _server = await ForeignServer.StartAsync(_kind, _settings);
        _target = _server.Address;
    }

    /// <summary>Puts another server behind the proxy.</summary>
    public void Serve(Uri target) => _target = target;

    /// <summary>Makes the client's manager, which does not connect yet.</summary>
    public Task ManagerAsync(ClientSettings? settings = null) =>
        Client.DoAsync(new ClientStep("manager") { Url = Proxy.Address, Options = (settings ?? new()) with { Transports = _transports } });

    /// <summary>Connects a namespace.</summary>
    public Task SocketAsync(string nsp = "/", object? auth = null, object[]? authCallback = null, string[]? events = null) =>
        Client.DoAsync(new ClientStep("socket") { Namespace = nsp, Auth = auth, AuthCallback = authCallback, Events = events ?? [] });

    public Task ConnectAsync(string nsp = "/") => Client.DoAsync(new ClientStep("connect") { Namespace = nsp });

    public Task DisconnectAsync(string nsp = "/") => Client.DoAsync(new ClientStep("disconnect") { Namespace = nsp });

    public Task EmitAsync(string name, params object?[] arguments) => Client.DoAsync(new ClientStep("emit") { Event = name, Args = arguments });

    /// <summary>Closes the manager.</summary>
    public Task CloseAsync() => Client.DoAsync(new ClientStep("close"));

    /// <summary>Closes the connection under the manager.</summary>
    public Task CloseEngineAsync() => Client.DoAsync(new ClientStep("closeEngine"));

    /// <summary>Cuts the network of a client that has nothing on its way.</summary>
    public async Task CutAsync(bool reset = true)
    {
        if (_transports is ["polling"])
        {
            await Proxy.AtRestAsync();
        }

        if (reset)
        {
            Proxy.Reset();
        }
        else
        {
            Proxy.Finish();
        }
    }

    /// <summary>Waits until the emitter has emitted the event so many times since the beginning.</summary>
    public Task SeenAsync(string emitter, string name, int times = 1) => Client.Log.WaitAsync(emitter, name, times);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Proxy.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
