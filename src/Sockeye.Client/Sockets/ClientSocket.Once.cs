namespace Sockeye.Client.Sockets;

// The same shapes of handlers, for one event.
public sealed partial class ClientSocket
{
    /// <summary>As <see cref="On(string, Func{Task})"/>, for the next such event only.</summary>
    public IDisposable Once(string name, Func<Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(EventInvokers.NoArguments, _ => handler()), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<TResult>(string name, Func<Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(EventInvokers.NoArguments, _ => handler()), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once(string name, Action handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(EventInvokers.NoArguments, _ => handler()), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<TResult>(string name, Func<TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(EventInvokers.NoArguments, _ => handler()), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1>(string name, Func<T1, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1>(), a => handler(a)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, TResult>(string name, Func<T1, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1>(), a => handler(a)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1>(string name, Action<T1> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1>(), a => handler(a)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, TResult>(string name, Func<T1, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1>(), a => handler(a)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2>(string name, Func<T1, T2, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, TResult>(string name, Func<T1, T2, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2>(string name, Action<T1, T2> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, TResult>(string name, Func<T1, T2, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2>(), a => handler(a.Item1, a.Item2)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3>(string name, Func<T1, T2, T3, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3>(string name, Action<T1, T2, T3> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2, T3>(), a => handler(a.Item1, a.Item2, a.Item3)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.AsyncVoid(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.AsyncValue(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: true, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, EventInvokers.Void(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: false, once: true);
    }

    /// <inheritdoc cref="Once(string, Func{Task})" />
    public IDisposable Once<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return _handlers.Add(name, Invokers.Value(Invokers.Bind<T1, T2, T3, T4>(), a => handler(a.Item1, a.Item2, a.Item3, a.Item4)), answers: true, once: true);
    }
}
