package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.FileNames;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.SiteFile;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.test.PolicyBench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code xenimage policy bench}. */
@Needs(scripts = Needs.Scripts.NAMED, work = Needs.Work.LONG)
@Command(
        name = "bench",
        header = "measure what the hooks of a policy cost",
        description = {
            "Runs a policy again and again over an image, and writes nothing. For each hook it says "
                    + "how often it is called in a run, what its first call took, what all calls of the "
                    + "first run took, and what they and one call took in the fastest run.",
            "Scripts are interpreted; XENIMAGE_MODE=long compiles them."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy bench scrub-mine.js",
            "  xenimage policy bench rename-domain --set to=web2 --image web1.save --seconds 2"
        })
final class PolicyCosts extends Subcommand {
    @Parameters(
            paramLabel = "POLICY",
            description = "a .js or .py file, or the name of a library policy")
    private String reference = "";

    @Option(
            names = "--image",
            paramLabel = "IMAGE",
            description = "the image (default: a sample of a PV guest with 16 MiB)")
    private @Nullable String image;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "a parameter of the policy")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--site",
            paramLabel = "FILE",
            description = "the site's settings, JSON or YAML, which the policy sees as ctx.site")
    private @Nullable String site;

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            defaultValue = "3",
            description = "how long to measure (default: ${DEFAULT-VALUE})")
    private double seconds = 3;

    @Override
    public Integer call() throws IOException, CommandFailed {
        if (!(seconds >= 0) || seconds > 3600) throw misused("--seconds: expected 0 to 3600");
        RunContext context =
                RunContext.of(
                                Operation.REWRITE,
                                image == null ? "sample.save" : image,
                                "bench",
                                Instant.now())
                        .withParameters(parameters);
        if (site != null) context = context.withSite(SiteFile.read(site, files()));
        Optional<Path> file = image == null ? Optional.empty() : Optional.of(FileNames.path(image));
        PolicyBench.Cost cost =
                PolicyBench.measure(
                        HostOptions.defaults(),
                        reference,
                        file,
                        context,
                        Duration.ofNanos(Math.round(seconds * 1e9)),
                        files());
        if (json()) print(report(cost));
        else if (!quiet()) print(out(), cost);
        out().flush();
        return 0;
    }

    private static ObjectNode report(PolicyBench.Cost cost) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("policy", cost.policy().name());
        node.put("file", cost.policy().file());
        node.put("runs", cost.runs());
        node.put("firstRunNanoseconds", cost.cold().toNanos());
        node.put("fastestRunNanoseconds", cost.steady().toNanos());
        ArrayNode hooks = node.putArray("hooks");
        for (PolicyBench.HookCost hook : cost.hooks())
            hooks.addObject()
                    .put("hook", hook.hook().in(cost.policy().language()))
                    .put("calls", hook.calls())
                    .put("firstCallNanoseconds", hook.first().toNanos())
                    .put("firstRunNanoseconds", hook.cold().toNanos())
                    .put("fastestRunNanoseconds", hook.steady().toNanos())
                    .put("perCallNanoseconds", hook.perCall().toNanos());
        return node;
    }

    private static void print(TextOutput out, PolicyBench.Cost cost) {
        out.println(
                "%s: %d runs; the first took %s, the fastest %s"
                        .formatted(
                                cost.policy().title(),
                                cost.runs(),
                                format(cost.cold()),
                                format(cost.steady())));
        out.println(
                "%-12s %8s %12s %12s %12s %12s"
                        .formatted(
                                "hook",
                                "calls",
                                "first call",
                                "first run",
                                "fastest run",
                                "per call"));
        for (PolicyBench.HookCost hook : cost.hooks())
            out.println(
                    "%-12s %8d %12s %12s %12s %12s"
                            .formatted(
                                    hook.hook().in(cost.policy().language()),
                                    hook.calls(),
                                    format(hook.first()),
                                    format(hook.cold()),
                                    format(hook.steady()),
                                    format(hook.perCall())));
    }

    private static String format(Duration time) {
        double micros = time.toNanos() / 1000.0;
        return micros < 1000
                ? String.format(Locale.ROOT, "%.1f µs", micros)
                : String.format(Locale.ROOT, "%.1f ms", micros / 1000);
    }
}
