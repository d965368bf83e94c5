using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Writes the answer to a poll: the packets, U+001E between them, compressed when that pays.</summary>
internal static class PollingResponse
{
    /// <summary>Writes the answer. False: the connection is lost, and perhaps the packets with it.</summary>
    public static async Task<bool> WriteAsync(HttpContext context, List<OutboundMessage> messages, int? compressionThreshold)
    {
        var response = context.Response;
        response.ContentType = "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        var userAgent = context.Request.Headers.UserAgent.ToString();
        if (userAgent.Contains(";MSIE", StringComparison.Ordinal) || userAgent.Contains("Trident/", StringComparison.Ordinal))
        {
            // The XSS filter of Internet Explorer mistakes payloads for an attack (engine.io does the same).
            response.Headers.XXSSProtection = "0";
        }

        var length = messages.Count - 1;
        var compress = false;
        foreach (var message in messages)
        {
            length += message.PollingPayload.Length;
            compress |= message.Compress;
        }

        var encoding = compress && length >= compressionThreshold ? ChooseEncoding(context.Request) : null;
        if (encoding is null)
        {
            response.ContentLength = length;
            WritePayload(response.BodyWriter, messages);
            return await FlushAsync(response);
        }

        response.Headers.ContentEncoding = encoding;
        var payload = new ArrayBufferWriter<byte>(length);
        WritePayload(payload, messages);
        // "deflate" in HTTP is the zlib format (RFC 9110 section 8.4.1.2).
        await using (Stream compressor = encoding == "gzip"
            ? new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true)
            : new ZLibStream(response.Body, CompressionLevel.Fastest, leaveOpen: true))
        {
            await compressor.WriteAsync(payload.WrittenMemory, CancellationToken.None);
        }

        return await FlushAsync(response);
    }

    // A client that hangs up as soon as it has its answer has lost nothing, so what the token says after a flush that need not wait means nothing.
    private static async Task<bool> FlushAsync(HttpResponse response)
    {
        var aborted = response.HttpContext.RequestAborted;
        if (aborted.IsCancellationRequested)
        {
            return false;
        }

        var flush = response.BodyWriter.FlushAsync(CancellationToken.None);
        var isWaiting = !flush.IsCompleted;
        var result = await flush;
        if (isWaiting)
        {
            // A lost connection ends a flush that waits as if all were well, and the token follows later; the next flush knows.
            result = await response.BodyWriter.FlushAsync(CancellationToken.None);
        }

        return !result.IsCompleted && !(isWaiting && aborted.IsCancellationRequested);
    }

    private static void WritePayload(IBufferWriter<byte> output, List<OutboundMessage> messages)
    {
        for (var i = 0; i < messages.Count; i++)
        {
            if (i > 0)
            {
                output.Write([PollingPayloadWriter.Separator]);
            }

            output.Write(messages[i].PollingPayload);
        }
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
