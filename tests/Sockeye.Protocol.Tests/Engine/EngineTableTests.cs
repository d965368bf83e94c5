using Sockeye.Protocol.Engine;

namespace Sockeye.Protocol.Tests.Engine;

/// <summary>Every packet in every state, against the table as a reader of the protocol would write it down.</summary>
public sealed class EngineTableTests
{
    // A cell is the action, or the reason for which the session closes.
    private const string Current = """
        role    state     Open      Close           Ping            Pong            Message         Upgrade         Noop
        Server  Open      None      TransportClose  TransportError  None            Deliver         None            None
        Server  Closing   None      TransportClose  None            None            None            None            None
        Server  Closed    None      None            None            None            None            None            None
        Client  Opening   Opened    TransportClose  TransportError  TransportError  TransportError  TransportError  None
        Client  Open      None      TransportClose  SendPong        TransportError  Deliver         None            None
        Client  Closing   None      TransportClose  None            None            Deliver         None            None
        Client  Closed    None      None            None            None            None            None            None
        ServerV3 Open     None      TransportClose  SendPong        TransportError  Deliver         None            None
        ServerV3 Closing  None      TransportClose  None            None            None            None            None
        ServerV3 Closed   None      None            None            None            None            None            None
        ClientV3 Opening  Opened    TransportClose  TransportError  TransportError  TransportError  TransportError  None
        ClientV3 Open     None      TransportClose  None            None            Deliver         None            None
        ClientV3 Closing  None      TransportClose  None            None            Deliver         None            None
        ClientV3 Closed   None      None            None            None            None            None            None
        """;

    private const string Candidate = """
        role    upgrade   Open            Close           Ping            Ping:probe      Pong            Pong:probe      Message         Upgrade         Noop
        Server  None      None            None            None            None            None            None            None            None            None
        Server  Probing   CloseCandidate  CloseCandidate  CloseCandidate  SendProbePong   CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate
        Server  Upgrading CloseCandidate  CloseCandidate  CloseCandidate  SendProbePong   CloseCandidate  CloseCandidate  CloseCandidate  Switch          CloseCandidate
        Server  Upgraded  None            None            None            None            None            None            None            None            None
        Client  None      None            None            None            None            None            None            None            None            None
        Client  Probing   CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  PausePolling    CloseCandidate  CloseCandidate  CloseCandidate
        Client  Upgrading CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate
        Client  Upgraded  None            None            None            None            None            None            None            None            None
        ClientV3 None     None            None            None            None            None            None            None            None            None
        ClientV3 Probing  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  PausePolling    CloseCandidate  CloseCandidate  CloseCandidate
        ClientV3 Upgrading CloseCandidate CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate  CloseCandidate
        ClientV3 Upgraded None            None            None            None            None            None            None            None            None
        """;

    public static TheoryData<string, string, string, string> CurrentCells => Cells(Current);

    public static TheoryData<string, string, string, string> CandidateCells => Cells(Candidate);

    [Theory]
    [MemberData(nameof(CurrentCells))]
    public void On_the_current_transport(string role, string state, string packet, string expected)
    {
        var script = In(role, Enum.Parse<EngineState>(state));
        var data = packet == "Open" ? EngineScript.Handshake() : "data";
        var actions = script.Receive(Enum.Parse<EnginePacketType>(packet), data);
        if (Enum.TryParse<EngineCloseReason>(expected, out var reason))
        {
            Assert.Equal(EngineActions.Close, actions);
            Assert.Equal(reason, script.Machine.CloseReason);
            Assert.Equal(EngineState.Closed, script.Machine.State);
        }
        else
        {
            Assert.Equal(Enum.Parse<EngineActions>(expected), actions);
            Assert.Equal(expected == "Opened" ? EngineState.Open : Enum.Parse<EngineState>(state), script.Machine.State);
        }
    }

    [Theory]
    [MemberData(nameof(CandidateCells))]
    public void On_the_candidate(string role, string upgrade, string packet, string expected)
    {
        var before = Enum.Parse<EngineUpgradeState>(upgrade);
        var script = In(role, EngineState.Open).With(before);
        Assert.Equal(before, script.Machine.UpgradeState);

        var parts = packet.Split(':');
        var actions = script.ReceiveOnCandidate(Enum.Parse<EnginePacketType>(parts[0]), parts.Length > 1 ? parts[1] : "");

        Assert.Equal(Enum.Parse<EngineActions>(expected), actions);
        Assert.Equal(EngineState.Open, script.Machine.State);
        Assert.Equal(
            expected switch
            {
                "CloseCandidate" => EngineUpgradeState.None,
                "SendProbePong" or "PausePolling" => EngineUpgradeState.Upgrading,
                "Switch" => EngineUpgradeState.Upgraded,
                _ => before,
            },
            script.Machine.UpgradeState);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Probe")]
    [InlineData("probe ")]
    [InlineData("prob")]
    [InlineData("probeprobe")]
    public void The_probe_is_exactly_probe(string data)
    {
        var server = EngineScript.Server().With(EngineUpgradeState.Probing);
        Assert.Equal(EngineActions.CloseCandidate, server.ReceiveOnCandidate(EnginePacketType.Ping, data));

        var client = EngineScript.Client().With(EngineUpgradeState.Probing);
        Assert.Equal(EngineActions.CloseCandidate, client.ReceiveOnCandidate(EnginePacketType.Pong, data));
    }

    private static EngineScript In(string role, EngineState state)
    {
        var script = role switch
        {
            "Server" => EngineScript.Server(),
            "ServerV3" => EngineScript.ServerV3(),
            "ClientV3" => state == EngineState.Opening ? EngineScript.OpeningClientV3() : EngineScript.ClientV3(),
            _ => state == EngineState.Opening ? EngineScript.OpeningClient() : EngineScript.Client(),
        };
        if (state is EngineState.Closing or EngineState.Closed)
        {
            script.Close(discard: state == EngineState.Closed);
        }

        Assert.Equal(state, script.Machine.State);
        return script;
    }

    private static TheoryData<string, string, string, string> Cells(string table)
    {
        var rows = table.Split('\n').Select(row => row.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        var cells = new TheoryData<string, string, string, string>();
        foreach (var row in rows[1..])
        {
            Assert.Equal(rows[0].Length, row.Length);
            for (var column = 2; column < row.Length; column++)
            {
                cells.Add(row[0], row[1], rows[0][column], row[column]);
            }
        }

        return cells;
    }
}
