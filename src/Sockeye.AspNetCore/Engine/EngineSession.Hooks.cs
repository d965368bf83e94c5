using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Hears of a packet. The data are those of the packet without its type, valid only during the call.</summary>
/// <param name="session">The session.</param>
/// <param name="type">The packet's type.</param>
/// <param name="data">UTF-8, or the bytes of a binary message.</param>
/// <param name="isBinary">Whether it is a binary message.</param>
public delegate void EnginePacketListener(EngineSession session, EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary);

// What an application may hear of one session, as conn.on("packet" | "packetCreate" | "drain" | "upgrade" | "close") of the official server.
public sealed partial class EngineSession
{
    private Listeners? _listeners;

    /// <summary>Called when the session has moved to a better transport: <see cref="TransportName"/> tells which.</summary>
    /// <param name="listener">Must be quick: it runs where the packet is read. What it throws is logged.</param>
    public void OnUpgrade(Action<EngineSession> listener) => Listen(listener, static (all, added) => all.Upgrade += added);

    /// <summary>Called for each packet that comes in by the transport in use, before it is delivered; those of an upgrade are not among them.</summary>
    /// <inheritdoc cref="OnUpgrade" />
    public void OnPacket(EnginePacketListener listener) => Listen(listener, static (all, added) => all.Packet += added);

    /// <summary>Called for each packet that is queued for the peer ("packetCreate"), the server's pings and pongs included.</summary>
    /// <param name="listener">Must be quick, and must not emit, join or leave: it runs where the packet is queued, under the locks that keep the order of events. What it throws is logged.</param>
    public void OnPacketCreate(EnginePacketListener listener) => Listen(listener, static (all, added) => all.PacketCreate += added);

    /// <summary>Called when all that was queued has been handed to the transport.</summary>
    /// <inheritdoc cref="OnUpgrade" />
    public void OnDrain(Action<EngineSession> listener) => Listen(listener, static (all, added) => all.Drain += added);

    /// <summary>Called once when the session has ended, after its sockets have, with the reason and, for people, the detail. Not called if it had ended before.</summary>
    /// <inheritdoc cref="OnUpgrade" />
    public void OnClose(Action<EngineSession, EngineCloseReason, string?> listener) => Listen(listener, static (all, added) => all.Close += added);

    private void Listen<T>(T listener, Action<Listeners, T> add)
        where T : Delegate
    {
        ArgumentNullException.ThrowIfNull(listener);
        lock (_lock)
        {
            add(_listeners ??= new(), listener);
        }
    }

    private void TellReceived(EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary) => Tell("packet", _listeners?.Packet, type, data, isBinary);

    private void TellQueued(OutboundMessage message)
    {
        if (_listeners?.PacketCreate is not { } listeners)
        {
            return;
        }

        for (var i = 0; i < message.PacketCount; i++)
        {
            var part = message.GetPart(i, out var isBinary);
            Tell("packetCreate", listeners, isBinary ? EnginePacketType.Message : (EnginePacketType)(part[0] - (byte)'0'), isBinary ? part : part[1..], isBinary);
        }
    }

    private void TellUpgraded() => Tell("upgrade", _listeners?.Upgrade);

    private void TellDrained() => Tell("drain", _listeners?.Drain);

    private void TellClosed(EngineCloseReason reason, string? detail)
    {
        try
        {
            _listeners?.Close?.Invoke(this, reason, detail);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(_server.Logger, "close", exception);
        }
    }

    private void Tell(string hook, Action<EngineSession>? listeners)
    {
        try
        {
            listeners?.Invoke(this);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(_server.Logger, hook, exception);
        }
    }

    private void Tell(string hook, EnginePacketListener? listeners, EnginePacketType type, ReadOnlySpan<byte> data, bool isBinary)
    {
        try
        {
            listeners?.Invoke(this, type, data, isBinary);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(_server.Logger, hook, exception);
        }
    }

    /// <summary>Made at the first listener: most sessions have none.</summary>
    private sealed class Listeners
    {
        public Action<EngineSession>? Upgrade;
        public EnginePacketListener? Packet;
        public EnginePacketListener? PacketCreate;
        public Action<EngineSession>? Drain;
        public Action<EngineSession, EngineCloseReason, string?>? Close;
    }
}
