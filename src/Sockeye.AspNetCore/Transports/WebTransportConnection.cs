using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sockeye.AspNetCore.Transports;

// Kestrel's WebTransport is a preview feature. It is used behind this type only, and the application that wants it says so by a switch of its own (docs/adr/0011).
#pragma warning disable CA2252

/// <summary>A WebTransport session of the host and its first two-way stream, which carries everything.</summary>
internal sealed class WebTransportConnection : IAsyncDisposable
{
    // RFC 9114 section 8.1: H3_REQUEST_CANCELLED.
    private const int RequestCancelled = 0x10c;

    private readonly IWebTransportSession _session;
    private readonly CancellationTokenSource _ended = new();
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private Task _watch = Task.CompletedTask;
    private bool _disposed;

    private WebTransportConnection(IWebTransportSession session, ConnectionContext stream)
    {
        _session = session;
        Stream = stream;
    }

    /// <summary>The two-way stream.</summary>
    public ConnectionContext Stream { get; }

    /// <summary>Cancelled when the peer has ended the session, or the connection is lost. The stream itself does not always tell.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Whether the request asks for a WebTransport session, in a form that the host understands or not.</summary>
    public static bool IsRequested(HttpContext context) =>
        CanAccept(context)
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "webtransport" }
        // Of a draft that it does not speak Kestrel leaves no more than this.
        || (HttpMethods.IsConnect(context.Request.Method) && HttpProtocol.IsHttp3(context.Request.Protocol));

    /// <summary>Whether the host can accept the session.</summary>
    public static bool CanAccept(HttpContext context) => context.Features.Get<IHttpWebTransportFeature>() is { IsWebTransportRequest: true };

    /// <summary>Accepts the session and waits for its first two-way stream. Null: the session ended before.</summary>
    public static async Task<WebTransportConnection?> AcceptAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var session = await context.Features.GetRequiredFeature<IHttpWebTransportFeature>().AcceptAsync(cancellationToken);
        while (await session.AcceptStreamAsync(cancellationToken) is { } stream)
        {
            if (stream.Features.Get<IStreamDirectionFeature>() is null or { CanRead: true, CanWrite: true })
            {
                var connection = new WebTransportConnection(session, stream);
                connection._watch = connection.WatchAsync();
                return connection;
            }

            Refuse(stream);
        }

        return null;
    }

    /// <summary>Cuts the session.</summary>
    public void Abort()
    {
        lock (_lock)
        {
            // The host may use the request for another one by now.
            if (!_disposed)
            {
                _session.Abort(RequestCancelled);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        await _disposing.CancelAsync();
        await _watch;
        _disposing.Dispose();
        _ended.Dispose();
    }

    /// <summary>One stream is all that the protocol knows: further ones are refused. No further one tells that the session is over.</summary>
    private async Task WatchAsync()
    {
        try
        {
            while (await _session.AcceptStreamAsync(_disposing.Token) is { } stream)
            {
                Refuse(stream);
            }

            await _ended.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private static void Refuse(ConnectionContext stream) => stream.Abort(new ConnectionAbortedException("Engine.IO uses one two-way stream."));
}
