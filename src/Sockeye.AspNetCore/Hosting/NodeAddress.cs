using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Engine;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>Where other nodes reach this one, if nobody says it: the server is asked what it listens on.</summary>
internal static class NodeAddress
{
    /// <summary>Tells the other nodes, once the server listens.</summary>
    public static async Task AnnounceAsync(RelayDirectory relays, string? configured, IServiceProvider services)
    {
        var listening = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        var address = string.IsNullOrEmpty(configured) ? Find(listening, OwnAddress) : new Uri(configured);
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Sockeye.Engine");
        if (address is null)
        {
            EngineLog.RelayHasNoAddress(logger, relays.Self.Uid);
        }
        else
        {
            EngineLog.RelayStarted(logger, relays.Self.Uid, address);
        }

        await relays.AnnounceAsync(address);
    }

    /// <summary>The first usable of these, HTTP before HTTPS. "http://0.0.0.0:80", "http://[::]:80", "http://*:80" and "http://+:80" are every address of the machine.</summary>
    public static Uri? Find(IEnumerable<string> listening, Func<IPAddress?> own)
    {
        foreach (var text in listening.OrderBy(static text => text.StartsWith("https:", StringComparison.OrdinalIgnoreCase)))
        {
            var binding = BindingAddress.Parse(text);
            if (binding.IsUnixPipe || binding.IsNamedPipe || binding.Port == 0)
            {
                continue;
            }

            var host = binding.Host is "+" or "*" or "0.0.0.0" or "[::]" ? own() is { } address ? HostOf(address) : null : binding.Host;
            if (host is not null && RelayNode.TryReadAddress($"{binding.Scheme}://{host}:{binding.Port}", out var found))
            {
                return found;
            }
        }

        return null;
    }

    private static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    /// <summary>That of the network that leads elsewhere, IPv4 before IPv6; on a machine without one, of itself alone.</summary>
    private static IPAddress? OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(static network => network is { OperationalStatus: OperationalStatus.Up, NetworkInterfaceType: not NetworkInterfaceType.Loopback })
        .Select(static network => network.GetIPProperties())
        .OrderByDescending(static network => network.GatewayAddresses.Count > 0)
        .SelectMany(static network => network.UnicastAddresses)
        .Select(static unicast => unicast.Address)
        .Where(static address => !address.IsIPv6LinkLocal)
        .OrderBy(static address => address.AddressFamily == AddressFamily.InterNetworkV6)
        .FirstOrDefault() ?? IPAddress.Loopback;
}
