package org.xenimage.script.api;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The API for people: the reference in Markdown, and the frozen list by which a change of it is seen. */
public final class Reference {
    private final PolicyApi api;
    private final StringBuilder out = new StringBuilder();

    private Reference(PolicyApi api) {
        this.api = api;
    }

    /**
     * The reference, both languages side by side.
     *
     * @param api to describe
     * @return the text of {@code policy-api.md}
     */
    public static String markdown(PolicyApi api) {
        return new Reference(api).markdown();
    }

    /**
     * Everything that a script can see, one line each, without documentation.
     *
     * @param api to describe
     * @return the lines, sorted within each object
     */
    public static String frozen(PolicyApi api) {
        var text = new StringBuilder();
        text.append("api ").append(api.version()).append('\n');
        for (HookType hook : api.hooks())
            text.append(
                    "hook %s(%s)\n"
                            .formatted(
                                    hook.name(),
                                    hook.parameters().stream()
                                            .map(TypeScript::parameter)
                                            .collect(Collectors.joining(", "))));
        for (RecordShape record : api.records())
            text.append(
                    "record %s %s: %s\n"
                            .formatted(record.layer(), record.type(), record.fields().name()));
        for (ScriptType.Choice choice : api.choices())
            text.append(
                    "choice %s %s\n".formatted(choice.name(), String.join(" ", choice.values())));
        for (ObjectType object : api.all()) {
            text.append(
                    "%s %s%s\n"
                            .formatted(
                                    object.form().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                                    object.name(),
                                    object.others()
                                            .map(value -> " open " + TypeScript.type(value))
                                            .orElse("")));
            object.members().stream()
                    .map(Reference::frozen)
                    .sorted()
                    .forEach(line -> text.append("  ").append(line).append('\n'));
        }
        return text.toString();
    }

    private static String frozen(MemberType member) {
        String only = member.only().isEmpty() ? "" : " of " + member.only();
        String types =
                member.access() == MemberType.Access.CALL
                        ? "(%s)%s: %s / %s"
                                .formatted(
                                        member.parameters().stream()
                                                .map(TypeScript::parameter)
                                                .collect(Collectors.joining(", ")),
                                        member.byName() ? " by name" : "",
                                        TypeScript.type(member.type()),
                                        PythonTypes.type(member.type()))
                        : ": %s / %s"
                                .formatted(
                                        TypeScript.type(member.type()),
                                        PythonTypes.type(member.type()));
        return "%s %s%s%s since %d"
                .formatted(
                        member.access().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                        member.name(),
                        types,
                        only,
                        member.since());
    }

    private String markdown() {
        out.append(
                """
                # The policy API, api %d

                Everything that a policy can see, in both languages. This page is generated; so are the typings that
                `xenimage policy types DIR` writes, with which an editor completes and checks policies. What a policy
                with `api: %d` sees stays the same in later releases.

                Names are in camel case in JavaScript and in snake case in Python. Arguments can be given by
                their place, or by name: in an object at the end in JavaScript, as keyword arguments in Python.
                Numbers are typed by what they are, not by their value: what one compares and counts with is a
                Number in JavaScript; masks, addresses and registers of 64 bits are BigInts. Python has `int`
                for both. Views such as `record`, `batch` and `page` are valid during the call of the hook;
                `ctx` is valid during the whole run.

                A member that does not exist raises an error in both languages. A hook returns nothing.

                ## Hooks

                | Hook | JavaScript | Python |
                |---|---|---|
                """
                        .formatted(api.version(), api.version()));
        for (HookType hook : api.hooks()) {
            String parameters =
                    hook.parameters().stream()
                            .map(CallParameter::name)
                            .collect(Collectors.joining(", "));
            String snake = Spelling.snake(hook.name());
            out.append(
                    "| %s | `%s(%s)` | `%s(%s)` |\n"
                            .formatted(
                                    escaped(hook.doc()),
                                    hook.name(),
                                    parameters,
                                    snake,
                                    parameters));
            example(hook.example());
        }
        out.append("\n## Names\n\n| Name | Values |\n|---|---|\n");
        for (ScriptType.Choice choice : api.choices())
            out.append(
                    "| `%s` | `%s` |\n"
                            .formatted(choice.name(), String.join("`, `", choice.values())));
        for (ObjectType object : api.objects()) {
            boolean exampled =
                    object.members().stream().anyMatch(one -> !one.example().python().isEmpty());
            if (object.members().isEmpty()) continue;
            heading(object);
            if (exampled) members(object);
            else keys(object);
            inner(object);
        }
        records();
        return out.toString().stripTrailing() + "\n";
    }

    private void heading(ObjectType object) {
        String variable = object.variable().isEmpty() ? object.name() : object.variable();
        out.append("\n## ").append(variable).append("\n\n");
        paragraph(
                object.doc()
                        + " In the typings: `"
                        + object.name()
                        + "`."
                        + object.others().map(_ -> " Other keys are allowed.").orElse(""));
    }

    private void paragraph(String text) {
        WrappedText.wrap(text, 118).forEach(line -> out.append(line).append('\n'));
        out.append('\n');
    }

    private void members(ObjectType object) {
        out.append("| | JavaScript | Python |\n|---|---|---|\n");
        for (MemberType member : object.members()) {
            var more = new StringBuilder();
            if (!member.only().isEmpty())
                more.append(" Of ").append(member.only()).append(" only.");
            if (member.since() > 1) more.append(" Since api ").append(member.since()).append('.');
            for (CallParameter one : member.parameters())
                more.append("<br>`%s`: %s.".formatted(one.name(), escaped(one.doc())));
            out.append(
                    "| %s%s | %s | %s |\n"
                            .formatted(
                                    escaped(member.doc()),
                                    more,
                                    code(Notation.JAVASCRIPT.signature(object, member)),
                                    code(Notation.PYTHON.signature(object, member))));
            example(member.example());
        }
    }

    private void example(Example example) {
        if (example.python().isEmpty()) return;
        out.append(
                "| For example | %s | %s |\n"
                        .formatted(code(example.javaScript()), code(example.python())));
    }

    /** Code in a cell of a table. */
    private static String code(String text) {
        String fence = text.contains("`") ? "``" : "`";
        String space = text.contains("`") ? " " : "";
        return fence + space + escaped(text) + space + fence;
    }

    private static String escaped(String text) {
        return text.replace("|", "\\|");
    }

    private void inner(ObjectType object) {
        PolicyApi only = new PolicyApi(api.version(), List.of(object), List.of(), List.of());
        for (ObjectType inside : only.all()) {
            boolean listed =
                    api.objects().stream().anyMatch(one -> one.name().equals(inside.name()));
            if (listed || inside.members().isEmpty()) continue;
            out.append("\n### ").append(inside.name()).append("\n\n");
            paragraph(
                    inside.doc() + inside.others().map(_ -> " Other keys are allowed.").orElse(""));
            if (inside.members().stream().anyMatch(one -> !one.example().python().isEmpty()))
                members(inside);
            else keys(inside);
        }
    }

    private void keys(ObjectType object) {
        out.append("| Key | JavaScript | Python | |\n|---|---|---|---|\n");
        for (MemberType member : object.members())
            out.append(
                    "| `%s`%s | `%s` | `%s` | %s |\n"
                            .formatted(
                                    member.name(),
                                    member.access() == MemberType.Access.OPTIONAL_KEY
                                            ? " (optional)"
                                            : "",
                                    escaped(TypeScript.type(member.type())),
                                    escaped(PythonTypes.type(member.type())),
                                    escaped(member.doc())));
    }

    private void records() {
        out.append("\n## record.fields by type\n\n");
        paragraph(
                "The names are those of the specifications and of Xen's public headers. Counts and lengths that other"
                        + " fields determine are not fields; padding is one only where it is not zero. What is optional"
                        + " depends on the guest or on the release of Xen. A record of a type that is not listed has"
                        + " one field, `body`: its bytes in hex.");
        for (RecordShape record : api.records()) {
            if (record.fields().members().isEmpty()) {
                out.append("### %s, %s\n\nNo fields.\n\n".formatted(record.type(), record.layer()));
                continue;
            }
            out.append("### %s, %s\n\n".formatted(record.type(), record.layer()));
            keys(record.fields());
            out.append('\n');
            PolicyApi only =
                    new PolicyApi(api.version(), List.of(record.fields()), List.of(), List.of());
            for (ObjectType inside : only.all()) {
                if (inside.equals(record.fields()) || inside.members().isEmpty()) continue;
                out.append("`").append(inside.name()).append("`:\n\n");
                keys(inside);
                out.append('\n');
            }
        }
    }
}
