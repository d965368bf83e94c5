using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Sockeye.AspNetCore.Transports;

namespace Sockeye.AspNetCore.Tests.Transports;

/// <summary>An answer to a poll whose client goes while it is written: which moment has lost something, and which has not.</summary>
public sealed class PollingResponseTests
{
    private const int PieceSize = 64 * 1024;

    // Kestrel tells the same in both cases: the flush that waited for the client ends as if all were well, and the request is aborted.
    [Theory]
    [InlineData(3 * PieceSize, 1, false)]
    [InlineData(3 * PieceSize, 2, false)]
    [InlineData(3 * PieceSize, 3, true)]
    [InlineData(100, 1, true)]
    public async Task Only_what_was_not_handed_over_when_the_client_went_is_lost(int size, int goneAtFlush, bool isWritten)
    {
        using var gone = new CancellationTokenSource();
        var body = new Body(goneAtFlush, gone);
        var context = new DefaultHttpContext { RequestAborted = gone.Token };
        context.Features.Set<IHttpResponseBodyFeature>(body);
        Assert.Equal(isWritten, await PollingResponse.WriteAsync(context, new PollingForm(Protocol: 4, Base64: false, JsonpIndex: null), [OutboundMessage.Text(new string('a', size - 1))], compressionThreshold: null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(PieceSize - 2)]
    [InlineData(PieceSize - 1)]
    [InlineData(PieceSize)]
    [InlineData((2 * PieceSize) - 3)]
    public async Task Pieces_of_several_messages_join_where_they_were_cut(int size)
    {
        var body = new Body(goneAtFlush: 0, new());
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(body);
        var texts = (string[])[new string('a', size), "b", new string('c', size), ""];
        Assert.True(await PollingResponse.WriteAsync(context, new PollingForm(Protocol: 4, Base64: false, JsonpIndex: null), [.. texts.Select(text => OutboundMessage.Text(text))], compressionThreshold: null));
        Assert.Equal(string.Join('\u001e', texts.Select(text => $"4{text}")), Encoding.UTF8.GetString(body.Written.WrittenSpan));
        Assert.Equal(context.Response.ContentLength, body.Written.WrittenCount);
    }

    private sealed class Body(int goneAtFlush, CancellationTokenSource gone) : PipeWriter, IHttpResponseBodyFeature
    {
        private int _flushes;

        public ArrayBufferWriter<byte> Written { get; } = new();

        public PipeWriter Writer => this;

        public Stream Stream => AsStream();

        public override void Advance(int bytes) => Written.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => Written.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => Written.GetSpan(sizeHint);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            if (++_flushes == goneAtFlush)
            {
                await gone.CancelAsync();
            }

            return default;
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public void DisableBuffering()
        {
        }

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task CompleteAsync() => Task.CompletedTask;
    }
}
