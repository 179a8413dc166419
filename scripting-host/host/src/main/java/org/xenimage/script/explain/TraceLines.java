package org.xenimage.script.explain;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.script.policy.Policy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A trace as lines of text or of JSON.
 *
 * <p>The trace is short even for images with many records: for each hook and kind of element, only the first
 * {@link #CALLS_SHOWN} calls and failed calls have their own line. All calls are counted, and {@link #finish} prints
 * the totals. For one thread at a time.
 */
public final class TraceLines implements RunTrace {
    /** How many calls per hook and kind of element have a line. */
    public static final int CALLS_SHOWN = 8;

    /** The most kinds of elements, because an image can choose their names. */
    private static final int SUMS_MAX = 500;

    private final Form form;
    private final Consumer<String> lines;
    private final Map<Subject, Sum> sums = new LinkedHashMap<>();

    /** How a line looks. */
    public enum Form {
        /** For people. */
        TEXT,
        /** An object of JSON. */
        JSON
    }

    /** Calls that are counted together. */
    private record Subject(String policy, String hook, String element) {}

    /** The totals of calls. */
    private static final class Sum {
        private long calls;
        private long edits;
        private long nanos;
        private long longest;
    }

    /**
     * A trace.
     *
     * @param form of the lines
     * @param lines receives them, without line ends
     */
    public TraceLines(Form form, Consumer<String> lines) {
        this.form = form;
        this.lines = lines;
    }

    @Override
    public void selected(Policy policy, boolean runs, String reason) {
        add(
                entry(policy).put("selected", runs).put("reason", reason),
                "%s: %s".formatted(policy.name(), runs ? "runs" : "does not run: " + reason));
    }

    @Override
    public void called(HookCall call) {
        String hook = call.hook().in(call.policy().language());
        Sum sum = sum(new Subject(call.policy().name(), hook, call.element()));
        long nanos = call.took().toNanos();
        sum.calls++;
        sum.edits += call.edits();
        sum.nanos += nanos;
        sum.longest = Math.max(sum.longest, nanos);
        if (sum.calls > CALLS_SHOWN && call.problem().isEmpty()) return;
        ObjectNode entry = entry(call.policy()).put("hook", hook);
        StringBuilder text = new StringBuilder(call.policy().name() + " " + hook);
        if (!call.element().isEmpty()) {
            entry.put("element", call.element());
            text.append(' ').append(call.element());
        }
        if (call.offset() != Fault.NO_OFFSET) {
            entry.put("offset", call.offset());
            text.append(" at 0x").append(Long.toHexString(call.offset()));
        }
        if (!call.detail().isEmpty()) {
            entry.put("detail", call.detail());
            text.append(" (").append(call.detail()).append(')');
        }
        entry.put("nanoseconds", nanos).put("edits", call.edits());
        text.append(": ").append(time(nanos));
        if (call.edits() > 0) text.append(", ").append(count(call.edits(), "edit"));
        call.problem()
                .ifPresent(problem -> {
                    entry.put("problem", problem);
                    text.append(", failed: ").append(problem);
                });
        add(entry, text.toString());
    }

    private Sum sum(Subject subject) {
        Subject kept =
                sums.containsKey(subject) || sums.size() < SUMS_MAX
                        ? subject
                        : new Subject("other policies", "hooks", "other elements");
        return sums.computeIfAbsent(kept, _ -> new Sum());
    }

    @Override
    public void ruled(Policy policy, int rules, long batches, Duration took) {
        add(
                entry(policy)
                        .put("rules", rules)
                        .put("batches", batches)
                        .put("nanoseconds", took.toNanos()),
                "%s: %s over %s: %s"
                        .formatted(
                                policy.name(),
                                count(rules, "page rule"),
                                count(batches, "record").concat(" PAGE_DATA"),
                                time(took.toNanos())));
    }

    @Override
    public void restarted(String without) {
        add(
                JsonNodeFactory.instance.objectNode().put("restart", without),
                "the run begins again without " + without);
    }

    /** Prints totals for hooks with more calls than lines. */
    public void finish() {
        sums.forEach((subject, sum) -> {
            if (sum.calls <= CALLS_SHOWN) return;
            String what = "%s %s %s".formatted(subject.policy, subject.hook, subject.element);
            add(
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("policy", subject.policy)
                            .put("hook", subject.hook)
                            .put("element", subject.element)
                            .put("calls", sum.calls)
                            .put("edits", sum.edits)
                            .put("nanoseconds", sum.nanos)
                            .put("longestNanoseconds", sum.longest),
                    "%s: %d calls, %s, %s in all, the longest %s"
                            .formatted(
                                    what.strip(),
                                    sum.calls,
                                    count(sum.edits, "edit"),
                                    time(sum.nanos),
                                    time(sum.longest)));
        });
        sums.clear();
    }

    private static ObjectNode entry(Policy policy) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("policy", policy.name())
                .put("file", policy.file());
    }

    private void add(ObjectNode entry, String text) {
        switch (form) {
            case TEXT -> lines.accept(text);
            case JSON -> lines.accept(entry.toString());
        }
    }

    private static String count(long count, String what) {
        return count == 1 ? "1 " + what : count + " " + what + "s";
    }

    private static String time(long nanos) {
        double micros = nanos / 1000.0;
        return micros < 1000
                ? String.format(Locale.ROOT, "%.1f µs", micros)
                : String.format(Locale.ROOT, "%.1f ms", micros / 1000);
    }
}
