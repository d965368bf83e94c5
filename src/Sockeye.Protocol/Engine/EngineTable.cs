using Packet = Sockeye.Protocol.Engine.EnginePacketType;
using Role = Sockeye.Protocol.Engine.EngineRole;
using State = Sockeye.Protocol.Engine.EngineState;
using Upgrade = Sockeye.Protocol.Engine.EngineUpgradeState;

namespace Sockeye.Protocol.Engine;

/// <summary>What a packet means in the state in which it came.</summary>
internal enum EngineStep
{
    /// <summary>Nothing happens.</summary>
    Ignore,

    /// <summary>Client: the handshake.</summary>
    Handshake,

    /// <summary>Nothing but a sign of life.</summary>
    Other,

    /// <summary>A message for the application.</summary>
    Deliver,

    /// <summary>Server, and client in revision 3: the answer to its ping.</summary>
    Pong,

    /// <summary>Client, and server in revision 3: a ping to be answered.</summary>
    Ping,

    /// <summary>Client that is closing: a ping that shows that the server lives; nothing is queued any more.</summary>
    PingUnanswered,

    /// <summary>The peer closes the session.</summary>
    PeerClosed,

    /// <summary>Breach: the heartbeat goes from the server to the client in revision 4, the other way in revision 3.</summary>
    WrongHeartbeat,

    /// <summary>Breach: the server's first packet is not the handshake.</summary>
    NoHandshake,

    /// <summary>Server: the probe; the client is about to stop polling.</summary>
    Probe,

    /// <summary>Client: the probe's answer.</summary>
    ProbeAnswered,

    /// <summary>Server: the session moves to the candidate.</summary>
    Switch,

    /// <summary>Not what an upgrade asks for: the candidate is closed, the session goes on.</summary>
    DropCandidate,
}

/// <summary>The session's transitions for packets: one table for the transport that carries it, one for the candidate. The first row that fits counts.</summary>
internal static class EngineTable
{
    private static ReadOnlySpan<byte> ProbeData => "probe"u8;

    /// <summary>A packet on the transport that carries the session.</summary>
    public static EngineStep OnCurrent(Role role, State state, Packet type, bool clientSendsPings = false) => (role, state, type) switch
    {
        (_, State.Closed, _) => EngineStep.Ignore,

        // The official server overlooks "1" on a WebSocket and waits for the ping timeout; we close on every transport.
        (_, _, Packet.Close) => EngineStep.PeerClosed,

        (Role.Server, State.Open, Packet.Message) => EngineStep.Deliver,
        (Role.Server, State.Open, Packet.Pong) => clientSendsPings ? EngineStep.WrongHeartbeat : EngineStep.Pong,
        (Role.Server, State.Open, Packet.Ping) => clientSendsPings ? EngineStep.Ping : EngineStep.WrongHeartbeat,
        (Role.Server, State.Open, Packet.Open or Packet.Upgrade or Packet.Noop) => EngineStep.Other,
        (Role.Server, State.Closing, _) => EngineStep.Ignore,

        (Role.Client, State.Opening, Packet.Open) => EngineStep.Handshake,
        (Role.Client, State.Opening, Packet.Noop) => EngineStep.Ignore,
        (Role.Client, State.Opening, _) => EngineStep.NoHandshake,
        (Role.Client, State.Open, Packet.Message) => EngineStep.Deliver,

        // The official client of revision 3 overlooks a ping of the server.
        (Role.Client, State.Open, Packet.Ping) => clientSendsPings ? EngineStep.Other : EngineStep.Ping,
        (Role.Client, State.Open, Packet.Pong) => clientSendsPings ? EngineStep.Pong : EngineStep.WrongHeartbeat,
        (Role.Client, State.Open, Packet.Open or Packet.Upgrade or Packet.Noop) => EngineStep.Other,

        // The official client goes on reading while it closes, the official server does not.
        (Role.Client, State.Closing, Packet.Message) => EngineStep.Deliver,
        (Role.Client, State.Closing, Packet.Ping) when !clientSendsPings => EngineStep.PingUnanswered,
        (Role.Client, State.Closing, _) => EngineStep.Other,

        _ => EngineStep.Ignore,
    };

    /// <summary>A packet on the transport that the session may move to. A closing session still moves, to be closed there.</summary>
    public static EngineStep OnCandidate(Role role, Upgrade upgrade, Packet type, ReadOnlySpan<byte> data)
    {
        var isProbe = data.SequenceEqual(ProbeData);
        return (role, upgrade, type) switch
        {
            (_, Upgrade.None or Upgrade.Upgraded, _) => EngineStep.Ignore,

            // As the official server does, a second probe is answered again.
            (Role.Server, Upgrade.Probing or Upgrade.Upgrading, Packet.Ping) when isProbe => EngineStep.Probe,
            (Role.Server, Upgrade.Upgrading, Packet.Upgrade) => EngineStep.Switch,

            (Role.Client, Upgrade.Probing, Packet.Pong) when isProbe => EngineStep.ProbeAnswered,

            _ => EngineStep.DropCandidate,
        };
    }
}
