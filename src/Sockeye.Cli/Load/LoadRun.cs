using Sockeye.Cli.Connect;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Load;

/// <summary>A run of <c>sockeye load</c>: is the server ready, open the connections, run the scenario, report.</summary>
internal static class LoadRun
{
    public static async Task<int> RunAsync(LoadSettings settings, Terminal terminal, CancellationToken cancellationToken)
    {
        var counts = new LoadCounts();
        var messages = new SentMessages();
        var scenario = LoadScenario.Of(settings.Scenario);

        // It is counted apart: it is there before the clients.
        var publisher = new LoadClient(settings, new LoadCounts(), messages);
        await using var _ = publisher.ConfigureAwait(false);
        try
        {
            await publisher.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (SocketIOException e)
        {
            var failure = publisher.Failure(settings, e);
            foreach (var line in (string[])[failure.Reason, .. failure.Attempts, failure.Hint])
            {
                terminal.Error.Profile.Out.Writer.WriteLine(EventText.Safe(line));
            }

            return ExitCode.Failure;
        }

        var scene = new LoadScene(settings, counts, messages, publisher);
        await scenario.CheckAsync(scene, cancellationToken).ConfigureAwait(false);

        var clients = Enumerable.Range(0, settings.Clients).Select(_ => new LoadClient(settings, counts, messages)).ToArray();
        using var over = new CancellationTokenSource();
        var display = new LoadDisplay(terminal, settings, counts).RunAsync(over.Token);
        var start = TimeProvider.System.GetTimestamp();
        TimeSpan? ramp = null;
        var interrupted = false;
        try
        {
            await OpenAsync(settings, counts, clients, cancellationToken).ConfigureAwait(false);
            ramp = TimeProvider.System.GetElapsedTime(start);
            scene.Clients = [.. clients.Where(client => client.HasBeenOnline)];
            if (scene.Clients.Count > 0)
            {
                await scenario.RunAsync(scene, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            interrupted = true;
        }

        var whole = TimeProvider.System.GetElapsedTime(start);
        await over.CancelAsync().ConfigureAwait(false);
        await display.ConfigureAwait(false);

        // Before the connections are closed: what comes of that is no result.
        var report = new LoadReport(settings, counts, ramp ?? whole, whole - (ramp ?? whole), interrupted);
        var json = report.ToJson();
        string[] lines = [.. report.Lines(new Ink(terminal.Out))];
        var isGood = report.IsGood;
        foreach (var line in settings.Json ? [json] : lines)
        {
            terminal.WriteRaw(line);
        }

        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask())).ConfigureAwait(false);

        return interrupted ? ExitCode.Interrupted : isGood ? ExitCode.Success : ExitCode.Failure;
    }

    private static async Task OpenAsync(LoadSettings settings, LoadCounts counts, LoadClient[] clients, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        var opening = new List<Task>(clients.Length);
        try
        {
            foreach (var (i, client) in clients.Index())
            {
                if (TimeSpan.FromSeconds(i / settings.Rate) - TimeProvider.System.GetElapsedTime(start) is { TotalMilliseconds: >= 1 } rest)
                {
                    await Task.Delay(rest, cancellationToken).ConfigureAwait(false);
                }

                opening.Add(OpenAsync(client, counts, cancellationToken));
            }
        }
        finally
        {
            await Task.WhenAll(opening).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }

    private static async Task OpenAsync(LoadClient client, LoadCounts counts, CancellationToken cancellationToken)
    {
        try
        {
            await client.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (SocketIOException e)
        {
            counts.Fail(e switch
            {
                ConnectErrorException refused => $"refused: {refused.Message}",
                ConnectTimeoutException => "no answer in time",
                _ => (e.InnerException ?? e).Message,
            });
        }
    }
}
