namespace Sockeye.Bench.Report;

/// <summary>The words of the report.</summary>
internal static class Prose
{
    public const string Head = """
        # Benchmarks

        Sockeye beside the servers that do the same: the official one on Node with three WebSocket engines and on Bun, and ASP.NET Core SignalR. This page and its plots are written by
        `bench/Sockeye.Bench` from [results.json](benchmarks/results.json); [how to rerun](#how-to-rerun) is at its end.

        What is compared is **the CPU time of the server process** for each round trip, delivery or connect, as the operating system counts it: it holds on a noisy machine, where times and rates do not, and it says how much
        one core can do. The server has one core for itself, the load generator another. All servers run in turns in each round, and figures are medians of the rounds. The generator is one thread on epoll; it checks each reply
        byte for byte, so a server that loses, doubles or mixes up anything has no figure but an error. All servers have the same handlers and their own defaults: ours has its limits, metrics and logging at Information, as
        `dotnet new web` gives them.

        What to keep in mind: loopback has no network between; all connections of a scenario do the same; times (p50, p99) are those of a server that is kept fully busy, so they say how long the queue is, not how fast a server
        with less to do answers. Compare rows within this page, not with other pages.

        """;

    public const string Overview = """

        ## At a glance

        Less is better.


        """;

    public const string Goals = """

        ## Goals

        As ratios to what the peers need in the same run. uWebSockets.js is not in the npm registry: where it has no row of its own, its place (*) is taken by Node with `ws`, times what one was to the other when both were
        measured on one machine (echo 15.2 / 27.5 and 8.7 / 18.2, broadcast 6.2 / 15.5 and 0.59 / 9.7, idle 7.4 / 15.2, connect 134 / 342). A broadcast with 1 in flight (**) is one call of the kernel for each delivery: there its place is taken by the
        floor, times what it was to the floor then (6.2 / 5.2). The floor is no server but what the kernel alone costs: one thread, epoll, one `send` for each message, no checks, no limits, no protocol but what the load needs to hear.


        """;

    public const string Growth = """

        ## Growth

        What must not change when there is more of everything.

        """;

    public const string TwoCores = """

        ## Two cores

        No lock on the hot path is shared by all connections, so a message should cost with two cores what it costs with one. On a machine with only two cores the load shares one of them with the server: then
        the rates are limited by the load, and only the CPU for each message tells something.


        """;

    public const string Profile = """

        ## Where the time goes

        Samples of `perf` (cpu-clock) in the server while it is fully busy, by the function that ran. What our layers call in .NET counts for .NET. `Sockeye.Bench profile` prints the same.

        """;

    public const string Client = """

        ## The client

        `Sockeye.Client` beside the official client under Node and the SocketIOClient package, against one server (ours), by `bench/client-peers.cs`: each in a process of its own, in turns, every reply checked.


        """;

    public const string Rerun = """

        ## How to rerun

        On Linux with two cores or more, the .NET 10 SDK, Node 20 and, for the profile, `perf`:

        ```
        npm ci --prefix bench/servers/peers                                              # the peers, in pinned versions
        bash bench/servers/peers/eiows/build.sh                                          # eiows needs a compiler; without it that row is missing
        dotnet publish bench/servers/sockeye-aot -c Release -o artifacts/bench/aot       # the native server; without it that row is missing
        dotnet run -c Release --project bench/Sockeye.Bench -- --report                  # everything, 3 rounds, about 25 minutes: writes this page
        ```

        Shorter:

        ```
        dotnet run -c Release --project bench/Sockeye.Bench -- --quick                   # the first table, one round
        dotnet run -c Release --project bench/Sockeye.Bench -- --servers sockeye,bun --scenarios echo-1,broadcast-16 --rounds 5
        dotnet run -c Release --project bench/Sockeye.Bench -- profile sockeye           # where the time goes
        dotnet run -c Release --project bench/Sockeye.Bench -- --report-only             # this page again, from its results
        dotnet run -c Release --project bench/Sockeye.Bench -- gate                      # what test.sh runs: ratios and allocations
        ```

        `SOCKEYE_BENCH_A=/path/of/another/Sockeye.BenchServer` (and `_B`) adds other builds of ours as `sockeye-a` and `sockeye-b`. What the servers log is in `artifacts/bench`. 50,000 connections need as many open files:
        root raises the limit by itself, others by `ulimit -n`. uWebSockets.js takes part once `npm install --prefix bench/servers/peers --no-save uNetworking/uWebSockets.js#v20.52.0` has fetched it from GitHub.

        What was looked at before all this was written, and why it is as it is: [ADR 0017](adr/0017-benchmark.md).

        """;
}
