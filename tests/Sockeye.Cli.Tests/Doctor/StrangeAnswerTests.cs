using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Doctor;
using Sockeye.Cli.Doctor.Probes;
using Sockeye.Wire;

namespace Sockeye.Cli.Tests.Doctor;

/// <summary>Whatever a server sends: it is a finding, and never an error of the doctor's.</summary>
public sealed partial class StrangeAnswerTests
{
    private const string Escape = "\u001b";

    public static TheoryData<string> Answers => new(
        "HTTP/1.1",
        "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 -1 \r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n0{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n0{\"sid\":\"a\"",
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0{\"sid\":5}x",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: http://\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        $"HTTP/1.1 404 {Escape}[2J\r\nServer: {Escape}]0;owned\a\r\nContent-Length: 5\r\n\r\n{Escape}[31m",
        "HTTP/1.1 200 OK\r\nX: " + new string('x', 100_000) + "\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 12\r\n\r\n{\"code\":\"x\"}",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\0\u0001ÿ0",
        "\u0015\u0003\u0003\0\u0002\u0002P");

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task It_is_a_finding(string answer)
    {
        await using var server = new FixedAnswer(Encoding.Latin1.GetBytes(answer));
        var run = await CommandLine.RunAsync(["doctor", $"http://127.0.0.1:{server.Port}", "--timeout", "5"]).Within(TimeSpan.FromSeconds(90));
        Assert.Equal(1, run.Code);
        Assert.Contains("✘ 1 finding.", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(Escape, run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_which_one_address_is_dead()
    {
        await using var server = new FixedAnswer([]);
        using var examination = new Examination(new Target { Url = new($"http://site.example:{server.Port}"), Path = "/socket.io/", Namespace = "/" }, new(), _ => { });
        var endpoint = await TcpProbe.RunAsync(examination, [IPAddress.Parse("127.0.0.2"), IPAddress.Loopback], TestContext.Current.CancellationToken).Within();
        Assert.Equal(IPAddress.Loopback, endpoint!.Address);
        var finding = Assert.Single(examination.Diagnosis.Findings);
        Assert.Equal(("address-not-answering", Severity.Warning), (finding.Code, finding.Severity));
    }

    [Fact]
    public async Task What_servers_say_does_nothing_to_the_terminal()
    {
        var sessions = 0;
        await using var server = new FixedAnswer(request => Encoding.Latin1.GetBytes(request switch
        {
            _ when Key().Match(request) is { Success: true } key =>
                $"HTTP/1.1 101 {Escape}[2JSwitching\u009b2J\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Accept(key.Groups[1].Value)}\r\nSec-WebSocket-Extensions: {Escape}[3m\r\n\r\n\u0081\u000d0{{\"sid\":\"ws\"}}",
            _ when request.StartsWith("POST", StringComparison.Ordinal) => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            _ when request.Contains("socket.io.js", StringComparison.Ordinal) => $"HTTP/1.1 200 OK\r\nContent-Encoding: {Escape}[31m\u009b\r\nContent-Length: 0\r\n\r\n",
            _ when request.Contains("sid=", StringComparison.Ordinal) => "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n6",
            _ => Open($"0{{\"sid\":\"{Interlocked.Increment(ref sessions)}\\u001b\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000}}"),
        }));
        var run = await CommandLine.RunAsync(["doctor", $"http://127.0.0.1:{server.Port}"]).Within(TimeSpan.FromSeconds(120));
        Assert.Contains("→ 101 [2JSwitching 2J", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Out, character => char.IsControl(character) && character is not ('\r' or '\n'));
    }

    [Theory]
    [InlineData("a\u202Eb\u2066c")]
    [InlineData("a\r\nb\u2028c")]
    [InlineData("a\u009b\u001bb\u2029c")]
    public void What_goes_into_the_diagnosis_is_harmless(string text)
    {
        using var examination = new Examination(new Target { Url = new("http://site.example"), Path = "/socket.io/", Namespace = "/" }, new(), _ => { });
        examination.Plain(WireLayer.Http, text, text);
        examination.Find(new() { Code = "code", Layer = WireLayer.Http, Title = text, Evidence = text, Cause = text, Remedies = [new(Software.Node, text)] });
        var observation = Assert.Single(examination.Diagnosis.Observations);
        var finding = Assert.Single(examination.Diagnosis.Findings);
        Assert.All([observation.What, observation.Saw, finding.Title, finding.Evidence, finding.Cause, finding.Remedies[0].Lines[0]], clean => Assert.Equal("a b c", clean));
    }

    private static string Open(string packet) => $"HTTP/1.1 200 OK\r\nContent-Length: {packet.Length}\r\n\r\n{packet}";

#pragma warning disable CA5350 // RFC 6455 says SHA-1.
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350

    [GeneratedRegex("Sec-WebSocket-Key: (\\S+)")]
    private static partial Regex Key();

    /// <summary>Reads a request's head, answers with the same bytes, whatever it says, and closes.</summary>
    private sealed class FixedAnswer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Func<string, byte[]> _answer;
        private readonly Task _serving;

        public FixedAnswer(byte[] answer)
            : this(_ => answer)
        {
        }

        public FixedAnswer(Func<string, byte[]> answer)
        {
            _answer = answer;
            _listener.Start();
            _serving = ServeAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving.Within();
        }

        private async Task ServeAsync()
        {
            var connections = new List<Task>();
            try
            {
                while (true)
                {
                    connections.Add(AnswerAsync(await _listener.AcceptSocketAsync()));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // Stopped.
                await Task.WhenAll(connections);
            }
        }

        private async Task AnswerAsync(Socket socket)
        {
            using (socket)
            {
                try
                {
                    var request = new byte[4096];
                    var length = await socket.ReceiveAsync(request);
                    await socket.SendAsync(_answer(Encoding.Latin1.GetString(request, 0, length)));
                    socket.Shutdown(SocketShutdown.Send);
                    while (await socket.ReceiveAsync(new byte[4096]) > 0)
                    {
                    }
                }
                catch (SocketException)
                {
                    // The doctor has seen enough.
                }
            }
        }
    }
}
