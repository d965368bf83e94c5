using Sockeye.AspNetCore.Tests.Fixtures;

namespace Sockeye.AspNetCore.Tests.Attacks;

/// <summary>
/// Well-behaved people on a server that is being attacked, one on each transport: each says something, waits for the acknowledgement and hears the others, over and
/// over. Nothing may be lost, doubled or out of order, and nobody may be disconnected.
/// </summary>
internal sealed class LiveChat : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SocketIOTestSocket> _people = [];
    private readonly List<Task> _talks = [];
    private readonly int[] _said = new int[3];

    public int Count => _people.Count;

    public static async Task<LiveChat> StartAsync(KestrelServer server)
    {
        var chat = new LiveChat();
        foreach (var via in EachTransportAttribute.Transports)
        {
            chat._people.Add(await SocketIOTestClient.ConnectAsync(server, via, "/chat"));
        }

        chat._talks.AddRange(chat._people.Select((_, i) => chat.TalkAsync(i)));
        return chat;
    }

    /// <summary>Waits until everybody has said a few things more.</summary>
    public async Task GoOnAsync()
    {
        int[] before = [.. _said];
        await SocketIOTestServer.UntilAsync(() => _talks.Any(talk => talk.IsCompleted) || Enumerable.Range(0, before.Length).All(i => Volatile.Read(ref _said[i]) >= before[i] + 3), "everybody to say three things more");
    }

    /// <summary>Lets everybody finish and checks that everybody has heard all that the others said, in order.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_talks).Within(what: "the last acknowledgements");
        for (var listener = 0; listener < _people.Count; listener++)
        {
            int[] heard = new int[_people.Count];
            var expected = _said.Sum() - _said[listener];
            for (var i = 0; i < expected; i++)
            {
                var packet = await _people[listener].Client.ReceiveAsync(packet => packet.Text.StartsWith("42/chat,[\"said\"", StringComparison.Ordinal));
                var speaker = packet.Data[1].GetInt32();
                Assert.NotEqual(listener, speaker);
                Assert.Equal(heard[speaker]++, packet.Data[2].GetInt32());
            }

            Assert.Empty(_people[listener].Client.TakePending());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var person in _people)
        {
            await person.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task TalkAsync(int speaker)
    {
        while (!_stop.IsCancellationRequested)
        {
            var number = _said[speaker];
            Assert.Equal(number, (await _people[speaker].AskAsync("say", speaker, number)).Data[0].GetInt32());
            Volatile.Write(ref _said[speaker], number + 1);
        }
    }
}
