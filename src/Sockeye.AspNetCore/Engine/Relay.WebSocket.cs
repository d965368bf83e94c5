using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Sockeye.AspNetCore.Engine;

// A WebSocket of another node's session: after the handshake, bytes in both directions that nobody here looks at.
internal sealed partial class Relay
{
    private const int BufferSize = 16 * 1024;

    private async Task<string?> RelayWebSocketAsync(HttpContext context, RelayNode node, string problem, string sid)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.Stopping);
        using var request = RelayedRequest.Create(context, node, directory.Self.Uid, sid, isWebSocket: true);
        try
        {
            using var response = await SendAsync(request, ending.Token);
            if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
            {
                RelayedRequest.CopyAnswer(response, context.Response);
                await response.Content.CopyToAsync(context.Response.Body, ending.Token);
                return null;
            }

            await using var there = await response.Content.ReadAsStreamAsync(ending.Token);
            await using var here = await AcceptAsync(context, response);
            await PumpAsync(here, there, ending);
            return null;
        }
        catch (InvalidOperationException) when (!context.Response.HasStarted)
        {
            // Kestrel: MaxConcurrentUpgradedConnections.
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return null;
        }
        catch (Exception exception) when (IsRemote(exception))
        {
            return Fail(context, node, problem, exception);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(server.Options.UpgradeTimeout);
        return await _http.SendAsync(request, patience.Token);
    }

    private static async Task<Stream> AcceptAsync(HttpContext context, HttpResponseMessage response)
    {
        var extended = context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } feature ? feature : null;
        RelayedRequest.CopyHandshake(response, context.Response, extended is not null);
        return extended is not null ? await extended.AcceptAsync() : await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>Until one side ends, or the other node has been silent for longer than a heartbeat may take.</summary>
    private async Task PumpAsync(Stream here, Stream there, CancellationTokenSource ending)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(ending.Token);
        var outbound = CopyAsync(there, here, () => silence.CancelAfter(LongestSilence), silence.Token);
        var inbound = CopyAsync(here, there, static () => { }, silence.Token);
        await Task.WhenAny(outbound, inbound);
        await silence.CancelAsync();
        // A write that the other side does not take ends with its stream only.
        await there.DisposeAsync();
        await Task.WhenAll(outbound, inbound);
    }

    private static async Task CopyAsync(Stream from, Stream to, Action moved, CancellationToken cancellationToken)
    {
        // An idle WebSocket holds no buffer.
        var reader = PipeReader.Create(from, new StreamPipeReaderOptions(bufferSize: BufferSize, leaveOpen: true, useZeroByteReads: true));
        try
        {
            while (true)
            {
                moved();
                var result = await reader.ReadAsync(cancellationToken);
                foreach (var piece in result.Buffer)
                {
                    await to.WriteAsync(piece, cancellationToken);
                }

                await to.FlushAsync(cancellationToken);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (IsRemote(exception) || exception is ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone: the other one is told by the end of its connection.
            return;
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
