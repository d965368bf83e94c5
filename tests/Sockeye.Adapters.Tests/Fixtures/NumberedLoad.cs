using Sockeye.Protocol.Cluster;

namespace Sockeye.Adapters.Tests.Fixtures;

/// <summary>A server that sends <c>n 1</c>, <c>n 2</c> and so on, each once, and remembers which ones the engine has taken.</summary>
internal sealed class NumberedLoad : IAsyncDisposable
{
    private readonly Node _node;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<int> _taken = [];
    private readonly Task _sending;
    private int _refused;

    private NumberedLoad(Node node)
    {
        _node = node;
        _sending = Task.Run(SendAsync);
    }

    /// <summary>What the engine has taken so far.</summary>
    public int[] Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken];
            }
        }
    }

    public static NumberedLoad Start(Node node) => new(node);

    /// <summary>Waits until some more are taken.</summary>
    public Task TakenAsync()
    {
        var target = Taken.Length + 10;
        return Waiting.UntilAsync(() => Task.FromResult(Taken.Length >= target), "events to be taken");
    }

    /// <summary>Waits until one more is refused.</summary>
    public Task RefusedAsync()
    {
        var target = Volatile.Read(ref _refused) + 1;
        return Waiting.UntilAsync(() => Task.FromResult(Volatile.Read(ref _refused) >= target), "an event to be refused");
    }

    /// <summary>Sends no more. What a client of another server has got is in order and nothing twice.</summary>
    public async Task<(int[] Received, int[] Taken)> EndAsync(TestClient client)
    {
        await DisposeAsync();
        await _node.Io.EmitAsync("end").Within("the last event to be taken");
        var received = new List<int>();
        string line;
        while ((line = await client.NextAsync().Within("the last event")) != "end")
        {
            Assert.StartsWith("n ", line, StringComparison.Ordinal);
            received.Add(int.Parse(line[2..], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(received.Distinct().Order(), received);
        return ([.. received], Taken);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _sending.Within("the sending to end");
    }

    private async Task SendAsync()
    {
        // So that a refusal at once does not keep a processor busy.
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        for (var i = 1; !_ending.IsCancellationRequested; i++)
        {
            try
            {
                await _node.Io.EmitAsync("n", i);
                lock (_taken)
                {
                    _taken.Add(i);
                }
            }
            catch (ClusterException)
            {
                Interlocked.Increment(ref _refused);
            }

            await pace.WaitForNextTickAsync();
        }
    }
}
