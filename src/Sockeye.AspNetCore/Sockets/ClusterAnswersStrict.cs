using Sockeye.Protocol.Cluster;

namespace Sockeye.AspNetCore.Sockets;

/// <summary>The official form of a question to all nodes: all answers or an error. A node that has left counts as one that has answered, as officially.</summary>
internal static class ClusterAnswersStrict
{
    public static async Task<IReadOnlyList<T>> AllAsync<T>(Task<ClusterAnswers<T>> question)
    {
        var answers = await question.ConfigureAwait(false);
        return Awaited(answers) is { Count: > 0 } missing ? throw new ClusterTimeoutException(missing) : answers.Received;
    }

    public static async Task<IReadOnlyList<T>> AllAcksAsync<T>(Task<ClusterAnswers<T>> question)
    {
        var answers = await question.ConfigureAwait(false);
        var missing = Awaited(answers);
        return missing.Count > 0 || answers.MissingReceivers > 0
            ? throw new BroadcastAckTimeoutException<T>(answers.Received, answers.MissingReceivers, answers.MissingNodes)
            : answers.Received;
    }

    /// <summary>The other way: what came, where a server alone has thrown.</summary>
    public static async Task<ClusterAnswers<T>> SomeAcksAsync<T>(Task<IReadOnlyList<T>> question)
    {
        try
        {
            return new(await question.ConfigureAwait(false), []);
        }
        catch (BroadcastAckTimeoutException<T> e)
        {
            return new(e.Responses, [], e.Missing);
        }
    }

    private static List<MissingNode> Awaited<T>(ClusterAnswers<T> answers) => [.. answers.MissingNodes.Where(static node => node.Reason != MissingReason.Left)];
}
