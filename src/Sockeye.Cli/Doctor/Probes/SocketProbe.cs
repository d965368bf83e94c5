using System.Diagnostics;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Packets;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 7: a namespace, and an event.</summary>
internal static class SocketProbe
{
    private static readonly TimeSpan ForSecondThoughts = TimeSpan.FromSeconds(1);

    /// <summary>Whether the namespace took the connection and kept it.</summary>
    public static async Task<bool> RunAsync(Examination examination, IEngineTransport engine, CancellationToken cancellationToken)
    {
        var ns = examination.Namespace;
        examination.Progress($"Connecting to the namespace {ns}");
        var start = Stopwatch.GetTimestamp();
        var connection = await SocketConnection.ConnectAsync(examination, engine, ns, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(start);
        if (!connection.IsConnected)
        {
            examination.Bad(WireLayer.SocketIO, $"connect {Excerpt.Of(ns, 40)}", connection.Answer is null ? connection.Receipt.Why : $"CONNECT_ERROR {Excerpt.Of(connection.Json)}", took);
            examination.Find(Judge(examination, ns, engine.Name, connection));
            return false;
        }

        examination.Good(WireLayer.SocketIO, $"connect {Excerpt.Of(ns, 40)}", $"over {engine.Name}{(examination.Target.Auth is null ? "" : ", with auth")}: {Excerpt.Of(connection.Json)}", took);
        if (examination.Options.Event is { } name)
        {
            return await EmitAsync(examination, engine, ns, name, cancellationToken).ConfigureAwait(false);
        }

        examination.Plain(WireLayer.SocketIO, "event", "none sent: --emit NAME [JSON…] sends one and waits for its acknowledgement");
        var second = await SocketConnection.ReceiveAsync(engine, ns, packet => packet.Type == PacketType.Disconnect, ForSecondThoughts, cancellationToken).ConfigureAwait(false);
        if (second.Answer is not null || second.Receipt is { Type: null, IsTimeout: false })
        {
            Disconnected(examination, ns, second);
            return false;
        }

        return true;
    }

    private static Finding Judge(Examination examination, string ns, string transport, SocketConnection connection)
    {
        var sent = $"Sent CONNECT to {ns}{(examination.Target.Auth is { } auth ? $" with auth {Excerpt.Of(auth)}" : " without auth")} over {transport}";
        return connection switch
        {
            { IsInvalidNamespace: true } when ns.TrimEnd('/') == examination.Path.TrimEnd('/') || ns.TrimEnd('/').EndsWith("/socket.io", StringComparison.Ordinal) =>
                SocketFindings.EndpointAsNamespace(ns, $"{sent}; the answer is CONNECT_ERROR {Excerpt.Of(connection.Json)}."),
            { IsInvalidNamespace: true } => SocketFindings.InvalidNamespace(ns, $"{sent}; the answer is CONNECT_ERROR {Excerpt.Of(connection.Json)}."),
            { Answer: not null } => SocketFindings.Refused(ns, $"{sent}; the answer is CONNECT_ERROR {Excerpt.Of(connection.Json)}."),
            { Receipt.IsTimeout: true } => SocketFindings.NoAnswer(ns, $"{sent}; neither CONNECT nor CONNECT_ERROR came within {Words.Of(examination.Timeout)}."),
            _ => SocketFindings.Closed(ns, $"{sent}; then {connection.Receipt.Why}."),
        };
    }

    /// <summary>Whether the connection lives on.</summary>
    private static async Task<bool> EmitAsync(Examination examination, IEngineTransport engine, string ns, string name, CancellationToken cancellationToken)
    {
        var arguments = string.Concat(examination.Options.Arguments.Select(argument => "," + argument));
        var quoted = System.Text.Json.JsonSerializer.Serialize(name, DoctorJson.Default.String);
        var start = Stopwatch.GetTimestamp();
        examination.Progress($"Waiting for the acknowledgement of {name}");
        var unsent = await SocketConnection.SendAsync(engine, ns, "2", $"0[{quoted}{arguments}]", cancellationToken).ConfigureAwait(false);
        var result = unsent is not null
            ? new(null, EngineReceipt.Ended(unsent))
            : await SocketConnection.ReceiveAsync(engine, ns, packet => packet is { Type: PacketType.Ack or PacketType.BinaryAck, Id: 0 } or { Type: PacketType.Disconnect }, examination.Timeout, cancellationToken).ConfigureAwait(false);
        var took = Stopwatch.GetElapsedTime(start);
        switch (result)
        {
            case { Answer.Type: PacketType.Ack or PacketType.BinaryAck }:
                examination.Good(WireLayer.SocketIO, $"emit {Excerpt.Of(name, 40)}", $"acknowledged with {Excerpt.Of(result.Arguments)}", took);
                return true;
            case { Receipt.IsTimeout: true }:
                examination.Bad(WireLayer.SocketIO, $"emit {Excerpt.Of(name, 40)}", "not acknowledged", took);
                examination.Find(SocketFindings.AckMissing(name, $"Sent {Excerpt.Of($"EVENT [{quoted}{arguments}]")} with an acknowledgement asked for; none came within {Words.Of(examination.Timeout)}."));
                return true;
            default:
                Disconnected(examination, ns, result);
                return false;
        }
    }

    private static void Disconnected(Examination examination, string ns, SocketConnection result)
    {
        var saw = result.Answer is null ? result.Receipt.Why : "DISCONNECT";
        examination.Bad(WireLayer.SocketIO, "disconnect", saw);
        examination.Find(SocketFindings.Disconnected(ns, $"Connected, and then: {saw}."));
    }
}
