namespace Sockeye.Cli.Tests.Connect;

/// <summary><c>sockeye connect</c> as a person uses it: keys in, lines out.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task Somebody_types_with_completion_and_history()
    {
        await using var server = await NodeServer.StartAsync();
        var home = Directory.CreateTempSubdirectory();
        try
        {
            await using var terminal = PseudoTerminal.Start($"{Path.Combine(AppContext.BaseDirectory, "sockeye")} connect {server.Url}", home.FullName);
            await terminal.Lines.TakeAsync(line => line.Contains("Tab completes", StringComparison.Ordinal), "the prompt").Within();

            // Tab closes the bracket and the brace; Ctrl-A and the letters behind it make an ack of it.
            await terminal.TypeAsync("echo {\"a\":[1\t\u0001ack \r");
            await terminal.Lines.TakeAsync(line => IsAckOf(line, "{\"a\":[1]}"), "the acknowledgement").Within();

            // The line of before with another ending; then the end of the input.
            await terminal.TypeAsync("\e[A hello\r");
            await terminal.Lines.TakeAsync(line => IsAckOf(line, "{\"a\":[1]} \"hello\""), "the second acknowledgement").Within();
            await terminal.TypeAsync("\u0004");
            await terminal.Ended.Within();
            Assert.Equal(["ack echo {\"a\":[1]}", "ack echo {\"a\":[1]} hello"], await File.ReadAllLinesAsync(Path.Combine(home.FullName, "sockeye", "history")));
        }
        finally
        {
            home.Delete(recursive: true);
        }

        static bool IsAckOf(string line, string arguments) => line.Contains('←', StringComparison.Ordinal) && line.Contains($" {arguments}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_it()
    {
        await using var server = await NodeServer.StartAsync();
        var home = Directory.CreateTempSubdirectory();
        try
        {
            await using var terminal = PseudoTerminal.Start($"{Path.Combine(AppContext.BaseDirectory, "sockeye")} connect {server.Url}", home.FullName);
            await terminal.Lines.TakeAsync(line => line.Contains("Tab completes", StringComparison.Ordinal), "the prompt").Within();
            await terminal.TypeAsync("\u0003");
            await terminal.Ended.Within();
            Assert.Equal(130, terminal.ExitCode);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
