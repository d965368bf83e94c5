using System.Net;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sockeye.Adapters.Tests.Fixtures;
using Sockeye.AspNetCore.Sockets;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Relay;

/// <summary>Requests that reach a node that does not have their session.</summary>
public sealed class RelayTests : IAsyncLifetime
{
    private readonly MemoryHub _hub = new();
    private readonly LogLines _log = new();
    private readonly HttpClient _http = new() { Timeout = Waiting.Bound };
    private readonly List<Node> _nodes = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task Polls_and_posts_of_a_session_are_served_by_whichever_node_they_reach()
    {
        var (first, second, third) = (await StartAsync(), await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        Assert.Equal("ok", await PostAsync(second, sid, "40"));
        Assert.StartsWith("40{\"sid\":", await PollAsync(third, sid), StringComparison.Ordinal);
        Assert.Equal("ok", await PostAsync(third, sid, "420[\"echo\",\"é ☺\"]"));
        Assert.Equal("430[\"é ☺\"]", await PollAsync(second, sid));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_upgrade_is_served_by_another_node_and_stays_there(bool onEpoll)
    {
        Assert.SkipUnless(!onEpoll || OperatingSystem.IsLinux(), "epoll is Linux's");
        var (first, second) = (await StartAsync(onEpoll: onEpoll), await StartAsync(onEpoll: onEpoll));
        var sid = await OpenAsync(first);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{second.Url.Replace("http", "ws", StringComparison.Ordinal)}/socket.io/?EIO=4&transport=websocket&sid={sid}"), Cancellation).Within("the handshake");
        await SendAsync(socket, "2probe");
        Assert.Equal("3probe", await ReceiveAsync(socket));
        await SendAsync(socket, "5");
        await SendAsync(socket, "40");
        Assert.StartsWith("40{\"sid\":", await ReceiveAsync(socket), StringComparison.Ordinal);
        var large = new string('x', 200_000);
        await SendAsync(socket, $"421[\"echo\",\"{large}\"]");
        Assert.Equal($"431[\"{large}\"]", await ReceiveAsync(socket));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation).Within("the close");
        await Waiting.UntilAsync(() => Task.FromResult(first.Io.Engine!.Count == 0), "the session to end with its socket");
    }

    [Fact]
    public async Task A_session_whose_node_has_left_is_unknown_and_the_log_names_the_node()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        Assert.Equal("ok", await PostAsync(second, sid, "40"));
        await first.StopAsync();
        await ExpectUnknownAsync(second, sid);
        Assert.Contains(_log.Lines, line => line.Contains($"The session belonged to node {first.Io.Node!.Uid} at {first.Url}/, which left the cluster", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_whose_node_does_not_answer_is_unknown_and_the_log_names_the_node()
    {
        // Nothing listens there.
        var (first, second) = (await StartAsync("http://127.0.0.1:1"), await StartAsync());
        var sid = await OpenAsync(first);
        await ExpectUnknownAsync(second, sid);
        Assert.Contains(_log.Lines, line => line.Contains($"node {first.Io.Node!.Uid} at http://127.0.0.1:1/, which does not answer (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_is_silent_on_the_engine_still_serves_its_sessions()
    {
        var time = new FakeTimeProvider();
        var engine = new UnreliableBackend(_hub);
        var (first, second) = (await StartAsync(engine: engine), await StartAsync(time: time));
        var sid = await OpenAsync(first);
        Assert.Equal("ok", await PostAsync(second, sid, "40"));
        engine.IsBroken = true;
        time.Advance(TimeSpan.FromHours(1));
        Assert.StartsWith("40{\"sid\":", await PollAsync(second, sid), StringComparison.Ordinal);

        // Until it does not answer either.
        await first.DisposeAsync();
        await ExpectUnknownAsync(second, sid);
        Assert.Contains(_log.Lines, line => line.Contains($"node {first.Io.Node!.Uid} at {first.Url}/, which does not answer (", StringComparison.Ordinal)
            && line.Contains("and which was last heard of 3600 s ago", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_session_that_has_ended_is_unknown_at_all_nodes()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        Assert.Equal("ok", await PostAsync(second, sid, "1"));
        // The poll that the client may have sent before its close.
        Assert.Equal("6", await PollAsync(second, sid));
        await ExpectUnknownAsync(second, sid);
        await ExpectUnknownAsync(first, sid);
        Assert.Contains(_log.Lines, line => line.Contains($"The session belonged to this node, {first.Io.Node!.Uid}, and has ended.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAzzzzzzzzzzz")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA%20AAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA//////////8")]
    public async Task Made_up_session_ids_are_unknown(string sid)
    {
        var node = await StartAsync();
        await ExpectUnknownAsync(node, sid);
    }

    [Fact]
    public async Task A_request_is_relayed_once_whatever_addresses_nodes_announce()
    {
        var second = await StartAsync();
        var third = await StartAsync();
        // As when somebody announces the load balancer.
        var first = await StartAsync(third.Url);
        var sid = await OpenAsync(first);
        await ExpectUnknownAsync(second, sid);
        Assert.Contains(_log.Lines, line => line.Contains($"meant for node \"{first.Io.Node!.Uid}\" and came here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stranger_cannot_pose_as_a_node()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        using var request = new HttpRequestMessage(HttpMethod.Get, UrlOf(second, sid));
        request.Headers.Add("Sockeye-Relay", $"1;{second.Io.Node!.Uid};{first.Io.Node!.Uid};relay;https;192.0.2.1;AAAA");
        using var response = await _http.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        // Nor have its poll answered.
        using var release = new HttpRequestMessage(HttpMethod.Get, UrlOf(first, sid));
        release.Headers.Add("Sockeye-Relay", $"1;{first.Io.Node!.Uid};{second.Io.Node!.Uid};release;http;127.0.0.1;AAAA");
        var waiting = _http.SendAsync(release, Cancellation);
        Assert.Equal("ok", await PostAsync(second, sid, "40"));
        using var answer = await waiting.Within("the poll");
        Assert.StartsWith("40{\"sid\":", await answer.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_stops_gives_up_the_polls_that_it_relays_and_their_sessions_go_on()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        Assert.Equal("ok", await PostAsync(second, sid, "40"));
        Assert.StartsWith("40{\"sid\":", await PollAsync(second, sid), StringComparison.Ordinal);
        var waiting = PollAsync(second, sid);
        await Waiting.UntilAsync(() => Task.FromResult(first.Io.Engine!.TryGet(sid, out var session) && ((Sockeye.AspNetCore.Transports.ITransportOwner)session).Queue.IsWritable), "the poll to wait");
        await second.StopAsync();
        Assert.Equal("6", await waiting.Within("the poll"));
        Assert.Equal("ok", await PostAsync(first, sid, "420[\"echo\",1]"));
        Assert.Equal("430[1]", await PollAsync(first, sid));
    }

    [Fact]
    public async Task A_body_that_is_too_large_gets_the_answer_of_its_node()
    {
        var (first, second) = (await StartAsync(), await StartAsync());
        var sid = await OpenAsync(first);
        using var content = new StringContent(new string('4', 1_000_001));
        using var response = await _http.PostAsync(UrlOf(second, sid), content, Cancellation);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
    }

    [Fact]
    public async Task Session_ids_keep_their_official_form_and_name_their_node_only_where_requests_are_relayed()
    {
        Assert.Equal(31, (await OpenAsync(await StartAsync())).Length);
        Assert.Equal(20, (await OpenAsync(await StartAsync(""))).Length);
    }

    private async Task<Node> StartAsync(string? address = null, IClusterBackend? engine = null, TimeProvider? time = null, bool onEpoll = false)
    {
        var node = await Node.StartAsync(
            services => services.AddSingleton(engine ?? _hub).AddSingleton(time ?? TimeProvider.System).AddSingleton<ILoggerProvider>(_log),
            static io => io.Namespace("/").On("echo", static (ServerSocket _, System.Text.Json.JsonElement value) => Task.FromResult(value)),
            options => options.NodeAddress = address,
            host =>
            {
                if (onEpoll)
                {
                    host.UseEpoll();
                }
            });
        _nodes.Add(node);
        return node;
    }

    private static string UrlOf(Node node, string? sid = null) => $"{node.Url}/socket.io/?EIO=4&transport=polling{(sid is null ? "" : $"&sid={sid}")}";

    private async Task<string> OpenAsync(Node node)
    {
        var open = await _http.GetStringAsync(UrlOf(node), Cancellation);
        return System.Text.Json.JsonDocument.Parse(open[1..]).RootElement.GetProperty("sid").GetString()!;
    }

    private Task<string> PollAsync(Node node, string sid) => _http.GetStringAsync(UrlOf(node, sid), Cancellation);

    private async Task<string> PostAsync(Node node, string sid, string packets)
    {
        using var content = new StringContent(packets);
        using var response = await _http.PostAsync(UrlOf(node, sid), content, Cancellation);
        return await response.Content.ReadAsStringAsync(Cancellation);
    }

    private async Task ExpectUnknownAsync(Node node, string sid)
    {
        using var response = await _http.GetAsync(UrlOf(node, sid), Cancellation);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":1,"message":"Session ID unknown"}"""), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation)));
    }

    private static Task SendAsync(ClientWebSocket socket, string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, Cancellation).Within("a frame to be sent");

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        var text = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, Cancellation).Within("a message");
            text.Write(buffer.AsSpan(0, result.Count));
            if (result.EndOfMessage)
            {
                return Encoding.UTF8.GetString(text.ToArray());
            }
        }
    }
}
