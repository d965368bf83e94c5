using System.Text;

namespace Sockeye.Cli.Connect;

/// <summary>The lines of earlier sessions, in a file that only the user can read. A line that begins with a space is not kept, as in shells: it may hold a secret.</summary>
internal sealed class LineHistory
{
    private const int MaxLines = 1000;

    private readonly string? _path;
    private readonly List<string> _lines = [];

    /// <param name="path">The file; null: nothing is kept.</param>
    public LineHistory(string? path)
    {
        _path = path;
        if (path is not null && TryDo(() => _lines.AddRange(File.Exists(path) ? File.ReadLines(path, Encoding.UTF8).TakeLast(MaxLines) : [])))
        {
            return;
        }
    }

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>The user's own file: ~/.local/share/sockeye/history, or what the system has for it.</summary>
    public static LineHistory OfUser()
    {
        var folder = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new LineHistory(folder.Length == 0 ? null : Path.Combine(folder, "sockeye", "history"));
    }

    public void Add(string line)
    {
        if (string.IsNullOrWhiteSpace(line) || line[0] == ' ' || (_lines.Count > 0 && _lines[^1] == line))
        {
            return;
        }

        _lines.Add(line);
        if (_lines.Count > MaxLines)
        {
            _lines.RemoveAt(0);
        }
    }

    public void Save()
    {
        if (_path is not null)
        {
            TryDo(() =>
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
                if (!OperatingSystem.IsWindows())
                {
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using var file = new StreamWriter(_path, Encoding.UTF8, options);
                _lines.ForEach(file.WriteLine);
            });
        }
    }

    // A history that cannot be read or written is no reason not to connect.
    private static bool TryDo(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
