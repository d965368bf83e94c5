using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>The official client, version 4, in a Node process.</summary>
internal sealed class OfficialClient : IRecordedClient
{
    private readonly ChildProcess _process;
    private readonly Inbox<JsonElement> _done = new();

    private OfficialClient() => _process = ChildProcess.Node("recorder.mjs", onLine: OnLine);

    public EventLog Log { get; } = new();

    public static async Task<OfficialClient> StartAsync()
    {
        var client = new OfficialClient();
        await client._done.TakeAsync(what: "the recorder starts");
        return client;
    }

    public async Task DoAsync(ClientStep step)
    {
        await _process.WriteAsync(step);
        var done = await _done.TakeAsync(what: $"the recorder has done {step}");
        Assert.False(done.TryGetProperty("failed", out var why), why.ToString());
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private void OnLine(string? text)
    {
        if (text is null)
        {
            _done.End("the recorder has ended");
            Log.End($"the recorder has ended: {_process?.Errors}");
            return;
        }

        var line = JsonElement.Parse(text);
        if (line.TryGetProperty("done", out _))
        {
            _done.Add(line);
        }
        else
        {
            Log.Add(new LogLine(line));
        }
    }
}
