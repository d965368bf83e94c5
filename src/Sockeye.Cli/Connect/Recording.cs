using System.Text;

namespace Sockeye.Cli.Connect;

/// <summary>Writes what goes over the connection to a file, a JSON line for each event.</summary>
internal sealed class Recording : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _file;
    private readonly TimeSpan _start;

    private Recording(StreamWriter file, string path, TimeSpan start) => (_file, Path, _start) = (file, path, start);

    public string Path { get; }

    public int Count { get; private set; }

    /// <summary>Begins a recording; an older recording of the name is replaced, a file that is none is not.</summary>
    public static Recording Start(string path, Uri server, TimeSpan now)
    {
        try
        {
            if (File.Exists(path) && new FileInfo(path).Length > 0 && !IsRecording(path))
            {
                throw new CommandException($"\"{path}\" is there, and is no recording.", "Choose another name: it would be overwritten.");
            }

            var file = new StreamWriter(path, append: false, new UTF8Encoding(false)) { AutoFlush = true };
            file.WriteLine(EventJson.Write(json =>
            {
                json.WriteString("type"u8, "recording"u8);
                json.WriteNumber("version"u8, 1);
                json.WriteString("server"u8, server.ToString());
                json.WriteString("started"u8, DateTimeOffset.UtcNow);
            }));
            return new Recording(file, path, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"\"{path}\" cannot be written: {e.Message}");
        }
    }

    /// <summary>False: the disk does not take it; the recording ends.</summary>
    public bool TryAdd(WireEvent item)
    {
        lock (_gate)
        {
            try
            {
                _file.WriteLine(EventJson.Write(item with { Time = item.Time > _start ? item.Time - _start : TimeSpan.Zero }));
                Count++;
                return true;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>The events of a file that went out, in their order, with the line that each stands in.</summary>
    public static IEnumerable<WireEvent> ReadOutgoing(string path)
    {
        using var file = Open(path);
        var number = 0;
        while (file.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.Contains("\"recording\"", StringComparison.Ordinal)))
            {
                continue;
            }

            var item = EventJson.TryRead(line) ?? throw new CommandException($"Line {number} of \"{path}\" is no recorded event.", "A recording is made with: record FILE");
            if (item is { Outgoing: true, Name: not null })
            {
                yield return item;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _file.Dispose();
        }
    }

    private static bool IsRecording(string path)
    {
        using var file = new StreamReader(path, Encoding.UTF8);
        Span<char> start = stackalloc char["{\"type\":\"recording\"".Length];
        return start[..file.ReadBlock(start)].SequenceEqual("{\"type\":\"recording\"");
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException($"\"{path}\" cannot be read: {e.Message}", "A recording is made with: record FILE");
        }
    }
}
