package org.xenimage.cli.policy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.cli.output.Colour;
import org.xenimage.cli.output.CommandFailed;
import org.xenimage.cli.output.FileNames;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Needs;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.rewrite.SiteFile;
import org.xenimage.image.Images;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.Replay;
import org.xenimage.script.ReplayDifference;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code xenimage policy replay}. */
@Needs(scripts = Needs.Scripts.ALL)
@Command(
        name = "replay",
        header = "compare a recorded decision log with the decisions of current policies",
        description = {
            "Runs policies over the image of a decision log, with the operation, operator, time and "
                    + "parameters from the log. Writes nothing, and lists the outcomes and edits that "
                    + "differ. Without --policy, it runs the policies that the log lists, with the current "
                    + "contents of their files.",
            "Logs do not contain secret parameters: supply them with --set."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage policy replay web1.log web1.save",
            "  xenimage policy replay web1.log web1.save --policy ./next.js --json",
            "",
            "Exit status:",
            "  0  all decisions are the same",
            "  1  decisions differ, or the log, the image or a policy is invalid",
            "  2  usage"
        })
final class PolicyReplay extends Subcommand {
    /** Decisions differ. */
    private static final int DIFFERENT = 1;

    private static final int SHOWN = 200;
    private static final int WIDTH = 200;

    @Parameters(index = "0", paramLabel = "LOG", description = "a decision log, written by --log")
    private String log = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "IMAGE",
            description = "the image of the recorded run (default: the name in the log)")
    private @Nullable String image;

    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            description = "a policy to run instead of those in the log; repeat it for several")
    private List<String> references = new ArrayList<>();

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "a parameter that overrides the one in the log")
    private Map<String, String> parameters = new LinkedHashMap<>();

    @Option(
            names = "--site",
            paramLabel = "FILE",
            description = "the site's settings, JSON or YAML, which the policies see as ctx.site")
    private @Nullable String site;

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException, CommandFailed {
        Path file = FileNames.path(log);
        files().reading(file);
        Replay replay;
        try (InputStream in = Files.newInputStream(file)) {
            replay = Replay.read(log, in);
        }
        String source = image == null ? replay.source() : image;
        if (source.equals("-")) throw misused("the image must be a file: name it");
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults().withEffects(false))) {
            List<Policy> policies = new ArrayList<>();
            for (String reference : references.isEmpty() ? replay.references() : references)
                policies.add(host.load(reference));
            for (Policy policy : policies) for (Path read : policy.files()) files().reading(read);
            RunContext context = replay.context(policies, parameters);
            if (site != null) context = context.withSite(SiteFile.read(site, files()));
            Images images = Images.load();
            List<ReplayDifference> differences =
                    replay.against(
                            host,
                            policies,
                            context,
                            () -> images.open(Inputs.open(source, files()), keys.reading()));
            List<String> doubts = replay.doubts(policies, parameters);
            if (json()) print(report(source, policies, differences, doubts));
            else if (reporting()) print(out(), policies, differences);
            for (String doubt : doubts) err().println("xenimage: " + log + ": warning: " + doubt);
            return differences.isEmpty() ? 0 : DIFFERENT;
        }
    }

    private ObjectNode report(
            String source,
            List<Policy> policies,
            List<ReplayDifference> differences,
            List<String> doubts) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("log", log).put("image", source).put("same", differences.isEmpty());
        ArrayNode ran = node.putArray("policies");
        for (Policy policy : policies)
            ran.addObject()
                    .put("policy", policy.name())
                    .put("version", policy.version())
                    .put("digest", policy.digest())
                    .put("file", policy.file());
        ArrayNode list = node.putArray("differences");
        differences.stream().limit(SHOWN).map(ReplayDifference::json).forEach(list::add);
        node.put("count", differences.size());
        doubts.forEach(node.putArray("warnings")::add);
        return node;
    }

    private void print(TextOutput out, List<Policy> policies, List<ReplayDifference> differences) {
        for (Policy policy : policies)
            out.println("%s: %s".formatted(policy.title(), policy.file()));
        if (differences.isEmpty()) out.println("the same decisions");
        differences.stream()
                .limit(SHOWN)
                .forEach(one -> {
                    out.println(one.subject());
                    line(out, Colour.RED, "- ", one.recorded());
                    line(out, Colour.GREEN, "+ ", one.today());
                });
        if (differences.size() > SHOWN)
            out.println("… and %d more differences".formatted(differences.size() - SHOWN));
        out.flush();
    }

    private void line(TextOutput out, Colour colour, String sign, Optional<JsonNode> decision) {
        String value = decision.map(JsonNode::toString).orElse("nothing");
        String text =
                "  " + sign + (value.length() <= WIDTH ? value : value.substring(0, WIDTH) + "…");
        if (coloured()) out.println(colour, text);
        else out.println(text);
    }
}
