using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>One file of the browser client, with the headers that the official server gives it.</summary>
internal sealed class ClientFile
{
    private readonly EntityTagHeaderValue _entityTag;
    private readonly string _entityTagText;
    private readonly string _contentType;
    private readonly Func<Stream> _open;
    private readonly Lazy<byte[]>[] _encoded;

    private ClientFile(string name, string entityTag, Func<Stream> open)
    {
        _entityTagText = entityTag;
        _entityTag = new EntityTagHeaderValue(entityTag);
        _contentType = name.EndsWith(".map", StringComparison.Ordinal) ? "application/json; charset=utf-8" : "application/javascript; charset=utf-8";
        _open = open;

        // Compressed at the first request that asks for it, once for the life of the process.
        _encoded = [.. Enum.GetValues<ContentCoding>().Select(coding => new Lazy<byte[]>(() => Encode(coding)))];
    }

    /// <summary>The file, or null when there is nothing to open under its name.</summary>
    public static ClientFile? Open(string name, string entityTag, Func<string, Stream?> open)
    {
        using var probe = open(name);
        return probe is null ? null : new ClientFile(name, entityTag, () => open(name)!);
    }

    public Task WriteAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.CacheControl = "public, max-age=0";
        response.Headers.ETag = _entityTagText;

        // Ours, not the official server's: without it a shared cache may hand brotli to a client that cannot read it.
        response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);

        if (IsKnownToClient(request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        var coding = ContentCodingChoice.From(request.Headers.AcceptEncoding);
        if (coding is not ContentCoding.Identity)
        {
            response.Headers.ContentEncoding = ContentCodingChoice.NameOf(coding);
        }

        var body = _encoded[(int)coding].Value;
        response.ContentType = _contentType;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    /// <summary>RFC 9110 §13.1.2: If-None-Match compares weakly, so <c>W/"4.8.4"</c> is the same as <c>"4.8.4"</c>.</summary>
    private bool IsKnownToClient(HttpRequest request)
    {
        if (!EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known))
        {
            return false;
        }

        foreach (var tag in known)
        {
            if (tag.Compare(_entityTag, useStrongComparison: false))
            {
                return true;
            }
        }

        return false;
    }

    private byte[] Encode(ContentCoding coding)
    {
        using var source = _open();
        using var target = new MemoryStream();
        using (Stream encoder = coding switch
        {
            ContentCoding.Brotli => new BrotliStream(target, CompressionLevel.Optimal, leaveOpen: true),
            ContentCoding.Gzip => new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true),

            // RFC 9110 §8.4.1.2: "deflate" means the zlib format, not raw deflate.
            ContentCoding.Deflate => new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true),
            _ => target,
        })
        {
            source.CopyTo(encoder);
        }

        return target.ToArray();
    }
}
