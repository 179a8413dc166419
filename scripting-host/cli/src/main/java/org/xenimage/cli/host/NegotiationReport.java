package org.xenimage.cli.host;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.migrate.Blocker;
import org.xenimage.migrate.Negotiation;
import org.xenimage.migrate.NoPlan;
import org.xenimage.migrate.Plan;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** An outcome of a negotiation, for people and as JSON. */
final class NegotiationReport {
    /** Lines of blockers that are shown for people; a processor may lack a hundred features. */
    private static final int SHOWN = 12;

    private NegotiationReport() {}

    /** One word: {@code yes}, {@code after changes} or {@code no}. */
    static String verdict(Negotiation outcome) {
        if (outcome.asItIs()) return "yes";
        return outcome instanceof Plan ? "after changes" : "no";
    }

    static ObjectNode toJson(String image, String host, Negotiation outcome) {
        ObjectNode report = JsonNodeFactory.instance.objectNode();
        report.put("image", image);
        report.put("host", host);
        report.put("canRestore", outcome.asItIs());
        report.put("verdict", verdict(outcome));
        switch (outcome) {
            case Plan plan -> {
                report.set("form", form(plan.form()));
                ArrayNode fallbacks = report.putArray("fallbacks");
                for (Plan.Fallback fallback : plan.fallbacks()) fallbacks.add(fallback(fallback));
            }
            case NoPlan none -> {
                ArrayNode candidates = report.putArray("candidates");
                for (NoPlan.Candidate candidate : none.candidates()) {
                    ObjectNode one = candidates.addObject();
                    one.set("form", form(candidate.form()));
                    blockers(one.putArray("blockers"), candidate.blockers());
                }
            }
        }
        ArrayNode open = report.putArray("unjudged");
        outcome.unjudged().forEach(open::add);
        return report;
    }

    static ObjectNode fallback(Plan.Fallback fallback) {
        ObjectNode one = JsonNodeFactory.instance.objectNode();
        one.put("step", fallback.step().words());
        one.put("loss", fallback.loss());
        blockers(one.putArray("reasons"), fallback.reasons());
        return one;
    }

    private static ObjectNode form(Plan.Form form) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("format", form.format())
                .put("stream", form.stream());
    }

    private static void blockers(ArrayNode array, List<Blocker> blockers) {
        for (Blocker blocker : blockers)
            array.addObject()
                    .put("kind", blocker.kind().id())
                    .put("subject", blocker.subject())
                    .put("image", blocker.image())
                    .put("host", blocker.host())
                    .put("remedy", blocker.remedy());
    }

    static List<String> lines(Negotiation outcome) {
        List<String> lines = new ArrayList<>();
        switch (outcome) {
            case Plan plan -> {
                for (Plan.Fallback fallback : plan.fallbacks()) {
                    shown(lines, fallback.reasons(), "  ");
                    lines.add("    helps: " + fallback.step().words());
                    if (!fallback.loss().isEmpty()) lines.add("    loses: " + fallback.loss());
                }
                if (!plan.fallbacks().isEmpty()) lines.add("  then: " + plan.form());
            }
            case NoPlan none -> none(lines, none);
        }
        for (String open : outcome.unjudged()) lines.add("  not judged: " + open);
        return lines;
    }

    /** What blocks every form is said once; then what else blocks each. */
    private static void none(List<String> lines, NoPlan none) {
        List<Blocker> everywhere = new ArrayList<>(none.candidates().getFirst().blockers());
        for (NoPlan.Candidate candidate : none.candidates())
            everywhere.retainAll(candidate.blockers());
        shown(lines, everywhere, "  ");
        remedies(lines, everywhere);
        SequencedSet<String> unread = new LinkedHashSet<>();
        for (NoPlan.Candidate candidate : none.candidates()) {
            List<Blocker> others = new ArrayList<>(candidate.blockers());
            others.removeAll(everywhere);
            if (others.isEmpty()) continue;
            if (others.stream().anyMatch(one -> one.kind() == Blocker.Kind.FORMAT)) {
                unread.add(candidate.form().format());
                continue;
            }
            lines.add("  " + candidate.form() + ":");
            shown(lines, others, "    ");
            remedies(lines, others);
        }
        if (!unread.isEmpty())
            lines.add("  formats that the host does not read: " + String.join(", ", unread));
    }

    private static void remedies(List<String> lines, List<Blocker> blockers) {
        blockers.stream()
                .map(Blocker::remedy)
                .distinct()
                .limit(SHOWN)
                .forEach(remedy -> lines.add("    would help: " + remedy));
    }

    private static void shown(List<String> lines, List<Blocker> blockers, String indent) {
        blockers.stream().limit(SHOWN).forEach(one -> lines.add(indent + one));
        if (blockers.size() > SHOWN)
            lines.add(indent + "… and %d more".formatted(blockers.size() - SHOWN));
    }

    static void print(PrintWriter out, Negotiation outcome) {
        lines(outcome).forEach(out::println);
    }
}
