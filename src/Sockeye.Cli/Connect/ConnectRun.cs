using Sockeye.Cli.Commands;
using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

/// <summary>A run of <c>sockeye connect</c>: connects, carries out commands until there are no more, and says how it went.</summary>
internal static class ConnectRun
{
    public static async Task<int> RunAsync(Target target, ConnectSettings settings, Terminal terminal, CancellationToken cancellationToken)
    {
        var screen = new ConnectScreen(terminal, settings.Json);
        ConnectSession? session = null;
        var tap = new TapFormat(settings.MessagePack ? new MessagePackPacketFormat() : new JsonPacketFormat(), (packet, outgoing) => session?.OnPacket(packet, outgoing));
        var options = TargetClient.Options(target, settings.Transport, tap, settings.Eio3);
        options.OfflineMode = OfflineMode.Throw;

        // The first connection succeeds at once or tells why not; a lost one comes back.
        options.Reconnection = false;
        var client = new SocketIOClient(TargetClient.Address(target), options);
        await using var _ = client.ConfigureAwait(false);
        session = new ConnectSession(client, screen, target);
        try
        {
            if (settings.Record is { } file)
            {
                session.Record(file);
            }

            return await session.TryOpenAsync(cancellationToken).ConfigureAwait(false)
                ? await CommandsAsync(session, settings, terminal, screen, cancellationToken).ConfigureAwait(false)
                : ExitCode.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            session.SayCounts();
            return ExitCode.Interrupted;
        }
        finally
        {
            await session.EndAsync().ConfigureAwait(false);
        }
    }

    private static async Task<int> CommandsAsync(ConnectSession session, ConnectSettings settings, Terminal terminal, ConnectScreen screen, CancellationToken cancellationToken)
    {
        if (settings.Commands.Count > 0)
        {
            foreach (var command in settings.Commands)
            {
                if (!await session.ExecuteAsync(command, cancellationToken).ConfigureAwait(false))
                {
                    break;
                }
            }
        }
        else if (PromptReader.IsPossible(terminal))
        {
            await TypeAsync(session, terminal, screen, cancellationToken).ConfigureAwait(false);
            return ExitCode.Success;
        }
        else
        {
            while (await ReadLineAsync(terminal.In, cancellationToken).ConfigureAwait(false) is { } line)
            {
                if (!await session.ExecuteAsync(line, cancellationToken).ConfigureAwait(false))
                {
                    return Code(session);
                }
            }
        }

        if (settings.Stay)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
        }

        return Code(session);
    }

    private static async Task TypeAsync(ConnectSession session, Terminal terminal, ConnectScreen screen, CancellationToken cancellationToken)
    {
        session.IsInteractive = true;
        var history = LineHistory.OfUser();
        var reader = new PromptReader(screen, history, session.Completer, terminal.Out.Input);
        screen.Note("help", "Type an event and its arguments, as in: message {\"text\":\"hi\"}. Tab completes, help lists the commands, Ctrl-D ends.");
        try
        {
            while (await reader.ReadLineAsync(session.Prompt, cancellationToken).ConfigureAwait(false) is { } line)
            {
                history.Add(line);
                if (!await session.ExecuteAsync(line, cancellationToken).ConfigureAwait(false))
                {
                    break;
                }
            }
        }
        finally
        {
            screen.Prompt(null);
            history.Save();
        }
    }

    private static int Code(ConnectSession session) => session.Failures == 0 ? ExitCode.Success : ExitCode.Failure;

    // A console's reader does not hear of cancellation: whoever waits for it is let go, and the process ends with the thread in it.
    private static async Task<string?> ReadLineAsync(TextReader reader, CancellationToken cancellationToken) =>
        await Task.Run(reader.ReadLine, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
}
