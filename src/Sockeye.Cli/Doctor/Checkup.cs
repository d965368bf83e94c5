using Sockeye.Cli.Doctor.Engine;
using Sockeye.Cli.Doctor.Http;
using Sockeye.Cli.Doctor.Probes;
using Sockeye.Wire;

namespace Sockeye.Cli.Doctor;

/// <summary>The way up the layers: what is looked at in which order, and where it ends.</summary>
internal static class Checkup
{
    /// <summary>Fills in the diagnosis. When it is cancelled, what is known so far stays.</summary>
    public static async Task RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, examination.Over);
        try
        {
            await ClimbAsync(examination, either.Token).ConfigureAwait(false);
            examination.Complete(interrupted: false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            examination.Complete(interrupted: cancellationToken.IsCancellationRequested);
        }
    }

    private static async Task ClimbAsync(Examination examination, CancellationToken cancellationToken)
    {
        if (await TransportAsync(examination, cancellationToken).ConfigureAwait(false))
        {
            var session = await HttpProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            await EngineAsync(examination, session, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Layers 1 to 3.</summary>
    private static async Task<bool> TransportAsync(Examination examination, CancellationToken cancellationToken)
    {
        var addresses = await NetworkProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        if (addresses.Count == 0 || await TcpProbe.RunAsync(examination, addresses, cancellationToken).ConfigureAwait(false) is not { } endpoint)
        {
            return false;
        }

        examination.Dialer = new Dialer(examination.Target.Url.IdnHost, endpoint, examination.UsesTls);
        if (examination.UsesTls)
        {
            return await TlsProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        }

        examination.Diagnosis.NotUsed(WireLayer.Tls);
        return true;
    }

    /// <summary>Layers 4 to 7.</summary>
    private static async Task EngineAsync(Examination examination, PollingSession? session, CancellationToken cancellationToken)
    {
        if (session is not null)
        {
            await AffinityProbe.RunAsync(examination, session, cancellationToken).ConfigureAwait(false);
            await CorsProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        }

        await WebSocketProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        var isPollingSteady = examination is { PollingWorks: true, HasAffinity: true };
        if (isPollingSteady && examination is { WebSocketWorks: true, Options.Revision: 4 })
        {
            await UpgradeProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        }

        if (examination.PollingWorks)
        {
            await EngineProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        }

        if (examination.Options.Revision == 3)
        {
            examination.Plain(WireLayer.SocketIO, "connect", "not looked at with --eio 3");
            return;
        }

        if (isPollingSteady)
        {
            await PayloadProbe.RunAsync(examination, cancellationToken).ConfigureAwait(false);
        }

        await SocketAsync(examination, isPollingSteady, cancellationToken).ConfigureAwait(false);
    }

    private static async Task SocketAsync(Examination examination, bool isPollingSteady, CancellationToken cancellationToken)
    {
        if (!examination.WebSocketWorks && !isPollingSteady)
        {
            return;
        }

        var window = IdleProbe.WindowOf(examination);
        if (window == TimeSpan.Zero)
        {
            IdleProbe.NotWatched(examination);
        }

        if (examination.WebSocketWorks)
        {
            var isConnected = await OverWebSocketAsync(examination, window, cancellationToken).ConfigureAwait(false);
            if (isPollingSteady && isConnected && !examination.Diagnosis.Has("polling-buffered"))
            {
                await RoundTripProbe.RunAsync(examination, connected: true, window, cancellationToken).ConfigureAwait(false);
            }
        }
        else
        {
            await RoundTripProbe.RunAsync(examination, connected: false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            if (!examination.Diagnosis.Has("requests-serialised"))
            {
                await OverPollingAsync(examination, window, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<bool> OverWebSocketAsync(Examination examination, TimeSpan window, CancellationToken cancellationToken)
    {
        if (await OpenWebSocketAsync(examination, cancellationToken).ConfigureAwait(false) is not { } engine)
        {
            return false;
        }

        await using (engine.ConfigureAwait(false))
        {
            return await ConnectAsync(examination, engine, window, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task OverPollingAsync(Examination examination, TimeSpan window, CancellationToken cancellationToken)
    {
        if ((await PollingSession.OpenAsync(examination, cancellationToken).ConfigureAwait(false)).Session is not { } session)
        {
            return;
        }

        var engine = new PollingEngine(examination, session);
        await using (engine.ConfigureAwait(false))
        {
            await ConnectAsync(examination, engine, window, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Connects to the namespace, and watches the silence after that.</summary>
    private static async Task<bool> ConnectAsync(Examination examination, IEngineTransport engine, TimeSpan window, CancellationToken cancellationToken)
    {
        var isConnected = await SocketProbe.RunAsync(examination, engine, cancellationToken).ConfigureAwait(false);
        if (isConnected && window > TimeSpan.Zero)
        {
            await IdleProbe.RunAsync(examination, engine, window, cancellationToken).ConfigureAwait(false);
        }

        return isConnected;
    }

    private static async Task<WebSocketEngine?> OpenWebSocketAsync(Examination examination, CancellationToken cancellationToken)
    {
        var handshake = await WebSocketHandshake.OpenAsync(examination, cancellationToken).ConfigureAwait(false);
        if (handshake.Engine is { } engine)
        {
            // The open packet; what it says is known.
            await engine.ReceiveAsync(examination.Timeout, cancellationToken).ConfigureAwait(false);
        }

        return handshake.Engine;
    }
}
