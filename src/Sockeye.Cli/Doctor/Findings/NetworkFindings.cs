using Sockeye.Wire;

namespace Sockeye.Cli.Doctor.Findings;

/// <summary>What goes wrong with names, routes and ports.</summary>
internal static class NetworkFindings
{
    public static Finding NameNotFound(string host, string error) => new()
    {
        Code = "dns-not-found",
        Layer = WireLayer.Network,
        Title = $"The name {host} has no address.",
        Evidence = $"Asked for the addresses (A and AAAA) of {host}: {error}.",
        Cause = "The name is misspelt, its record is missing or not spread yet, or only a private name server (VPN, Docker, Kubernetes) knows it.",
        Remedies =
        [
            new(Software.System, $"dig {host} A; dig {host} AAAA    # what does the name server say?", $"{host}.  300  IN  A  192.0.2.10    # the record in the zone, with the server's own address"),
            new(Software.Client, "io(\"https://the-right-name.example\")"),
        ],
    };

    public static Finding NameServerFailed(string host, string error) => new()
    {
        Code = "dns-failed",
        Layer = WireLayer.Network,
        Title = "The name server does not answer.",
        Evidence = $"Asked for the addresses (A and AAAA) of {host}: {error}.",
        Cause = "No name server is to be reached from here: no network, a wrong resolver, or a VPN that is down.",
        Remedies = [new(Software.System, "cat /etc/resolv.conf", "nameserver 192.0.2.53    # a name server that can be reached")],
    };

    public static Finding NoRoute(string address, string error) => new()
    {
        Code = "no-route",
        Layer = WireLayer.Network,
        Title = $"There is no route to {address}.",
        Evidence = $"Asked the kernel for the way to {address}: {error}.",
        Cause = "This machine is in no network that leads there: a VPN is down, or the name has only IPv6 addresses and this network only IPv4.",
        Remedies = [new(Software.System, $"ip route get {address}")],
    };

    public static Finding PortClosed(string endpoint, int port, bool isLoopback) => new()
    {
        Code = "port-closed",
        Layer = WireLayer.Tcp,
        Title = $"Nothing listens on {endpoint}.",
        Evidence = $"The SYN to {endpoint} was answered with RST: connection refused.",
        Cause = isLoopback
            ? "The server is not running, listens on another port, or listens on another address of this machine (in a container: its own loopback)."
            : "The server is not running, listens on another port, or listens on loopback only and not on the address that others reach.",
        Remedies =
        [
            new(Software.System, $"ss -ltnp 'sport = :{port}'    # on the server: who listens, and where?"),
            new(Software.Node, $"httpServer.listen({port}, \"0.0.0.0\");"),
            new(Software.Kestrel, $"app.Run(\"http://0.0.0.0:{port}\");"),
            new(Software.Nginx, $"listen {port};"),
        ],
    };

    public static Finding PortFiltered(string endpoint, int port, string waited) => new()
    {
        Code = "port-filtered",
        Layer = WireLayer.Tcp,
        Title = $"{endpoint} does not answer at all.",
        Evidence = $"The SYN to {endpoint} got neither SYN-ACK nor RST within {waited}.",
        Cause = "A firewall or security group drops the packets, the machine is off, or the server is so busy that its queue of new connections is full.",
        Remedies =
        [
            new(Software.System, $"ufw allow {port}/tcp", $"iptables -I INPUT -p tcp --dport {port} -j ACCEPT", $"ss -ltn 'sport = :{port}'    # Recv-Q above Send-Q: the queue is full"),
        ],
    };

    public static Finding ConnectFailed(string endpoint, string error) => new()
    {
        Code = "connect-failed",
        Layer = WireLayer.Tcp,
        Title = $"No TCP connection to {endpoint}.",
        Evidence = $"Connecting to {endpoint} failed: {error}.",
        Cause = "The network refuses the way: a router or firewall says so, or this machine may not open connections.",
        Remedies = [new(Software.System, $"traceroute -T {endpoint.Split(':')[0]}")],
    };

    public static Finding SomeAddressesDead(IReadOnlyList<string> dead, string alive) => new()
    {
        Code = "address-not-answering",
        Layer = WireLayer.Tcp,
        Severity = Severity.Warning,
        Title = "Not every address of the name answers.",
        Evidence = $"{string.Join("; ", dead)}; {alive} answers.",
        Cause = "A record of a server that is gone, or an AAAA record where the server listens on IPv4 alone. Clients that try that address first wait or fail.",
        Remedies =
        [
            new(Software.System, "remove the stale A or AAAA record, or open the port on that address"),
            new(Software.Node, "httpServer.listen(port, \"::\");    // IPv6 and IPv4"),
            new(Software.Kestrel, "builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenAnyIP(port));"),
            new(Software.Nginx, "listen [::]:443 ssl;"),
        ],
    };
}
