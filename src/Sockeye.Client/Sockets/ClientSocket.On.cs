using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.Client.Sockets;

// Who hears of events. One table of overloads: the shapes that typed lambdas may have.
public sealed partial class ClientSocket
{
    private EventInvokers Invokers => field ??= new EventInvokers(_codec, Namespace);

    /// <summary>Handles an event. A name may have several handlers, which run in the order of registration, one after the other.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">
    /// Sync or async, with up to four typed arguments. A <see cref="JsonElement"/> argument is read without a model; a <see cref="PacketArguments"/> argument is all of them.
    /// What the handler returns is the acknowledgement, sent if the server asked for one; only one handler of a name may return something. Arguments beyond the handler's are ignored;
    /// missing ones are null, or an error where the type has no null. Several values: return <see cref="Ack"/>.
    /// </param>
    /// <returns>What takes the handler away again.</returns>
    /// <exception cref="ArgumentException">The name belongs to the library: use <see cref="OnConnect(Action)"/>, <see cref="OnConnectError(Action{Exception})"/>, <see cref="OnDisconnect(Action{DisconnectReason})"/>.</exception>
    public IDisposable On(string name, Func<Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(EventInvokers.NoArguments, _ => handler()), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<TResult>(string name, Func<Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(EventInvokers.NoArguments, _ => handler()), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On(string name, Action handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(EventInvokers.NoArguments, _ => handler()), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<TResult>(string name, Func<TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(EventInvokers.NoArguments, _ => handler()), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1>(string name, Func<T1, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1>(), a => handler(a)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, TResult>(string name, Func<T1, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1>(), a => handler(a)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1>(string name, Action<T1> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1>(), a => handler(a)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, TResult>(string name, Func<T1, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1>(), a => handler(a)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2>(string name, Func<T1, T2, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, TResult>(string name, Func<T1, T2, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2>(string name, Action<T1, T2> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, TResult>(string name, Func<T1, T2, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3>(string name, Func<T1, T2, T3, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3>(string name, Action<T1, T2, T3> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: true, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: false, once: false);
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public IDisposable On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: true, once: false);
    }
}
