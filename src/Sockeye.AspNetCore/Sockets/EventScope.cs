using Microsoft.Extensions.DependencyInjection;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>
/// The services of one call into the application: an event with its listeners and middlewares, the connect middlewares, the connection or the disconnect handlers of a
/// socket. The scope is made when something first asks for a service, so that handlers without services pay for none (ADR 0012).
/// </summary>
internal sealed class EventScope(IServiceScopeFactory factory)
{
    private readonly IServiceScopeFactory _factory = factory;

    // Not on the socket: its events may overlap, and each has its own services.
    private static readonly AsyncLocal<EventScope?> CurrentScope = new();

    // A handler that cannot await leaves its thread only when it has ended, so its scope need not follow it: an AsyncLocal costs two objects for each event.
    [ThreadStatic]
    private static EventScope? _ofThread;

    [ThreadStatic]
    private static EventScope? _spare;

    private IServiceScope? _scope;

    /// <summary>That of the call in which this is asked; null outside of one.</summary>
    public static EventScope? Current => _ofThread ?? CurrentScope.Value;

    public IServiceProvider Services
    {
        get
        {
            var scope = Volatile.Read(ref _scope);
            if (scope is null)
            {
                var created = _factory.CreateScope();
                scope = Interlocked.CompareExchange(ref _scope, created, null) ?? created;
                if (scope != created)
                {
                    created.Dispose();
                }
            }

            return scope.ServiceProvider;
        }
    }

    /// <summary>Begins a call. The caller is an async method, at whose end <see cref="Current"/> is again what it was before.</summary>
    public static EventScope Begin(IServiceScopeFactory factory)
    {
        var scope = new EventScope(factory);
        CurrentScope.Value = scope;
        return scope;
    }

    /// <summary>Begins a call that ends on this thread, with <see cref="Leave"/>.</summary>
    public static EventScope Enter(IServiceScopeFactory factory)
    {
        var scope = _spare is { } spare && spare.IsFor(factory) ? spare : new EventScope(factory);
        _spare = null;
        _ofThread = scope;
        return scope;
    }

    /// <summary>The handler has returned; <see cref="EndAsync"/> is still to come.</summary>
    public static void Leave() => _ofThread = null;

    /// <summary>Disposes what the call has made. May throw what the services throw.</summary>
    public ValueTask EndAsync()
    {
        switch (Interlocked.Exchange(ref _scope, Ended.Instance))
        {
            case null:
                return default;
            case IAsyncDisposable scope:
                return scope.DisposeAsync();
            case var scope:
                scope.Dispose();
                return default;
        }
    }

    /// <summary>Ends a call that was begun by <see cref="Enter"/>. One that has made nothing serves the next.</summary>
    public ValueTask ExitAsync()
    {
        if (Volatile.Read(ref _scope) is not null)
        {
            return EndAsync();
        }

        _spare = this;
        return default;
    }

    private bool IsFor(IServiceScopeFactory factory) => ReferenceEquals(_factory, factory);

    private sealed class Ended : IServiceScope
    {
        public static readonly Ended Instance = new();

        public IServiceProvider ServiceProvider => throw new InvalidOperationException(
            "The handler whose services these were has ended. Work that outlives its handler makes a scope of its own: take an IServiceScopeFactory and call CreateAsyncScope().");

        public void Dispose()
        {
        }
    }
}
