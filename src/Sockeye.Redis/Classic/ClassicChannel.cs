using System.Text;
using Sockeye.Protocol.Cluster;
using StackExchange.Redis;

namespace Sockeye.Redis.Classic;

/// <summary>One node's end of a namespace on the channels of the classic adapter: a pattern for broadcasts, one channel for requests, one for answers to all and one for those to this node.</summary>
internal sealed class ClassicChannel : IClusterChannel
{
    private readonly IConnectionMultiplexer _connection;
    private readonly RedisLink _link;
    private readonly string _ns;
    private readonly string _uid;
    private readonly IClusterReceiver _receiver;
    private readonly RedisOptions _options;
    private readonly RedisLog _log;
    private readonly Action _left;
    private readonly ClassicWire _wire;
    private readonly RedisInbox _inbox;
    private readonly string _broadcasts;
    private readonly string _requests;
    private readonly string _responses;

    private ClassicChannel(IConnectionMultiplexer connection, RedisLink link, string ns, string uid, IClusterReceiver receiver, RedisOptions options, RedisLog log, Action left)
    {
        (_connection, _link, _ns, _uid, _receiver, _options, _log, _left) = (connection, link, ns, uid, receiver, options, log, left);
        _wire = new ClassicWire(options);
        (_broadcasts, _requests, _responses) = (_wire.Broadcasts(ns), _wire.Requests(ns), _wire.Responses(ns));
        _inbox = new RedisInbox(connection.GetSubscriber(), receiver, Deliver, options);
    }

    public static async Task<IClusterChannel> JoinAsync(
        IConnectionMultiplexer connection, RedisLink link, string ns, string uid, IClusterReceiver receiver, RedisOptions options, RedisLog log, Action left)
    {
        var channel = new ClassicChannel(connection, link, ns, uid, receiver, options, log, left);
        try
        {
            await channel._inbox.SubscribeAsync(RedisChannel.Pattern($"{Escape(channel._broadcasts)}*").WithKeyRouting()).ConfigureAwait(false);
            await channel._inbox.SubscribeAsync(ClassicWire.Channel(channel._responses)).ConfigureAwait(false);
            await channel._inbox.SubscribeAsync(ClassicWire.Channel($"{channel._responses}{uid}#")).ConfigureAwait(false);
            // The last one: others count who has subscribed to it.
            await channel._inbox.SubscribeAsync(ClassicWire.Channel(channel._requests)).ConfigureAwait(false);
        }
        catch
        {
            await channel._inbox.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return channel;
    }

    public ValueTask<string?> PublishAsync(ClusterMessage message) => _link.PublishAsync(_wire.Encode(message));

    public ValueTask<int?> CountStrangersAsync(IReadOnlyCollection<string> known) =>
        new(RedisNodeCount.CountStrangersAsync(_connection, "NUMSUB", ClassicWire.Channel(_requests), known.Select(uid => ClassicWire.Channel($"{_responses}{uid}#"))));

    public ValueTask DisposeAsync()
    {
        _left();
        return _inbox.DisposeAsync();
    }

    /// <summary>What has a meaning in a pattern stands for itself.</summary>
    internal static string Escape(string name)
    {
        var escaped = new StringBuilder(name.Length);
        foreach (var character in name)
        {
            _ = character is '*' or '?' or '[' or ']' or '\\' ? escaped.Append('\\').Append(character) : escaped.Append(character);
        }

        return escaped.ToString();
    }

    private void Deliver(string channel, ReadOnlyMemory<byte> payload)
    {
        ClassicQuestion? question = null;
        ClusterMessage? message = null;
        ClusterError error;
        if (channel.StartsWith(_broadcasts, StringComparison.Ordinal))
        {
            // socket.io#/#room#: nobody here is in the room, so nobody needs to read it.
            if (channel.Length > _broadcasts.Length && !_receiver.HasRoom(channel[_broadcasts.Length..^1]))
            {
                return;
            }

            error = ClassicCodec.TryDecodeBroadcast(payload.Span, _options.Limits, out message);
        }
        else if (channel == _requests)
        {
            error = ClassicCodec.TryDecodeRequest(payload.Span, _ns, _options.Limits, out message, out question);
        }
        else
        {
            error = ClassicCodec.TryDecodeResponse(payload.Span, _ns, _options.Limits, out message);
        }

        if (error != ClusterError.None)
        {
            _receiver.Refuse(error);
            return;
        }

        if (question is not null && question.Uid != _uid)
        {
            Answer(question);
        }

        if (message is not null)
        {
            _receiver.Receive(message);
        }
    }

    private void Answer(ClassicQuestion question)
    {
        var answer = question.Type switch
        {
            ClassicType.Sockets => _wire.EncodeAnswer(_ns, question, "sockets", _receiver.SocketsIn(question.Rooms)),
            ClassicType.AllRooms => _wire.EncodeAnswer(_ns, question, "rooms", _receiver.Rooms),
            _ => _wire.EncodeAnswer(_ns, question, null, []),
        };
        if (question.Type is ClassicType.Sockets or ClassicType.AllRooms || _receiver.SocketsIn(question.Rooms).Count > 0)
        {
            _ = SendAsync();
        }

        async Task SendAsync()
        {
            try
            {
                await _link.PublishAsync(answer).ConfigureAwait(false);
            }
            catch (ClusterException e)
            {
                _log.AnswerFailed(e);
            }
        }
    }
}
