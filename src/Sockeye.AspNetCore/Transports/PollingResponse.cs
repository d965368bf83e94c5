using System.Buffers;
using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Sockeye.Protocol.Engine;

namespace Sockeye.AspNetCore.Transports;

/// <summary>Writes the answer to a poll: the packets, U+001E between them, compressed when that pays.</summary>
internal static class PollingResponse
{
    /// <summary>As much as Kestrel buffers by default before a flush waits for the client.</summary>
    private const int PieceSize = 64 * 1024;

    /// <summary>Writes the answer. False: the connection is lost, and packets with it.</summary>
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
            return await WritePiecesAsync(response, messages, length);
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

    // A client that hangs up as soon as it has its answer has lost nothing, and Kestrel does not tell it from one that hung up before. But nobody has what is not
    // written yet: the answer was cut only if the connection is lost before its last piece is handed over.
    private static async Task<bool> WritePiecesAsync(HttpResponse response, List<OutboundMessage> messages, int length)
    {
        var aborted = response.HttpContext.RequestAborted;
        var position = default((int Message, int Offset));
        for (var left = length; ; left -= PieceSize)
        {
            if (aborted.IsCancellationRequested)
            {
                return false;
            }

            position = WritePiece(response.BodyWriter, messages, position, Math.Min(left, PieceSize));
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

    /// <summary>Writes so many bytes of the payload from a position on; the new position. At offset −1 stands the separator before a message.</summary>
    private static (int Message, int Offset) WritePiece(IBufferWriter<byte> output, List<OutboundMessage> messages, (int Message, int Offset) position, int length)
    {
        while (length > 0)
        {
            if (position.Offset < 0)
            {
                output.Write([PollingPayloadWriter.Separator]);
                position.Offset = 0;
                length--;
                continue;
            }

            var rest = messages[position.Message].PollingPayload[position.Offset..];
            var piece = rest[..Math.Min(rest.Length, length)];
            output.Write(piece);
            length -= piece.Length;
            position = piece.Length == rest.Length ? (position.Message + 1, -1) : (position.Message, position.Offset + piece.Length);
        }

        return position;
    }

    // The end of a compressed answer follows when the request ends, so a client that is gone before has not got all.
    private static async Task<bool> FlushAsync(HttpResponse response)
    {
        var aborted = response.HttpContext.RequestAborted;
        var result = await response.BodyWriter.FlushAsync(CancellationToken.None);
        return !result.IsCompleted && !aborted.IsCancellationRequested;
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
