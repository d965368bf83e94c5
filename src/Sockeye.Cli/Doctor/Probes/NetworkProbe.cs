using System.Diagnostics;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Layer 1: the name's addresses, and the way to them.</summary>
internal static class NetworkProbe
{
    private const int MaxAddresses = 8;

    private static readonly string[] Proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

    /// <summary>The addresses to which there is a way.</summary>
    public static async Task<IReadOnlyList<IPAddress>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        var host = examination.Target.Url.IdnHost;
        var addresses = await ResolveAsync(examination, host, cancellationToken).ConfigureAwait(false);
        if (Proxies.FirstOrDefault(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) is { } proxy)
        {
            examination.Plain(WireLayer.Network, "proxy", $"{proxy} is set here; the doctor goes the direct way, other programs may not");
        }

        var reachable = new List<IPAddress>();
        string? error = null;
        foreach (var address in addresses)
        {
            if (Route(address, examination.Target.Url.Port, out var why) is { } local)
            {
                examination.Good(WireLayer.Network, "route", $"{local} → {address}");
                reachable.Add(address);
            }
            else
            {
                error = why;
                examination.Notable(WireLayer.Network, "route", $"none to {address}: {why}");
            }
        }

        if (addresses.Count > 0 && reachable.Count == 0)
        {
            examination.Find(NetworkFindings.NoRoute(addresses[0].ToString(), error!));
        }

        return reachable;
    }

    private static async Task<IReadOnlyList<IPAddress>> ResolveAsync(Examination examination, string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal))
        {
            examination.Good(WireLayer.Network, "name", $"{literal} is an address; no name to resolve");
            return [literal];
        }

        examination.Progress($"Asking for the addresses of {host}");
        var start = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(examination.Timeout);
        try
        {
            var addresses = await examination.Resolve(host, limit.Token).ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(start);
            examination.Good(WireLayer.Network, "name", $"{host} has {string.Join(", ", addresses.Select(address => $"{(address.AddressFamily == AddressFamily.InterNetwork ? "A" : "AAAA")} {address}"))}", took);
            return [.. addresses.Distinct().Take(MaxAddresses)];
        }
        catch (SocketException e)
        {
            var isMissing = e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData;
            examination.Bad(WireLayer.Network, "name", $"{host}: {e.Message}", Stopwatch.GetElapsedTime(start));
            examination.Find(isMissing ? NetworkFindings.NameNotFound(host, e.Message) : NetworkFindings.NameServerFailed(host, e.Message));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var waited = $"no answer within {Words.Of(examination.Timeout)}";
            examination.Bad(WireLayer.Network, "name", $"{host}: {waited}", Stopwatch.GetElapsedTime(start));
            examination.Find(NetworkFindings.NameServerFailed(host, waited));
        }

        return [];
    }

    /// <summary>Which of our addresses and interfaces the kernel would use. A UDP socket asks it without sending anything.</summary>
    private static string? Route(IPAddress address, int port, out string? error)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(address, port);
            error = null;
            var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return InterfaceOf(local) is { } name ? $"{local} ({name})" : local.ToString();
        }
        catch (SocketException e)
        {
            error = e.Message;
            return null;
        }
    }

    private static string? InterfaceOf(IPAddress local)
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(candidate => candidate.GetIPProperties().UnicastAddresses.Any(unicast => unicast.Address.Equals(local)))?.Name
                ?? (IPAddress.IsLoopback(local) ? "loopback" : null);
        }
        catch (NetworkInformationException)
        {
            return null;
        }
    }
}
