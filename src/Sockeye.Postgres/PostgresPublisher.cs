using System.Text;
using Npgsql;
using Sockeye.Postgres.Log;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>
/// Gives messages to the database in the order of the calls. What comes while a statement is under way leaves with the next one, in one transaction: PostgreSQL lets only one transaction of a database commit
/// notifications at a time. A message that failed is not sent again, because nobody knows whether others have it. Thread-safe.
/// </summary>
internal sealed class PostgresPublisher(PostgresTables tables, PostgresOptions options) : IAsyncDisposable
{
    private const int MaxBatch = 128;

    private readonly ClusterSignature? _signature = ClusterSignature.Create(options.ToSettings());
    private readonly Lock _gate = new();
    private readonly Queue<Publication> _waiting = [];
    private readonly CancellationTokenSource _closing = new();
    private long _waitingBytes;
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isClosed;

    /// <summary>Sends a message. An exception, now or later: it has not been taken.</summary>
    public Task<string?> PublishAsync(ClusterMessage message) => Enqueue(Encode(message));

    /// <summary>Sends a bare notification, for ourselves.</summary>
    public Task PokeAsync(string channel) => Enqueue(new Publication(channel, "", null));

    public async ValueTask DisposeAsync()
    {
        Task running;
        lock (_gate)
        {
            _isClosed = true;
            running = _running;
        }

        try
        {
            // What waits is still sent, for as long as a statement may take.
            await running.WaitAsync(options.CommandTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }

        _closing.Dispose();
    }

    private Publication Encode(ClusterMessage message)
    {
        var channel = PostgresChannelName.Of(options.ChannelPrefix, message.Namespace);
        var isLogged = options.KeepLog && LogTable.IsFor(message);
        byte[]? json = null;
        if (!message.HasBinary)
        {
            json = ClusterMessageCodec.EncodeJson(message);
            var text = _signature?.SignText(json) ?? json;
            if (!isLogged && text.Length < options.PayloadThreshold)
            {
                return new Publication(channel, Encoding.UTF8.GetString(text), null);
            }
        }

        if (isLogged && _signature is not null)
        {
            // Who reads what is signed reads the log.
            return new Publication(channel, "\"}", null) { Logged = _signature.Sign(Check(json ?? ClusterMessageCodec.EncodeMessagePack(message))) };
        }

        if (isLogged && json?.Length < options.PayloadThreshold - LogPlace.MaxHint)
        {
            return new Publication(channel, AfterId(Encoding.UTF8.GetString(json)), null) { Logged = json };
        }

        var payload = Check(ClusterMessageCodec.EncodeMessagePack(message));
        var header = AttachmentHeader.Begin(message.Uid, (int)message.Type, message.Namespace);
        return isLogged
            ? new Publication(channel, AfterId(header), payload) { Logged = payload }
            : new Publication(channel, header, _signature?.Sign(payload) ?? payload);

        // {"log":"12","type":3,…
        static string AfterId(string json) => $"\",{json.AsSpan(1)}";
    }

    private byte[] Check(byte[] message) => message.Length > options.Limits.MaxMessageBytes
        ? throw new ClusterException($"The message has {message.Length} bytes, and the nodes take {options.Limits.MaxMessageBytes} (Limits.MaxMessageBytes).")
        : message;

    private Task<string?> Enqueue(Publication publication)
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                throw new ClusterException("The link to PostgreSQL is closed.");
            }

            if (_waiting.Count > 0 && _waitingBytes + publication.Size > options.MaxQueuedBytes)
            {
                throw new ClusterException($"PostgreSQL does not keep up: {_waitingBytes} bytes wait for it (MaxQueuedBytes).");
            }

            _waiting.Enqueue(publication);
            _waitingBytes += publication.Size;
            if (!_isRunning)
            {
                _isRunning = true;
                _running = Task.Run(RunAsync);
            }
        }

        return publication.Done;
    }

    private async Task RunAsync()
    {
        var batch = new List<Publication>();
        while (TakeBatch(batch))
        {
            var (error, places) = await SendAsync(batch).ConfigureAwait(false);
            if (error is PostgresException { IsTransient: false } && batch.Count > 1)
            {
                // The statement of one was refused, so that the others were rolled back with it, for certain: each on its own.
                foreach (var publication in batch)
                {
                    var (itsError, place) = await SendAsync([publication]).ConfigureAwait(false);
                    Finish(publication, itsError, place[0]);
                }
            }
            else
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    Finish(batch[i], error, places[i]);
                }
            }
        }
    }

    /// <summary>As many as go into one transaction. Of equal notifications in one transaction PostgreSQL delivers only the first, so equal ones go one after the other.</summary>
    private bool TakeBatch(List<Publication> batch)
    {
        batch.Clear();
        var texts = new HashSet<(string, string)>();
        lock (_gate)
        {
            while (batch.Count < MaxBatch && _waiting.TryPeek(out var next) && (next.Attachment is not null || next.Logged is not null || texts.Add((next.Channel, next.Text))))
            {
                batch.Add(_waiting.Dequeue());
                _waitingBytes -= next.Size;
            }

            return _isRunning = batch.Count > 0;
        }
    }

    private async Task<(Exception? Error, string?[] Places)> SendAsync(List<Publication> publications)
    {
        var places = new string?[publications.Count];
        try
        {
            await using var connection = await tables.Source.OpenConnectionAsync(_closing.Token).ConfigureAwait(false);
            await using var batch = connection.CreateBatch();
            batch.Timeout = (int)options.CommandTimeout.TotalSeconds;
            var hasLogged = publications.Exists(static publication => publication.Logged is not null);
            if (hasLogged)
            {
                batch.BatchCommands.Add(tables.Log.Lock());
            }

            foreach (var publication in publications)
            {
                batch.BatchCommands.Add(publication.Logged is not null ? tables.Log.Append(publication)
                    : publication.Attachment is { } attachment ? tables.Attachments.Store(publication.Channel, attachment, publication.Text)
                    : new NpgsqlBatchCommand("SELECT pg_notify($1, $2)") { Parameters = { AttachmentTable.Text(publication.Channel), AttachmentTable.Text(publication.Text) } });
            }

            if (hasLogged)
            {
                await ReadPlacesAsync(batch, publications, places).ConfigureAwait(false);
            }
            else
            {
                await batch.ExecuteNonQueryAsync(_closing.Token).ConfigureAwait(false);
            }

            return (null, places);
        }
        catch (Exception e)
        {
            return (e, places);
        }
    }

    /// <summary>Each statement answers, the lock first.</summary>
    private async Task ReadPlacesAsync(NpgsqlBatch batch, List<Publication> publications, string?[] places)
    {
        await using var reader = await batch.ExecuteReaderAsync(_closing.Token).ConfigureAwait(false);
        for (var i = 0; await reader.NextResultAsync(_closing.Token).ConfigureAwait(false); i++)
        {
            if (publications[i].Logged is not null && await reader.ReadAsync(_closing.Token).ConfigureAwait(false))
            {
                places[i] = LogPlace.Format(reader.GetInt64(0));
            }
        }
    }

    private static void Finish(Publication publication, Exception? error, string? place)
    {
        if (error is null)
        {
            publication.Succeed(place);
        }
        else
        {
            publication.Fail(new ClusterException($"PostgreSQL did not take a message: {error.Message}", error));
        }
    }
}
