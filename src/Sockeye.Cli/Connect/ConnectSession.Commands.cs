using Sockeye.Client.Sockets;
using Sockeye.Protocol.Packets;

namespace Sockeye.Cli.Connect;

// What can be said to it.
internal sealed partial class ConnectSession
{
    /// <summary>Carries out a line. False: it was the last one.</summary>
    public async Task<bool> ExecuteAsync(string line, CancellationToken cancellationToken)
    {
        line = line.Trim();
        if (line.Length == 0 || line[0] == '#')
        {
            return true;
        }

        try
        {
            return await ExecuteAsync(ConsoleLine.Parse(line), cancellationToken).ConfigureAwait(false);
        }
        catch (CommandException e)
        {
            Fail(e.Message, e.Hint);
        }
        catch (NotConnectedException)
        {
            Fail($"Not connected to {_socket.Namespace}: nothing was sent.", "reconnect opens the connection again, info says what was tried.");
        }
        catch (Exception e) when (e is SocketIOException or ArgumentException or InvalidOperationException)
        {
            Fail(e.Message);
        }

        return true;
    }

    private async Task<bool> ExecuteAsync(ConsoleLine line, CancellationToken cancellationToken)
    {
        switch (line.Verb)
        {
            case "quit" or "exit":
                return false;
            case "emit":
                await EmitAsync(line.Event()).ConfigureAwait(false);
                break;
            case "ack":
                await RunAsync(AckAsync(line.Event(), cancellationToken)).ConfigureAwait(false);
                break;
            case "reply":
                Reply(line);
                break;
            case "wait":
                await WaitAsync(line.Words(), cancellationToken).ConfigureAwait(false);
                break;
            case "sleep":
                await Task.Delay(line.Seconds(), cancellationToken).ConfigureAwait(false);
                break;
            case "events":
                Events();
                break;
            case "history":
                History(line.Words());
                break;
            case "only" or "mute" or "filter" or "all":
                Filter(line);
                break;
            case "record":
                Record(line.Path());
                break;
            case "stop":
                if (!StopRecording())
                {
                    Fail("Nothing is recorded.", "record FILE begins.");
                }

                break;
            case "replay":
                await RunAsync(ReplayAsync(line, cancellationToken)).ConfigureAwait(false);
                break;
            case "disconnect":
                await _client.CloseAsync().ConfigureAwait(false);
                break;
            case "reconnect":
                await ReconnectAsync(cancellationToken).ConfigureAwait(false);
                break;
            case "leave":
                await LeaveAsync().ConfigureAwait(false);
                break;
            case "info":
                Info();
                break;
            case "help":
                Help(line.Words());
                break;
            case ['/', ..]:
                await SwitchAsync(line, cancellationToken).ConfigureAwait(false);
                break;
            default:
                await EmitUnnamedAsync(line).ConfigureAwait(false);
                break;
        }

        return true;
    }

    // A word alone that looks like a command is more likely a slip than an event nobody has heard of.
    private Task EmitUnnamedAsync(ConsoleLine line)
    {
        if (line.Rest.Length == 0 && ConsoleCommands.Near(line.Verb) is { } near && _memory.Names().All(seen => seen.Name != line.Verb))
        {
            throw new CommandException($"\"{line.Verb}\" is no command. Did you mean {near}?", $"For an event of this name: emit {line.Verb}");
        }

        return EmitAsync(line.AsEvent());
    }

    private Task EmitAsync((string Name, PacketArguments Arguments) what) => _socket.EmitAsync(what.Name, Arguments.Values(what.Arguments).AsSpan());

    private async Task AckAsync((string Name, PacketArguments Arguments) what, CancellationToken cancellationToken)
    {
        try
        {
            // The answer is shown when it passes, as everything else.
            await _socket.EmitWithAckAsync<PacketArguments>(what.Name, Arguments.Values(what.Arguments), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (AckTimeoutException)
        {
            Fail($"No acknowledgement of \"{what.Name}\" within {_target.Timeout.TotalSeconds:0.###} s.", "The server's handler has to call its last argument; --timeout waits longer.");
        }
        catch (DisconnectedException e)
        {
            Fail($"Disconnected before \"{what.Name}\" was acknowledged: {e.Reason.ToWireString()}.");
        }
        catch (NotConnectedException)
        {
            Fail($"Not connected to {_socket.Namespace}: \"{what.Name}\" was not sent.", "reconnect opens the connection again.");
        }
    }

    // Beside the prompt, or one after the other in a script.
    private Task RunAsync(Task task)
    {
        if (!IsInteractive || task.IsCompleted)
        {
            return task;
        }

        _background.RemoveAll(static earlier => earlier.IsCompleted);
        _background.Add(ObserveAsync());
        return Task.CompletedTask;

        async Task ObserveAsync()
        {
            try
            {
                await task.ConfigureAwait(false);
            }
            catch (CommandException e)
            {
                Fail(e.Message, e.Hint);
            }
            catch (Exception e) when (e is SocketIOException or ArgumentException or OperationCanceledException or ObjectDisposedException)
            {
                if (!_isOver)
                {
                    Fail(e.Message);
                }
            }
        }
    }

    private void Reply(ConsoleLine line)
    {
        _reply = line.Rest switch
        {
            "off" => null,
            "on" or "" => [],
            _ => Arguments.Values(line.Values()),
        };
        _screen.Note("reply", _reply is { } values ? $"Events that ask for an acknowledgement get {(values.Length == 0 ? "an empty one" : line.Rest)}." : "Events that ask for an acknowledgement get none.");
    }

    private async Task WaitAsync(string[] words, CancellationToken cancellationToken)
    {
        if (words is not [var name, ..])
        {
            throw new CommandException("wait for which event?", "wait EVENT [SECONDS]");
        }

        var bound = words.Length > 1 ? ConsoleLine.Seconds(words[1]) : TimeSpan.FromSeconds(30);
        if (!await WaitForAsync(name, bound, cancellationToken).ConfigureAwait(false))
        {
            Fail($"No \"{name}\" within {bound.TotalSeconds:0.###} s.");
        }
    }

    private async Task ReplayAsync(ConsoleLine line, CancellationToken cancellationToken)
    {
        var (path, speed) = line.Replay();
        if (_recording is { } recording && Path.GetFullPath(recording.Path) == Path.GetFullPath(path))
        {
            throw new CommandException($"\"{path}\" is being recorded.", "stop ends the recording; what is replayed would be recorded and replayed again, without end.");
        }

        var count = 0;
        var start = Now;
        TimeSpan? first = null;
        List<Task> acks = [];
        foreach (var item in Recording.ReadOutgoing(path))
        {
            first ??= item.Time;
            var due = start + ((item.Time - first.Value) / speed);
            if (due - Now is { Ticks: > 0 } rest && double.IsFinite(speed))
            {
                await Task.Delay(rest, cancellationToken).ConfigureAwait(false);
            }

            var socket = Socket(item.Namespace);
            if (!socket.Connected)
            {
                await socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
            }

            var values = Arguments.Values(item.Arguments);
            if (item.Id is null)
            {
                await socket.EmitAsync(item.Name!, values.AsSpan()).ConfigureAwait(false);
            }
            else
            {
                acks.RemoveAll(static earlier => earlier.IsCompletedSuccessfully);
                acks.Add(socket.EmitWithAckAsync<PacketArguments>(item.Name!, values, cancellationToken: cancellationToken));
            }

            count++;
        }

        await Task.WhenAll(acks).ConfigureAwait(false);
        _screen.Note("replayed", $"{count} events sent again");
    }

    private async Task SwitchAsync(ConsoleLine line, CancellationToken cancellationToken)
    {
        var socket = Socket(line.Verb);
        if (line.Rest.Length > 0)
        {
            socket.Auth = AuthPayload.Parse(line.Rest);
        }

        _socket = socket;
        try
        {
            await socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ConnectErrorException e)
        {
            Fail($"The server refused {line.Verb}: {e.Message}", $"{line.Verb} {{\"token\":\"…\"}} tries again with an auth payload.");
        }
    }

    private async Task LeaveAsync()
    {
        _socket.Disconnect();
        if (_sockets.Count > 1)
        {
            _sockets.TryRemove(_socket.Namespace, out _);
            await _socket.DisposeAsync().ConfigureAwait(false);
            _socket = _sockets.Values.First();
            _screen.Note("namespace", $"now in {_socket.Namespace}");
        }
    }

    private async Task ReconnectAsync(CancellationToken cancellationToken)
    {
        await _client.CloseAsync().ConfigureAwait(false);
        foreach (var socket in _sockets.Values)
        {
            await socket.ConnectAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
