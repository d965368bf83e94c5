namespace Sockeye.Cli.Inspect;

/// <summary>The files of a run: none that is written may be one that is read, or that is written otherwise.</summary>
internal static class InspectFiles
{
    private static readonly StringComparer Paths = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    public static void Check(InspectOptions options)
    {
        var taken = new HashSet<string>(Paths);
        foreach (var read in new[] { options.File, options.KeyLog }.OfType<string>())
        {
            taken.Add(Resolve(read));
        }

        foreach (var written in new[] { options.Write, options.Export }.OfType<string>())
        {
            if (!taken.Add(Resolve(written)))
            {
                throw new CommandException($"\"{written}\" would be overwritten: it is another file of this command.", "Give --write and --export a name of their own.");
            }
        }
    }

    // Links may be anywhere in the path.
    private static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
        {
            return full;
        }

        var here = Path.Combine(Resolve(folder), Path.GetFileName(full));
        try
        {
            return File.ResolveLinkTarget(here, returnFinalTarget: true) is { } target ? Resolve(target.FullName) : here;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Who opens it next is told why that does not go.
            return here;
        }
    }
}
