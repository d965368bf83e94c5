using System.Text.Json.Serialization;

namespace Sockeye.BenchServer;

/// <summary>What the handlers take and give, for the native binary.</summary>
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(byte[]))]
[JsonSerializable(typeof(long))]
internal sealed partial class BenchJson : JsonSerializerContext;
