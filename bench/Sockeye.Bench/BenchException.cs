namespace Sockeye.Bench;

/// <summary>A server that answers wrongly, or not at all, has no figure: the reason stands in its place.</summary>
internal sealed class BenchException(string message) : Exception(message);
