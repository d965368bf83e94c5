using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Sockeye.Cli.Doctor.Http;

/// <summary>
/// HTTP/1.1 by hand (RFC 9112), one request on a connection: to see exactly what comes back and when, which HTTP libraries hide by following redirects, keeping connections and
/// reading ahead. What the server does wrong is part of the answer, never an exception.
/// </summary>
internal static class HttpExchange
{
    private const int MaxHead = 64 * 1024;
    private const int MaxBody = 1024 * 1024;

    /// <summary>Sends the request on a connection of its own.</summary>
    public static async Task<HttpAnswer> SendAsync(Dialer dialer, HttpRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var (answer, connection) = await UpgradeAsync(dialer, request, timeout, cancellationToken).ConfigureAwait(false);
        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        return answer;
    }

    /// <summary>The same. The connection is given, too, where the server switched protocols on it.</summary>
    public static async Task<(HttpAnswer Answer, Connection? Connection)> UpgradeAsync(Dialer dialer, HttpRequest request, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(request.Timeout ?? timeout);
        var start = Stopwatch.GetTimestamp();
        Connection? connection = null;
        try
        {
            connection = await dialer.OpenAsync(limit.Token).ConfigureAwait(false);
            var answer = await OnAsync(connection, request, start, limit.Token).ConfigureAwait(false);
            if (answer is { Status: 101, Failure: HttpFailure.None })
            {
                (var switched, connection) = (connection, null);
                return (answer, switched);
            }

            return (answer, null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var failure = connection is null ? HttpFailure.NotConnected : HttpFailure.TimedOut;
            var error = connection is null ? "no connection" : "no answer";
            return (new() { Request = request, Failure = failure, Error = $"{error} within {Words.Of(request.Timeout ?? timeout)}", Total = Stopwatch.GetElapsedTime(start) }, null);
        }
        catch (Exception e) when (connection is null && e is SocketException or IOException or AuthenticationException)
        {
            return (new() { Request = request, Failure = HttpFailure.NotConnected, Error = $"no connection: {e.Message}", Total = Stopwatch.GetElapsedTime(start) }, null);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends the request on this connection.</summary>
    public static async Task<HttpAnswer> OnAsync(Connection connection, HttpRequest request, long start, CancellationToken cancellationToken)
    {
        // A server that refuses a long body answers before it has read it, so both go on at once.
        var sending = SendAsync(connection, request, cancellationToken);
        var receiving = ReceiveAsync(connection, request, sending, start, cancellationToken);
        try
        {
            return await receiving.ConfigureAwait(false);
        }
        finally
        {
            // The answer is there, or never will be: what is still to be sent does not matter any more.
            if (!sending.IsCompleted)
            {
                connection.Socket.Dispose();
            }

            await sending.ConfigureAwait(false);
        }
    }

    /// <summary>Completes with the time at which the last byte was handed over, or null where the peer takes no more.</summary>
    private static async Task<long?> SendAsync(Connection connection, HttpRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Stream.WriteAsync(request.ToBytes(), cancellationToken).ConfigureAwait(false);
            await connection.Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            request.OnWritten?.Invoke();
            return Stopwatch.GetTimestamp();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static async Task<HttpAnswer> ReceiveAsync(Connection connection, HttpRequest request, Task<long?> sending, long start, CancellationToken cancellationToken)
    {
        var reader = new HttpReader(connection.Stream, MaxHead, MaxBody);
        var first = 0L;
        try
        {
            var head = await reader.ReadHeadAsync(() => first = Stopwatch.GetTimestamp(), cancellationToken).ConfigureAwait(false);
            if (head is not { } parsed)
            {
                return reader.Received.Length == 0
                    ? Failed(HttpFailure.Closed, "the connection was closed without an answer")
                    : Failed(HttpFailure.NotHttp, "what came is no HTTP") with { Body = reader.Received.ToArray() };
            }

            var sent = sending is { IsCompletedSuccessfully: true, Result: { } time } ? time : first;
            var answer = new HttpAnswer
            {
                Request = request,
                Status = parsed.Status,
                Reason = parsed.Reason,
                Headers = parsed.Headers,
                FirstByte = first > sent ? Stopwatch.GetElapsedTime(sent, first) : TimeSpan.Zero,
            };
            var error = await ReadBodyAsync(reader, answer, cancellationToken).ConfigureAwait(false);
            return answer with { Body = reader.Body, Total = Stopwatch.GetElapsedTime(start), Failure = error is null ? HttpFailure.None : HttpFailure.Truncated, Error = error };
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            return Failed(HttpFailure.Closed, e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset } ? "the connection was reset" : $"the connection failed: {e.Message}");
        }

        HttpAnswer Failed(HttpFailure failure, string error) => new() { Request = request, Failure = failure, Error = error, Total = Stopwatch.GetElapsedTime(start) };
    }

    /// <summary>Null where the body ended as its head said.</summary>
    private static async Task<string?> ReadBodyAsync(HttpReader reader, HttpAnswer answer, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadBodyAsync(answer, cancellationToken).ConfigureAwait(false) ? null : "the connection was closed in the midst of the answer";
        }
        catch (IOException e)
        {
            return $"the connection failed in the midst of the answer: {e.Message}";
        }
        catch (OperationCanceledException)
        {
            return "the rest of the answer did not come in time";
        }
    }
}
