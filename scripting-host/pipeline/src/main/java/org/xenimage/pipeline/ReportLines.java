package org.xenimage.pipeline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.pipeline.ImageOutcome.Digest;
import org.xenimage.script.RunSummary;

import java.io.IOException;
import java.io.Writer;
import java.util.Locale;

/**
 * The report of a bulk run: one line of JSON for each image, when it is finished.
 *
 * <pre>
 *   {"file":"a/web1.save","source":"images/a/web1.save","status":"delivered",
 *    "input":{"size":8417491,"sha256":"…"},"output":{"size":8417491,"sha256":"…"},"edits":1,
 *    "policies":[{"policy":"scrub-pattern","version":"1.0","digest":"…","outcome":"ran","edits":1,
 *    "pages":2,"bytes":26}],"seconds":0.041}
 * </pre>
 *
 * <p>In a dry run, {@code diff} is what would change, as in the report of a dry run of one image.
 *
 * <p>An image that was not delivered has {@code error}, or {@code note} if it was omitted.
 * {@code seconds} is the only thing that differs between two runs over the same images; so does the
 * order of the lines.
 */
public final class ReportLines {
    private final Writer out;

    private ReportLines(Writer out) {
        this.out = out;
    }

    /**
     * Begins a report.
     *
     * @param out takes the lines; stays open
     * @return the report
     */
    public static ReportLines to(Writer out) {
        return new ReportLines(out);
    }

    /**
     * Writes a line.
     *
     * @param outcome of an image
     * @throws IOException if it cannot be written
     */
    public void add(ImageOutcome outcome) throws IOException {
        out.write(json(outcome).toString());
        out.write('\n');
        out.flush();
    }

    static ObjectNode json(ImageOutcome outcome) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("file", outcome.name());
        line.put("source", outcome.source());
        line.put("status", lower(outcome.status()));
        outcome.input().ifPresent(digest -> line.set("input", json(digest)));
        outcome.output().ifPresent(digest -> line.set("output", json(digest)));
        switch (outcome.status()) {
            case DELIVERED, DELIVERED_EARLIER, DRY_RUN -> line.put("edits", outcome.edits());
            case SKIPPED -> line.put("note", outcome.reason());
            case FAILED -> line.put("error", outcome.reason());
        }
        outcome.policies().ifPresent(summary -> policies(line.putArray("policies"), summary));
        outcome.seen().diff().ifPresent(diff -> line.set("diff", diff.json()));
        line.put("seconds", outcome.time().toMillis() / 1e3);
        return line;
    }

    private static void policies(ArrayNode list, RunSummary summary) {
        for (RunSummary.PolicySummary policy : summary.policies()) {
            ObjectNode node = list.addObject();
            node.put("policy", policy.policy().name());
            node.put("version", policy.policy().version());
            node.put("digest", policy.policy().digest());
            node.put("outcome", lower(policy.outcome()));
            if (!policy.reason().isEmpty()) node.put("reason", policy.reason());
            node.put("edits", policy.edits());
            node.put("pages", policy.pages());
            node.put("bytes", policy.bytes());
            if (!policy.warnings().isEmpty())
                policy.warnings().forEach(node.putArray("warnings")::add);
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static ObjectNode json(Digest digest) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("size", digest.size())
                .put("sha256", digest.sha256());
    }
}
