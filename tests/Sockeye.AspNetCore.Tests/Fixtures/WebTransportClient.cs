using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.TestHost;

namespace Sockeye.AspNetCore.Tests.Fixtures;

#pragma warning disable CA2252 // The host's side of WebTransport is a preview feature.

/// <summary>
/// A client of a WebTransport session, with the host in between played as Kestrel plays it: the features, sessions and streams that it gives to an application. So all of the
/// server runs that does not need QUIC.
/// </summary>
internal sealed class WebTransportClient : IHttpWebTransportFeature, IWebTransportSession
{
    private readonly Channel<ConnectionContext> _streams = Channel.CreateUnbounded<ConnectionContext>();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Stream> _open = [];
    private PipeWriter? _send;
    private PipeReader? _receive;
    private HttpContext? _context;

    public bool IsWebTransportRequest { get; init; } = true;

    public long SessionId => 0;

    /// <summary>The status of the answer: 200 when the session is accepted.</summary>
    public int Status { get; private set; }

    /// <summary>The answer's text where the session is refused.</summary>
    public string Body { get; private set; } = "";

    /// <summary>The code with which the server cut the session; null if it did not.</summary>
    public int? AbortCode { get; private set; }

    /// <summary>Sends the request and waits for the answer.</summary>
    public static async Task<WebTransportClient> ConnectAsync(TestServer server, string path, Action<HttpContext>? configure = null, bool isKnownDraft = true)
    {
        var client = new WebTransportClient { IsWebTransportRequest = isKnownDraft };
        var answer = await server.SendAsync(
            context =>
            {
                client._context = context;
                context.Features.Set<IHttpWebTransportFeature>(client);
                context.Request.Method = HttpMethods.Connect;
                context.Request.Protocol = "HTTP/3";
                context.Request.Scheme = "https";
                context.Request.Host = new HostString("localhost");
                context.Request.Path = path;
                configure?.Invoke(context);
                context.Response.OnCompleted(() =>
                {
                    client.End();
                    return Task.CompletedTask;
                });
            },
            TestContext.Current.CancellationToken).Within(what: "the answer to CONNECT");
        client.Status = answer.Response.StatusCode;
        if (client.Status != StatusCodes.Status200OK)
        {
            using var reader = new StreamReader(answer.Response.Body);
            client.Body = await reader.ReadToEndAsync(TestContext.Current.CancellationToken).Within();
        }

        return client;
    }

    /// <summary>Waits until the server has ended the session, in order or not.</summary>
    public Task ClosedAsync() => _closed.Task.Within(what: "the end of the WebTransport session");

    public bool IsClosed => _closed.Task.IsCompleted;

    /// <summary>Opens the stream that carries the session.</summary>
    /// <param name="window">How many bytes the client takes before it reads.</param>
    public void OpenStream(int window = 1 << 16)
    {
        var stream = new Stream(canWrite: true, window);
        (_send, _receive) = (stream.ToServer.Writer, stream.ToClient.Reader);
        Open(stream);
    }

    /// <summary>Opens a further stream. The result completes when the server refuses it.</summary>
    public Task OpenFurtherStream(bool isTwoWay)
    {
        var stream = new Stream(isTwoWay, 1 << 16);
        Open(stream);
        return stream.Aborted;
    }

    public async Task SendBytesAsync(params byte[] bytes) => await _send!.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask().Within();

    /// <summary>Sends a packet as the official client does, its header first.</summary>
    public async Task SendAsync(string packet)
    {
        var data = Encoding.UTF8.GetBytes(packet);
        Assert.InRange(data.Length, 1, 125);
        await SendBytesAsync((byte)data.Length);
        await SendBytesAsync(data);
    }

    /// <summary>The next frame: its header, and what follows it.</summary>
    public async Task<(byte[] Header, byte[] Data)> ReceiveFrameAsync()
    {
        var header = await ReadAsync(1);
        var size = header[0] & 0x7F;
        if (size >= 126)
        {
            header = [.. header, .. await ReadAsync(size == 126 ? 2 : 8)];
            size = size == 126 ? BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(1)) : (int)BinaryPrimitives.ReadInt64BigEndian(header.AsSpan(1));
        }

        return (header, await ReadAsync(size));
    }

    public async Task<string> ReceiveTextAsync()
    {
        var (header, data) = await ReceiveFrameAsync();
        Assert.Equal(0, header[0] & 0x80);
        return Encoding.UTF8.GetString(data);
    }

    /// <summary>Reads the rest of the stream, which the server has ended in order.</summary>
    public async Task<byte[]> ReceiveRestAsync()
    {
        using var rest = new MemoryStream();
        await _receive!.CopyToAsync(rest, TestContext.Current.CancellationToken).Within(what: "the end of the stream");
        return rest.ToArray();
    }

    /// <summary>Ends the stream, and leaves the session open.</summary>
    public void EndStream() => _send!.Complete();

    /// <summary>Closes the session. As in Kestrel, the pipes of the stream are completed whoever reads from them.</summary>
    public void Close() => End();

    /// <summary>The connection is lost.</summary>
    public void Cut()
    {
        End();
        _context!.Abort();
    }

    async ValueTask<IWebTransportSession> IHttpWebTransportFeature.AcceptAsync(CancellationToken cancellationToken)
    {
        await _context!.Response.Body.FlushAsync(cancellationToken);
        return this;
    }

    async ValueTask<ConnectionContext?> IWebTransportSession.AcceptStreamAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _streams.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
    }

    ValueTask<ConnectionContext?> IWebTransportSession.OpenUnidirectionalStreamAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    void IWebTransportSession.Abort(int errorCode)
    {
        AbortCode = errorCode;
        End(new ConnectionAbortedException());
    }

    private void Open(Stream stream)
    {
        lock (_open)
        {
            _open.Add(stream);
        }

        Assert.True(_streams.Writer.TryWrite(stream));
    }

    private void End(Exception? exception = null)
    {
        lock (_open)
        {
            _open.ForEach(stream => stream.End(exception));
            _open.Clear();
        }

        _streams.Writer.TryComplete();
        _closed.TrySetResult();
    }

    private async Task<byte[]> ReadAsync(int count)
    {
        var all = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var result = await _receive!.ReadAsync(TestContext.Current.CancellationToken).AsTask().Within(what: $"{count} bytes, {filled} are here");
            Assert.False(result.Buffer.IsEmpty, "the stream has ended");
            var piece = result.Buffer.Slice(0, Math.Min(count - filled, result.Buffer.Length));
            piece.CopyTo(all.AsSpan(filled));
            filled += (int)piece.Length;
            _receive.AdvanceTo(piece.End);
        }

        return all;
    }

    private sealed class Stream : ConnectionContext, IStreamDirectionFeature, IDuplexPipe
    {
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Stream(bool canWrite, int window)
        {
            CanWrite = canWrite;
            ToClient = new Pipe(new PipeOptions(pauseWriterThreshold: window, resumeWriterThreshold: window / 2, useSynchronizationContext: false));
            Features.Set<IStreamDirectionFeature>(this);
        }

        public Pipe ToServer { get; } = new(new PipeOptions(useSynchronizationContext: false));

        public Pipe ToClient { get; }

        public Task Aborted => _aborted.Task.Within(what: "the stream to be refused");

        public bool CanRead => true;

        public bool CanWrite { get; }

        public PipeReader Input => ToServer.Reader;

        public PipeWriter Output => ToClient.Writer;

        public override string ConnectionId { get; set; } = "4";

        public override IFeatureCollection Features { get; } = new FeatureCollection();

        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

        public override IDuplexPipe Transport
        {
            get => this;
            set => throw new NotSupportedException();
        }

        public override void Abort(ConnectionAbortedException abortReason)
        {
            End(abortReason);
            _aborted.TrySetResult();
        }

        public void End(Exception? exception)
        {
            ToServer.Reader.Complete(exception);
            ToClient.Writer.Complete(exception);
        }
    }
}
