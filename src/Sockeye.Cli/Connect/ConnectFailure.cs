using Sockeye.Cli.Commands;
using Sockeye.Client.Engine;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>Why there is no connection: what was tried, what came of it, and who can say more.</summary>
internal sealed record ConnectFailure(string Reason, IReadOnlyList<string> Attempts, string Hint)
{
    public static ConnectFailure Of(Target target, SocketIOClient client, Exception exception) => new(
        exception switch
        {
            ConnectErrorException refused => $"The server refused the namespace {target.Namespace}: {refused.Message}{(refused.Details is { } details ? $" {details}" : "")}",
            ConnectTimeoutException => $"No connection to {client.Url} within {target.Timeout.TotalSeconds:0.###} s.",
            _ => $"No connection to {client.Url}",
        },
        [.. client.Attempts.Select(Line)],
        $"Find out why: sockeye doctor {target.Url}{(target.Path is "/socket.io/" ? "" : $" --path {target.Path}")}");

    /// <summary>"polling handshake http://… : connection refused (3.1 ms)"</summary>
    public static string Line(ConnectionAttempt attempt) =>
        $"{attempt.Transport.ToWireString()} {(attempt.IsUpgrade ? "upgrade" : "handshake")} {attempt.Address.GetLeftPart(UriPartial.Path)}: {(attempt.StatusCode is { } status ? $"HTTP {status}, " : "")}{attempt.Error ?? "succeeded"} ({EventText.Duration(attempt.Duration)})";
}
