using System.Text;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>What came of connecting to a namespace.</summary>
/// <param name="Answer">The server's packet; null where none came.</param>
/// <param name="Receipt">What the transport gave last.</param>
internal sealed record SocketConnection(Packet? Answer, EngineReceipt Receipt)
{
    public bool IsConnected => Answer?.Type == PacketType.Connect;

    /// <summary>Refused by the namespace's own middleware, so that there is one.</summary>
    public bool IsRefused => Answer?.Type == PacketType.ConnectError && !IsInvalidNamespace;

    public bool IsInvalidNamespace => Answer?.Type == PacketType.ConnectError && Json.Contains("Invalid namespace", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a CONNECT or CONNECT_ERROR says.</summary>
    public string Json => Answer is null ? "" : Encoding.UTF8.GetString(Answer.Json.Span);

    /// <summary>What an ACK brings.</summary>
    public string Arguments => Answer is null ? "" : $"[{string.Join(",", Enumerable.Range(0, Answer.Arguments.Count).Select(index => Encoding.UTF8.GetString(Answer.Arguments.GetJson(index))))}]";

    /// <summary>Connects to a namespace.</summary>
    public static async Task<SocketConnection> ConnectAsync(Examination examination, IEngineTransport engine, string ns, CancellationToken cancellationToken)
    {
        if (await SendAsync(engine, ns, "0", examination.Target.Auth ?? "", cancellationToken).ConfigureAwait(false) is { } unsent)
        {
            return new(null, EngineReceipt.Ended(unsent));
        }

        return await ReceiveAsync(engine, ns, packet => packet.Type is PacketType.Connect or PacketType.ConnectError, examination.Timeout, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends a packet without attachments: its type is one digit, the rest its id and data.</summary>
    public static Task<string?> SendAsync(IEngineTransport engine, string ns, string type, string rest, CancellationToken cancellationToken) =>
        engine.SendAsync(EnginePacketType.Message, Encoding.UTF8.GetBytes(type + (ns == "/" ? "" : ns + ",") + rest), cancellationToken);

    /// <summary>Waits for a packet of the namespace, and answers pings meanwhile.</summary>
    public static async Task<SocketConnection> ReceiveAsync(IEngineTransport engine, string ns, Func<Packet, bool> match, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var decoder = new JsonPacketFormat().CreateDecoder(new());
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var left = timeout - TimeProvider.System.GetElapsedTime(start);
            var receipt = left > TimeSpan.Zero ? await engine.ReceiveAsync(left, cancellationToken).ConfigureAwait(false) : EngineReceipt.Timeout;
            switch (receipt.Type)
            {
                case null or EnginePacketType.Close:
                    return new(null, receipt.Type is null ? receipt : EngineReceipt.Ended("the server closed the session"));
                case EnginePacketType.Ping:
                    await engine.SendAsync(EnginePacketType.Pong, receipt.Data, cancellationToken).ConfigureAwait(false);
                    break;
                case EnginePacketType.Message:
                    var status = receipt.IsBinary ? decoder.ReceiveBinary(receipt.Data, out var packet) : decoder.ReceiveText(receipt.Data, out packet);
                    if (status == PacketStatus.Error)
                    {
                        return new(null, EngineReceipt.Ended($"what came is no Socket.IO packet: {Excerpt.Of(receipt.Data)}"));
                    }

                    if (status == PacketStatus.Complete && packet!.Namespace == ns && match(packet))
                    {
                        return new(packet, receipt);
                    }

                    break;
            }
        }
    }
}
