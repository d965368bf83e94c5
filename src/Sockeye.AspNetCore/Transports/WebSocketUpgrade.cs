using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.AspNetCore.Epoll;
using Sockeye.Protocol.WebSockets;

namespace Sockeye.AspNetCore.Transports;

/// <summary>The settings of permessage-deflate (RFC 7692) on WebSocket connections.</summary>
public sealed class PerMessageDeflateOptions
{
    /// <summary>Bytes from which a message is compressed. Default 1024 (engine.io).</summary>
    public int Threshold { get; set; } = 1024;

    /// <summary>Forget the server's window after each message: less memory for each connection (a window is up to 32 KiB, the compressor's tables some 250 KiB), worse compression. Default true, unlike ws, because memory for each connection is what kills servers.</summary>
    public bool ServerNoContextTakeover { get; set; } = true;

    /// <summary>Ask the client to forget its window after each message, which spares the server a window for each connection. Default true.</summary>
    public bool ClientNoContextTakeover { get; set; } = true;

    /// <summary>How far back the server's compressor may refer: 2 to this power, in bytes (RFC 7692 section 7.1.2.1). 8 to 15, default 15 (ws). Below 15 the context is never taken over.</summary>
    public int ServerMaxWindowBits { get; set; } = 15;

    /// <summary>How far back the client's compressor may refer, which is what the server keeps for a connection with <see cref="ClientNoContextTakeover"/> false. 8 to 15, default 15 (ws). A wish: clients that cannot be limited are not.</summary>
    public int ClientMaxWindowBits { get; set; } = 15;

    internal PerMessageDeflateParameters Parameters => new(ServerNoContextTakeover, ClientNoContextTakeover, ServerMaxWindowBits, ClientMaxWindowBits);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Threshold, $"{nameof(PerMessageDeflateOptions)}.{nameof(Threshold)}");
        RequireBits(ServerMaxWindowBits, nameof(ServerMaxWindowBits));
        RequireBits(ClientMaxWindowBits, nameof(ClientMaxWindowBits));
    }

    private static void RequireBits(int bits, string name)
    {
        if (bits is < 8 or > 15)
        {
            throw new InvalidOperationException($"{nameof(PerMessageDeflateOptions)}.{name} is {bits}; it must be 8 to 15.");
        }
    }
}

/// <summary>A WebSocket after its handshake: the pipes to the peer, and what was agreed.</summary>
/// <param name="Context">The request.</param>
/// <param name="Input">The bytes from the peer.</param>
/// <param name="Output">The bytes to the peer.</param>
/// <param name="OwnsPipes">Whether the pipes are ours to complete (over a stream) or the host's.</param>
/// <param name="Deflate">The parameters of permessage-deflate; null without it.</param>
/// <param name="CompressionThreshold">Bytes from which a message is compressed.</param>
internal readonly record struct AcceptedWebSocket(HttpContext Context, PipeReader Input, PipeWriter Output, bool OwnsPipes, PerMessageDeflateParameters? Deflate, int CompressionThreshold);

/// <summary>The WebSocket handshake on HTTP/1.1 (RFC 6455 section 4) and HTTP/2 and 3 (RFC 8441 extended CONNECT).</summary>
internal static class WebSocketUpgrade
{
    /// <summary>Whether the request asks for a WebSocket, well-formed or not.</summary>
    public static bool IsRequested(HttpContext context) =>
        IsExtendedConnect(context)
        || string.Equals(context.Request.Headers.Upgrade, "websocket", StringComparison.OrdinalIgnoreCase)
        || IsFrameworkOnly(context);

    /// <summary>Whether the host has WebSockets but no stream to frame on (TestServer).</summary>
    public static bool IsFrameworkOnly(HttpContext context) =>
        !IsExtendedConnect(context)
        && context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
        && context.WebSockets.IsWebSocketRequest;

    /// <summary>The connection of the epoll engine that can go on without HTTP after the handshake. Null: another transport's, or TLS or a tap stands between, or it is HTTP/2.</summary>
    public static EpollConnection? FindDetachable(HttpContext context) =>
        context.Features.Get<IConnectionTransportFeature>() is EpollConnection { CanDetach: true } connection && context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            ? connection
            : null;

    /// <summary>Whether the client asked for binary messages as base64 text (engine.io: any value of b64 but none).</summary>
    public static bool WantsBase64(HttpContext context) => !string.IsNullOrEmpty(RequestQuery.Find(context, "b64"));

    /// <summary>What is wrong with the handshake; null if nothing is. The text is the official server's (ws).</summary>
    public static string? Check(HttpContext context)
    {
        if (IsFrameworkOnly(context))
        {
            return null;
        }

        var headers = context.Request.Headers;
        if (headers.SecWebSocketVersion != "13")
        {
            return "Missing or invalid Sec-WebSocket-Version header";
        }

        if (IsExtendedConnect(context))
        {
            return null;
        }

        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
        {
            return "The connection cannot be upgraded";
        }

        return WebSocketHandshake.IsValidKey(headers.SecWebSocketKey) ? null : "Missing or invalid Sec-WebSocket-Key header";
    }

    /// <summary>Answers the handshake, which must have passed <see cref="Check"/>.</summary>
    public static async ValueTask<AcceptedWebSocket> AcceptAsync(HttpContext context, PerMessageDeflateOptions? deflate)
    {
        var request = context.Request.Headers;
        var response = context.Response.Headers;
        PerMessageDeflateParameters? agreed = null;
        if (deflate is not null
            && request.SecWebSocketExtensions.Count > 0
            && PerMessageDeflate.TryAccept(request.SecWebSocketExtensions.ToString(), deflate.Parameters, out agreed, out var extension))
        {
            response.SecWebSocketExtensions = extension;
        }

        if (request.SecWebSocketProtocol.Count > 0)
        {
            // A browser fails the connection when none of its subprotocols is named; ws takes the first.
            response.SecWebSocketProtocol = request.SecWebSocketProtocol.ToString().Split(',', 2)[0].Trim();
        }

        var threshold = deflate?.Threshold ?? 0;
        if (IsExtendedConnect(context))
        {
            var stream = await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync();
            return OverStream(context, stream, agreed, threshold);
        }

        response.Upgrade = "websocket";
        response.Connection = "Upgrade";
        response.SecWebSocketAccept = WebSocketHandshake.CreateAccept(request.SecWebSocketKey!);
        var upgraded = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();

        // Kestrel lets go of the pipes with the upgrade, so frames are read and written in place. IIS has a stream only.
        return context.Features.Get<IConnectionTransportFeature>() is { Transport: var pipes }
            ? new(context, pipes.Input, pipes.Output, OwnsPipes: false, agreed, threshold)
            : OverStream(context, upgraded, agreed, threshold);
    }

    private static bool IsExtendedConnect(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };

    private static AcceptedWebSocket OverStream(HttpContext context, Stream stream, PerMessageDeflateParameters? deflate, int threshold) => new(
        context,
        PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true, leaveOpen: true)),
        PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true)),
        OwnsPipes: true,
        deflate,
        threshold);
}
