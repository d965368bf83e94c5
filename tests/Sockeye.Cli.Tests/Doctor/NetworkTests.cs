using System.Net;
using System.Net.Sockets;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Doctor;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Names, ports, and servers that take connections and no more.</summary>
public sealed class NetworkTests
{
    [Theory]
    [InlineData(SocketError.HostNotFound, "dns-not-found")]
    [InlineData(SocketError.NoData, "dns-not-found")]
    [InlineData(SocketError.TryAgain, "dns-failed")]
    public async Task A_name_without_addresses(SocketError error, string code)
    {
        using var examination = new Examination(new Target { Url = new("https://site.example"), Path = "/socket.io/", Namespace = "/" }, new(), _ => { })
        {
            Resolve = (_, _) => Task.FromException<IPAddress[]>(new SocketException((int)error)),
        };
        await Checkup.RunAsync(examination, TestContext.Current.CancellationToken).Within();
        var finding = Assert.Single(examination.Diagnosis.Findings);
        Assert.Equal((code, WireLayer.Network), (finding.Code, finding.Layer));
        Assert.Equal(LayerState.Ill, examination.Diagnosis.StateOf(WireLayer.Network));
        Assert.Equal(LayerState.NotReached, examination.Diagnosis.StateOf(WireLayer.Tcp));
    }

    [Fact]
    public async Task A_name_server_that_never_answers()
    {
        using var examination = new Examination(new Target { Url = new("https://site.example"), Path = "/socket.io/", Namespace = "/", Timeout = TimeSpan.FromMilliseconds(50) }, new(), _ => { })
        {
            Resolve = async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                return [];
            },
        };
        await Checkup.RunAsync(examination, TestContext.Current.CancellationToken).Within();
        Assert.Equal("dns-failed", Assert.Single(examination.Diagnosis.Findings).Code);
    }

    [Fact]
    public async Task A_port_that_is_closed()
    {
        using var closed = new ClosedPort();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{closed.Number}");
        report.FindsOnly("port-closed", "tcp");
        Assert.Equal("healthy", report.StateOf("network"));
        Assert.Equal("not reached", report.StateOf("http"));
    }

    [Fact]
    public async Task A_port_whose_packets_are_dropped()
    {
        // A queue of new connections that is full: Linux drops the SYNs that come then, as a firewall would.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var fill = Enumerable.Range(0, 4).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        using var done = new CancellationTokenSource();
        var connecting = fill.Select(socket => socket.ConnectAsync(listener.LocalEndPoint!, done.Token).AsTask()).ToList();
        try
        {
            await connecting[0].Within();
            var report = await Deployment.ExamineAsync($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}", "--timeout", "2");
            report.FindsOnly("port-filtered", "tcp");
        }
        finally
        {
            await done.CancelAsync();
            await Task.WhenAll(connecting).ContinueWith(_ => { }, TaskScheduler.Default);
            fill.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_server_that_takes_connections_and_never_answers()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { kind = "silent" })}", "--timeout", "3");
        report.FindsOnly("http-no-answer", "http");
        Assert.Equal("healthy", report.StateOf("tcp"));
    }

    [Fact]
    public async Task A_server_that_closes_connections()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { kind = "closing" })}");
        report.FindsOnly("http-closed-without-answer", "http");
    }

    [Fact]
    public async Task A_server_of_another_protocol()
    {
        await using var deployment = new Deployment();
        var report = await Deployment.ExamineAsync($"http://127.0.0.1:{await deployment.NodeAsync(new { kind = "smtp" })}", "--timeout", "5");
        report.FindsOnly("not-http", "http");
    }
}
