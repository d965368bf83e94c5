namespace Sockeye.Cli;

/// <summary>Something that the user can mend: said without a stack trace, with the next step.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="hint">What to do next.</param>
internal sealed class CommandException(string message, string? hint = null) : Exception(message)
{
    public string? Hint { get; } = hint;
}
