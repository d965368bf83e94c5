namespace Sockeye.Client.Tests.Fixtures;

/// <summary>A client, a server and the network between them, for one situation.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private readonly ServerPool _servers;
    private readonly ServerKind _kind;
    private readonly ServerSettings _settings;
    private readonly string[] _transports;
    private ForeignServer? _server;
    private ForeignServer? _own;
    private Uri? _target;

    public Scene(IRecordedClient client, ServerPool servers, ServerKind kind, ServerSettings settings, string transport)
    {
        Client = client;
        _servers = servers;
        _kind = kind;
        _settings = settings;
        _transports = transport == "upgrade" ? ["polling", "websocket"] : [transport];
        Proxy = ChaosProxy.Start(() => _target!);
    }

    public IRecordedClient Client { get; }

    public ChaosProxy Proxy { get; }

    /// <summary>Whether the client never gets beyond polling.</summary>
    public bool IsPolling => _transports is ["polling"];

    public ForeignServer Server => _server ?? throw new InvalidOperationException("The scene has no server: StartServerAsync.");

    /// <summary>Puts the server that all tests share behind the proxy.</summary>
    public async Task StartServerAsync() => Serve(await _servers.GetAsync(_kind, _settings));

    /// <summary>Starts a server that the scene may kill, in place of the one before if there was one.</summary>
    public async Task StartOwnServerAsync()
    {
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }

        _own = await ForeignServer.StartAsync(_kind, _settings);
        Serve(_own);
    }

    /// <summary>Puts another server behind the proxy.</summary>
    public void Serve(Uri target) => _target = target;

    private void Serve(ForeignServer server)
    {
        _server = server;
        _target = server.Address;
    }

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
    /// <param name="reset">With a reset, not in good order.</param>
    /// <param name="stay">And lets nobody in afterwards.</param>
    public async Task CutAsync(bool reset = true, bool stay = false)
    {
        if (IsPolling)
        {
            await Proxy.AtRestAsync();
        }

        if (stay)
        {
            Proxy.Refuse();
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
        if (_own is not null)
        {
            await _own.DisposeAsync();
        }
    }
}
