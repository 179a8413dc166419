package org.xenimage.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Policy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The page rules of several policies, which a run looks for together, make the image and write the log that the same
 * policies do in runs of their own, each on what the one before made.
 */
class PageRuleOrderTest {
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void rulesOfAllPoliciesDoWhatEachPolicyDoesInTurn(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] image = PolicyTestImage.rewrite(SampleRuns.sample(), new Letters(random));
        Policy[] policies = new Policy[4];
        for (int i = 0; i < policies.length; i++)
            policies[i] =
                    SampleRuns.policy(Language.JAVASCRIPT, i == 2 ? hook(random) : rules(random));
        List<String> inTurn = new ArrayList<>();
        byte[] made = image;
        for (Policy policy : policies) made = run(made, inTurn, policy);
        List<String> together = new ArrayList<>();
        byte[] merged = run(image, together, policies);
        assertArrayEquals(made, merged);
        assertEquals(edits(inTurn), edits(together));
        assertTrue(edits(together).size() > 4, () -> String.join("\n", together));
    }

    private static byte[] run(byte[] image, List<String> log, Policy... policies)
            throws IOException {
        try (PolicyRun run =
                SampleRuns.host()
                        .run(List.of(policies), SampleRuns.CONTEXT, DecisionLog.to(log::add))) {
            return PolicyTestImage.rewrite(image, run);
        }
    }

    /** What hooks did during the image, and what rules did in all, which is logged where it ends. */
    private static List<String> edits(List<String> log) {
        // The numbers of the lines count those of all policies of a run.
        List<String> lines =
                log.stream().map(line -> line.replaceFirst("\"seq\":[0-9]+,", "")).toList();
        List<String> edits =
                new ArrayList<>(lines.stream().filter(l -> l.contains("onPages")).toList());
        edits.addAll(lines.stream().filter(l -> l.contains("\"path\":\"rule[")).toList());
        return edits;
    }

    private static String rules(Random random) {
        var body = new StringBuilder("export function onBegin(ctx) {\n");
        for (int i = 1 + random.nextInt(4); i > 0; i--)
            body.append(
                    switch (random.nextInt(4)) {
                        case 0 ->
                                "  ctx.pages.replace({ text: '%s', by: '%s' });\n"
                                        .formatted(text("ab", 5, random), text("xy", 5, random));
                        case 1 ->
                                "  ctx.pages.scrub({ regex: '%s[ab]+', fill: 97 });\n"
                                        .formatted(text("ab", 3, random) + "c");
                        default ->
                                "  ctx.pages.scrub({ text: '%s', length: %d, fill: %d });\n"
                                        .formatted(
                                                text("abxy", 2 + random.nextInt(3), random) + "c",
                                                5 + random.nextInt(40),
                                                "abxy".charAt(random.nextInt(4)) + 0);
                    });
        return body + "}\n";
    }

    /** One that edits by itself, after a rule. */
    private static String hook(Random random) {
        return rules(random)
                + "export function onPages(batch, ctx) { batch.scrub({ text: '%s', fill: 98 }); }\n"
                        .formatted(text("abxy", 3, random));
    }

    private static String text(String letters, int length, Random random) {
        var text = new StringBuilder();
        for (int i = 0; i < length; i++)
            text.append(letters.charAt(random.nextInt(letters.length())));
        return text.toString();
    }

    /** Fills pages with few letters, so that rules match, and again what others made. */
    private record Letters(Random random) implements ImageTransform {
        @Override
        public void accept(ImageElement element, ImageSink down) throws IOException {
            if (element instanceof PageBatch batch) {
                MemorySegment data = batch.editData();
                for (long at = 0; at < data.byteSize(); at++)
                    if (at / PageBatch.PAGE_SIZE != 5) // a page table
                    data.set(ValueLayout.JAVA_BYTE, at, (byte) "abc".charAt(random.nextInt(3)));
            }
            down.accept(element);
        }
    }
}
