package org.xenimage.script;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.script.explain.FieldText;
import org.xenimage.script.policy.Hook;

import java.io.PrintWriter;
import java.util.Locale;

/** What a run changed, for people and as JSON. */
public final class RunReport {
    private static final int SHOWN = 12;

    private final RunSummary summary;
    private final RunObservation observation;

    /**
     * A report.
     *
     * @param summary of the run
     */
    public RunReport(RunSummary summary) {
        this(summary, RunObservation.NONE);
    }

    /**
     * A report of a run that was looked on.
     *
     * @param summary of the run
     * @param observation with what was seen, which the JSON form has too
     */
    public RunReport(RunSummary summary, RunObservation observation) {
        this.summary = summary;
        this.observation = observation;
    }

    /**
     * Prints the report for people: the first edits of each policy.
     *
     * @param out takes the lines
     */
    public void print(PrintWriter out) {
        for (RunSummary.PolicySummary policy : summary.policies()) {
            out.println(policy.policy().title() + ": " + outcome(policy));
            policy.changes().stream().limit(SHOWN).forEach(edit -> out.println("  " + line(edit)));
            long more = policy.edits() - Math.min(SHOWN, policy.changes().size());
            if (more > 0) out.println("  … and " + more + " more edits");
            policy.warnings().forEach(warning -> out.println("  warning: " + warning));
        }
        if (observation.shadow().isEmpty()) return;
        Shadow shadow = observation.shadow().get();
        for (RunSummary.PolicySummary policy : shadow.summary().policies())
            out.println("shadow: " + policy.policy().title() + ": " + outcome(policy));
        out.println("shadow: " + shadow.verdict());
    }

    private static String outcome(RunSummary.PolicySummary policy) {
        return switch (policy.outcome()) {
            case WAITING -> "did not begin";
            case OTHER_OPERATION, NOT_MATCHED -> "not run: " + policy.reason();
            case SKIPPED -> "skipped: " + policy.reason();
            case FAILED -> "failed: " + policy.reason();
            case RAN -> {
                if (policy.edits() == 0) yield "changed nothing";
                String edits = policy.edits() == 1 ? "1 edit" : policy.edits() + " edits";
                yield policy.pages() == 0
                        ? edits
                        : "%s, %d bytes in %d pages"
                                .formatted(edits, policy.bytes(), policy.pages());
            }
        };
    }

    private static String line(RunSummary.Edit edit) {
        String where = edit.path().isEmpty() ? edit.element() : edit.element() + " " + edit.path();
        if (edit.before().isEmpty() && edit.after().isEmpty()) return where;
        if (edit.element().equals("pages") && edit.after().isPresent())
            return where + ": " + pages(edit.after().get());
        return where
                + ": "
                + FieldText.of(
                        edit.path(),
                        edit.before(),
                        edit.after(),
                        edit.features(),
                        edit.hook() == Hook.RECORD);
    }

    /** What a page rule did: counts, and the position of its first match. */
    private static String pages(JsonNode done) {
        var text =
                new StringBuilder(
                        "%d matches, %d bytes in %d pages"
                                .formatted(
                                        done.path("matches").asLong(),
                                        done.path("bytes").asLong(),
                                        done.path("pages").asLong()));
        JsonNode first = done.path("first").path(0);
        if (first.has("pfn")) {
            text.append(
                    ", the first in pfn 0x%x at 0x%x"
                            .formatted(first.path("pfn").asLong(), first.path("offset").asLong()));
        }
        if (done.path("cut").asLong() > 0)
            text.append(", %d bytes cut off".formatted(done.path("cut").asLong()));
        return text.toString();
    }

    /** {@return the report as one object} */
    public JsonNode json() {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("edits", summary.edits());
        ArrayNode policies = report.putArray("policies");
        for (RunSummary.PolicySummary policy : summary.policies()) {
            ObjectNode node = policies.addObject();
            node.put("policy", policy.policy().name());
            node.put("version", policy.policy().version());
            node.put("digest", policy.policy().digest());
            node.put("outcome", policy.outcome().name().toLowerCase(Locale.ROOT).replace('_', '-'));
            if (!policy.reason().isEmpty()) node.put("reason", policy.reason());
            node.put("edits", policy.edits());
            node.put("pages", policy.pages());
            node.put("bytes", policy.bytes());
            ArrayNode changes = node.putArray("changes");
            for (RunSummary.Edit edit : policy.changes()) {
                ObjectNode change = changes.addObject();
                change.put("hook", edit.hook().name().toLowerCase(Locale.ROOT));
                change.put("element", edit.element());
                if (edit.offset() != Fault.NO_OFFSET) change.put("offset", edit.offset());
                change.put("path", edit.path());
                edit.before().ifPresent(value -> change.set("before", value));
                edit.after().ifPresent(value -> change.set("after", value));
                edit.features()
                        .ifPresent(features -> change.set("features", FieldText.json(features)));
            }
            policy.warnings().forEach(node.putArray("warnings")::add);
        }
        observation.diff().ifPresent(diff -> report.set("diff", diff.json()));
        observation.shadow().ifPresent(shadow -> report.set("shadow", shadow.json()));
        return report;
    }
}
