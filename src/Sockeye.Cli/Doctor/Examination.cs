using System.Diagnostics;
using Sockeye.Cli.Commands;
using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor;

/// <summary>What the probes know of the server, and what they share: the address, the dialer, the words.</summary>
internal sealed class Examination : IDisposable
{
    private const int TooManyRequests = 429;

    // A page that opens makes about so many requests in its first second; who limits them to fewer limits clients, and not only a doctor.
    private const int RequestsOfOneClient = 8;

    private readonly Action<string> _progress;
    private readonly CancellationTokenSource _over = new();
    // A poll is open beside other requests, and what comes of both is noted.
    private readonly Lock _lock = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private int _requests;
    private int _successes;

    public Examination(Target target, DoctorOptions options, Action<string> progress)
    {
        (Target, Options, _progress) = (target, options, progress);
        Path = "/" + target.Path.Trim('/') + "/";
        if (Path == "//")
        {
            Path = "/";
        }

        UsesTls = target.Url.Scheme is "https" or "wss";
        Namespace = target.Namespace.StartsWith('/') ? target.Namespace : "/" + target.Namespace;
    }

    public Target Target { get; }

    public DoctorOptions Options { get; }

    public Diagnosis Diagnosis { get; } = new();

    /// <summary>The path of the endpoint, with a slash at both ends, as clients ask for it.</summary>
    public string Path { get; }

    public string Namespace { get; }

    public bool UsesTls { get; }

    /// <summary>The server's origin as browsers name it: of http(s), also for ws(s), and without the user's name.</summary>
    public string Origin => new UriBuilder(UsesTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp, Target.Url.Host, Target.Url.Port).Uri.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    public TimeSpan Timeout => Target.Timeout;

    /// <summary>Asks for a name's addresses.</summary>
    public Func<string, CancellationToken, Task<System.Net.IPAddress[]>> Resolve { get; init; } = System.Net.Dns.GetHostAddressesAsync;

    /// <summary>Set once TCP has found an address that answers.</summary>
    public Dialer Dialer { get; set; } = null!;

    /// <summary>The first session's handshake, by whatever transport.</summary>
    public OpenPayload? Open { get; set; }

    /// <summary>The cookies that the first handshake set.</summary>
    public IReadOnlyList<Cookie> Cookies { get; set; } = [];

    public bool PollingWorks { get; set; }

    public bool WebSocketWorks { get; set; }

    /// <summary>Whether every request of a session reaches the server that has it.</summary>
    public bool HasAffinity { get; set; } = true;

    /// <summary>Cancelled when no more can be found out.</summary>
    public CancellationToken Over => _over.Token;

    public bool IsOver => _over.IsCancellationRequested;

    /// <summary>Ends the examination: the server does not let us go on, or nothing above makes sense.</summary>
    public void End() => _over.Cancel();

    public void Progress(string text) => _progress(text);

    public void Good(WireLayer layer, string what, string saw, TimeSpan? took = null) => See(layer, Mark.Good, what, saw, took);

    public void Plain(WireLayer layer, string what, string saw, TimeSpan? took = null) => See(layer, Mark.Plain, what, saw, took);

    public void Notable(WireLayer layer, string what, string saw, TimeSpan? took = null) => See(layer, Mark.Notable, what, saw, took);

    public void Bad(WireLayer layer, string what, string saw, TimeSpan? took = null) => See(layer, Mark.Bad, what, saw, took);

    public void See(WireLayer layer, Mark mark, string what, string saw, TimeSpan? took = null)
    {
        // Whatever of it a stranger said, it goes to a terminal.
        var observation = new Observation(layer, mark, Excerpt.Clean(what), Excerpt.Clean(saw), took);
        lock (_lock)
        {
            Diagnosis.Add(observation);
        }
    }

    public void Find(Finding finding)
    {
        var clean = finding with
        {
            Title = Excerpt.Clean(finding.Title),
            Evidence = Excerpt.Clean(finding.Evidence),
            Cause = Excerpt.Clean(finding.Cause),
            Remedies = [.. finding.Remedies.Select(remedy => new Remedy(remedy.Software, [.. remedy.Lines.Select(Excerpt.Clean)]))],
        };
        lock (_lock)
        {
            Diagnosis.Add(clean);
        }
    }

    /// <summary>The target of a request to the endpoint, with the query that a client sends.</summary>
    public string EngineTarget(string transport, string? sid = null, int? revision = null, string? path = null)
    {
        var query = $"?EIO={revision ?? Options.Revision}&transport={transport}&t={Guid.NewGuid().ToString("N")[..8]}" + (sid is null ? "" : $"&sid={Uri.EscapeDataString(sid)}");
        return (path ?? Path) + query + string.Concat(Target.Query.Select(pair => $"&{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
    }

    /// <summary>A request with the headers that every request has.</summary>
    public HttpRequest Request(string method, string target, IReadOnlyList<KeyValuePair<string, string>>? headers = null, bool keepsConnection = false) => new(method, target)
    {
        Headers =
        [
            .. Target.Headers.Any(header => header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase))
                ? Array.Empty<KeyValuePair<string, string>>()
                : [new("Host", Target.Url.IsDefaultPort ? HostInHeader() : $"{HostInHeader()}:{Target.Url.Port}")],
            new("User-Agent", "sockeye-doctor"),
            new("Accept", "*/*"),
            .. keepsConnection ? Array.Empty<KeyValuePair<string, string>>() : [new("Connection", "close")],
            .. Target.Headers,
            .. headers ?? [],
        ],
    };

    public async Task<HttpAnswer> SendAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var answer = await HttpExchange.SendAsync(Dialer, request, Timeout, cancellationToken).ConfigureAwait(false);
        Notice(answer);
        cancellationToken.ThrowIfCancellationRequested();
        return answer;
    }

    public async Task<(HttpAnswer Answer, Connection? Connection)> UpgradeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var (answer, connection) = await HttpExchange.UpgradeAsync(Dialer, request, Timeout, cancellationToken).ConfigureAwait(false);
        Notice(answer);
        if (connection is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return (answer, connection);
    }

    public void Complete(bool interrupted)
    {
        Diagnosis.Interrupted = interrupted;
        Diagnosis.Took = Stopwatch.GetElapsedTime(_start);
    }

    public void Dispose() => _over.Dispose();

    private string HostInHeader() => Target.Url.HostNameType == UriHostNameType.IPv6 ? Target.Url.Host : Target.Url.IdnHost;

    private void Notice(HttpAnswer answer)
    {
        lock (_lock)
        {
            Judge(answer, ++_requests);
        }
    }

    private void Judge(HttpAnswer answer, int count)
    {
        Proxies.Notice(Diagnosis, answer);
        // 503 is nginx's own word for "too many", too: where it has let others through before. Others say so of a backend that is full or down.
        var isRefusal = answer.Status == 503 && _successes > 0 && answer.Request.Target.Contains("transport=polling", StringComparison.Ordinal) && (Proxies.IsPageOfNginx(answer) || answer["Retry-After"] is not null);
        if (answer.Status == TooManyRequests || isRefusal)
        {
            Bad(WireLayer.Http, $"request {count}", answer.ToString());
            Find(HttpFindings.RateLimited(answer, count, count <= RequestsOfOneClient ? Severity.Error : Severity.Warning));
            End();
        }
        else if (answer.IsSuccess)
        {
            _successes++;
        }
    }
}
