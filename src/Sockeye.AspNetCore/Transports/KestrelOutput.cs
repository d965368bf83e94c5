using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Sockeye.AspNetCore.Transports;

/// <summary>
/// The way past Kestrel's output pipe. While nothing waits in the pipe, bytes go to the socket from where they are: one copy and one change of threads less. What the kernel does not take goes through the pipe,
/// and so does all that follows until the pipe is empty. Only where nothing stands between the pipe and the socket: TLS, a tap or a connection middleware replace the connection's transport, and then there is no way past them.
/// <para>Both questions, whether the transport is still the first one and whether its pipe is empty, are answered by private members of .NET. Where they are not there under these names, everything goes through the pipe.</para>
/// </summary>
internal readonly struct KestrelOutput
{
    private const string Connection = "Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets.Internal.SocketConnection, Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets";
    private const string Writer = "System.IO.Pipelines.Pipe+DefaultPipeWriter, System.IO.Pipelines";

    private static readonly Type? ConnectionType = Type.GetType(Connection);
    private static readonly Type WriterType = new Pipe().Writer.GetType();
    private static readonly bool IsKnown = Probe();

    private readonly Socket? _socket;
    private readonly Pipe? _pipe;

    private KestrelOutput(Socket socket, Pipe pipe) => (_socket, _pipe) = (socket, pipe);

    /// <summary>Whether bytes may go to the socket now.</summary>
    public bool IsOpen => _pipe is not null && GetLength(_pipe) == 0;

    /// <summary>Whether there is a way past the pipe at all.</summary>
    public bool Exists => _pipe is not null;

    public static KestrelOutput Find(HttpContext context)
    {
        if (!IsKnown
            || context.Features.Get<IConnectionTransportFeature>() is not { } connection
            || connection.GetType() != ConnectionType
            || !ReferenceEquals(connection.Transport, GetTransport(connection))
            || connection.Transport.Output.GetType() != WriterType
            || context.Features.Get<IConnectionSocketFeature>() is not { Socket: var socket })
        {
            return default;
        }

        // Kestrel only makes asynchronous calls, which do not ask for this.
        socket.Blocking = false;
        return new(socket, GetPipe(connection.Transport.Output));
    }

    /// <summary>How many of the bytes the kernel has taken. Whatever is wrong with the connection, Kestrel finds out with the rest.</summary>
    public int Send(ReadOnlySpan<byte> bytes) => Math.Max(0, _socket!.Send(bytes, SocketFlags.None, out _));

    private static bool Probe()
    {
        try
        {
            return ConnectionType is not null && GetLength(GetPipe(new Pipe().Writer)) == 0;
        }
        catch (Exception exception) when (exception is MissingMemberException or TypeLoadException or BadImageFormatException)
        {
            return false;
        }
    }

    // Its transport before any middleware.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_originalTransport")]
    private static extern ref IDuplexPipe GetTransport([UnsafeAccessorType(Connection)] object connection);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_pipe")]
    private static extern ref Pipe GetPipe([UnsafeAccessorType(Writer)] object writer);

    // What has been flushed and not yet been sent.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Length")]
    private static extern long GetLength(Pipe pipe);
}
