using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Writes the answer to a poll: the packets in the session's form, compressed when that pays.</summary>
internal static class PollingResponse
{
    /// <summary>Writes the answer. False: the connection is lost, and perhaps the packets with it.</summary>
    public static async Task<bool> WriteAsync(HttpContext context, PollingForm form, List<OutboundMessage> messages, int? compressionThreshold)
    {
        var response = context.Response;
        var length = form.Measure(messages, out var isBytes);
        // Also for JSONP, which is a script: so does the official server.
        response.ContentType = isBytes ? "application/octet-stream" : "text/plain; charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        var userAgent = context.Request.Headers.UserAgent.ToString();
        if (userAgent.Contains(";MSIE", StringComparison.Ordinal) || userAgent.Contains("Trident/", StringComparison.Ordinal))
        {
            // The XSS filter of Internet Explorer mistakes payloads for an attack (engine.io does the same).
            response.Headers.XXSSProtection = "0";
        }

        var script = form.JsonpIndex is { } index ? WriteScript(form, index, messages) : null;
        length = script?.WrittenCount ?? length;
        var encoding = length >= compressionThreshold && messages.Exists(static message => message.Compress) ? ChooseEncoding(context.Request) : null;
        if (encoding is null)
        {
            response.ContentLength = length;
            WritePayload(response.BodyWriter, form, messages, isBytes, script);
            return await FlushAsync(response);
        }

        response.Headers.ContentEncoding = encoding;
        var payload = new ArrayBufferWriter<byte>(length);
        WritePayload(payload, form, messages, isBytes, script);
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

    private static ArrayBufferWriter<byte> WriteScript(PollingForm form, string index, List<OutboundMessage> messages)
    {
        using var payload = new PooledBufferWriter();
        form.Write(payload, messages, isBytes: false);
        var script = new ArrayBufferWriter<byte>(payload.WrittenCount + 64);
        JsonpCodec.WriteScript(script, index, payload.WrittenSpan);
        return script;
    }

    private static void WritePayload(IBufferWriter<byte> output, PollingForm form, List<OutboundMessage> messages, bool isBytes, ArrayBufferWriter<byte>? script)
    {
        if (script is null)
        {
            form.Write(output, messages, isBytes);
        }
        else
        {
            output.Write(script.WrittenSpan);
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
