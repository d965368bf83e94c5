using System.Net.Security;
using System.Net.Sockets;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>One connection to the server: TCP, and TLS over it where the address says so.</summary>
internal sealed class Connection(Socket socket, Stream stream) : IAsyncDisposable
{
    public Socket Socket { get; } = socket;

    /// <summary>What the application reads and writes.</summary>
    public UnreadableStream Stream { get; } = new(stream);

    public SslStream? Tls { get; } = stream as SslStream;

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync().ConfigureAwait(false);
        Socket.Dispose();
    }
}
