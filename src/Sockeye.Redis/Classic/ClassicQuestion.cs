namespace Sockeye.Redis.Classic;

/// <summary>A request that only this wire knows, and that the engine answers itself.</summary>
/// <param name="Type">What is asked: ids of sockets, names of rooms, or whether one socket has been moved (the form of older nodes).</param>
/// <param name="Uid">Who asks.</param>
/// <param name="RequestId">Which answer it is.</param>
/// <param name="Rooms">The rooms whose sockets are meant, or the id of the one socket.</param>
internal sealed record ClassicQuestion(ClassicType Type, string Uid, string RequestId, IReadOnlyList<string> Rooms);
