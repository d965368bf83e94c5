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
        command.AddExamples(
            ("Why does my server not answer", "sockeye doctor http://localhost:3000"),
            ("A namespace that wants a token, behind a proxy", "sockeye doctor https://example.com/chat --auth '{\"token\":\"…\"}'"));
        command.SetAction((parsed, cancellationToken) =>
        {
            terminal.WriteRaw(target.Read(parsed).ToString());
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
