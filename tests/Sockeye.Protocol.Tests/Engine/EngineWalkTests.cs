using System.Text;
using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>Random inputs in random order: whatever a peer and a shell do, the machine keeps its promises.</summary>
public sealed class EngineWalkTests
{
    private const EngineActions OfCandidate =
        EngineActions.SendProbePing | EngineActions.SendProbePong | EngineActions.PausePolling | EngineActions.SendUpgrade | EngineActions.Switch | EngineActions.CloseCandidate;

    private static readonly byte[][] Data = [[], "probe"u8.ToArray(), Encoding.UTF8.GetBytes(EngineScript.Handshake(50, 40)), "garbage"u8.ToArray()];

    [Theory]
    [InlineData(EngineRole.Server)]
    [InlineData(EngineRole.Client)]
    public void No_order_of_inputs_breaks_an_invariant(EngineRole role)
    {
        var reasons = new HashSet<EngineCloseReason>();
        var upgraded = 0;
        for (var seed = 0; seed < 5_000; seed++)
        {
            var walk = new Walk(role, seed);
            walk.Run(400);
            reasons.Add(walk.Machine.CloseReason!.Value);
            upgraded += walk.Machine.UpgradeState == EngineUpgradeState.Upgraded ? 1 : 0;
        }

        // The walks get everywhere, so what they did not break was tried.
        Assert.Equal(Enum.GetValues<EngineCloseReason>().Length, reasons.Count);
        Assert.True(upgraded > 100, $"{upgraded} walks completed an upgrade");
    }

    private sealed class Walk(EngineRole role, int seed)
    {
        private readonly Random _random = new(seed);
        private TimeSpan _now = TimeSpan.FromSeconds(seed);
        private bool _hasCandidate;
        private bool _upgraded;
        private bool _paused;
        private int _closes;

        public EngineMachine Machine { get; } = new(
            role,
            new EngineMachineOptions(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(100)),
            TimeSpan.FromSeconds(seed));

        public void Run(int steps)
        {
            if (role == EngineRole.Client && _random.Next(10) > 0)
            {
                Check("handshake", Receive(EngineChannel.Current, EnginePacketType.Open, Data[2]));
            }

            for (var step = 0; step < steps; step++)
            {
                _now += TimeSpan.FromMilliseconds(_random.Next(4) == 0 ? _random.Next(60) : _random.Next(3));
                Step();
            }

            EndsByItself();
        }

        private void Step()
        {
            // Much of what keeps a session alive, little of what ends it.
            switch (_random.Next(60))
            {
                case 0:
                    Check("any packet", Receive(AnyChannel(), (EnginePacketType)_random.Next(7), Data[_random.Next(Data.Length)]));
                    break;
                case 1 when _random.Next(8) == 0:
                    Check("malformed", Machine.ReceiveMalformed(AnyChannel(), "malformed", _now));
                    break;
                case 2 when _random.Next(8) == 0:
                    Check("lost", Machine.TransportClosed(AnyChannel(), _random.Next(2) == 0 ? null : "reset", _now));
                    break;
                case 3 when _random.Next(8) == 0:
                    Check("close", Machine.Close(_random.Next(4) == 0, _now));
                    break;
                case 4 when _random.Next(8) == 0:
                    Check("fail", Machine.Fail(EngineCloseReason.TransportError, "failed", _now));
                    break;
                case 5 when Machine.State is EngineState.Closing or EngineState.Closed:
                    Check("drained", Machine.Drained(_now));
                    break;
                case 6:
                    Machine.PauseReading(_now);
                    _paused = true;
                    break;
                case 7 or 8:
                    Machine.ResumeReading(_now);
                    _paused = false;
                    break;
                case < 12:
                    Attach();
                    break;
                case < 16:
                    Check("probe", Receive(EngineChannel.Candidate, role == EngineRole.Server ? EnginePacketType.Ping : EnginePacketType.Pong, Data[1]));
                    break;
                case < 18 when role == EngineRole.Server:
                    Check("upgrade", Receive(EngineChannel.Candidate, EnginePacketType.Upgrade, Data[0]));
                    break;
                case < 18:
                    Check("paused", Machine.PollingPaused(_now));
                    break;
                case < 26:
                    Check("message", Receive(EngineChannel.Current, EnginePacketType.Message, Data[3]));
                    break;
                case < 40:
                    Check("heartbeat", Receive(EngineChannel.Current, role == EngineRole.Server ? EnginePacketType.Pong : EnginePacketType.Ping, Data[0]));
                    break;
                default:
                    Tick();
                    break;
            }
        }

        private EngineActions Receive(EngineChannel channel, EnginePacketType type, byte[] data) => Machine.Receive(channel, type, data, _now);

        private EngineChannel AnyChannel() => _random.Next(2) == 0 ? EngineChannel.Current : EngineChannel.Candidate;

        private void Attach()
        {
            var taken = Machine.TryAttachCandidate(_now, out var actions);
            if (taken && (_hasCandidate || _upgraded || _closes > 0))
            {
                Fail("a second candidate was taken");
            }

            _hasCandidate |= taken;
            Check("attach", actions);
        }

        private void Tick()
        {
            var actions = Machine.Tick(_now);
            if (_paused && (actions & EngineActions.Close) != 0 && Machine.CloseReason == EngineCloseReason.PingTimeout)
            {
                Fail("ping timeout while paused");
            }

            Check("tick", actions);
            if (Machine.Deadline <= _now)
            {
                Fail($"the deadline {Machine.Deadline} has passed after a tick");
            }
        }

        private void Check(string input, EngineActions actions)
        {
            if (_closes > 0 && actions != EngineActions.None)
            {
                Fail($"{input} after the end gave {actions}");
            }

            if (!_hasCandidate && (actions & OfCandidate) != 0)
            {
                Fail($"{input} without a candidate gave {actions}");
            }

            if ((actions & (EngineActions.Switch | EngineActions.CloseCandidate)) != 0)
            {
                _hasCandidate = false;
                _upgraded |= (actions & EngineActions.Switch) != 0;
            }

            if ((actions & EngineActions.Close) != 0)
            {
                _closes++;
            }

            var state = Machine.State;
            var serversOwn = EngineActions.SendPing | EngineActions.SendProbePong | EngineActions.ReleasePoll;
            var clientsOwn = EngineActions.SendPong | EngineActions.SendProbePing | EngineActions.PausePolling | EngineActions.SendUpgrade | EngineActions.Opened;
            if ((actions & (role == EngineRole.Server ? clientsOwn : serversOwn)) != 0
                || (_closes > 0) != (state == EngineState.Closed)
                || (_closes > 0) != Machine.CloseReason.HasValue
                || (_closes > 0 && (_hasCandidate || Machine.Deadline != TimeSpan.MaxValue))
                || ((actions & EngineActions.Drain) != 0 && state != EngineState.Closing)
                || ((actions & (EngineActions.SendPing | EngineActions.SendPong)) != 0 && state != EngineState.Open)
                || _hasCandidate != (Machine.UpgradeState is EngineUpgradeState.Probing or EngineUpgradeState.Upgrading)
                || _upgraded != (Machine.UpgradeState == EngineUpgradeState.Upgraded)
                || (role == EngineRole.Client && state == EngineState.Open && Machine.Handshake is null))
            {
                Fail($"{input} gave {actions}");
            }
        }

        /// <summary>A peer that says nothing any more is given up in bounded time, by ticks at the deadlines alone.</summary>
        private void EndsByItself()
        {
            Machine.ResumeReading(_now);
            _paused = false;
            if (Machine.State == EngineState.Opening)
            {
                Check("close", Machine.Close(discard: false, _now));
            }

            for (var ticks = 0; _closes == 0; ticks++)
            {
                if (Machine.Deadline == TimeSpan.MaxValue || ticks > 20)
                {
                    Fail("the session does not end");
                }

                _now = Machine.Deadline > _now ? Machine.Deadline : _now;
                Tick();
            }
        }

        private void Fail(string what) =>
            Assert.Fail($"seed {seed}, {role}, {Machine.State}, {Machine.UpgradeState}, closed {_closes} times, candidate {_hasCandidate}: {what}");
    }
}
