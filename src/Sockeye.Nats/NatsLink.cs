using NATS.Client.Core;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>The connection to NATS, and giving messages to it. It comes back by itself; what is published meanwhile is an error. Thread-safe.</summary>
internal sealed class NatsLink : IAsyncDisposable
{
    private readonly NatsOptions _options;
    private readonly ClusterSignature? _signature;
    private readonly NatsConfirmation _confirmation;
    private readonly int _servers;
    private long _waitingBytes;

    public NatsLink(string url, NatsOptions options)
    {
        _options = options;
        _signature = ClusterSignature.Create(options.ToSettings());
        _servers = url.Split(',').Length;
        var settings = NatsOpts.Default with
        {
            Url = url,
            Name = "Sockeye",
            ConnectTimeout = options.CommandTimeout,
            CommandTimeout = options.CommandTimeout,
            // A link that carries nothing any more without ending: noticed after two of these.
            PingInterval = options.HeartbeatInterval,
            MaxPingOut = 1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(100),
            ReconnectWaitMax = TimeSpan.FromSeconds(2),
            // No subject for answers, which a user may not have: the engine never uses it.
            RequestReplyMode = NatsRequestReplyMode.SharedInbox,
            // A NATS that comes back before its list of users is still the one to wait for.
            IgnoreAuthErrorAbort = true,
        };
        Connection = new NatsConnection(options.ConfigureConnection?.Invoke(settings) ?? settings);
        _confirmation = new NatsConfirmation(Connection, options.CommandTimeout);
    }

    public NatsConnection Connection { get; }

    /// <summary>Connects, or waits for a link that is on its way. An exception: there is nobody.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Connection.ConnectAsync().AsTask().WaitAsync(_options.CommandTimeout * _servers, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e) && !cancellationToken.IsCancellationRequested)
        {
            throw new ClusterException($"NATS cannot be reached: {e.Message}", e);
        }
    }

    /// <summary>Publishes in the order of the calls; completes when NATS has it. An exception, now or later: nobody knows whether it has.</summary>
    public ValueTask<string?> PublishAsync(ClusterMessage message)
    {
        var subject = NatsSubject.Of(_options.SubjectPrefix, message.Namespace, message.Recipient);
        var data = ClusterMessageCodec.EncodeMessagePack(message);
        if (data.Length > _options.Limits.MaxMessageBytes)
        {
            throw new ClusterException($"The message has {data.Length} bytes, and the nodes take {_options.Limits.MaxMessageBytes} (Limits.MaxMessageBytes).");
        }

        data = _signature?.Sign(data) ?? data;
        if (Connection.ConnectionState != NatsConnectionState.Open)
        {
            throw new ClusterException("NATS did not take a message: the link is down.");
        }

        if (Connection.ServerInfo is { MaxPayload: > 0 } server && data.Length > server.MaxPayload)
        {
            throw new ClusterException($"The message has {data.Length} bytes, and the NATS server takes {server.MaxPayload}: raise max_payload in its configuration.");
        }

        var waiting = Interlocked.Add(ref _waitingBytes, data.Length);
        if (waiting > _options.MaxQueuedBytes && waiting > data.Length)
        {
            Interlocked.Add(ref _waitingBytes, -data.Length);
            throw new ClusterException($"NATS does not keep up: {waiting} bytes wait for it (MaxQueuedBytes).");
        }

        return new(SendAsync(subject, data));
    }

    /// <summary>The message in what came, or why there is none.</summary>
    public ClusterError TryRead(byte[] data, out ClusterMessage? message)
    {
        message = null;
        ReadOnlyMemory<byte> content = data;
        return _signature?.TryOpen(data, out content) == false ? ClusterError.InvalidSignature : ClusterMessageCodec.TryDecode(content.Span, _options.Limits, out message);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    /// <summary>Which of the connections that follow each other it is.</summary>
    private (string? Server, ulong Client) Current => (Connection.ServerInfo?.Id, Connection.ServerInfo?.ClientId ?? 0);

    /// <summary>Whether it says that the link does not work. InvalidOperationException: it has been closed.</summary>
    public static bool IsFailure(Exception e) => e is NatsException or TimeoutException or OperationCanceledException or InvalidOperationException;

    private async Task<string?> SendAsync(string subject, byte[] data)
    {
        try
        {
            var connection = Current;
            using var timeout = new CancellationTokenSource(_options.CommandTimeout);
            await Connection.PublishAsync(subject, data, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: timeout.Token).ConfigureAwait(false);
            await _confirmation.ConfirmAsync().ConfigureAwait(false);
            // What went into the former connection the answer of the next one says nothing of.
            return connection == Current ? null : throw new ClusterException("The link to NATS was lost: nobody knows whether it has the message.");
        }
        catch (Exception e) when (IsFailure(e))
        {
            throw new ClusterException($"NATS did not take a message: {e.Message}", e);
        }
        finally
        {
            Interlocked.Add(ref _waitingBytes, -data.Length);
        }
    }
}
