namespace Sockeye.Protocol.Cluster;

/// <summary>A socket as one node describes it to another: <c>{"id":"…","handshake":{…},"rooms":["…"],"data":{…}}</c>.</summary>
/// <param name="Id">The socket's id.</param>
/// <param name="Handshake">JSON, an object.</param>
/// <param name="Rooms">The rooms that it is in.</param>
/// <param name="Data">JSON: the application's data; binary data are base64.</param>
public sealed record ClusterSocket(string Id, ReadOnlyMemory<byte> Handshake, IReadOnlyList<string> Rooms, ReadOnlyMemory<byte> Data);
