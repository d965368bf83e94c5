using System.Text;
using Microsoft.AspNetCore.Http;
using Sockeye.AspNetCore.Diagnostics;

namespace Sockeye.AspNetCore.Engine;

/// <summary>Answers requests that get no session: status, body, log line, counter and hook, all with the same reason.</summary>
internal sealed class RefusedRequest(EngineServer server)
{
    private readonly RefusalLog _log = new(server.Logger, server.Wheel);

    public async Task AnswerAsync(HttpContext context, bool isWebSocket, ConnectionErrorCode code, string reason, string detail, string? clientMessage = null)
    {
        var error = new ConnectionError(context, code, reason, detail) { ClientMessage = clientMessage };
        Note(context, reason, detail);
        try
        {
            server.Options.OnConnectionError?.Invoke(error);
        }
        catch (Exception exception)
        {
            EngineLog.HookFailed(server.Logger, nameof(EngineOptions.OnConnectionError), exception);
        }

        var message = clientMessage ?? error.Message;
        var response = context.Response;
        if (response.HasStarted)
        {
            // An accepted WebTransport session has its answer already; it is closed without a reason.
            return;
        }

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
        if (server.IsStopping && HasMoreToCome(context))
        {
            // The host would wait some seconds for the rest of the body before it stops.
            await response.CompleteAsync();
            context.Abort();
        }
    }

    /// <summary>The server takes no more at the moment: it stops, or the host's limit of upgraded connections is reached. Not the client's fault, so no code of the protocol.</summary>
    public void AnswerUnavailable(HttpContext context, string detail)
    {
        Note(context, "unavailable", detail);
        context.Response.Clear();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        // The official client waits about as long before its first attempt to come back.
        context.Response.Headers.RetryAfter = "1";
    }

    private static bool HasMoreToCome(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            return false;
        }

        if (!context.Request.BodyReader.TryRead(out var body))
        {
            return true;
        }

        context.Request.BodyReader.AdvanceTo(body.Buffer.End);
        return !body.IsCompleted;
    }

    private void Note(HttpContext context, string reason, string detail)
    {
        server.Metrics.ConnectionErrors.Add(1, EngineMetrics.Reason(reason));
        _log.Write(context, reason, detail);
    }
}
