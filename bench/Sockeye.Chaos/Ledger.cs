using System.Diagnostics;

namespace Sockeye.Chaos;

/// <summary>Every message, what its sender was told, and who got it when; what every client was told of its session; what every server counted as lost. Thread-safe.</summary>
internal sealed class Ledger(int clients)
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly long _begin = Stopwatch.GetTimestamp();
    private readonly List<Message> _messages = [];
    private readonly Session[] _sessions = [.. Enumerable.Range(0, clients).Select(static _ => new Session([], []))];
    private readonly List<Loss> _losses = [];
    private TimeSpan _lastDelivery;

    public TimeSpan Now => Stopwatch.GetElapsedTime(_begin);

    public int Send()
    {
        lock (_gate)
        {
            _messages.Add(new Message(new Delivery[clients]) { Sent = Now });
            return _messages.Count - 1;
        }
    }

    public void Answer(int id, Outcome outcome)
    {
        lock (_gate)
        {
            (_messages[id].Outcome, _messages[id].Answered) = (outcome, Now);
        }
    }

    public void Deliver(int client, int id)
    {
        lock (_gate)
        {
            ref var delivery = ref _messages[id].Deliveries[client];
            delivery = delivery.Count == 0 ? new Delivery(1, Now) : delivery with { Count = delivery.Count + 1 };
            _lastDelivery = Now;
        }
    }

    public void Connect(int client, bool recovered)
    {
        lock (_gate)
        {
            if (_sessions[client].Outages is [.., { Up: null } last])
            {
                _sessions[client].Outages[^1] = last with { Up = Now, Recovered = recovered };
            }
        }
    }

    public void Disconnect(int client)
    {
        lock (_gate)
        {
            _sessions[client].Outages.Add(new Outage(Now, null, Recovered: false));
        }
    }

    public void Locate(int client, string node)
    {
        lock (_gate)
        {
            _sessions[client].Nodes.Add((Now, node));
        }
    }

    /// <summary>What a server says of its link.</summary>
    public void Note(string node, string line)
    {
        lock (_gate)
        {
            if (line is ChaosNode.Lost or ChaosNode.LinkLost)
            {
                _losses.Add(new Loss(node, Now, line == ChaosNode.Lost ? Now : null));
            }
            else if (line == ChaosNode.LinkBack)
            {
                _losses.ForEach(loss => loss.End ??= loss.Node == node ? Now : null);
            }
        }
    }

    /// <summary>Of what was sent between one and two seconds ago, all has reached all.</summary>
    public bool IsHealthy()
    {
        lock (_gate)
        {
            var recent = _messages.Where(message => message.Sent > Now - TimeSpan.FromSeconds(2) && message.Sent <= Now - TimeSpan.FromSeconds(1)).ToList();
            return recent.Count >= clients && recent.TrueForAll(static message => message.Outcome == Outcome.Ok && Array.TrueForAll(message.Deliveries, static delivery => delivery.Count > 0));
        }
    }

    /// <summary>All is answered, and for a while nobody has got anything.</summary>
    public bool IsQuiet()
    {
        lock (_gate)
        {
            return _messages.TrueForAll(static message => message.Outcome != Outcome.Pending) && Now - _lastDelivery > TimeSpan.FromSeconds(1.5);
        }
    }

    /// <summary>The account.</summary>
    /// <param name="fault">When the fault began.</param>
    public Account Close(TimeSpan fault)
    {
        lock (_gate)
        {
            var account = new Account { Sent = _messages.Count };
            account.Riddles.Add($"fault {fault.TotalSeconds:0.00}, lost: {string.Join(", ", _losses.Select(static loss => $"{loss.Node} {loss.Begin.TotalSeconds:0.00} to {loss.End?.TotalSeconds:0.00}"))}");
            foreach (var message in _messages)
            {
                account.Ok += message.Outcome == Outcome.Ok ? 1 : 0;
                account.Refused += message.Outcome == Outcome.Refused ? 1 : 0;
                account.NoAnswer += message.Outcome is Outcome.NoAnswer or Outcome.Pending ? 1 : 0;
                for (var client = 0; client < clients; client++)
                {
                    Add(account, message, client, fault);
                }
            }

            return account;
        }
    }

    private void Add(Account account, Message message, int client, TimeSpan fault)
    {
        var (count, time) = message.Deliveries[client];
        account.Twice += count > 1 ? 1 : 0;
        if (count > 0)
        {
            account.Delivered++;
            account.Recovered += _sessions[client].Outages.Exists(outage => outage is { Recovered: true, Up: { } up } && message.Sent < up && message.Answered > outage.Down - Slack && time >= up) ? 1 : 0;
        }
        else if (message.Outcome == Outcome.Ok)
        {
            _ = WhyMissing(message, client, fault) switch
            {
                Reason.Session => account.NotRecovered++,
                Reason.Node => account.CountedAsLost++,
                _ => Unexplained(account, message, client),
            };
        }
    }

    private int Unexplained(Account account, Message message, int client)
    {
        var (_, nodes) = _sessions[client];
        account.Riddles.Add($"sent {message.Sent.TotalSeconds:0.00}, answered {message.Answered.TotalSeconds:0.00}, missed by client {client} at {string.Join(", ", nodes.Select(static node => $"{node.Node} since {node.Time.TotalSeconds:0.00}"))}");
        return account.Unexplained++;
    }

    private Reason WhyMissing(Message message, int client, TimeSpan fault)
    {
        var (outages, nodes) = _sessions[client];
        if (outages.Exists(outage => !outage.Recovered && message.Answered > outage.Down - Slack && (outage.Up is not { } up || message.Sent < up + Slack)))
        {
            return Reason.Session;
        }

        var node = nodes.LastOrDefault(node => node.Time <= message.Answered).Node;
        // A link may have carried nothing for a while before anybody noticed: but not before the fault.
        return _losses.Exists(loss => loss.Node == node && message.Answered > fault - Slack && (loss.End is not { } end || message.Sent < end + Slack / 4)) ? Reason.Node : Reason.None;
    }

    private enum Reason
    {
        None,
        Session,
        Node,
    }

    private sealed record Message(Delivery[] Deliveries)
    {
        public TimeSpan Sent { get; init; }

        public TimeSpan Answered { get; set; }

        public Outcome Outcome { get; set; }
    }

    private sealed record Session(List<Outage> Outages, List<(TimeSpan Time, string Node)> Nodes);

    private sealed record Outage(TimeSpan Down, TimeSpan? Up, bool Recovered);

    private sealed class Loss(string node, TimeSpan begin, TimeSpan? end)
    {
        public string Node => node;

        public TimeSpan Begin => begin;

        /// <summary>Null: it lasts.</summary>
        public TimeSpan? End { get; set; } = end;
    }

    private readonly record struct Delivery(int Count, TimeSpan Time);
}

/// <summary>What the sender of a message was told.</summary>
internal enum Outcome
{
    Pending,
    Ok,
    Refused,
    NoAnswer,
}

/// <summary>Counts: messages, then deliveries.</summary>
internal sealed class Account
{
    public int Sent { get; set; }

    public int Ok { get; set; }

    public int Refused { get; set; }

    public int NoAnswer { get; set; }

    public int Delivered { get; set; }

    /// <summary>Of those delivered: after the client was away.</summary>
    public int Recovered { get; set; }

    /// <summary>Missing, and the client was told that its session is a new one.</summary>
    public int NotRecovered { get; set; }

    /// <summary>Missing, and the client's server has counted and logged that something was lost.</summary>
    public int CountedAsLost { get; set; }

    public int Unexplained { get; set; }

    /// <summary>What is known of those.</summary>
    public List<string> Riddles { get; } = [];

    public int Twice { get; set; }

    /// <summary>From the end of the fault until everything reaches everybody again. Null: never.</summary>
    public TimeSpan? Healed { get; set; }

    public bool IsGood => Unexplained == 0 && Twice == 0 && Ok > 0 && Healed is not null;
}
