namespace Sockeye.Cli;

/// <summary>What the process says to the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command did its work, and what it found is bad: the doctor's finding, a lost message.</summary>
    public const int Failure = 1;

    /// <summary>The command line was wrong, or the command cannot run here.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C, as shells have it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
