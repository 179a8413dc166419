package org.xenimage.script.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The typings of Python, {@code xenimage.pyi}: what Pylance and pyright check policies by. */
final class PythonTypes {
    private static final int WIDTH = 100;

    private final PolicyApi api;
    private final StringBuilder out = new StringBuilder();
    private final List<String> names = new ArrayList<>();

    private PythonTypes(PolicyApi api) {
        this.api = api;
    }

    /** The whole file. */
    static String typings(PolicyApi api) {
        return new PythonTypes(api).typings();
    }

    /**
     * The file that makes the names of the typings known without an import: a policy writes them in quotes, and the
     * host needs no module of that name.
     */
    static String builtins(PolicyApi api) {
        var made = new PythonTypes(api);
        made.typings();
        var text = new StringBuilder();
        text.append(
                """
                # Makes the names of xenimage.pyi known in every policy, where they are written in quotes.
                # Written by `xenimage policy types`; do not edit it.

                """);
        for (String name : made.names)
            text.append("from xenimage import %s as %s\n".formatted(name, name));
        return text.toString();
    }

    /** A type as Python writes it. */
    static String type(ScriptType type) {
        return switch (type) {
            case ScriptType.Plain plain ->
                    switch (plain) {
                        case NUMBER, BIGINT, INTEGER -> "int";
                        case STRING, RECORD_TYPE -> "str";
                        case FLAG -> "bool";
                        case BYTES -> "bytearray";
                        case BYTES_LIKE -> "BytesLike";
                        case PATTERN -> "Pattern[str]";
                        case JSON, ANY -> "Any";
                        case NOTHING -> "None";
                        case NEVER -> "NoReturn";
                    };
            case ScriptType.Exactly(int value) -> "Literal[" + value + "]";
            case ScriptType.Choice choice ->
                    choice.name().isEmpty()
                            ? "Literal[" + values(choice, ", ") + "]"
                            : choice.name();
            case ScriptType.ListOf(ScriptType item) -> "list[" + type(item) + "]";
            case ScriptType.MapOf(ScriptType value) -> "dict[str, " + type(value) + "]";
            case ScriptType.OrNull(ScriptType inner) -> type(inner) + " | None";
            case ScriptType.OneOf(var types) -> {
                Set<String> names = new LinkedHashSet<>();
                for (ScriptType one : types) names.add(type(one));
                yield String.join(" | ", names);
            }
            case ScriptType.Ref(String name) -> name;
            case ScriptType.Keyed(ObjectType object) -> object.name();
            case ScriptType.FunctionOf(_, ScriptType given) ->
                    "Callable[[" + type(given) + "], object]";
        };
    }

    private static String values(ScriptType.Choice choice, String between) {
        return choice.values().stream()
                .map(PythonTypes::quoted)
                .collect(Collectors.joining(between));
    }

    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private String typings() {
        out.append(
                """
                # The policy API of Xenimage, api %d, for editors and pyright.
                # Written by `xenimage policy types`; do not edit it.
                #
                # In a policy, with the names in quotes and nothing to import:
                #   POLICY: "Policy" = {"api": %d, "name": "mine"}
                #
                #   def on_config(config: "Config", ctx: "Context"): ...

                from collections.abc import Callable
                from re import Pattern
                from typing import Any, Literal, NoReturn, NotRequired, Protocol, TypedDict

                BytesLike = bytes | bytearray | str

                """
                        .formatted(api.version(), api.version()));
        names.add("BytesLike");
        for (ScriptType.Choice choice : api.choices()) {
            names.add(choice.name());
            out.append(
                    "%s = Literal[\n    %s,\n]\n\n"
                            .formatted(choice.name(), values(choice, ",\n    ")));
        }
        for (ObjectType object : api.all()) {
            if (object.name().equals("XenRecord")) records(object);
            else if (object.form() == ObjectType.Form.VIEW)
                view(object, object.name(), object.members());
            else dict(object);
        }
        hooks();
        return out.toString();
    }

    private void dict(ObjectType object) {
        names.add(object.name());
        if (object.members().isEmpty()) {
            out.append("# %s\n%s = dict[str, Any]\n\n".formatted(object.doc(), object.name()));
            return;
        }
        String others = object.others().map(value -> ", extra_items=" + type(value)).orElse("");
        out.append("class %s(TypedDict%s):\n".formatted(object.name(), others));
        doc(object.doc());
        for (MemberType member : object.members()) {
            String name =
                    object.form() == ObjectType.Form.KEYS
                            ? member.name()
                            : Spelling.snake(member.name());
            String type = type(member.type());
            out.append(
                    "    %s: %s\n"
                            .formatted(
                                    name,
                                    member.access() == MemberType.Access.OPTIONAL_KEY
                                            ? "NotRequired[" + type + "]"
                                            : type));
            doc(member.doc());
        }
        out.append('\n');
    }

    private void doc(String text) {
        List<String> lines = WrappedText.wrap(text, WIDTH - 10);
        out.append("    \"\"\"").append(String.join("\n    ", lines)).append("\"\"\"\n");
    }

    private void view(ObjectType object, String name, List<MemberType> members) {
        names.add(name);
        out.append("class ").append(name).append(":\n");
        doc(object.doc());
        members.forEach(this::member);
        out.append('\n');
    }

    private void member(MemberType member) {
        String name = Spelling.snake(member.name());
        String type = type(member.type());
        switch (member.access()) {
            case READ -> {
                out.append("    @property\n    def %s(self) -> %s:\n".formatted(name, type));
                body(member.doc());
            }
            case WRITE, KEY, OPTIONAL_KEY -> {
                out.append("    %s: %s\n".formatted(name, type));
                doc(member.doc());
            }
            case CALL -> {
                List<String> parameters = new ArrayList<>(List.of("self"));
                for (CallParameter one : CallParameter.byPlace(member.parameters()))
                    parameters.add(parameter(one));
                if (!member.byName() && !member.parameters().isEmpty()) parameters.add("/");
                String line =
                        "    def %s(%s) -> %s:\n"
                                .formatted(name, String.join(", ", parameters), type);
                if (line.length() > WIDTH)
                    line =
                            "    def %s(\n        %s,\n    ) -> %s:\n"
                                    .formatted(name, String.join(",\n        ", parameters), type);
                out.append(line);
                body(member.doc(), member.parameters());
            }
        }
    }

    private void body(String doc) {
        body(doc, List.of());
    }

    private void body(String doc, List<CallParameter> parameters) {
        List<String> lines = new ArrayList<>(WrappedText.wrap(doc, WIDTH - 14));
        if (!parameters.isEmpty()) lines.add("");
        for (CallParameter one : parameters)
            lines.add(Spelling.snake(one.name()) + ": " + one.doc());
        out.append("        \"\"\"")
                .append(String.join("\n        ", lines).replace("\n        \n", "\n\n"))
                .append("\"\"\"\n");
    }

    static String parameter(CallParameter parameter) {
        String type = type(parameter.type());
        String typed = Spelling.snake(parameter.name()) + ": " + type;
        if (parameter.required()) return typed;
        return typed + (type.endsWith("| None") ? " = ..." : " | None = ...");
    }

    private void records(ObjectType record) {
        List<MemberType> common = new ArrayList<>();
        for (MemberType member : record.members()) {
            boolean own = member.name().equals("type") || member.name().equals("layer");
            if (!own && !member.name().equals("fields") && member.only().isEmpty())
                common.add(member);
        }
        view(record, "RecordMembers", common);
        List<String> all = new ArrayList<>();
        for (RecordShape shape : api.records()) {
            String name = TypeScript.recordName(shape);
            all.add(name);
            names.add(name);
            out.append("class %s(RecordMembers):\n".formatted(name));
            doc("A record %s of the %s stream.".formatted(shape.type(), shape.layer()));
            own(
                    record,
                    "Literal[\"%s\"]".formatted(shape.type()),
                    "Literal[\"%s\"]".formatted(shape.layer()),
                    shape.fields().name());
            record.members().stream()
                    .filter(member -> member.only().equals(shape.type()))
                    .forEach(this::member);
            out.append('\n');
        }
        names.add("OtherRecord");
        all.add("OtherRecord");
        out.append("class OtherRecord(RecordMembers):\n");
        doc(
                "A record of a type that the specification does not name: a number in hex that begins with 0x.");
        // A literal that stands for all others, because a checker tells classes apart by literals
        // only.
        own(record, "Literal[\"0x\"]", "Literal[\"libxl\", \"libxc\"]", "dict[str, Any]");
        out.append("\n# ").append(record.doc()).append('\n');
        out.append("XenRecord = (\n    ").append(String.join("\n    | ", all)).append("\n)\n\n");
        names.add("XenRecord");
    }

    /** Attributes, not properties: a checker tells records apart only by attributes. */
    private void own(ObjectType record, String type, String layer, String fields) {
        for (MemberType member : record.members()) {
            switch (member.name()) {
                case "type" -> out.append("    type: ").append(type).append('\n');
                case "layer" -> out.append("    layer: ").append(layer).append('\n');
                case "fields" -> {
                    out.append("    @property\n    def fields(self) -> %s:\n".formatted(fields));
                    body(member.doc());
                    continue;
                }
                default -> {
                    continue;
                }
            }
            doc(member.doc());
        }
    }

    private void hooks() {
        for (HookType hook : api.hooks()) {
            String name =
                    hook.name().substring(0, 1).toUpperCase(Locale.ROOT) + hook.name().substring(1);
            names.add(name);
            out.append("class %s(Protocol):\n".formatted(name));
            doc(hook.doc());
            out.append(
                    "    def __call__(self, %s, /) -> None: ...\n\n"
                            .formatted(
                                    hook.parameters().stream()
                                            .map(PythonTypes::parameter)
                                            .collect(Collectors.joining(", "))));
        }
        names.add("Hooks");
        out.append("class Hooks(TypedDict, total=False):\n");
        doc("The hooks of a policy, by name.");
        for (HookType hook : api.hooks())
            out.append(
                    "    %s: %s\n"
                            .formatted(
                                    Spelling.snake(hook.name()),
                                    hook.name().substring(0, 1).toUpperCase(Locale.ROOT)
                                            + hook.name().substring(1)));
    }
}
