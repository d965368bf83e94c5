using Sockeye.Protocol.Cluster;

namespace Sockeye.Redis;

/// <summary>The settings of the Redis engine and its emitter. Names and defaults are those of <c>@socket.io/redis-adapter</c>; all nodes and emitters need the same key, form and mode.</summary>
public sealed class RedisOptions : ClusterEngineOptions
{
    /// <summary>How messages travel. Default <see cref="RedisForm.Classic"/>.</summary>
    public RedisForm Form { get; set; }

    /// <summary>What the names of the channels begin with: <c>socket.io#/chat#</c>. Default "socket.io". Not empty.</summary>
    public string Key { get; set; } = "socket.io";

    /// <summary>The same as <see cref="Key"/>, by the name that it has in the sharded adapter.</summary>
    public string ChannelPrefix
    {
        get => Key;
        set => Key = value;
    }

    /// <summary>Of the classic form: answers go to the node that asked, and not to all. Default false, as officially. All nodes understand both.</summary>
    public bool PublishOnSpecificResponseChannel { get; set; }

    /// <summary>Of the classic form: how broadcasts are written. Default <see cref="RedisParser.MessagePack"/>.</summary>
    public RedisParser Parser { get; set; }

    /// <summary>Of the sharded form: which rooms have channels of their own. Default <see cref="RedisSubscriptionMode.Dynamic"/>.</summary>
    public RedisSubscriptionMode SubscriptionMode { get; set; } = RedisSubscriptionMode.Dynamic;

    /// <summary>Throws where these cannot be kept to.</summary>
    internal RedisOptions Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(Key);
        if (!Enum.IsDefined(Form) || !Enum.IsDefined(Parser) || !Enum.IsDefined(SubscriptionMode))
        {
            throw new ArgumentException($"No such form, parser or mode: {Form}, {Parser}, {SubscriptionMode}.");
        }

        ToSettings();
        return this;
    }
}
