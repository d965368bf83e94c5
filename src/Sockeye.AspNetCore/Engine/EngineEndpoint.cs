using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Sockeye.AspNetCore.Diagnostics;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Engine;

/// <summary>One HTTP request: which session and which transport it is for, or which error it gets. The checks stand in the order of the official server.</summary>
internal sealed class EngineEndpoint(EngineServer server)
{
    private readonly EngineOptions _options = server.Options;
    private readonly PollingLimits _pollingLimits = new(server.Options.MaxPayload, server.Options.MaxPacketsPerPayload, server.Options.HttpCompressionThreshold);
    private readonly WebSocketReaderLimits _webSocketLimits = new(server.Options.MaxPayload, server.Options.MaxFragmentsPerMessage);

    public async Task HandleAsync(HttpContext context)
    {
        var isWebSocket = WebSocketUpgrade.IsRequested(context);
        if (_options.OnHeaders is { } onHeaders)
        {
            context.Response.OnStarting(() => RunHook(onHeaders, context, nameof(EngineOptions.OnHeaders)));
        }

        var query = context.Request.Query;
        // A parameter given twice is joined with a comma by StringValues, and so is no transport, revision or session.
        string? transport = query["transport"];
        if (!IsAllowed(transport))
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.TransportUnknown, "transport_unknown", $"The transport is \"{transport}\"; this endpoint serves {_options.Transports}.");
            return;
        }

        if (FindBadOriginCharacter(context.Request.Headers.Origin))
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "invalid_origin", "The Origin header has a character that no header may have.");
            return;
        }

        var protocol = query["EIO"] == "4" ? 4 : 3;
        if (query.TryGetValue("sid", out var sid))
        {
            await HandleSessionRequestAsync(context, isWebSocket, transport!, protocol, sid);
        }
        else
        {
            await HandleHandshakeAsync(context, isWebSocket, transport!, protocol);
        }
    }

    /// <summary>A request for a session that exists.</summary>
    private async Task HandleSessionRequestAsync(HttpContext context, bool isWebSocket, string transport, int protocol, StringValues sid)
    {
        if (sid.Count != 1 || !server.TryGet(sid.ToString(), out var session))
        {
            if (transport == "polling" && HttpMethods.IsGet(context.Request.Method) && server.LatePolls.TryTake(sid.ToString()))
            {
                await PollingTransport.AnswerLatePollAsync(context);
                return;
            }

            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.SessionIdUnknown, "session_unknown", "The session does not exist, or no longer: it ended, or another server holds it (then the load balancer needs session affinity).");
            return;
        }

        session.Tick();
        var current = session.Current;
        if (!isWebSocket && transport != current?.Name)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "transport_mismatch", $"The request is for \"{transport}\", the session is on \"{current?.Name}\".");
        }
        else if (protocol != session.Protocol)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "protocol_mismatch", $"The request is for revision {protocol}, the session has {session.Protocol}.");
        }
        else if (isWebSocket)
        {
            await HandleUpgradeAsync(context, session, transport);
        }
        else if (current is not PollingTransport polling)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "transport_handshake_error", "A WebSocket needs an Upgrade header. A proxy on the way may remove it.");
        }
        else if (session.State is Sockeye.Protocol.Engine.EngineState.Closed)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.SessionIdUnknown, "session_unknown", "The session has just ended.");
        }
        else if (HttpMethods.IsGet(context.Request.Method))
        {
            await polling.HandlePollAsync(context);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            await polling.HandlePostAsync(context);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    private async Task HandleUpgradeAsync(HttpContext context, EngineSession session, string transport)
    {
        if (transport != "websocket" || !_options.AllowUpgrades)
        {
            await RefuseAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "upgrade_not_allowed", "The session cannot be upgraded to this transport.");
        }
        else if (await CheckWebSocketAsync(context))
        {
            // As the official server does, a WebSocket that the session does not take (it has one already) is accepted and closed.
            await RunWebSocketAsync(context, session, static (session, candidate) =>
            {
                if (!session.TryAttachCandidate(candidate))
                {
                    candidate.Discard(TransportEnd.Closed);
                }
            });
        }
    }

    /// <summary>A request without a session opens one.</summary>
    private async Task HandleHandshakeAsync(HttpContext context, bool isWebSocket, string transport, int protocol)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !(isWebSocket && HttpMethods.IsConnect(context.Request.Method)))
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadHandshakeMethod, "bad_handshake_method", $"The method is {context.Request.Method}; a session is opened by GET. A preflight (OPTIONS) needs a CORS policy: AddCors, UseCors, RequireCors.");
            return;
        }

        if (isWebSocket != (transport == "websocket"))
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "transport_handshake_error", isWebSocket ? "An upgrade is for the WebSocket transport only." : "A WebSocket needs an Upgrade header. A proxy on the way may remove it.");
            return;
        }

        if (_options.AllowRequest is { } allow && await allow(context) is { } refusal)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.Forbidden, "forbidden", "AllowRequest refused the request.", refusal.Length > 0 ? refusal : null);
            return;
        }

        if (protocol != 4)
        {
            await RefuseAsync(context, isWebSocket, ConnectionErrorCode.UnsupportedProtocolVersion, "unsupported_protocol_version", $"EIO is \"{context.Request.Query["EIO"]}\"; this server speaks revision 4 (socket.io-client 3 and later). User agent: {context.Request.Headers.UserAgent}");
            return;
        }

        if (isWebSocket && !await CheckWebSocketAsync(context))
        {
            return;
        }

        if (server.IsStopping)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        if (await CreateSessionAsync(context, isWebSocket, protocol) is { } session)
        {
            await OpenAsync(context, isWebSocket, session);
        }
    }

    private async Task OpenAsync(HttpContext context, bool isWebSocket, EngineSession session)
    {
        if (_options.OnInitialHeaders is { } onInitialHeaders)
        {
            context.Response.OnStarting(() => RunHook(onInitialHeaders, context, nameof(EngineOptions.OnInitialHeaders)));
        }

        if (isWebSocket)
        {
            await RunWebSocketAsync(context, session, (session, transport) => session.Start(transport, server.OpenPayloadFor(session, transport.Name)));
            return;
        }

        // Only polling needs affinity, so only polling sets the cookie (engine.io).
        if (_options.Cookie is { } cookie)
        {
            context.Response.Cookies.Append(cookie.Name ?? "io", session.Id, cookie.Build(context));
        }

        var polling = new PollingTransport(session, _pollingLimits);
        session.Start(polling, server.OpenPayloadFor(session, polling.Name));
        await polling.HandlePollAsync(context);
    }

    private async Task<EngineSession?> CreateSessionAsync(HttpContext context, bool isWebSocket, int protocol)
    {
        string detail;
        try
        {
            var id = _options.GenerateId is { } generate ? await generate(context) : SessionId.Create();
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

        await RefuseAsync(context, isWebSocket, ConnectionErrorCode.BadRequest, "id_generation_error", detail);
        return null;
    }

    private async Task<bool> CheckWebSocketAsync(HttpContext context)
    {
        if (WebSocketUpgrade.Check(context) is { } problem)
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            await RefuseAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "websocket_handshake_error", problem, problem);
            return false;
        }

        if (_options.CheckOrigin && !await OriginPolicy.IsAllowedAsync(context))
        {
            await RefuseAsync(
                context,
                isWebSocket: true,
                ConnectionErrorCode.Forbidden,
                "origin_not_allowed",
                $"A page of {context.Request.Headers.Origin} opened a WebSocket to {context.Request.Host}. Allow it by a CORS policy on the endpoint (RequireCors), or set CheckOrigin to false. Behind a proxy, pass the Host header on.",
                "Origin not allowed");
            return false;
        }

        return true;
    }

    private async Task RunWebSocketAsync(HttpContext context, EngineSession session, Action<EngineSession, Transport> begin)
    {
        if (WebSocketUpgrade.IsFrameworkOnly(context))
        {
            var framework = new FrameworkWebSocketTransport(session, await context.WebSockets.AcceptWebSocketAsync(), _options.MaxPayload);
            begin(session, framework);
            await framework.RunAsync();
            return;
        }

        AcceptedWebSocket accepted;
        try
        {
            accepted = await WebSocketUpgrade.AcceptAsync(context, _options.PerMessageDeflate);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The client left before the answer. A session that was made for it never opened.
            if (session.Current is null)
            {
                server.Remove(session);
            }

            return;
        }

        var transport = new WebSocketTransport(session, accepted, _webSocketLimits);
        begin(session, transport);
        await transport.RunAsync();
    }

    private async Task RefuseAsync(HttpContext context, bool isWebSocket, ConnectionErrorCode code, string reason, string detail, string? clientMessage = null)
    {
        var error = new ConnectionError(context, code, reason, detail) { ClientMessage = clientMessage };
        server.Metrics.ConnectionErrors.Add(1, EngineMetrics.Reason(reason));
        EngineLog.ConnectionRefused(server.Logger, context.Request.Method, context.Request.Path, context.Connection.RemoteIpAddress, reason, detail);
        try
        {
            _options.OnConnectionError?.Invoke(error);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(server.Logger, nameof(EngineOptions.OnConnectionError), exception);
        }

        var message = clientMessage ?? error.Message;
        var response = context.Response;
        // A refused upgrade is always 400, the text alone: nobody but a person reads it.
        response.StatusCode = code is ConnectionErrorCode.Forbidden && !isWebSocket ? StatusCodes.Status403Forbidden : StatusCodes.Status400BadRequest;
        byte[] body;
        if (isWebSocket)
        {
            response.ContentType = "text/html";
            if (HttpProtocol.IsHttp11(context.Request.Protocol))
            {
                response.Headers.Connection = "close";
            }

            body = Encoding.UTF8.GetBytes(message);
        }
        else
        {
            response.ContentType = "application/json";
            body = ConnectionErrorBody.Write(code, message);
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
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
