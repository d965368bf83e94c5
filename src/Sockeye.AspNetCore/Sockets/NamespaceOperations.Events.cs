using System.Text.Json;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public abstract partial class NamespaceOperations
{
    /// <summary>Handles an event. There is one handler for a name; a second one is a mistake and throws.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">
    /// Sync or async, with up to four typed arguments. A <see cref="JsonElement"/> argument is read without a model; a <see cref="PacketArguments"/> argument is all of them.
    /// What the handler returns is the acknowledgement, sent if the client asked for one; a handler without a result does not acknowledge. Arguments beyond the handler's
    /// are ignored; missing ones are null, or an error where the type has no null. Several values: return <see cref="Ack"/>.
    /// </param>
    public void On(string name, Func<ServerSocket, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(ArgumentBinder.NoArguments, (socket, _) => handler(socket)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<TResult>(string name, Func<ServerSocket, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, ArgumentBinder.NoArguments, (socket, _) => handler(socket)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On(string name, Action<ServerSocket> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(ArgumentBinder.NoArguments, (socket, _) => handler(socket)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<TResult>(string name, Func<ServerSocket, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, ArgumentBinder.NoArguments, (socket, _) => handler(socket)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1>(string name, Func<ServerSocket, T1, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1>(), (socket, a) => handler(socket, a)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, TResult>(string name, Func<ServerSocket, T1, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1>(), (socket, a) => handler(socket, a)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1>(string name, Action<ServerSocket, T1> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1>(), (socket, a) => handler(socket, a)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, TResult>(string name, Func<ServerSocket, T1, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1>(), (socket, a) => handler(socket, a)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2>(string name, Func<ServerSocket, T1, T2, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2>(), (socket, a) => handler(socket, a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, TResult>(string name, Func<ServerSocket, T1, T2, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2>(), (socket, a) => handler(socket, a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2>(string name, Action<ServerSocket, T1, T2> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2>(), (socket, a) => handler(socket, a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, TResult>(string name, Func<ServerSocket, T1, T2, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2>(), (socket, a) => handler(socket, a.Item1, a.Item2)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3>(string name, Func<ServerSocket, T1, T2, T3, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2, T3>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, TResult>(string name, Func<ServerSocket, T1, T2, T3, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2, T3>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3>(string name, Action<ServerSocket, T1, T2, T3> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2, T3>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, TResult>(string name, Func<ServerSocket, T1, T2, T3, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2, T3>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, T4>(string name, Func<ServerSocket, T1, T2, T3, T4, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncVoid(Binder.Bind<T1, T2, T3, T4>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, T4, TResult>(string name, Func<ServerSocket, T1, T2, T3, T4, Task<TResult>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.AsyncValue(Format, Binder.Bind<T1, T2, T3, T4>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, T4>(string name, Action<ServerSocket, T1, T2, T3, T4> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Void(Binder.Bind<T1, T2, T3, T4>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    /// <inheritdoc cref="On(string, Func{ServerSocket, Task})" />
    public void On<T1, T2, T3, T4, TResult>(string name, Func<ServerSocket, T1, T2, T3, T4, TResult> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Add(name, EventInvokers.Value(Format, Binder.Bind<T1, T2, T3, T4>(), (socket, a) => handler(socket, a.Item1, a.Item2, a.Item3, a.Item4)));
    }

    private void Add(string name, EventInvoker invoker)
    {
        // In Node, io.on("connection") is no event of a client; here it would wait for one in silence.
        if (name == "connection")
        {
            throw new ArgumentException("Use OnConnection to learn of new sockets. For an event of clients that has this name, use On of the ServerSocket.");
        }

        Handlers.Events.Add(name, invoker, ToString()!);
    }
}
