using System.Text.Json;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Protocol.Engine;
using Sockeye.Protocol.Engine.V3;

namespace Sockeye.Cli.Doctor.Engine;

/// <summary>What an answer to a handshake by polling says.</summary>
internal sealed record Handshake
{
    // A handshake has one packet, with EIO 3 two; whoever sends hundreds is no Engine.IO server.
    private const int MaxPackets = 100;

    /// <summary>The session, or null where it is none.</summary>
    public OpenPayload? Open { get; init; }

    /// <summary>In which revision the server spoke: 4, or 3.</summary>
    public int Revision { get; init; } = 4;

    /// <summary>The server's own error: <c>{"code":0,"message":"Transport unknown"}</c>.</summary>
    public EngineError? Error { get; init; }

    public static Handshake Read(HttpAnswer answer)
    {
        if (EngineError.Read(answer) is { } error)
        {
            return new() { Error = error };
        }

        if (!answer.IsSuccess)
        {
            return new();
        }

        return Open4(answer.Body) is { } open ? new() { Open = open } : new() { Open = Open3(answer.Body), Revision = 3 };
    }

    private static OpenPayload? Open4(byte[] body)
    {
        var reader = new PollingPayloadReader(body.ToArray(), MaxPackets);
        return reader.Read(out var packet) == PollingReadStatus.Packet && packet.Type == EnginePacketType.Open && OpenPayload.TryParse(packet.Data, out var open) ? open : null;
    }

    private static OpenPayload? Open3(byte[] body)
    {
        var reader = new PollingPayloadReaderV3(body.ToArray(), body.AsSpan().IndexOfAnyInRange((byte)0, (byte)1) == 0, MaxPackets);
        return reader.Read(out var packet) == PollingReadStatus.Packet && packet.Type == EnginePacketType.Open && OpenPayload.TryParse(packet.Data, out var open) ? open : null;
    }
}

/// <summary>What an Engine.IO server answers to a request that it does not take.</summary>
internal sealed record EngineError(int Code, string Message)
{
    public const int TransportUnknown = 0;
    public const int SessionUnknown = 1;
    public const int Forbidden = 4;
    public const int VersionUnsupported = 5;

    /// <summary>Null where the answer is no such thing.</summary>
    public static EngineError? Read(HttpAnswer answer)
    {
        if (answer.Status is < 400 or >= 500)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(answer.Body);
            return json.RootElement switch
            {
                { ValueKind: JsonValueKind.Object } error when error.TryGetProperty("code", out var code) && code.TryGetInt32(out var number) =>
                    new(number, error.TryGetProperty("message", out var message) ? Excerpt.Of(message.ToString()) : ""),
                // python-engineio answers with a JSON string.
                { ValueKind: JsonValueKind.String } error => OfText(error.GetString()!),
                _ => null,
            };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static EngineError? OfText(string text)
    {
        // The texts of python-engineio 3 and 4 ("Invalid session", "Invalid session abc", "Invalid transport", "The client is using an unsupported version …").
        int? code = text switch
        {
            _ when text.Contains("session", StringComparison.OrdinalIgnoreCase) => SessionUnknown,
            _ when text.Contains("unsupported version", StringComparison.OrdinalIgnoreCase) => VersionUnsupported,
            _ when text.Contains("transport", StringComparison.OrdinalIgnoreCase) => TransportUnknown,
            _ => null,
        };
        return code is { } known ? new(known, Excerpt.Of(text)) : null;
    }
}
