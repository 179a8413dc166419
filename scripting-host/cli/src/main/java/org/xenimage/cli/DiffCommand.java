package org.xenimage.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.cli.output.ExitStatus;
import org.xenimage.cli.output.Failure;
import org.xenimage.cli.output.Inputs;
import org.xenimage.cli.output.KeyOptions;
import org.xenimage.cli.output.Plural;
import org.xenimage.cli.output.SecretsOption;
import org.xenimage.cli.output.Subcommand;
import org.xenimage.cli.output.TextOutput;
import org.xenimage.cli.output.UnfinishedRound;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageType;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.script.policy.Secrets;
import org.xenimage.tools.diff.Difference;
import org.xenimage.tools.diff.ImageContent;
import org.xenimage.tools.diff.ImageDiff;
import org.xenimage.tools.diff.PageDifference;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * {@code xenimage diff}.
 *
 * <p>Its exit status is that of diff(1): 1 means that the images differ, so a faulty image is 2.
 */
@Command(
        name = "diff",
        header = "compare two images",
        description =
                "Lists what differs between two images, whatever their formats: config keys, "
                        + "metadata, registers, CPUID features, MSRs, HVM parameters, other records by "
                        + "field, and pages. If a page was sent several times, its last content counts; of "
                        + "a checkpointed stream that ends within a round, the last checkpoint counts.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  xenimage diff web1.save web1.native",
            "  xenimage diff --pages before.save after.save",
            "  xenimage diff --json before.save after.save | jq '.differences[] | select(.part == \"cpuid\")'",
            "",
            "Exit status:",
            "  0  the images have the same content",
            "  1  they differ",
            "  2  usage, or an image cannot be read"
        })
final class DiffCommand extends Subcommand {
    /** The images differ. */
    private static final int DIFFERENT = 1;

    /** An image cannot be read. */
    private static final int TROUBLE = 2;

    private static final JsonMapper JSON = new JsonMapper();

    @Parameters(index = "0", paramLabel = "A", description = "an image, - for standard input")
    private String first = "";

    @Parameters(index = "1", paramLabel = "B", description = "an image, - for standard input")
    private String second = "";

    @Option(names = "--pages", description = "list the ranges of pages that differ")
    private boolean pages;

    @Mixin private SecretsOption secrets = new SecretsOption();

    @Mixin private KeyOptions keys = new KeyOptions();

    @Override
    public Integer call() throws IOException {
        if (first.equals("-") && second.equals("-"))
            throw misused("only one of the images can be standard input");
        ImageDiff diff;
        boolean[] core = new boolean[2];
        try (ImageContent before = read(first, core, 0);
                ImageContent after = read(second, core, 1)) {
            diff = ImageDiff.compare(before, after);
        }
        var selection = Shown.of(diff, core[0], core[1]);
        TextOutput out = out();
        if (json()) out.println(JSON.writeValueAsString(toJson(diff, selection)));
        else if (!quiet()) print(out, diff, selection);
        out.flush();
        return diff.same() ? 0 : DIFFERENT;
    }

    @Override
    public int status(Failure failure) {
        return failure.kind() == Failure.Kind.BUG ? ExitStatus.BUG : TROUBLE;
    }

    /**
     * The differences to be listed. A core and another image differ in everything that a core cannot
     * hold; that is counted, and said once.
     *
     * @param differences to list
     * @param notInCore how many values of the other image are not in the core, by part
     */
    private record Shown(
            List<Difference> differences, SortedMap<Difference.Part, Integer> notInCore) {
        static Shown of(ImageDiff diff, boolean firstIsCore, boolean secondIsCore) {
            SortedMap<Difference.Part, Integer> counts = new TreeMap<>();
            if (firstIsCore == secondIsCore) return new Shown(diff.differences(), counts);
            List<Difference> listed = new ArrayList<>();
            for (Difference one : diff.differences()) {
                Optional<String> inCore = firstIsCore ? one.before() : one.after();
                if (inCore.isPresent()) listed.add(one);
                else counts.merge(one.part(), 1, Integer::sum);
            }
            return new Shown(listed, counts);
        }

        String remark() {
            return "a dump-core cannot hold, and these were not compared: "
                    + notInCore.entrySet().stream()
                            .map(one ->
                                    Plural.of(one.getValue(), "value")
                                            + " of "
                                            + words(one.getKey()))
                            .collect(Collectors.joining(", "));
        }

        private static String words(Difference.Part part) {
            return switch (part) {
                case HEADER -> "headers";
                case CONFIG -> "the config";
                case METADATA -> "metadata";
                case CPUID -> "the CPUID policy";
                case MSR -> "MSRs";
                case VCPU -> "vCPUs";
                case HVM_PARAM -> "HVM parameters";
                case TSC -> "the TSC";
                case RECORD -> "other records";
            };
        }
    }

    private ImageContent read(String name, boolean[] core, int at) throws IOException {
        var progress = progress();
        try (ImageReader reader = Images.load().open(Inputs.open(name, files()), keys.reading())) {
            core[at] = reader.format().name().equals(Conversion.Target.DUMP_CORE.format());
            var content = new ImageContent();
            try {
                content.metadata(reader.metadata());
                while (reader.advance(content)) progress.at(reader.progress());
                content.sections(reader.extras());
                content.end();
                if (content.unfinishedRound()) UnfinishedRound.warn(err(), name);
                return content;
            } catch (IOException | RuntimeException | Error e) {
                content.close();
                throw e;
            }
        } finally {
            progress.done();
        }
    }

    private void print(PrintWriter out, ImageDiff diff, Shown selection) {
        if (!selection.notInCore().isEmpty()) out.println(selection.remark());
        for (Difference difference : selection.differences()) {
            out.println(part(difference) + " " + difference.path() + ": " + change(difference));
        }
        for (PageDifference.Kind kind : PageDifference.Kind.values()) {
            long count = diff.pageCounts().getOrDefault(kind, 0L);
            if (count > 0) out.println(Plural.of(count, "page") + " " + words(kind));
        }
        if (!pages) return;
        for (PageDifference range : diff.pages()) {
            out.println(
                    "pfn 0x%x-0x%x (%d): %s, %s → %s"
                            .formatted(
                                    range.first(),
                                    range.last(),
                                    range.count(),
                                    words(range.kind()),
                                    type(range.before()),
                                    type(range.after())));
        }
    }

    private String change(Difference difference) {
        Optional<String> before = displayed(difference, difference.before());
        Optional<String> after = displayed(difference, difference.after());
        if (before.isEmpty()) return "added " + after.orElse("");
        if (after.isEmpty()) return "removed " + before.get();
        return before.get() + " → " + after.get();
    }

    private Optional<String> displayed(Difference difference, Optional<String> value) {
        boolean hidden = !secrets.visible() && Secrets.named(difference.path());
        return hidden ? value.map(_ -> Secrets.HIDDEN) : value;
    }

    private static String part(Difference difference) {
        return difference.part().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static String type(Optional<PageType> type) {
        return type.map(Enum::name).orElse("none");
    }

    private static String words(PageDifference.Kind kind) {
        return switch (kind) {
            case CONTENT -> "with different content";
            case TYPE -> "of a different type";
            case ONLY_FIRST -> "with content in the first image only";
            case ONLY_SECOND -> "with content in the second image only";
            case MENTION -> "without content, listed in one image only";
        };
    }

    private ObjectNode toJson(ImageDiff diff, Shown selection) {
        ObjectNode node = JSON.createObjectNode();
        node.put("first", first);
        node.put("second", second);
        node.put("same", diff.same());
        ArrayNode differences = node.putArray("differences");
        for (Difference difference : selection.differences()) {
            ObjectNode one = differences.addObject();
            one.put("part", difference.part().name().toLowerCase(Locale.ROOT));
            one.put("path", difference.path());
            displayed(difference, difference.before()).ifPresent(value -> one.put("before", value));
            displayed(difference, difference.after()).ifPresent(value -> one.put("after", value));
        }
        if (!selection.notInCore().isEmpty()) {
            ObjectNode missing = node.putObject("notInCore");
            selection
                    .notInCore()
                    .forEach((part, count) ->
                            missing.put(part.name().toLowerCase(Locale.ROOT), count));
        }
        ObjectNode counts = node.putObject("pageCounts");
        for (PageDifference.Kind kind : PageDifference.Kind.values())
            counts.put(
                    kind.name().toLowerCase(Locale.ROOT), diff.pageCounts().getOrDefault(kind, 0L));
        if (pages) node.set("pages", ranges(diff.pages()));
        return node;
    }

    private static ArrayNode ranges(List<PageDifference> pages) {
        return pages.stream()
                .map(range -> {
                    ObjectNode one = JSON.createObjectNode();
                    one.put("first", range.first());
                    one.put("last", range.last());
                    one.put("kind", range.kind().name().toLowerCase(Locale.ROOT));
                    range.before().ifPresent(type -> one.put("before", type.name()));
                    range.after().ifPresent(type -> one.put("after", type.name()));
                    return one;
                })
                .collect(JSON::createArrayNode, ArrayNode::add, ArrayNode::addAll);
    }
}
