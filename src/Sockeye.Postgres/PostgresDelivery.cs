using System.Text;
using Npgsql;
using Sockeye.Postgres.Log;
using Sockeye.Protocol.Cluster;

namespace Sockeye.Postgres;

/// <summary>Makes messages of notifications, one after the other, and fetches what is in the table. Nothing in a notification is trusted.</summary>
internal sealed class PostgresDelivery(AttachmentTable table, PostgresOptions options, PostgresLog log)
{
    private readonly ClusterSignature? _signature = ClusterSignature.Create(options.ToSettings());

    /// <summary>Gives a notification to those who have joined its channel.</summary>
    public async Task DeliverAsync(IReadOnlyList<PostgresChannel> channels, string payload, CancellationToken cancellationToken)
    {
        var data = Encoding.UTF8.GetBytes(payload);
        if (!AttachmentHeader.TryRead(data, out var header))
        {
            Deliver(channels, data, null);
            return;
        }

        // Our own message does not need to be read back.
        PostgresChannel[] others = [.. channels.Where(channel => channel.Uid != header.Uid)];
        if (others.Length == 0)
        {
            return;
        }

        var (error, attachment) = await ReadAsync(others[0].Name, header.Id, cancellationToken).ConfigureAwait(false);
        if (error == ClusterError.None)
        {
            Deliver(others, attachment, null);
        }
        else
        {
            Array.ForEach(others, channel => channel.Receiver.Refuse(error));
        }
    }

    /// <summary>Gives a message to channels of one name.</summary>
    public void Deliver(IReadOnlyList<PostgresChannel> channels, byte[] data, string? offset)
    {
        var error = TryRead(data, channels[0].Namespace, out var message);
        foreach (var channel in channels)
        {
            if (error != ClusterError.None)
            {
                channel.Receiver.Refuse(error);
                continue;
            }

            if (offset is null && channel is PostgresLogChannel logged && LogTable.IsFor(message!) && logged.ShouldWarn())
            {
                log.NotInLog(channel.Namespace, message!.Uid);
            }

            channel.Receiver.Receive(message!, offset);
        }
    }

    /// <summary>Opens and reads a message.</summary>
    public ClusterError TryRead(byte[] data, string ns, out ClusterMessage? message)
    {
        // The emitter of npm does not say the namespace: it is the channel's.
        message = null;
        ReadOnlyMemory<byte> content = data;
        return _signature?.TryOpen(data, out content) == false ? ClusterError.InvalidSignature : ClusterMessageCodec.TryDecode(content.Span, options.Limits, out message, ns);
    }

    private async Task<(ClusterError Error, byte[] Payload)> ReadAsync(string channel, long id, CancellationToken cancellationToken)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                return await table.ReadAsync(id, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException e) when (!isSecond && e.IsTransient)
            {
                // A pooled connection that was cut meanwhile; reading again does no harm.
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                log.ReadFailed(channel, e);
                log.Tell(options.ErrorHandler, e);
                return (ClusterError.Lost, []);
            }
        }
    }
}
