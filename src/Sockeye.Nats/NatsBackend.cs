using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Nats;

/// <summary>The engine on NATS: a subject for each namespace, one besides for each node that gets the answers, and MessagePack in them. One connection for all.</summary>
internal sealed class NatsBackend : IClusterBackend, IAsyncDisposable, IDisposable
{
    private readonly NatsOptions _options;
    private readonly NatsLog _log;
    private readonly NatsLink _link;
    private readonly ConcurrentDictionary<NatsChannel, bool> _channels = [];
    private int _isLost;
    private int _isDisposed;

    public NatsBackend(string url, NatsOptions options, ILoggerFactory? loggers = null)
    {
        _options = options.Check();
        Settings = options.ToSettings();
        _log = new NatsLog((loggers ?? NullLoggerFactory.Instance).CreateLogger("Sockeye.Nats"));
        _link = new NatsLink(url, options);
        _link.Connection.ConnectionDisconnected += (_, e) => LostAsync(e);
        _link.Connection.ConnectionOpened += (_, _) => BackAsync();
        _link.Connection.ServerError += (_, e) => ComplainAsync(e);
    }

    public ClusterSettings Settings { get; }

    public async ValueTask<IClusterChannel> JoinAsync(string ns, string uid, IClusterReceiver receiver, CancellationToken cancellationToken)
    {
        var subject = NatsSubject.Of(_options.SubjectPrefix, ns);
        await _link.ConnectAsync(cancellationToken).ConfigureAwait(false);
        var channel = new NatsChannel(_link, subject, uid, receiver, _options.MaxQueuedBytes, left => _channels.TryRemove(left, out _));
        _channels[channel] = true;
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(_options.CommandTimeout);
            await channel.SubscribeAsync(timeout.Token).ConfigureAwait(false);
            return channel;
        }
        catch (Exception e) when (NatsLink.IsFailure(e))
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ClusterException($"NATS cannot be reached: {e.Message}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _link.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends everything without waiting for it: for containers that are not disposed asynchronously.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private ValueTask LostAsync(NatsEventArgs e)
    {
        if (Volatile.Read(ref _isDisposed) == 0 && Interlocked.Exchange(ref _isLost, 1) == 0)
        {
            var error = new ClusterException($"The link to NATS is lost: {e.Message}");
            _log.LinkLost(error);
            _log.Tell(_options.ErrorHandler, error);
            foreach (var channel in _channels.Keys)
            {
                channel.Lose();
            }
        }

        return default;
    }

    private ValueTask BackAsync()
    {
        if (Interlocked.Exchange(ref _isLost, 0) == 1)
        {
            _log.LinkBack();
        }

        return default;
    }

    /// <summary>What NATS refuses it says without saying whom it answers: a subject that this user may not publish to or subscribe to.</summary>
    private ValueTask ComplainAsync(NatsServerErrorEventArgs e)
    {
        var error = new ClusterException($"NATS refuses something: {e.Error}");
        _log.Refused(error);
        _log.Tell(_options.ErrorHandler, error);
        return default;
    }
}
