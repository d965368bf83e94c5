using System.Text;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Engine;

/// <summary>
/// Serves requests for sessions of other nodes: a session id ends with the name of its node, and the request is sent there, over HTTP, as it came. Only members of the cluster are ever
/// asked, each request is relayed once, and what cannot be served is refused with a detail that names the node. Thread-safe.
/// </summary>
internal sealed partial class Relay(EngineServer server, RelayDirectory directory) : IDisposable
{
    /// <summary>Relayed requests at a time, WebSockets included.</summary>
    private const int MaxRequests = 32_768;

    /// <summary>How long a stopping node waits for the other one to answer the polls that it relays.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        // The client's own headers go on as they are.
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        // Sooner than Kestrel's KeepAliveTimeout (130 s): a POST on a connection that is just being closed would be lost.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
    });

    private int _requests;

    /// <summary>Whoever is silent for as long is gone: the heartbeat of the session would have come through.</summary>
    private TimeSpan LongestSilence { get; } = server.Options.PingInterval + server.Options.PingTimeout + TimeSpan.FromSeconds(5);

    /// <summary>A session id with this node's name.</summary>
    public string Mark(string id) => id + directory.Self.Tag;

    /// <summary>Serves the request. Not null: it cannot be served, for this reason.</summary>
    public async ValueTask<string?> TryServeAsync(HttpContext context, bool isWebSocket, string sid)
    {
        if (RelayNode.FindUid(sid) is not { } owner)
        {
            return "The session id names no node: none of this cluster has made it.";
        }

        if (owner == directory.Self.Uid)
        {
            return $"The session belonged to this node, {owner}, and has ended.";
        }

        if (context.Features.Get<RelayHop>() is { } hop)
        {
            return hop.IsValid
                ? $"Node {hop.From} relayed a request here for a session of another node."
                : $"The request was meant for node \"{hop.To}\" and came here: is the NodeAddress of that node its own, not a load balancer's?";
        }

        if (!isWebSocket && !HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method))
        {
            return "The session belongs to another node; only GET and POST are relayed.";
        }

        var (node, problem) = await directory.FindAsync(owner, context.RequestAborted);
        if (node is null)
        {
            server.Metrics.RelaysFailed.Add(1, EngineMetrics.Reason("node_gone"));
            return $"The session belonged to {problem}.";
        }

        if (isWebSocket && WebSocketUpgrade.IsFrameworkOnly(context))
        {
            return $"The session belongs to node {node.Uid} at {node.Address}; this host cannot relay a WebSocket.";
        }

        if (Interlocked.Increment(ref _requests) > MaxRequests)
        {
            Interlocked.Decrement(ref _requests);
            server.Metrics.RelaysFailed.Add(1, EngineMetrics.Reason("too_many"));
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "1";
            return null;
        }

        try
        {
            server.Metrics.Relayed.Add(1, EngineMetrics.Transport(isWebSocket ? "websocket" : "polling"));
            return isWebSocket ? await RelayWebSocketAsync(context, node, problem, sid) : await RelayPollingAsync(context, node, problem, sid);
        }
        finally
        {
            Interlocked.Decrement(ref _requests);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<string?> RelayPollingAsync(HttpContext context, RelayNode node, string problem, string sid)
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        cancellation.CancelAfter(LongestSilence);
        Task releasing = Task.CompletedTask;
        var stopping = HttpMethods.IsGet(context.Request.Method)
            ? server.Stopping.UnsafeRegister(_ => releasing = ReleaseAsync(context, node, sid, cancellation), null)
            : default;
        try
        {
            using var request = RelayedRequest.Create(context, node, directory.Self.Uid, sid, isWebSocket: false);
            using var response = await _http.SendAsync(request, cancellation.Token);
            RelayedRequest.CopyAnswer(response, context.Response);
            await response.Content.CopyToAsync(context.Response.Body, cancellation.Token);
            return null;
        }
        catch (Exception exception) when (IsRemote(exception))
        {
            return Fail(context, node, problem, exception);
        }
        finally
        {
            // The host uses a context again as soon as its request has ended.
            await stopping.DisposeAsync();
            await cancellation.CancelAsync();
            await releasing;
        }
    }

    private static bool IsRemote(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    /// <summary>Null: there is nobody to be told.</summary>
    private string? Fail(HttpContext context, RelayNode node, string problem, Exception exception)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }

        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is BadHttpRequestException bad)
            {
                // The client's body, not the other node.
                context.Response.StatusCode = bad.StatusCode;
                return null;
            }
        }

        server.Metrics.RelaysFailed.Add(1, EngineMetrics.Reason("unreachable"));
        if (context.Response.HasStarted)
        {
            context.Abort();
            return null;
        }

        context.Response.Clear();
        return $"The session belonged to node {node.Uid} at {node.Address}, which does not answer ({exception.GetBaseException().Message}){problem}";
    }

    /// <summary>This node stops, the session goes on: its poll is answered, and the next one finds another way. Cut, it would be the session's end.</summary>
    private async Task ReleaseAsync(HttpContext context, RelayNode node, string sid, CancellationTokenSource cancellation)
    {
        try
        {
            var token = cancellation.Token;
            cancellation.CancelAfter(StopGrace);
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            do
            {
                // Again, should it have come before the poll.
                using var request = RelayedRequest.CreateRelease(context, node, directory.Self.Uid, sid);
                using var response = await _http.SendAsync(request, token);
            }
            while (await timer.WaitForNextTickAsync(token));
        }
        catch (Exception exception) when (IsRemote(exception) || exception is ObjectDisposedException)
        {
            // The poll has been answered, or is cut at the end of the time.
            EngineLog.ReleaseEnded(server.Logger, node.Uid, exception.Message);
        }
    }
}
