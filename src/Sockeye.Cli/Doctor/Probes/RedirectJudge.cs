using Sockeye.Cli.Doctor.Findings;
using Sockeye.Cli.Doctor.Http;

namespace Sockeye.Cli.Doctor.Probes;

/// <summary>Where an answer sends the client, and in what the two addresses differ.</summary>
internal static class RedirectJudge
{
    public static Finding? Judge(Examination examination, HttpAnswer answer)
    {
        if (answer.Status is not (301 or 302 or 303 or 307 or 308) || answer["Location"] is not { } location)
        {
            return null;
        }

        var scheme = examination.UsesTls ? "https" : "http";
        var from = new Uri($"{scheme}://{examination.Target.Url.Authority}{examination.Path}");
        if (!Uri.TryCreate(from, location, out var to))
        {
            return HttpFindings.Redirected(answer, "redirected", "The endpoint is redirected to somewhere that is no address.", Excerpt.Of(location));
        }

        var root = Excerpt.Of(to.GetLeftPart(UriPartial.Authority));
        return (to.Scheme != from.Scheme, to.IdnHost != from.IdnHost, to.AbsolutePath.TrimEnd('/') == from.AbsolutePath.TrimEnd('/')) switch
        {
            (true, _, _) when to.Scheme == "https" => HttpFindings.Redirected(answer, "redirect-to-https", "The endpoint is redirected to https.", root),
            (_, true, _) => HttpFindings.Redirected(answer, "redirect-to-other-host", $"The endpoint is redirected to another host, {Excerpt.Of(to.Host, 80)}.", root),
            (_, _, true) when to.AbsolutePath != from.AbsolutePath => HttpFindings.Redirected(answer, "redirect-trailing-slash", "The endpoint is redirected for the slash at its end.", Excerpt.Of(to.GetLeftPart(UriPartial.Path)))
                with
            { Remedies = [new(Software.Client, "io(url, { addTrailingSlash: false })"), new(Software.Nginx, $"location {from.AbsolutePath} {{ proxy_pass http://backend; }}    # with the slash, and no rewrite of it"), new(Software.Apache, "DirectorySlash Off"), new(Software.Kestrel, "// no rule that takes slashes away for /socket.io/")] },
            _ => HttpFindings.Redirected(answer, "redirected", $"The endpoint is redirected to {Excerpt.Of(to.AbsolutePath, 80)}.", Excerpt.Of(to.GetLeftPart(UriPartial.Path))),
        };
    }
}
