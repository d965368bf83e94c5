using System.Diagnostics;
using System.Text;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

public sealed partial class ServerSocket
{
    /// <summary>An event came in; it waits for its turn. False: the connection is over its hard limit.</summary>
    internal bool Receive(Packet packet) => _lane.Enqueue(packet);

    /// <summary>Handles one event: catch-all listeners, middlewares, then its handler. Never throws.</summary>
    internal Task DispatchAsync(Packet packet)
    {
        if (!Connected)
        {
            return Task.CompletedTask;
        }

        var own = OwnHandlers;
        var shared = Namespace.Handlers;
        if (shared.Any.Items.Length > 0 || shared.EventMiddleware.Items.Length > 0 || own is not null)
        {
            return DispatchNamedAsync(packet, shared, own);
        }

        // The straight way: the handler is found by the bytes of the wire, and no string is made.
        if (shared.Events.Find(packet.EventName.Span) is not { } handler)
        {
            Unhandled(Encoding.UTF8.GetString(packet.EventName.Span));
            return Task.CompletedTask;
        }

        if (!handler.IsSynchronous)
        {
            return HandleAsync(handler, packet);
        }

        var end = HandleNow(handler, packet);
        return end.IsCompletedSuccessfully ? Task.CompletedTask : EndAsync(end, packet);
    }

    private async Task HandleAsync(EventInvoker handler, Packet packet)
    {
        var scope = EventScope.Begin(Namespace.Server.Scopes);
        try
        {
            Acknowledge(await handler.Run(this, packet.Arguments, packet.Id).ConfigureAwait(false));
            Namespace.Server.Metrics.EventReceived(EventOutcome.Handled);
        }
        catch (Exception e)
        {
            EventFailed(Encoding.UTF8.GetString(packet.EventName.Span), e);
        }

        await EndAsync(scope.EndAsync(), packet).ConfigureAwait(false);
    }

    /// <summary>Runs a handler that has ended when it returns.</summary>
    private ValueTask HandleNow(EventInvoker handler, Packet packet)
    {
        var scope = EventScope.Enter(Namespace.Server.Scopes);
        try
        {
            var ack = handler.Run(this, packet.Arguments, packet.Id);
            Debug.Assert(ack.IsCompleted, "a synchronous handler");
            Acknowledge(ack.Result);
            Namespace.Server.Metrics.EventReceived(EventOutcome.Handled);
        }
        catch (Exception e)
        {
            EventFailed(Encoding.UTF8.GetString(packet.EventName.Span), e);
        }
        finally
        {
            EventScope.Leave();
        }

        return scope.ExitAsync();
    }

    private async Task EndAsync(ValueTask end, Packet packet)
    {
        try
        {
            await end.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ReportError(Encoding.UTF8.GetString(packet.EventName.Span), e);
        }
    }

    /// <summary>Disposes the services that a call has used; what they throw is reported and goes no further.</summary>
    internal async ValueTask EndAsync(EventScope scope, string name)
    {
        try
        {
            await scope.EndAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            ReportError(name, e);
        }
    }

    /// <summary>Logs and counts an error, and tells the error hooks. A peer's fault and a handler's fault are counted apart.</summary>
    internal void ReportError(string? eventName, Exception exception)
    {
        var server = Namespace.Server;
        if (exception is ArgumentBindingException)
        {
            server.Log.EventNotBound(eventName, Id, Namespace.Name, exception);
        }
        else if (exception is not PacketRefusedException)
        {
            server.Metrics.HandlerFailed();
            server.Log.HandlerFailed(eventName, Id, Namespace.Name, exception);
        }

        var error = new SocketError(this, eventName, exception);
        foreach (var hook in (Action<SocketError>[])[.. Namespace.Handlers.Error.Items, .. OwnHandlers?.Error.Items ?? []])
        {
            try
            {
                hook(error);
            }
            catch (Exception e)
            {
                server.Log.HandlerFailed("error", Id, Namespace.Name, e);
            }
        }
    }

    private async Task DispatchNamedAsync(Packet packet, HandlerSet shared, HandlerSet? own)
    {
        var name = Encoding.UTF8.GetString(packet.EventName.Span);
        var scope = EventScope.Begin(Namespace.Server.Scopes);
        await RunListenersAsync(shared.Any.Items, name, packet.Arguments).ConfigureAwait(false);
        if (own is not null)
        {
            await RunListenersAsync(own.Any.Items, name, packet.Arguments).ConfigureAwait(false);
        }

        var current = new SocketEvent(this, name, packet.Arguments, packet.Id);
        try
        {
            await MiddlewareChain.RunAsync(
                [.. shared.EventMiddleware.Items, .. own?.EventMiddleware.Items ?? []], current, static e => e.Socket.HandleAsync(e)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            EventFailed(current.Name, e);
        }

        await EndAsync(scope, name).ConfigureAwait(false);
    }

    private async Task HandleAsync(SocketEvent current)
    {
        if ((OwnHandlers?.Events.Find(current.Name) ?? Namespace.Handlers.Events.Find(current.Name)) is not { } handler)
        {
            Unhandled(current.Name);
            return;
        }

        Acknowledge(await handler.Run(this, current.Arguments, current.AckId).ConfigureAwait(false));
        Namespace.Server.Metrics.EventReceived(EventOutcome.Handled);
    }

    private async Task RunListenersAsync(AnyListener[] listeners, string name, PacketArguments arguments)
    {
        foreach (var listener in listeners)
        {
            try
            {
                await listener.Run(this, name, arguments).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                ReportError(name, e);
            }
        }
    }

    private void Acknowledge(EncodedPacket? ack)
    {
        if (ack is not null)
        {
            Send(OutboundMessage.FromPacket(ack));
        }
    }

    private void EventFailed(string name, Exception exception)
    {
        Namespace.Server.Metrics.EventReceived(exception is ArgumentBindingException ? EventOutcome.BindingError : EventOutcome.HandlerError);
        ReportError(name, exception);
    }

    private void Unhandled(string name)
    {
        Namespace.Server.Metrics.EventReceived(EventOutcome.Unhandled);
        Namespace.Server.Log.EventUnhandled(name, Id, Namespace.Name);
    }
}
