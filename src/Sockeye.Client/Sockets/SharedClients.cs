namespace Sockeye.Client.Sockets;

/// <summary>The clients that <see cref="SocketIOClient.Connect(string, SocketIOClientOptions?)"/> shares, by scheme, host, port and path of the endpoint: the official client's cache of managers.</summary>
internal static class SharedClients
{
    private static readonly Dictionary<string, SocketIOClient> Clients = new(StringComparer.Ordinal);

    /// <summary>The socket of an address, connecting. One whose namespace the shared client has already, or that must not share, gets a client of its own, which is not kept here.</summary>
    public static ClientSocket Get(ClientAddress address, SocketIOClientOptions options, Func<ClientAddress, SocketIOClientOptions, SocketIOClient> create)
    {
        var key = address.CacheKey(options.Path);
        // Connecting too: a client that is being disposed is taken out first, so none that is found here is disposed before its socket connects.
        lock (Clients)
        {
            if (options.ForceNew || !options.Multiplex || (Clients.TryGetValue(key, out var shared) && shared.Has(address.Namespace)))
            {
                return Connect(create(address, options), address);
            }

            if (shared is null)
            {
                shared = create(address, options);
                Clients.Add(key, shared);
            }

            return Connect(shared, address);
        }

        static ClientSocket Connect(SocketIOClient client, ClientAddress address)
        {
            var socket = client.Socket(address.Namespace);
            socket.Connect();
            return socket;
        }
    }

    public static void Remove(SocketIOClient client)
    {
        lock (Clients)
        {
            foreach (var (key, shared) in Clients)
            {
                if (shared == client)
                {
                    Clients.Remove(key);
                    return;
                }
            }
        }
    }
}
