using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Tests.Fixtures;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Tests.Epoll;

/// <summary>A Kestrel on the epoll engine that gives the sockets of its WebSockets to the test, which is their session.</summary>
internal sealed class EpollTransportHost : IAsyncDisposable
{
    private readonly Channel<(EpollConnection Http, DetachedSocket Detached, AcceptedWebSocket Accepted)> _detached = Channel.CreateUnbounded<(EpollConnection, DetachedSocket, AcceptedWebSocket)>();
    private KestrelServer _server = null!;

    public static async Task<EpollTransportHost> StartAsync()
    {
        var host = new EpollTransportHost();
        host._server = await KestrelServer.StartAsync(
            app => app.Run(async context =>
            {
                var http = WebSocketUpgrade.FindDetachable(context)!;
                Assert.True(http.Engine.TryReserveDetached());
                var accepted = await WebSocketUpgrade.AcceptAsync(context, deflate: null);
                host._detached.Writer.TryWrite((http, (await http.DetachAsync())!, accepted));
            }),
            web => web.WebHost.UseEpoll(static epoll => epoll.LoopCount = 1));
        return host;
    }

    /// <summary>A client, and the server's side of its WebSocket, which does not run yet.</summary>
    public async Task<EpollPeer> ConnectAsync(bool base64 = false)
    {
        var client = await _server.TcpAsync(receiveBuffer: 4096);
        Assert.Contains(" 101 ", await client.UpgradeAsync("/"), StringComparison.Ordinal);
        var (http, detached, accepted) = await _detached.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within();
        var owner = new Owner();
        var transport = new EpollWebSocketTransport(owner, detached, accepted, new WebSocketReaderLimits(1_000_000, 100), new WireForm(Protocol: 4, base64));
        transport.Attach();
        return new(client, owner, transport, http, detached.Socket);
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    internal sealed record EpollPeer(RawTcpClient Client, Owner Owner, EpollWebSocketTransport Transport, IEpollHandler Http, EpollSocket Socket);

    /// <summary>The session that the test plays.</summary>
    internal sealed class Owner : ITransportOwner
    {
        private TaskCompletionSource? _readable;

        public OutboundQueue Queue { get; } = new(100_000_000);

        public ConcurrentQueue<string> Packets { get; } = new();

        public ConcurrentQueue<string?> Ends { get; } = new();

        public Action<string>? Received { get; set; }

        public Action? Written { get; set; }

        /// <summary>What the next questions whether to read are answered with; then by <see cref="PauseFor"/>.</summary>
        public ConcurrentQueue<Func<Task>> Answers { get; } = new();

        /// <summary>Does not read until another thread has been here.</summary>
        public void PauseFor(WaitCallback callback)
        {
            var readable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _readable, readable);
            ThreadPool.QueueUserWorkItem(state =>
            {
                callback(state);
                Volatile.Write(ref _readable, null);
                readable.SetResult();
            });
        }

        public bool OnPacket(Transport from, EnginePacketType type, bool isBinary, ReadOnlySpan<byte> data)
        {
            var text = System.Text.Encoding.UTF8.GetString(data);
            Packets.Enqueue(text);
            Received?.Invoke(text);
            return true;
        }

        public void OnMalformed(Transport from, string detail) => Ends.Enqueue(detail);

        public void OnTransportClosed(Transport from, string? error) => Ends.Enqueue(error);

        public void OnWritten(Transport from) => Written?.Invoke();

        public void OnCloseWritten(Transport from)
        {
        }

        public void ExpectLatePoll()
        {
        }

        public Task WhenReadable() => Answers.TryDequeue(out var answer) ? answer() : Volatile.Read(ref _readable)?.Task ?? Task.CompletedTask;

        public IDisposable Schedule(TimeSpan delay, Action callback) => new MemoryStream();
    }
}
