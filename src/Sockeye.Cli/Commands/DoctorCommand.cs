using System.CommandLine;
using Sockeye.Cli.Doctor;
using Sockeye.Cli.Doctor.Reports;

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
            ("A namespace that wants a token, behind a proxy", "sockeye doctor https://example.com/chat --auth '{\"token\":\"…\"}'"),
            ("Would a browser let my page in, with cookies", "sockeye doctor https://api.example.com --origin https://page.example.com --credentials"),
            ("An event, and its acknowledgement", "sockeye doctor http://localhost:3000 --emit greet '\"Ada\"'"),
            ("In a pipeline", "sockeye doctor https://example.com --json | jq '.findings[].code'"));
        var arguments = new DoctorArguments();
        arguments.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(terminal, DoctorArguments.CheckAuth(target.Read(parsed)), arguments.Read(parsed), parsed.GetValue(arguments.Json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Terminal terminal, Target target, DoctorOptions options, bool json, CancellationToken cancellationToken)
    {
        var progress = new ProgressLine();
        using var examination = new Examination(target, options, text => progress.Show(text));
        await progress.WhileAsync(terminal.Error, () => Checkup.RunAsync(examination, cancellationToken)).ConfigureAwait(false);
        if (json)
        {
            terminal.WriteRaw(JsonReport.Write(examination));
        }
        else
        {
            ConsoleReport.Write(terminal, examination);
        }

        return examination.Diagnosis switch
        {
            { Interrupted: true } => ExitCode.Interrupted,
            { IsHealthy: true } => ExitCode.Success,
            _ => ExitCode.Failure,
        };
    }
}
