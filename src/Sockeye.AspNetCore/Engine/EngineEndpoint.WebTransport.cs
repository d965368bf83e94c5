using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Engine;

// WebTransport sessions. The request has no query: what it is for says the first packet on its stream.
internal sealed partial class EngineEndpoint
{
    // It holds a session id. Nobody has shown yet that a larger one is worth a buffer.
    private const int MaxFirstPacket = 1024;

    private async Task HandleWebTransportAsync(HttpContext context)
    {
        if (!await CheckWebTransportAsync(context) || await ShakeHandsAsync(context) is not { } accepted)
        {
            return;
        }

        // The end of the request closes the session.
        await using (accepted.Connection)
        {
            if (accepted.SessionId is null)
            {
                await OpenWebTransportAsync(context, accepted.Connection);
            }
            else
            {
                await UpgradeToWebTransportAsync(context, accepted.Connection, accepted.SessionId);
            }
        }
    }

    private async Task<bool> CheckWebTransportAsync(HttpContext context)
    {
        if (!_options.Transports.HasFlag(EngineTransports.WebTransport))
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.TransportUnknown, "transport_unknown", $"WebTransport is not switched on; this endpoint serves {_options.Transports}.");
        }
        else if (!WebTransportConnection.CanAccept(context))
        {
            await _refused.AnswerAsync(
                context,
                isWebSocket: true,
                ConnectionErrorCode.BadRequest,
                "webtransport_unsupported",
                $"The host cannot accept this WebTransport session. {_options.FindWebTransportProblem() ?? "It needs Kestrel, HTTP/3, and a client that speaks draft 02 of WebTransport."}",
                "WebTransport is not supported here");
        }
        else if (FindBadOriginCharacter(context.Request.Headers.Origin))
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "invalid_origin", "The Origin header has a character that no header may have.");
        }
        else if (!await CheckOriginAsync(context, "WebTransport session"))
        {
            return false;
        }
        else if (server.IsStopping)
        {
            _refused.AnswerUnavailable(context, "The server stops.");
        }
        else
        {
            return true;
        }

        return false;
    }

    /// <summary>Accepts the session, its one stream and the first packet, all within the upgrade timeout. Null: the client did not get that far.</summary>
    private async Task<AcceptedWebTransport?> ShakeHandsAsync(HttpContext context)
    {
        using var timeout = new CancellationTokenSource(_options.UpgradeTimeout, server.Time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted, server.Stopping);
        WebTransportConnection? connection = null;
        AcceptedWebTransport? accepted = null;
        try
        {
            connection = await WebTransportConnection.AcceptAsync(context, patience.Token);
            if (connection is not null)
            {
                accepted = await ReadFirstPacketAsync(connection, patience.Token);
                if (accepted is null && !connection.Ended.IsCancellationRequested)
                {
                    await RefuseHandshakeAsync("The first packet is neither 0 nor 0{\"sid\":\"…\"}.");
                }
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            await RefuseHandshakeAsync($"The client opened no two-way stream, or sent no packet on it, within {nameof(EngineOptions.UpgradeTimeout)}.");
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The client left, or the server stops.
            accepted = null;
        }
        finally
        {
            if (accepted is null && connection is not null)
            {
                await connection.DisposeAsync();
            }
        }

        return accepted;

        Task RefuseHandshakeAsync(string detail) => _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "webtransport_handshake_error", detail);
    }

    /// <summary>Reads the packet, and nothing of what follows it. Null: it is no handshake, or the session has ended.</summary>
    private static async Task<AcceptedWebTransport?> ReadFirstPacketAsync(WebTransportConnection connection, CancellationToken cancellationToken)
    {
        var input = connection.Stream.Transport.Input;
        using var reader = new WebTransportFrameReader(MaxFirstPacket);
        await using var ended = connection.Ended.Register(input.CancelPendingRead);
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var status = reader.Read(ref buffer);
            var accepted = status is WebTransportReadStatus.Text ? Understand(connection, reader.Payload) : null;
            input.AdvanceTo(buffer.Start, status is WebTransportReadStatus.NeedMoreData ? buffer.End : buffer.Start);
            if (status is not WebTransportReadStatus.NeedMoreData || result.IsCompleted || result.IsCanceled)
            {
                return accepted;
            }
        }
    }

    // 0
    // 0{"sid":"lv_VI97HAXpY6yYWAAAC"}
    private static AcceptedWebTransport? Understand(WebTransportConnection connection, ReadOnlySpan<byte> text)
    {
        if (!EnginePacketCodec.TryRead(text, out var packet) || packet.Type is not EnginePacketType.Open)
        {
            return null;
        }

        if (packet.Data.IsEmpty)
        {
            return new(connection, SessionId: null);
        }

        // What is no handshake at all is reported as an unknown session is: as the official server does, and the reader of the log sees why.
        return new(connection, WebTransportHandshake.TryReadSessionId(packet.Data, out var sid) ? sid : "");
    }

    private async Task OpenWebTransportAsync(HttpContext context, WebTransportConnection connection)
    {
        if (_options.AllowRequest is { } allow && await AskAsync(allow, context) is { } refusal)
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.Forbidden, "forbidden", "AllowRequest refused the request.", refusal.Length > 0 ? refusal : null);
        }
        else if (!server.IsStopping && await CreateSessionAsync(context, isWebSocket: true, protocol: 4) is { } session)
        {
            var transport = new WebTransportTransport(session, connection, _options.MaxPayload);
            session.Start(transport, server.OpenPayloadFor(session, transport.Name));
            await transport.RunAsync();
        }
    }

    private async Task UpgradeToWebTransportAsync(HttpContext context, WebTransportConnection connection, string sid)
    {
        if (!server.TryGet(sid, out var session) || session.Current is null)
        {
            await RefuseUnknownAsync(context, isWebSocket: true, "webtransport", sid);
            return;
        }

        session.Tick();
        if (!session.TryRefreshUser(context))
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.Forbidden, "user_changed", "The request is authenticated as another user than the one who opened the session.");
            return;
        }

        var transport = new WebTransportTransport(session, connection, _options.MaxPayload);
        if (!_options.AllowUpgrades || session.Protocol != 4 || session.Current is not PollingTransport || !session.TryAttachCandidate(transport))
        {
            await _refused.AnswerAsync(context, isWebSocket: true, ConnectionErrorCode.BadRequest, "upgrade_not_allowed", "The session cannot be upgraded to WebTransport: it is not on polling, or in another upgrade, or upgrades are off.");
            return;
        }

        await transport.RunAsync();
    }

    /// <param name="Connection">The session and its stream.</param>
    /// <param name="SessionId">The Engine.IO session that the client wants to upgrade; null for a new one.</param>
    private sealed record AcceptedWebTransport(WebTransportConnection Connection, string? SessionId);
}
