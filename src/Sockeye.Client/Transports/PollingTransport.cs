using System.Net;
using System.Text;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Transports;

/// <summary>HTTP long-polling: one GET at a time waits for packets, one POST at a time brings packets.</summary>
internal sealed partial class PollingTransport(TransportSettings settings) : ClientTransport
{
    private const string PollError = "xhr poll error";
    private const int MaxErrorBody = 4096;

    private readonly PooledBufferWriter _answer = new();
    private volatile bool _pausing;
    private bool _isBytes;

    /// <summary>Polling stops after the poll that is under way.</summary>
    public void Pause() => _pausing = true;

    /// <summary>Takes <see cref="Pause"/> back; if reading has ended with <see cref="TransportEnd.Paused"/>, it has to be started again.</summary>
    public void Resume() => _pausing = false;

    // The first poll is the handshake.
    public override Task<TransportFailure?> ConnectAsync(CancellationToken cancellation) => Task.FromResult<TransportFailure?>(null);

    public override async Task<TransportEnd> ReadAsync(IPacketSink sink, CancellationToken cancellation)
    {
        try
        {
            while (!_pausing)
            {
                if (await PollAsync(cancellation).ConfigureAwait(false) is { } failure)
                {
                    return cancellation.IsCancellationRequested ? TransportEnd.Stopped : TransportEnd.Failed(failure);
                }

                if (await DeliverAsync(sink).ConfigureAwait(false) is { } end)
                {
                    return end;
                }
            }

            return TransportEnd.Paused;
        }
        finally
        {
            _answer.Dispose();
        }
    }

    // Requests are cancelled by their tokens.
    public override void Abort()
    {
    }

    public override void Dispose()
    {
    }

    private async Task<TransportFailure?> PollAsync(CancellationToken cancellation)
    {
        using var limit = new TimeLimit(settings.Time, settings.RequestTimeout, cancellation);
        try
        {
            using var request = CreateRequest(HttpMethod.Get);
            using var response = await SendAsync(request, limit.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return TransportFailure.FromStatus(PollError, Describe(HttpMethod.Get), (int)response.StatusCode, await ReadErrorAsync(response, limit.Token).ConfigureAwait(false));
            }

            return await ReadBodyAsync(response, limit.Token).ConfigureAwait(false) ? null : TransportFailure.FromSize(PollError, Describe(HttpMethod.Get), settings.MaxReceivedBytes);
        }
        catch (Exception exception)
        {
            // Whatever a handler that is not ours throws, too.
            return limit.HasPassed ? TransportFailure.FromTimeout(PollError, Describe(HttpMethod.Get)) : TransportFailure.FromException(PollError, Describe(HttpMethod.Get), exception);
        }
    }

    private async Task<bool> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        const int ReadSize = 4096;
        _answer.Clear();
        _isBytes = response.Content.Headers.ContentType?.MediaType == "application/octet-stream";
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            while (true)
            {
                var count = await body.ReadAsync(_answer.GetMemory(ReadSize), cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return true;
                }

                _answer.Advance(count);
                if (_answer.WrittenCount > settings.MaxReceivedBytes)
                {
                    return false;
                }
            }
        }
    }

    private async Task<TransportEnd?> DeliverAsync(IPacketSink sink)
    {
        var position = 0;
        do
        {
            if (!TryReadNext(ref position, out var type, out var isBinary, out var data))
            {
                return TransportEnd.Failed(TransportFailure.FromGarbage(Describe(HttpMethod.Get), settings.Form.Protocol));
            }

            if (!await sink.ReceiveAsync(this, type, isBinary, data).ConfigureAwait(false))
            {
                return TransportEnd.Stopped;
            }
        }
        while (!settings.Form.IsAtEnd(position, _answer.WrittenCount));

        // A large answer's buffer does not wait with the next poll.
        _answer.Dispose();
        return null;
    }

    private bool TryReadNext(ref int position, out EnginePacketType type, out bool isBinary, out ReadOnlyMemory<byte> data)
    {
        var isPacket = settings.Form.TryReadNext(_answer.WrittenBytes, _isBytes, ref position, out var packet, out var range);
        (type, isBinary, data) = (packet.Type, packet.IsBinary, _answer.WrittenMemory[range]);
        return isPacket;
    }

    private HttpRequestMessage CreateRequest(HttpMethod method)
    {
        // As the official client: once there is a session, the server knows about base64.
        var request = new HttpRequestMessage(method, settings.Request(Sid, settings.Form.Base64 && Sid is null));
        foreach (var (name, value) in settings.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (!request.Headers.Contains("Accept"))
        {
            request.Headers.TryAddWithoutValidation("Accept", "*/*");
        }

        if (OperatingSystem.IsBrowser())
        {
            BrowserFetch.SetCredentials(request, settings.Cookies is not null);
        }
        else if (settings.Cookies?.HeaderFor(request.RequestUri!) is { } cookies)
        {
            request.Headers.TryAddWithoutValidation("Cookie", cookies);
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // HttpClient would read the whole body first, however large.
        var sending = settings.Http is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation)
            : settings.Http.SendAsync(request, cancellation);
        var response = await sending.ConfigureAwait(false);
        StatusCode = (int)response.StatusCode;
        if (settings.Cookies is not null && response.Headers.TryGetValues("Set-Cookie", out var cookies))
        {
            settings.Cookies.Take(request.RequestUri!, cookies);
        }

        return response;
    }

    private static async Task<string> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var buffer = new byte[MaxErrorBody];
        var count = 0;
        var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            int read;
            while (count < buffer.Length && (read = await body.ReadAsync(buffer.AsMemory(count), cancellation).ConfigureAwait(false)) > 0)
            {
                count += read;
            }
        }

        return Encoding.UTF8.GetString(buffer, 0, count);
    }

    private string Describe(HttpMethod method) => $"{method} {settings.Address.Location}";
}
