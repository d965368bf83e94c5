using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Epoll;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Engine;

/// <summary>One HTTP request: which session and which transport it is for, or which error it gets. The checks stand in the order of the official server.</summary>
internal sealed partial class EngineEndpoint(EngineServer server)
{
    private readonly EngineOptions _options = server.Options;
    private readonly RefusedRequest _refused = new(server);
    private readonly PollingLimits _pollingLimits = new(server.Options.MaxPayload, server.Options.MaxPacketsPerPayload, server.Options.HttpCompressionThreshold);
    private readonly WebSocketReaderLimits _webSocketLimits = new(server.Options.MaxPayload, server.Options.MaxFragmentsPerMessage);

    public Task HandleAsync(HttpContext context)
    {
        // For a request that another node relayed, that node runs the hook: the answer is the client's there.
        if (_options.OnHeaders is { } onHeaders && !IsRelayed(context))
        {
            context.Response.OnStarting(() => RunHook(onHeaders, context, nameof(EngineOptions.OnHeaders)));
        }

        if (WebTransportConnection.IsRequested(context))
        {
            return HandleWebTransportAsync(context);
        }

        // Mostly it is there at once: then an open WebSocket keeps nothing of its handshake in memory but its own loop.
        var answer = AnswerAsync(context);
        return answer.IsCompletedSuccessfully ? answer.Result?.RunAsync() ?? Task.CompletedTask : AnswerAndRunAsync(answer);
    }

    private static async Task AnswerAndRunAsync(ValueTask<ConnectionTransport?> answer)
    {
        if (await answer is { } transport)
        {
            await transport.RunAsync();
        }
    }

    /// <summary>Answers the request. Not null: with a WebSocket, which is to run until its end.</summary>
    private async ValueTask<ConnectionTransport?> AnswerAsync(HttpContext context)
    {
        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        // A parameter given twice is joined with a comma, and so is no transport, revision or session.
        var transport = RequestQuery.Find(context, "transport");
        if (!IsAllowed(transport))
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.TransportUnknown, "transport_unknown", $"The transport is \"{transport}\"; this endpoint serves {_options.Transports}.");
            return null;
        }

        if (FindBadOriginCharacter(context.Request.Headers.Origin))
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "invalid_origin", "The Origin header has a character that no header may have.");
            return null;
        }

        var protocol = RequestQuery.Find(context, "EIO") == "4" ? 4 : 3;
        // As in engine.io, an empty session id is none.
        return RequestQuery.Find(context, "sid") is { Length: > 0 } sid
            ? await AnswerSessionRequestAsync(context, isWebSocket, transport!, protocol, sid)
            : await AnswerHandshakeAsync(context, isWebSocket, transport!, protocol);
    }

    /// <summary>A request for a session that exists.</summary>
    private async ValueTask<ConnectionTransport?> AnswerSessionRequestAsync(HttpContext context, bool isWebSocket, string transport, int protocol, string sid)
    {
        // Between the two steps of a WebSocket handshake a session has no transport yet, and nobody knows its id.
        if (!server.TryGet(sid, out var session) || session.Current is null)
        {
            await AnswerUnknownAsync(context, isWebSocket, transport, sid);
            return null;
        }

        if (IsRelease(context))
        {
            session.Current.ReleasePoll();
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return null;
        }

        session.Tick();
        var current = session.Current;
        if (!isWebSocket && transport != current.Name)
        {
            await RefuseMismatchAsync(context, transport, current);
        }
        else if (protocol != session.Protocol)
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "protocol_mismatch", $"The request is for revision {protocol}, the session has {session.Protocol}.");
        }
        else if (!session.TryRefreshUser(context))
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.Forbidden, "user_changed", "The request is authenticated as another user than the one who opened the session.");
        }
        else if (isWebSocket)
        {
            return await UpgradeAsync(context, session, transport);
        }
        else if (current is not PollingTransport polling)
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "transport_handshake_error", "A WebSocket needs an Upgrade header. A proxy on the way may remove it.");
        }
        else if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        else if (HttpMethods.IsGet(context.Request.Method) ? await polling.HandlePollAsync(context) : await polling.HandlePostAsync(context))
        {
            return null;
        }
        else if (session.Current is { } now && now != polling)
        {
            await RefuseMismatchAsync(context, transport, now);
        }
        else
        {
            await RefuseUnknownAsync(context, isWebSocket, transport, sid);
        }

        return null;
    }

    private Task RefuseMismatchAsync(HttpContext context, string transport, Transport current) =>
        _refused.AnswerAsync(context, isWebSocket: false, ConnectionErrorCode.BadRequest, "transport_mismatch", $"The request is for \"{transport}\", the session is on \"{current.Name}\".");

    private Task RefuseUnknownAsync(HttpContext context, bool isWebSocket, string transport, string sid, string detail = EndedHere) =>
        transport == "polling" && HttpMethods.IsGet(context.Request.Method) && server.LatePolls.TryTake(sid)
            ? PollingTransport.AnswerLatePollAsync(context, _options.AllowEIO3)
            : _refused.AnswerAsync(
                context,
                isWebSocket,
                ConnectionErrorCode.SessionIdUnknown,
                "session_unknown",
                detail);

    private async ValueTask<ConnectionTransport?> UpgradeAsync(HttpContext context, EngineSession session, string transport)
    {
        if (transport != "websocket" || !_options.AllowUpgrades)
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "upgrade_not_allowed", "The session cannot be upgraded to this transport.");
        }
        else if (await CheckWebSocketAsync(context) && await AcceptWebSocketAsync(context, session) is { } candidate)
        {
            // As the official server does, a WebSocket that the session does not take (it has one already) is accepted and closed.
            // A session that began with a WebSocket has nothing to upgrade to. The official server would let a second one take it over.
            try
            {
                if (session.Current is not PollingTransport || !session.TryAttachCandidate(candidate))
                {
                    candidate.Discard(TransportEnd.Closed);
                }
            }
            catch
            {
                candidate.Abandon();
                throw;
            }

            return candidate;
        }

        return null;
    }

    /// <summary>A request without a session opens one.</summary>
    private async ValueTask<ConnectionTransport?> AnswerHandshakeAsync(HttpContext context, bool isWebSocket, string transport, int protocol)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !(isWebSocket && HttpMethods.IsConnect(context.Request.Method)))
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadHandshakeMethod, "bad_handshake_method", $"The method is {context.Request.Method}; a session is opened by GET. A preflight (OPTIONS) needs a CORS policy: AddCors, UseCors, RequireCors.");
            return null;
        }

        if (isWebSocket != (transport == "websocket"))
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "transport_handshake_error", isWebSocket ? "An upgrade is for the WebSocket transport only." : "A WebSocket needs an Upgrade header. A proxy on the way may remove it.");
            return null;
        }

        if (_options.AllowRequest is { } allow && await AskAsync(allow, context) is { } refusal)
        {
            await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.Forbidden, "forbidden", "AllowRequest refused the request.", refusal.Length > 0 ? refusal : null);
            return null;
        }

        if (protocol != 4 && !_options.AllowEIO3)
        {
            await _refused.AnswerAsync(
                context,
                isWebSocket,
                ConnectionErrorCode.UnsupportedProtocolVersion,
                "unsupported_protocol_version",
                $"The client asks for Engine.IO \"{Brief(context.Request.Query["EIO"])}\", not 4; set AllowEIO3 to serve socket.io-client 1 and 2. User agent: {context.Request.Headers.UserAgent}");
            return null;
        }

        if (isWebSocket && !await CheckWebSocketAsync(context))
        {
            return null;
        }

        if (server.IsStopping)
        {
            _refused.AnswerUnavailable(context, "The server stops.");
            return null;
        }

        return await CreateSessionAsync(context, isWebSocket, protocol) is { } session ? await OpenAsync(context, isWebSocket, session) : null;
    }

    private async ValueTask<ConnectionTransport?> OpenAsync(HttpContext context, bool isWebSocket, EngineSession session)
    {
        if (_options.OnInitialHeaders is { } onInitialHeaders)
        {
            context.Response.OnStarting(() => RunHook(onInitialHeaders, context, nameof(EngineOptions.OnInitialHeaders)));
        }

        if (isWebSocket)
        {
            ConnectionTransport? transport = null;
            try
            {
                transport = await AcceptWebSocketAsync(context, session);
                if (transport is not null)
                {
                    session.Start(transport, server.OpenPayloadFor(session, transport.Name));
                }

                return transport;
            }
            catch
            {
                transport?.Abandon();
                throw;
            }
            finally
            {
                // The client left before the answer, or the host refused the upgrade: the session that was made for it never opened.
                if (session.Current is null)
                {
                    server.Remove(session);
                }
            }
        }

        // Only polling needs affinity, so only polling sets the cookie (engine.io).
        if (_options.Cookie is { } cookie)
        {
            context.Response.Cookies.Append(cookie.Name ?? "io", session.Id, cookie.Build(context));
        }

        var polling = new PollingTransport(session, PollingForm.Of(context, _options.AllowEIO3), _pollingLimits);
        session.Start(polling, server.OpenPayloadFor(session, polling.Name));
        if (!await polling.HandlePollAsync(context))
        {
            // The application closed it in OnOpen, or the host stops.
            await RefuseUnknownAsync(context, isWebSocket, polling.Name, session.Id);
        }

        return null;
    }

    /// <summary>A hook that fails lets nobody in.</summary>
    private async ValueTask<string?> AskAsync(Func<HttpContext, ValueTask<string?>> allow, HttpContext context)
    {
        try
        {
            return await allow(context);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(server.Logger, nameof(EngineOptions.AllowRequest), exception);
            return "";
        }
    }

    private async ValueTask<EngineSession?> CreateSessionAsync(HttpContext context, bool isWebSocket, int protocol)
    {
        string detail;
        try
        {
            var id = _options.GenerateId is { } generate ? await generate(context) : SessionId.Create();
            id = server.Relay?.Mark(id) ?? id;
            if (server.TryCreate(id, protocol, context) is { } session)
            {
                return session;
            }

            detail = "GenerateId gave an id that is in use.";
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(server.Logger, nameof(EngineOptions.GenerateId), exception);
            detail = exception.Message;
        }

        await _refused.AnswerAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "id_generation_error", detail);
        return null;
    }

    private async ValueTask<bool> CheckWebSocketAsync(HttpContext context)
    {
        if (WebSocketUpgrade.Check(context) is { } problem)
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "websocket_handshake_error", problem, problem);
            return false;
        }

        return await CheckOriginAsync(context, "WebSocket");
    }

    private async ValueTask<bool> CheckOriginAsync(HttpContext context, string what)
    {
        if (_options.CheckOrigin && !await OriginPolicy.IsAllowedAsync(context))
        {
            await _refused.AnswerAsync(
                context,
                isWebSocket: true,
                ConnectionErrorCode.Forbidden,
                "origin_not_allowed",
                $"A page of {context.Request.Headers.Origin} opened a {what} to {context.Request.Host}. Allow it by a CORS policy on the endpoint (RequireCors), or set CheckOrigin to false. Behind a proxy, pass the Host header on.",
                "Origin not allowed");
            return false;
        }

        return true;
    }

    /// <summary>Null: the client has left, or was refused.</summary>
    private async ValueTask<ConnectionTransport?> AcceptWebSocketAsync(HttpContext context, EngineSession session)
    {
        var form = WireForm.Of(context, session.Protocol);
        var detachable = WebSocketUpgrade.FindDetachable(context);
        if (detachable?.Engine.TryReserveDetached() is false)
        {
            _refused.AnswerUnavailable(context, "KestrelServerLimits.MaxConcurrentUpgradedConnections is reached.");
            return null;
        }

        DetachedSocket? detached = null;
        try
        {
            if (WebSocketUpgrade.IsFrameworkOnly(context))
            {
                return new FrameworkWebSocketTransport(session, await context.WebSockets.AcceptWebSocketAsync(), _options.MaxPayload, form);
            }

            var accepted = await WebSocketUpgrade.AcceptAsync(context, _options.PerMessageDeflate);
            if (detachable is null)
            {
                return new WebSocketTransport(session, accepted, _webSocketLimits, form);
            }

            detached = await detachable.DetachAsync();
            try
            {
                return detached is null ? null : new EpollWebSocketTransport(session, detached, accepted, _webSocketLimits, form);
            }
            catch
            {
                detached!.Socket.Close(reset: true);
                detached = null;
                throw;
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client left before the answer.
            return null;
        }
        catch (InvalidOperationException exception) when (!context.Response.HasStarted)
        {
            // Kestrel: MaxConcurrentUpgradedConnections.
            _refused.AnswerUnavailable(context, exception.Message);
            return null;
        }
        finally
        {
            if (detached is null)
            {
                detachable?.Engine.ReleaseDetached();
            }
        }
    }

    private Task RunHook(Action<HttpContext> hook, HttpContext context, string name)
    {
        try
        {
            hook(context);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(server.Logger, name, exception);
        }

        return Task.CompletedTask;
    }

    // What follows it in a log line is of more use.
    private static string Brief(StringValues text) => text.ToString() is { Length: > 8 } value ? value[..8] : text.ToString();

    private bool IsAllowed(string? transport) => transport switch
    {
        "polling" => _options.Transports.HasFlag(EngineTransports.Polling),
        "websocket" => _options.Transports.HasFlag(EngineTransports.WebSocket),
        _ => false,
    };

    // RFC 9110 section 5.5: field values are visible characters, obs-text, space and tab.
    private static bool FindBadOriginCharacter(StringValues origin)
    {
        foreach (var character in origin.ToString())
        {
            if (character is not ('\t' or (>= ' ' and <= '~') or (>= '\u0080' and <= '\u00FF')))
            {
                return true;
            }
        }

        return false;
    }
}
