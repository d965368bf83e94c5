namespace Sockeye.Chaos;

/// <summary>The harness itself cannot go on; the message says what to do.</summary>
internal sealed class ChaosException(string message) : Exception(message);
