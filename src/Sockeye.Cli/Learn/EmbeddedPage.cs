using System.Collections;
using System.Reflection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace Sockeye.Cli.Learn;

/// <summary>The page of the chat sample, out of this program: a tool has no folder of its own to serve from.</summary>
internal sealed class EmbeddedPage : IFileProvider
{
    private static readonly Assembly Program = typeof(EmbeddedPage).Assembly;

    public IFileInfo GetFileInfo(string subpath)
    {
        var name = subpath.TrimStart('/');
        return Program.GetManifestResourceInfo($"wwwroot/{name}") is null ? new NotFoundFileInfo(name) : new PageFile(name);
    }

    public IDirectoryContents GetDirectoryContents(string subpath) => subpath is "" or "/" ? new Root() : NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    private static Stream Open(string name) => Program.GetManifestResourceStream($"wwwroot/{name}")!;

    private sealed class Root : IDirectoryContents
    {
        public bool Exists => true;

        public IEnumerator<IFileInfo> GetEnumerator() => Enumerable.Empty<IFileInfo>().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private sealed class PageFile(string name) : IFileInfo
    {
        public bool Exists => true;

        public bool IsDirectory => false;

        public DateTimeOffset LastModified { get; } = File.GetLastWriteTimeUtc(Environment.ProcessPath ?? AppContext.BaseDirectory);

        public long Length { get; } = LengthOf(name);

        public string Name => name;

        public string? PhysicalPath => null;

        public Stream CreateReadStream() => Open(name);

        private static long LengthOf(string name)
        {
            using var stream = Open(name);
            return stream.Length;
        }
    }
}
