namespace Sockeye.Cli.Connect;

/// <summary>How <c>sockeye connect</c> behaves, beside the target.</summary>
/// <param name="Transport">"both", "websocket" or "polling".</param>
/// <param name="MessagePack">Whether packets travel as MessagePack.</param>
/// <param name="Eio3">Whether the server is one of Socket.IO 2.</param>
/// <param name="Json">Whether to print JSON lines.</param>
/// <param name="Stay">Whether to stay connected when the input has ended.</param>
/// <param name="Commands">What to do in place of reading the input.</param>
/// <param name="Record">Where to record from the start on; null: nowhere.</param>
internal sealed record ConnectSettings(string Transport, bool MessagePack, bool Eio3, bool Json, bool Stay, IReadOnlyList<string> Commands, string? Record);
