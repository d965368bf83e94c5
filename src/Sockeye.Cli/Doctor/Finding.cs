using Sockeye.Wire;

namespace Sockeye.Cli.Doctor;

/// <summary>How bad it is.</summary>
internal enum Severity
{
    /// <summary>Good to know; nothing to mend.</summary>
    Note,

    /// <summary>Works for some, sometimes or not for long.</summary>
    Warning,

    /// <summary>Does not work.</summary>
    Error,
}

/// <summary>Something that is wrong.</summary>
internal sealed record Finding
{
    /// <summary>Its stable name, for scripts.</summary>
    public required string Code { get; init; }

    /// <summary>Where it happens.</summary>
    public required WireLayer Layer { get; init; }

    public Severity Severity { get; init; } = Severity.Error;

    /// <summary>What is wrong, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>What was seen.</summary>
    public required string Evidence { get; init; }

    /// <summary>What it comes from, most likely.</summary>
    public required string Cause { get; init; }

    /// <summary>What mends it, in the software that it may be about.</summary>
    public IReadOnlyList<Remedy> Remedies { get; init; } = [];
}

/// <summary>The lines that mend a finding.</summary>
/// <param name="Software">Whose configuration it is.</param>
/// <param name="Lines">What to write there.</param>
internal sealed record Remedy(Software Software, params IReadOnlyList<string> Lines);

/// <summary>Whose configuration a remedy changes.</summary>
internal enum Software
{
    Nginx,
    HAProxy,
    Apache,
    Iis,
    Kestrel,
    Node,
    Client,
    System,
    Doctor,
}

/// <summary>Words for <see cref="Software"/>.</summary>
internal static class SoftwareNames
{
    public static string ToDisplayName(this Software software) => software switch
    {
        Software.Nginx => "nginx",
        Software.HAProxy => "HAProxy",
        Software.Apache => "Apache",
        Software.Iis => "IIS",
        Software.Kestrel => "Kestrel / Sockeye",
        Software.Node => "Node",
        Software.Client => "client",
        Software.System => "system",
        Software.Doctor => "next",
        _ => throw new ArgumentOutOfRangeException(nameof(software), software, "There is no such software."),
    };

    /// <summary>Whether it is a proxy or web server, which tells its name in its answers or does not.</summary>
    public static bool IsProxy(this Software software) => software is Software.Nginx or Software.HAProxy or Software.Apache or Software.Iis;
}
