using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Sockeye.Protocol.Cluster;
using Sockeye.Protocol.Packets;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>A socket that <c>FetchSocketsAsync</c> found: what it was then, and what can be done to it from anywhere. With several servers it may live on another one.</summary>
public sealed class RemoteSocket
{
    private readonly Namespace _namespace;

    internal RemoteSocket(ServerSocket socket)
    {
        _namespace = socket.Namespace;
        Id = socket.Id;
        Handshake = socket.Handshake;
        Rooms = socket.Rooms;
        Data = socket.Data;
    }

    /// <summary>One of another server, as that one describes it.</summary>
    internal RemoteSocket(Namespace ns, ClusterSocket socket)
    {
        _namespace = ns;
        Id = socket.Id;
        Handshake = Handshake.FromJson(socket.Handshake.Span);
        Rooms = socket.Rooms.ToHashSet(StringComparer.Ordinal);
        Data = ReadData(socket.Data.Span);
    }

    /// <summary>The socket's id.</summary>
    public string Id { get; }

    /// <summary>How the client came.</summary>
    public Handshake Handshake { get; }

    /// <summary>The rooms that it was in.</summary>
    public IReadOnlySet<string> Rooms { get; }

    /// <summary>The application's data; those of the socket itself when it is on this server, else a copy whose values are <see cref="JsonElement"/>s.</summary>
    public IDictionary<string, object?> Data { get; }

    private Broadcast Self => _namespace.To(Id);

    /// <summary>Sends an event.</summary>
    [OverloadResolutionPriority(-1)]
    public Task EmitAsync(string name, params ReadOnlySpan<object?> arguments) => Self.EmitAsync(name, arguments);

    /// <summary>Sends an event with one argument.</summary>
    public Task EmitAsync<T>(string name, T argument) => Self.EmitAsync(name, argument);

    /// <inheritdoc cref="EmitAsync{T}(string, T)" />
    public Task EmitAsync(string name, object? argument) => Self.EmitAsync(name, argument);

    /// <summary>Sends an event and waits for the acknowledgement.</summary>
    /// <exception cref="AckTimeoutException">None came in time, or the socket is gone.</exception>
    public Task<T> EmitWithAckAsync<T>(string name, ReadOnlySpan<object?> arguments = default, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var target = timeout is { } limit ? Self.Timeout(limit) : Self;
        return FirstAsync(target.Single.EmitWithAcksAsync<T>(name, arguments, cancellationToken));

        static async Task<T> FirstAsync(Task<IReadOnlyList<T>> answers) =>
            await answers.ConfigureAwait(false) is [var first, ..] ? first : throw new AckTimeoutException("the socket is gone");
    }

    /// <summary>Makes it join rooms.</summary>
    public Task JoinAsync(params ReadOnlySpan<string> rooms) => Self.SocketsJoinAsync(rooms);

    /// <summary>Makes it leave rooms.</summary>
    public Task LeaveAsync(params ReadOnlySpan<string> rooms) => Self.SocketsLeaveAsync(rooms);

    /// <summary>Disconnects it; with <paramref name="close"/> its connection too.</summary>
    public Task DisconnectAsync(bool close = false) => Self.DisconnectSocketsAsync(close);

    /// <summary>A socket of this server, for another one. Data that have no JSON are left out, and logged.</summary>
    internal static ClusterSocket Describe(ServerSocket socket) =>
        new(socket.Id, Encoding.UTF8.GetBytes(socket.Handshake.ToJson().GetRawText()), [.. socket.Rooms], WriteData(socket));

    /// <summary>The data of a socket as JSON, for another node. What has no JSON is left out, and logged.</summary>
    internal static byte[] WriteData(ServerSocket socket)
    {
        using var data = new MemoryStream();
        using (var json = new Utf8JsonWriter(data))
        {
            json.WriteStartObject();
            foreach (var (name, value) in socket.Data)
            {
                if (TryWrite(socket, name, value) is { } text)
                {
                    json.WritePropertyName(name);
                    json.WriteRawValue(text, skipInputValidation: true);
                }
            }

            json.WriteEndObject();
        }

        return data.ToArray();
    }

    private static byte[]? TryWrite(ServerSocket socket, string name, object? value)
    {
        try
        {
            return value is null ? "null"u8.ToArray() : socket.Namespace.Format.WriteJson(value);
        }
        catch (Exception e)
        {
            // The application's own type, with whatever its converters throw.
            socket.Namespace.Server.Log.SocketDataNotSent(name, socket.Id, socket.Namespace.Name, e);
            return null;
        }
    }

    /// <summary>Data of another node; values are <see cref="JsonElement"/>s.</summary>
    internal static Dictionary<string, object?> ReadData(ReadOnlySpan<byte> json)
    {
        var data = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (JsonElement.Parse(json) is { ValueKind: JsonValueKind.Object } element)
        {
            foreach (var member in element.EnumerateObject())
            {
                data[member.Name] = member.Value;
            }
        }

        return data;
    }

    /// <inheritdoc />
    public override string ToString() => $"{_namespace.Name}#{Id}";
}
