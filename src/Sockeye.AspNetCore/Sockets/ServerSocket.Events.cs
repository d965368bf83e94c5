using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

// Handlers of one socket, for code that comes from Node. The taught form is one table for the whole namespace: nothing is allocated for a connection then.
public sealed partial class ServerSocket
{
    /// <summary>Handles an event. There is one handler for a name; a second one is a mistake and throws.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">
    /// Sync or async, with up to four typed arguments. A <see cref="JsonElement"/> argument is read without a model; a <see cref="PacketArguments"/> argument is all of them.
    /// What the handler returns is the acknowledgement, sent if the client asked for one; a handler without a result does not acknowledge. Arguments beyond the handler's
    /// are ignored; missing ones are null, or an error where the type has no null. Several values: return <see cref="Ack"/>.
    /// </param>
    public void On(string name, Func<Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(ArgumentBinder.NoArguments, (_, _) => handler()));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<TResult>(string name, Func<Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, ArgumentBinder.NoArguments, (_, _) => handler()));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On(string name, Action handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(ArgumentBinder.NoArguments, (_, _) => handler()));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<TResult>(string name, Func<TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, ArgumentBinder.NoArguments, (_, _) => handler()));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1>(string name, Func<T1, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1>(), (_, a) => handler(a)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, TResult>(string name, Func<T1, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1>(), (_, a) => handler(a)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1>(string name, Action<T1> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1>(), (_, a) => handler(a)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, TResult>(string name, Func<T1, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1>(), (_, a) => handler(a)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2>(string name, Func<T1, T2, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2>(), (_, a) => handler(a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, TResult>(string name, Func<T1, T2, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2>(), (_, a) => handler(a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2>(string name, Action<T1, T2> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2>(), (_, a) => handler(a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, TResult>(string name, Func<T1, T2, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2>(), (_, a) => handler(a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3>(string name, Func<T1, T2, T3, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2, T3>(), (_, a) => handler(a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2, T3>(), (_, a) => handler(a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3>(string name, Action<T1, T2, T3> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2, T3>(), (_, a) => handler(a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, TResult>(string name, Func<T1, T2, T3, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2, T3>(), (_, a) => handler(a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, T4>(string name, Func<T1, T2, T3, T4, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2, T3, T4>(), (_, a) => handler(a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2, T3, T4>(), (_, a) => handler(a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, T4>(string name, Action<T1, T2, T3, T4> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2, T3, T4>(), (_, a) => handler(a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{Task})" />
    public void On<T1, T2, T3, T4, TResult>(string name, Func<T1, T2, T3, T4, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2, T3, T4>(), (_, a) => handler(a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    private PacketCodec Format => Namespace.Format;

    private ArgumentBinder Binder => Namespace.Binder;

    private void Add(string name, EventInvoker invoker)
    {
        if (Namespace.Handlers.Events.Contains(name))
        {
            throw new InvalidOperationException(
                $"The event \"{name}\" has a handler on the namespace {Namespace.Name} already, and only one can give the acknowledgement. Keep one of the two, or observe with OnAny.");
        }

        Handlers.Events.Add(name, invoker, $"the socket {Id}");
    }
}
