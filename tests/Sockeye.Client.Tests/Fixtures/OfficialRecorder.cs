using System.Text.Json;

namespace Sockeye.Client.Tests.Fixtures;

/// <summary>The official client, version 4, in a Node process that serves one test after the other.</summary>
internal sealed class OfficialRecorder : IAsyncDisposable
{
    private readonly Inbox<JsonElement> _done = new();
    private readonly ChildProcess _process;
    private EventLog _log = new();

    private OfficialRecorder() => _process = ChildProcess.Node("recorder.mjs", onLine: OnLine);

    public static async Task<OfficialRecorder> StartAsync()
    {
        var recorder = new OfficialRecorder();
        await recorder._done.TakeAsync(what: "the recorder starts");
        return recorder;
    }

    /// <summary>A client with an empty log. One at a time.</summary>
    public IRecordedClient NewClient() => new Client(this);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task DoAsync(ClientStep step)
    {
        await _process.WriteAsync(step);
        var done = await _done.TakeAsync(what: $"the recorder has done {step}");
        Assert.False(done.TryGetProperty("failed", out var why), why.ToString());
    }

    private void OnLine(string? text)
    {
        if (text is null)
        {
            _done.End("the recorder has ended");
            _log.End("the recorder has ended");
            return;
        }

        var line = JsonElement.Parse(text);
        if (line.TryGetProperty("done", out _))
        {
            _done.Add(line);
        }
        else
        {
            _log.Add(new LogLine(line));
        }
    }

    private sealed class Client : IRecordedClient
    {
        private readonly OfficialRecorder _recorder;

        public Client(OfficialRecorder recorder)
        {
            _recorder = recorder;
            _recorder._log = Log;
        }

        public EventLog Log { get; } = new();

        public Task DoAsync(ClientStep step) => _recorder.DoAsync(step);

        public async ValueTask DisposeAsync() => await _recorder.DoAsync(new ClientStep("forget"));
    }
}
