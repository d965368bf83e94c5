using System.CommandLine;

namespace Sockeye.Cli.Commands;

/// <summary>sockeye doctor URL</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var target = new TargetOptions();
        var command = new Command("doctor", "Why does it not connect? Walks up the layers and says what is wrong, and which line of configuration mends it.");
        target.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            terminal.WriteRaw(target.Read(parsed).ToString());
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
