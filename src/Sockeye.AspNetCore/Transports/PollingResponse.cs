using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Writes the answer to a poll: the packets in the session's form, compressed when that pays.</summary>
internal static class PollingResponse
{
    /// <summary>As much as Kestrel buffers by default before a flush waits for the client.</summary>
    private const int PieceSize = 64 * 1024;

    /// <summary>Writes the answer. False: the connection is lost, and packets with it.</summary>
    public static async Task<bool> WriteAsync(HttpContext context, PollingForm form, List<OutboundMessage> messages, int? compressionThreshold)
    {
        var response = context.Response;
        var body = new PollingBody(form, messages);
        // Text also for JSONP, which is a script: so does the official server.
        response.ContentType = body.IsBytes ? "application/octet-stream" : "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        var userAgent = context.Request.Headers.UserAgent.ToString();
        if (userAgent.Contains(";MSIE", StringComparison.Ordinal) || userAgent.Contains("Trident/", StringComparison.Ordinal))
        {
            // The XSS filter of Internet Explorer mistakes payloads for an attack (engine.io does the same).
            response.Headers.XXSSProtection = "0";
        }

        var encoding = body.Length >= compressionThreshold && messages.Exists(static message => message.Compress) ? ChooseEncoding(context.Request) : null;
        if (encoding is null)
        {
            response.ContentLength = body.Length;
            return await WritePiecesAsync(response, body);
        }

        response.Headers.ContentEncoding = encoding;
        var payload = new ArrayBufferWriter<byte>(body.Length);
        body.Write(payload, body.Length);
        // "deflate" in HTTP is the zlib format (RFC 9110 section 8.4.1.2).
        await using (Stream compressor = encoding == "gzip"
            ? new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true))
        {
            await compressor.WriteAsync(payload.WrittenMemory, CancellationToken.None);
        }

        return await FlushAsync(response);
    }

    // A client that hangs up as soon as it has its answer has lost nothing, and Kestrel does not tell it from one that hung up before. But nobody has what is not
    // written yet: the answer was cut only if the connection is lost before its last piece is handed over.
    private static async Task<bool> WritePiecesAsync(HttpResponse response, PollingBody body)
    {
        var aborted = response.HttpContext.RequestAborted;
        for (var left = body.Length; ; left -= PieceSize)
        {
            if (aborted.IsCancellationRequested)
            {
                return false;
            }

            body.Write(response.BodyWriter, Math.Min(left, PieceSize));
            var result = await response.BodyWriter.FlushAsync(CancellationToken.None);
            if (left <= PieceSize)
            {
                return true;
            }

            if (result.IsCompleted)
            {
                return false;
            }
        }
    }

    // The end of a compressed answer follows when the request ends, so a client that is gone before has not got all.
    private static async Task<bool> FlushAsync(HttpResponse response)
    {
        var aborted = response.HttpContext.RequestAborted;
        var result = await response.BodyWriter.FlushAsync(CancellationToken.None);
        return !result.IsCompleted && !aborted.IsCancellationRequested;
    }

    private static string? ChooseEncoding(HttpRequest request)
    {
        // The client's order decides, as in engine.io.
        if (StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
        {
            foreach (var value in accepted)
            {
                if (value.Quality != 0 && (value.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) || value.Value.Equals("deflate", StringComparison.OrdinalIgnoreCase)))
                {
                    return value.Value.ToString().ToLowerInvariant();
                }
            }
        }

        return null;
    }
}
