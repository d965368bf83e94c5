using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 2: the handshake of three segments (RFC 9293 §3.5), and what the kernel measured.</summary>
internal static class TcpProbe
{
    /// <summary>The first address that takes a connection, as clients find it.</summary>
    public static async Task<IPEndPoint?> RunAsync(Examination examination, IReadOnlyList<IPAddress> addresses, CancellationToken cancellationToken)
    {
        await WarmUpAsync(cancellationToken).ConfigureAwait(false);
        IPEndPoint? alive = null;
        var failures = new List<(IPEndPoint Endpoint, SocketError Error, string Message)>();
        foreach (var address in addresses)
        {
            var endpoint = new IPEndPoint(address, examination.Target.Url.Port);
            examination.Progress($"Connecting to {endpoint}");
            if (await ConnectAsync(examination, endpoint, isNeeded: alive is null && endpoint.Address.Equals(addresses[^1]), cancellationToken).ConfigureAwait(false) is { } failure)
            {
                failures.Add((endpoint, failure.Error, failure.Message));
            }
            else
            {
                alive ??= endpoint;
            }
        }

        if (alive is null)
        {
            var (endpoint, error, message) = failures[0];
            examination.Find(Judge(endpoint, error, message, examination.Timeout));
        }
        else if (failures.Count > 0 && examination.Target.Url.IdnHost != "localhost")
        {
            examination.Find(NetworkFindings.SomeAddressesDead([.. failures.Select(failure => $"{failure.Endpoint}: {failure.Message}")], alive.ToString()));
        }

        return alive;
    }

    /// <summary>The first connection of a process waits for the runtime to load what it needs, which is not the network's time.</summary>
    private static async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var socket = await Dialer.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken).ConfigureAwait(false);
            TcpInfo.TryRead(socket);
        }
        catch (SocketException)
        {
            // A machine where no program may listen: then the first time includes it.
        }
    }

    private static Finding Judge(IPEndPoint endpoint, SocketError error, string message, TimeSpan waited) => error switch
    {
        SocketError.ConnectionRefused => NetworkFindings.PortClosed(endpoint.ToString(), endpoint.Port, IPAddress.IsLoopback(endpoint.Address)),
        SocketError.TimedOut => NetworkFindings.PortFiltered(endpoint.ToString(), endpoint.Port, Words.Of(waited)),
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => NetworkFindings.NoRoute(endpoint.Address.ToString(), message),
        _ => NetworkFindings.ConnectFailed(endpoint.ToString(), message),
    };

    /// <summary>Null where it succeeds.</summary>
    private static async Task<(SocketError Error, string Message)?> ConnectAsync(Examination examination, IPEndPoint endpoint, bool isNeeded, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(examination.Timeout);
        var start = Stopwatch.GetTimestamp();
        (SocketError, string) failure;
        try
        {
            using var socket = await Dialer.ConnectAsync(endpoint, limit.Token).ConfigureAwait(false);
            Describe(examination, endpoint, socket, Stopwatch.GetElapsedTime(start));
            return null;
        }
        catch (SocketException e)
        {
            failure = (e.SocketErrorCode, e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = (SocketError.TimedOut, $"no answer within {Words.Of(examination.Timeout)}");
        }

        var saw = $"{endpoint}: {failure.Item2}";
        examination.See(WireLayer.Tcp, isNeeded ? Mark.Bad : Mark.Notable, "SYN", saw, Stopwatch.GetElapsedTime(start));
        return failure;
    }

    private static void Describe(Examination examination, IPEndPoint endpoint, Socket socket, TimeSpan took)
    {
        var info = TcpInfo.TryRead(socket);
        examination.Good(WireLayer.Tcp, "① SYN", $"{socket.LocalEndPoint} → {endpoint}");
        examination.Good(WireLayer.Tcp, "② SYN-ACK", $"came back, as this program saw it{(info is null ? "" : $"; the kernel measured a round trip of {Words.Of(info.RoundTripTime)} ± {Words.Of(info.RoundTripTimeVariation)}")}", took);
        examination.Good(WireLayer.Tcp, "③ ACK", "sent at once: the connection is established");
        if (info is null)
        {
            examination.Plain(WireLayer.Tcp, "kernel", "TCP_INFO is not available on this system");
            return;
        }

        examination.Plain(WireLayer.Tcp, "segments", $"up to {info.SendMss} bytes of data each (MSS), path MTU {info.PathMtu}, window of {info.CongestionWindow} segments to begin with");
        examination.Plain(WireLayer.Tcp, "options", info.Options == TcpOptions.None ? "none agreed on" : string.Join(", ", OptionNames(info)));
        var saw = info.Retransmissions == 0 ? "none" : $"{info.Retransmissions} already, during the handshake: packets are lost on the way, or the server was slow to take the connection";
        examination.See(WireLayer.Tcp, info.Retransmissions == 0 ? Mark.Good : Mark.Notable, "retransmissions", saw);
    }

    private static IEnumerable<string> OptionNames(TcpInfo info)
    {
        if (info.Options.HasFlag(TcpOptions.Timestamps))
        {
            yield return "timestamps";
        }

        if (info.Options.HasFlag(TcpOptions.SelectiveAcknowledgement))
        {
            yield return "SACK";
        }

        if (info.Options.HasFlag(TcpOptions.WindowScale))
        {
            yield return $"window scale {info.SendWindowScale} (theirs) and {info.ReceiveWindowScale} (ours)";
        }

        if (info.Options.HasFlag(TcpOptions.ExplicitCongestionNotification))
        {
            yield return "ECN";
        }
    }
}
