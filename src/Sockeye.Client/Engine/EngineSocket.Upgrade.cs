using Sockeye.Client.Transports;
using Sockeye.Protocol.Engine;

namespace Sockeye.Client.Engine;

// From polling to WebSocket: "2probe", "3probe", polling pauses, "5". The same loop then reads the WebSocket to its end.
public sealed partial class EngineSocket
{
    private static readonly List<OutboundPacket> Probe = [new(EnginePacketType.Ping, IsBinary: false, Compress: false, "probe"u8.ToArray())];

    private Task _upgrading = Task.CompletedTask;
    private ClientTransport? _candidate;
    private Attempt? _upgradeAttempt;

    private void BeginUpgrade()
    {
        lock (_gate)
        {
            if (_machine.State != EngineState.Open)
            {
                return;
            }

            _candidate = _settings.CreateTransport(TransportType.WebSocket, _machine.Handshake!.Sid);
            _transports.Add(_candidate);
            _upgradeAttempt = new Attempt(_settings, TransportType.WebSocket, isUpgrade: true, ReportAttempt);
            _settings.Memory.WebSocketWorked = false;
            var candidate = _candidate;
            _upgrading = Start(() => UpgradeAsync(candidate));
        }
    }

    private async Task UpgradeAsync(ClientTransport candidate)
    {
        if (await ConnectCandidateAsync(candidate).ConfigureAwait(false) is { } failure)
        {
            OnCandidateEnd(candidate, TransportEnd.Failed(failure));
            return;
        }

        lock (_gate)
        {
            var now = Now;
            if (_candidate != candidate || !_machine.TryAttachCandidate(now, out _))
            {
                return;
            }

            SetTimer(now);
        }

        var problem = await candidate.WriteAsync(Probe, _readStop.Token).ConfigureAwait(false);
        OnCandidateEnd(candidate, problem is null ? await candidate.ReadAsync(this, _readStop.Token).ConfigureAwait(false) : TransportEnd.Failed(problem));
    }

    private async Task<TransportFailure?> ConnectCandidateAsync(ClientTransport candidate)
    {
        using var limit = new TimeLimit(_settings.Time, _settings.UpgradeTimeout, _readStop.Token);
        return await candidate.ConnectAsync(limit.Token).ConfigureAwait(false);
    }

    private void OnCandidateEnd(ClientTransport candidate, TransportEnd end)
    {
        lock (_gate)
        {
            if (candidate != _candidate)
            {
                OnTransportEnd(candidate, end);
                return;
            }

            // The machine may not know the candidate yet; it says whether a close has waited for this.
            DropCandidate(end.Failure?.Error ?? "transport closed", end.Failure);
            var now = Now;
            Apply(_machine.TransportClosed(EngineChannel.Candidate, end.Failure?.Error, now) & ~EngineActions.CloseCandidate, now);
        }
    }
}
