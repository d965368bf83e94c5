// Talks as node/server.mjs does: prints "listening PORT", then takes one command per line and answers each with "ok" and a value in JSON, or "failed" and why.
// It ends with its input, so that no test leaves it behind.
using System.Text.Json;
using Sockeye.Client.Tests.Fixtures;

var settings = JsonSerializer.Deserialize<ServerSettings>(args is [var json] ? json : "{}", JsonSerializerOptions.Web)!;
await using var app = await SockeyeApplication.StartAsync(settings, CancellationToken.None);
Console.WriteLine($"listening {app.Address.Port}");
while (await Console.In.ReadLineAsync() is { } line)
{
    Console.WriteLine(await AnswerAsync(line));
}

async Task<string> AnswerAsync(string line)
{
    try
    {
        var value = await app.DoAsync(JsonSerializer.Deserialize<ServerCommand>(line, JsonSerializerOptions.Web)!);
        return $"ok {(value.ValueKind == JsonValueKind.Undefined ? "null" : value.GetRawText())}";
    }
    catch (Exception exception)
    {
        return $"failed {exception.Message}";
    }
}
