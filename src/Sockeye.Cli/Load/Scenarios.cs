using System.Globalization;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Load;

/// <summary>Opens connections and holds them.</summary>
internal sealed class ConnectionsScenario : LoadScenario
{
    public override Task CheckAsync(LoadScene scene, CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task RunAsync(LoadScene scene, CancellationToken cancellationToken) => Task.Delay(scene.Settings.Duration, cancellationToken);
}

/// <summary>Each client asks in turn, the server acknowledges.</summary>
internal sealed class EchoScenario : LoadScenario
{
    private const int MaxUnanswered = 50_000;

    private int _unanswered;

    public override Task CheckAsync(LoadScene scene, CancellationToken cancellationToken) => scene.CheckAckAsync(LoadEvents.Echo, scene.Payload, cancellationToken);

    public override async Task RunAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Increment(ref _unanswered);
        await scene.AtRateAsync(
            scene.Settings.Messages,
            (number, due) =>
            {
                scene.Counts.Send(1);
                if (Volatile.Read(ref _unanswered) > MaxUnanswered)
                {
                    scene.Counts.Error($"not sent: {MaxUnanswered} wait for an answer");
                }
                else
                {
                    Interlocked.Increment(ref _unanswered);
                    _ = AskAsync(scene, scene.Clients[number % scene.Clients.Count], due, answered, cancellationToken);
                }

                return Task.CompletedTask;
            },
            cancellationToken).ConfigureAwait(false);
        Done(answered);

        // Each of them ends: with the answer, or when it has waited for the timeout.
        await answered.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task AskAsync(LoadScene scene, LoadClient client, long due, TaskCompletionSource answered, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.Socket.EmitWithAckAsync<PacketArguments>(LoadEvents.Echo, [scene.Payload], cancellationToken: cancellationToken).ConfigureAwait(false);
            if (answer.GetJson(0).Length == scene.Payload.Length + 2)
            {
                scene.Counts.Deliver(TimeProvider.System.GetElapsedTime(due));
            }
            else
            {
                scene.Counts.Error("another answer than the question");
            }
        }
        catch (Exception e) when (e is SocketIOException or OperationCanceledException or ObjectDisposedException)
        {
            scene.Counts.Error(e is AckTimeoutException ? "no acknowledgement in time" : e is OperationCanceledException ? "interrupted" : e.Message);
        }
        finally
        {
            Done(answered);
        }
    }

    private void Done(TaskCompletionSource answered)
    {
        if (Interlocked.Decrement(ref _unanswered) == 0)
        {
            answered.TrySetResult();
        }
    }
}

/// <summary>One publishes, all get it.</summary>
internal sealed class BroadcastScenario : LoadScenario
{
    public override Task CheckAsync(LoadScene scene, CancellationToken cancellationToken) => scene.CheckBroadcastAsync("", cancellationToken);

    public override async Task RunAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        await scene.AtRateAsync(scene.Settings.Messages, (_, due) => scene.PublishAsync("", scene.Clients.Count, due), cancellationToken).ConfigureAwait(false);
        await scene.SettleAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>The clients are spread over rooms; one publishes to one room after the other.</summary>
internal sealed class RoomsScenario : LoadScenario
{
    public override async Task CheckAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        await scene.CheckAckAsync(LoadEvents.Join, "load-check", cancellationToken).ConfigureAwait(false);
        await scene.CheckBroadcastAsync("load-check", cancellationToken).ConfigureAwait(false);
        await scene.CheckBroadcastAsync("", cancellationToken).ConfigureAwait(false);
    }

    public override async Task RunAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        var rooms = Math.Min(scene.Settings.Rooms, scene.Clients.Count);
        await Parallel.ForAsync(0, scene.Clients.Count, new ParallelOptions { MaxDegreeOfParallelism = 50, CancellationToken = cancellationToken }, async (i, token) =>
        {
            var client = scene.Clients[i];
            client.Room = RoomName(i % rooms);
            try
            {
                await client.Socket.EmitWithAckAsync<PacketArguments>(LoadEvents.Join, [client.Room], cancellationToken: token).ConfigureAwait(false);
            }
            catch (SocketIOException)
            {
                scene.Counts.Error("could not join its room");
            }
        }).ConfigureAwait(false);

        await scene.AtRateAsync(
            scene.Settings.Messages,
            (number, due) => scene.PublishAsync(RoomName(number % rooms), (scene.Clients.Count / rooms) + (number % rooms < scene.Clients.Count % rooms ? 1 : 0), due),
            cancellationToken).ConfigureAwait(false);
        await scene.SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string RoomName(int number) => string.Create(CultureInfo.InvariantCulture, $"load-{number}");
}

/// <summary>Clients are cut and come back while one publishes: what share of the messages do they get in the end?</summary>
internal sealed class JitterScenario : LoadScenario
{
    private static readonly TimeSpan ReturnBound = TimeSpan.FromSeconds(30);

    public override Task CheckAsync(LoadScene scene, CancellationToken cancellationToken) => scene.CheckBroadcastAsync("", cancellationToken);

    public override async Task RunAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        var publishing = scene.AtRateAsync(scene.Settings.Messages, (_, due) => scene.PublishAsync("", scene.Clients.Count, due), cancellationToken);
        var cutting = scene.AtRateAsync(
            scene.Settings.Cuts,
            (number, _) =>
            {
                if (scene.Clients[number % scene.Clients.Count].Cut())
                {
                    scene.Counts.Cut();
                }

                return Task.CompletedTask;
            },
            cancellationToken);
        await Task.WhenAll(publishing, cutting).ConfigureAwait(false);
        await ReturnAsync(scene, ReturnBound, cancellationToken).ConfigureAwait(false);
        await scene.SettleAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Waits until all clients are back.</summary>
    public static async Task ReturnAsync(LoadScene scene, TimeSpan bound, CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(scene.Clients.Select(client => client.Returned)).WaitAsync(bound, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            foreach (var client in scene.Clients.Where(client => !client.Returned.IsCompleted))
            {
                scene.Counts.Error($"not back after {bound.TotalSeconds:0.###} s");
            }
        }
    }
}

/// <summary>All clients are cut at once: how long until they are back?</summary>
internal sealed class AvalancheScenario : LoadScenario
{
    private static readonly TimeSpan LeastBound = TimeSpan.FromSeconds(60);

    public override Task CheckAsync(LoadScene scene, CancellationToken cancellationToken) => Task.CompletedTask;

    public override Task RunAsync(LoadScene scene, CancellationToken cancellationToken)
    {
        foreach (var client in scene.Clients)
        {
            if (client.Cut())
            {
                scene.Counts.Cut();
            }
        }

        return JitterScenario.ReturnAsync(scene, scene.Settings.Duration > LeastBound ? scene.Settings.Duration : LeastBound, cancellationToken);
    }
}
