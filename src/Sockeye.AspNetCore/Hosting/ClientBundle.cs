using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sockeye.AspNetCore.Hosting;

/// <summary>
/// The official browser client, as the build embedded it from the npm package <c>socket.io</c>: eight files that the server offers beside its endpoint.
/// </summary>
internal sealed partial class ClientBundle
{
    private static readonly string[] FileNames =
    [
        "socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js",
        "socket.io.js.map", "socket.io.min.js.map", "socket.io.esm.min.js.map", "socket.io.msgpack.min.js.map",
    ];

    private readonly FrozenDictionary<string, ClientFile?> _files;
    private readonly ILogger _logger;
    private int _missingLogged;

    public ClientBundle(ILogger<ClientBundle> logger)
        : this(logger, OpenEmbedded)
    {
    }

    /// <param name="logger">Told once, at the first request for a file that the build did not embed.</param>
    /// <param name="open">From a file's name (also <c>package.json</c>, which pins the version) to its bytes, or null when there is no such file.</param>
    internal ClientBundle(ILogger<ClientBundle> logger, Func<string, Stream?> open)
    {
        _logger = logger;
        Version = ReadVersion(open);
        var entityTag = $"\"{Version}\"";
        _files = FileNames.ToFrozenDictionary(name => name, name => ClientFile.Open(name, entityTag, open), StringComparer.Ordinal);
    }

    /// <summary>The version of the client, which is also the entity tag of its files.</summary>
    public string Version { get; }

    /// <summary>
    /// Answers a GET or HEAD for one of the eight files. False, with nothing written, when the request is for something else: that is the engine's then.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="fileName">What follows the endpoint's path and its slash, without the query.</param>
    /// <param name="response">Ends when the response is written.</param>
    public bool TryServe(HttpContext context, string fileName, out Task response)
    {
        response = Task.CompletedTask;
        var method = context.Request.Method;
        if ((!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method)) || !_files.TryGetValue(fileName, out var file))
        {
            return false;
        }

        response = file is null ? ExplainMissingAsync(context) : file.WriteAsync(context);
        return true;
    }

    private static Stream? OpenEmbedded(string fileName) =>
        typeof(ClientBundle).Assembly.GetManifestResourceStream("client-dist/" + fileName);

    private static string ReadVersion(Func<string, Stream?> open)
    {
        using var stream = open("package.json")
            ?? throw new InvalidOperationException("The assembly lacks the resource client-dist/package.json, which every build of it embeds.");
        using var manifest = JsonDocument.Parse(stream);
        return manifest.RootElement.GetProperty("dependencies").GetProperty("socket.io").GetString()!;
    }

    private Task ExplainMissingAsync(HttpContext context)
    {
        if (Interlocked.Exchange(ref _missingLogged, 1) == 0)
        {
            LogMissing(Version);
        }

        // 404 and plain text: a page's script tag fails visibly, and whoever opens the address reads why.
        var body = Encoding.UTF8.GetBytes($"""
            The Socket.IO browser client is not part of this build: Node.js (npm) was missing, or could not reach its registry, when Sockeye.AspNetCore was built.

            One of these helps:
            - install Node.js 20 or later and build again (delete nothing; the next build fetches socket.io {Version} and embeds its client);
            - let the page bring its own client, from the npm package socket.io-client {Version} or from a CDN, and set ServeClient to false.

            """);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status404NotFound;
        response.ContentType = "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    [LoggerMessage(
        EventId = 1,
        EventName = "ClientBundleMissing",
        Level = LogLevel.Warning,
        Message = "A page asked for the Socket.IO browser client, which this build does not contain. Install Node.js 20 or later and build again, "
            + "or take socket.io-client {Version} from npm or a CDN and set ServeClient to false.")]
    private partial void LogMissing(string version);
}
