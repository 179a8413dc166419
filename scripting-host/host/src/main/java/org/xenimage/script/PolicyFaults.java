package org.xenimage.script;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.fault.PolicyRejected;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.section.SectionHead;
import org.xenimage.script.engine.ScriptFailure;
import org.xenimage.script.engine.SourcePlace;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyModule;
import org.xenimage.script.policy.Secrets;

import java.util.Optional;

/** Makes the failures of a policy: file, line, column, hook, element, and the lines of the source around it. */
final class PolicyFaults {
    private PolicyFaults() {}

    /** Where in a run something happened: a hook, and the element that it was given, if it was given one. */
    record Place(String hook, String element, long offset) {
        static Place of(Policy policy, Hook hook) {
            return new Place(hook.in(policy.language()), "", Fault.NO_OFFSET);
        }

        static Place of(Policy policy, Hook hook, SectionHead section) {
            return new Place(
                    hook.in(policy.language()), "section " + section.name(), Fault.NO_OFFSET);
        }

        static Place of(Policy policy, Hook hook, ImageElement element) {
            return new Place(hook.in(policy.language()), element.label(), element.offset());
        }
    }

    static ImageException of(Policy policy, Place place, ScriptFailure failure, Secrets secrets) {
        Fault fault = fault(policy, place, failure);
        FieldRejected rejected = rejected(failure);
        if (rejected != null) {
            return new PolicyRejected(
                    fault.field(rejected.path())
                            .expected(rejected.allowed())
                            .found(secrets.hide(rejected.found()))
                            .remedy("the record cannot hold it"),
                    secrets.hide(frame(policy, failure)),
                    failure);
        }
        String remedy =
                switch (failure.kind()) {
                    case SYNTAX -> "correct the policy";
                    case THROWN, REFUSED -> "correct the policy, or run without it";
                    case INTERRUPTED -> "the run was stopped";
                    case LIMIT ->
                            place.hook().isEmpty()
                                    ? "import less: loading the policy and its modules counts too"
                                    : "page rules and batch operations run in Java and cost no script time";
                    case STUCK -> "the script cannot be stopped; end this process";
                };
        return new PolicyFailed(
                fault.problem(secrets.hide(failure.problem())).remedy(remedy),
                secrets.hide(frame(policy, failure)),
                failure);
    }

    private static Fault fault(Policy policy, Place place, ScriptFailure failure) {
        return fault(file(policy, failure), policy, place, failure.line(), failure.column());
    }

    static Fault fault(Policy policy, Place place, int line, int column) {
        return fault(policy.file(), policy, place, line, column);
    }

    /** The file of a failure: the policy's, or that of a module. */
    static String file(Policy policy, ScriptFailure failure) {
        return module(policy, failure).map(PolicyModule::displayName).orElse(policy.file());
    }

    private static Optional<PolicyModule> module(Policy policy, ScriptFailure failure) {
        return module(policy, failure.module());
    }

    private static Optional<PolicyModule> module(Policy policy, String path) {
        return policy.modules().stream().filter(module -> module.path().equals(path)).findFirst();
    }

    /** A line of a policy or of one of its modules, as {@code FILE:LINE}. */
    static String line(Policy policy, SourcePlace place) {
        String file =
                module(policy, place.module()).map(PolicyModule::displayName).orElse(policy.file());
        return file + ":" + place.line();
    }

    private static Fault fault(String file, Policy policy, Place place, int line, int column) {
        String source = file;
        if (line > 0) source += ":" + line;
        if (line > 0 && column > 0) source += ":" + column;
        Fault fault = Fault.in(source).element(where(policy, place));
        return place.offset() == Fault.NO_OFFSET ? fault : fault.at(place.offset());
    }

    private static String where(Policy policy, Place place) {
        String where = "policy " + policy.name();
        if (!place.hook().isEmpty()) where += ", " + place.hook();
        return place.element().isEmpty() ? where : where + ", " + place.element();
    }

    private static @Nullable FieldRejected rejected(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause())
            if (cause instanceof FieldRejected rejected) return rejected;
        return null;
    }

    /** The line with a caret, and one line before and after. */
    static String frame(Policy policy, ScriptFailure failure) {
        return frame(
                module(policy, failure).map(PolicyModule::source).orElse(policy.source()),
                failure.line(),
                failure.column());
    }

    static String frame(String source, int line, int column) {
        String[] lines = source.split("\n", -1);
        if (line < 1 || line > lines.length) return "";
        var frame = new StringBuilder();
        for (int at = Math.max(1, line - 1); at <= Math.min(lines.length, line + 1); at++) {
            String text = lines[at - 1].stripTrailing();
            if (at == lines.length && text.isEmpty()) continue;
            frame.append("\n%s %4d | %s".formatted(at == line ? ">" : " ", at, text));
            if (at == line && column > 0)
                frame.append("\n       | ").append(indent(text, column)).append('^');
        }
        return frame.toString();
    }

    /** As wide as what precedes a column, tabs included. */
    private static String indent(String text, int column) {
        var indent = new StringBuilder();
        for (int i = 0; i < column - 1; i++)
            indent.append(i < text.length() && text.charAt(i) == '\t' ? '\t' : ' ');
        return indent.toString();
    }
}
