using System.Net;
using Sockeye.Protocol.Buffers;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Transports;

// What goes out.
internal sealed partial class PollingTransport
{
    private const string PostError = "xhr post error";

    private static readonly List<OutboundPacket> ClosePacket = [new(EnginePacketType.Close, IsBinary: false, Compress: false, default)];

    public override async Task<TransportFailure?> WriteAsync(List<OutboundPacket> packets, CancellationToken cancellation)
    {
        var payload = new PooledBufferWriter();
        var failure = await PostAsync(packets, payload, cancellation).ConfigureAwait(false);
        if (failure is null)
        {
            // After a failure the handler may still be reading the bytes: then they are left to the garbage collector.
            payload.Dispose();
        }

        return failure;
    }

    public override async Task<bool> CloseAsync(CancellationToken cancellation) =>
        Sid is not null && await WriteAsync(ClosePacket, cancellation).ConfigureAwait(false) is null;

    private async Task<TransportFailure?> PostAsync(List<OutboundPacket> packets, PooledBufferWriter payload, CancellationToken cancellation)
    {
        using var limit = new TimeLimit(settings.Time, settings.RequestTimeout, cancellation);
        try
        {
            settings.Form.WritePayload(packets, payload);
            using var request = CreateRequest(HttpMethod.Post);
            request.Content = new ReadOnlyMemoryContent(payload.WrittenMemory);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", "text/plain;charset=UTF-8");
            using var response = await SendAsync(request, limit.Token).ConfigureAwait(false);

            // The answer's "ok" is read too, or the connection could not be used again.
            var body = await ReadErrorAsync(response, limit.Token).ConfigureAwait(false);
            return response.StatusCode == HttpStatusCode.OK ? null : TransportFailure.FromStatus(PostError, Describe(HttpMethod.Post), (int)response.StatusCode, body);
        }
        catch (Exception exception)
        {
            return limit.HasPassed ? TransportFailure.FromTimeout(PostError, Describe(HttpMethod.Post)) : TransportFailure.FromException(PostError, Describe(HttpMethod.Post), exception);
        }
    }
}
