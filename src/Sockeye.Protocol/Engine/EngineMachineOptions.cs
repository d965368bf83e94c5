namespace Sockeye.Protocol.Engine;

/// <summary>The settings of an <see cref="EngineMachine"/>. Each is at least one millisecond; <see cref="TimeSpan.MaxValue"/> means never.</summary>
/// <param name="PingInterval">Server: from the start and from one pong to the next ping. A client takes it from the handshake.</param>
/// <param name="PingTimeout">Server: from a ping to the latest pong. A client takes it from the handshake.</param>
/// <param name="UpgradeTimeout">The longest time from a candidate's attachment to the change of transport.</param>
/// <param name="CloseTimeout">How long a closing session may take to write what is queued (official: 30 s).</param>
public sealed record EngineMachineOptions(TimeSpan PingInterval, TimeSpan PingTimeout, TimeSpan UpgradeTimeout, TimeSpan CloseTimeout)
{
    /// <summary>
    /// Whether the client sends the pings, as in Engine.IO 3. The server gives it up when none comes for <see cref="PingInterval"/> and <see cref="PingTimeout"/> together, the client
    /// the server when <see cref="PingTimeout"/> passes after a ping without a packet. Default false: revision 4.
    /// </summary>
    public bool ClientSendsPings { get; init; }
}
