using System.Buffers;
using System.Text;

namespace Sockeye.Cli.Inspect.Tls;

/// <summary>
/// The secrets of TLS connections as browsers, curl and Node write them (draft-ietf-tls-keylogfile, "SSLKEYLOGFILE"). A file that grows while a capture runs is read again.
/// </summary>
internal sealed class KeyLog
{
    /// <summary>TLS 1.2: the master secret.</summary>
    public const string Master = "CLIENT_RANDOM";

    /// <summary>The length of a master secret (RFC 5246 §8.1).</summary>
    public const int MasterLength = 48;

    // 300,000 connections or so. A file that is no key log must not fill the memory.
    private const long MaxFile = 64 * 1024 * 1024;

    private static readonly SearchValues<char> Label = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");

    private readonly Dictionary<(string Label, string Random), byte[]> _secrets = [];
    private readonly string? _path;
    private long _length;
    private long _read;

    private KeyLog(string? path) => _path = path;

    /// <summary>No secrets.</summary>
    public static KeyLog Empty { get; } = new(null);

    /// <summary>Whether there is a file at all.</summary>
    public bool HasFile => _path is not null;

    public static KeyLog Open(string path)
    {
        var log = new KeyLog(path);
        try
        {
            log.ReadMore();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"The key log \"{path}\" cannot be read: {e.Message}", "Node writes one with --tls-keylog=FILE; curl and browsers with SSLKEYLOGFILE=FILE in their environment.");
        }

        return log;
    }

    /// <summary>A log of text: for tests.</summary>
    public static KeyLog Parse(string text)
    {
        var log = new KeyLog(null);
        log.Read(new StringReader(text));
        return log;
    }

    /// <summary>A secret of the connection whose client said this random, if it has the length that it must have: a log may be cut, or be edited by hand.</summary>
    public byte[]? Find(string label, ReadOnlySpan<byte> clientRandom, int length)
    {
        var key = (label, Convert.ToHexStringLower(clientRandom));
        if (Known() is null && _path is not null)
        {
            try
            {
                ReadMore();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It was there before: what it said counts on.
                return null;
            }
        }

        return Known();

        byte[]? Known() => _secrets.TryGetValue(key, out var secret) && secret.Length == length ? secret : null;
    }

    // Reads on behind the last whole line. One without an end may still be written: it is left for the next time.
    private void ReadMore()
    {
        using var file = new FileStream(_path!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length == _length || file.Length > MaxFile)
        {
            return;
        }

        // A shorter file is another one.
        _read = file.Length < _length ? 0 : _read;
        _length = file.Length;
        var bytes = new byte[_length - _read];
        file.Position = _read;
        var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var whole = bytes.AsSpan(0, count).LastIndexOf((byte)'\n') + 1;
        _read += whole;
        Read(new StringReader(Encoding.UTF8.GetString(bytes, 0, whole)));
    }

    private void Read(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ', 3, StringSplitOptions.TrimEntries);
            if (parts.Length == 3 && parts[0].Length > 0 && !parts[0].AsSpan().ContainsAnyExcept(Label) && parts[1].Length == 64 && TryHex(parts[2]) is { Length: <= 64 } secret)
            {
                _secrets[(parts[0], parts[1].ToLowerInvariant())] = secret;
            }
        }
    }

    private static byte[]? TryHex(string text)
    {
        var bytes = new byte[text.Length / 2];
        return text.Length % 2 == 0 && Convert.FromHexString(text, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length ? bytes : null;
    }
}
