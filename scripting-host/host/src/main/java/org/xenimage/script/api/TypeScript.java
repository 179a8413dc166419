package org.xenimage.script.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The typings of JavaScript, {@code xenimage.d.ts}: what VS Code and the TypeScript compiler check policies by. */
final class TypeScript {
    private static final int WIDTH = 100;

    private final PolicyApi api;
    private final StringBuilder out = new StringBuilder();

    private TypeScript(PolicyApi api) {
        this.api = api;
    }

    /** The whole file. */
    static String typings(PolicyApi api) {
        return new TypeScript(api).typings();
    }

    /** A type as TypeScript writes it. */
    static String type(ScriptType type) {
        return switch (type) {
            case ScriptType.Plain plain ->
                    switch (plain) {
                        case NUMBER -> "number";
                        case BIGINT -> "bigint";
                        case INTEGER -> "number | bigint";
                        case STRING -> "string";
                        case FLAG -> "boolean";
                        case BYTES -> "Uint8Array";
                        case BYTES_LIKE -> "Bytes";
                        case RECORD_TYPE -> "RecordType";
                        case PATTERN -> "RegExp";
                        case JSON, ANY -> "any";
                        case NOTHING -> "void";
                        case NEVER -> "never";
                    };
            case ScriptType.Exactly(int value) -> Integer.toString(value);
            case ScriptType.Choice choice ->
                    choice.name().isEmpty() ? values(choice, " | ") : choice.name();
            case ScriptType.ListOf(ScriptType item) -> "Array<" + type(item) + ">";
            case ScriptType.MapOf(ScriptType value) -> "Record<string, " + type(value) + ">";
            case ScriptType.OrNull(ScriptType inner) -> type(inner) + " | null";
            case ScriptType.OneOf(var types) ->
                    types.stream().map(TypeScript::type).collect(Collectors.joining(" | "));
            case ScriptType.Ref(String name) -> name;
            case ScriptType.Keyed(ObjectType object) -> object.name();
            case ScriptType.FunctionOf(String parameter, ScriptType given) ->
                    "(" + parameter + ": " + type(given) + ") => unknown";
        };
    }

    private static String values(ScriptType.Choice choice, String between) {
        return choice.values().stream()
                .map(TypeScript::quoted)
                .collect(Collectors.joining(between));
    }

    private static String quoted(String text) {
        return "'" + text + "'";
    }

    private String typings() {
        out.append(
                """
                // The policy API of Xenimage, api %d, for editors and the TypeScript compiler.
                // Written by `xenimage policy types`; do not edit it.
                //
                // In a policy:
                //   /** @import { Policy, OnConfig } from './xenimage' */
                //
                //   /** @type {Policy} */
                //   export const policy = { api: %d, name: 'mine' };
                //
                //   /** @type {OnConfig} */
                //   export function onConfig(config, ctx) { … }

                /** What is read as bytes; a string gives its UTF-8. */
                export type Bytes = Uint8Array | ArrayBuffer | string | number[];

                """
                        .formatted(api.version(), api.version()));
        for (ScriptType.Choice choice : api.choices())
            out.append(
                    "export type %s =\n  | %s;\n\n"
                            .formatted(choice.name(), values(choice, "\n  | ")));
        for (ObjectType object : api.all()) {
            if (object.name().equals("XenRecord")) records(object);
            else object(object, object.name(), object.members(), "");
        }
        hooks();
        out.append(
                """
                /** What a policy prints goes to the decision log. */
                declare global {
                  var console: {
                    log(...values: any[]): void;
                    warn(...values: any[]): void;
                    error(...values: any[]): void;
                  };
                }
                """);
        return out.toString();
    }

    private void object(ObjectType object, String name, List<MemberType> members, String parent) {
        List<String> options = new ArrayList<>();
        doc("", object.doc());
        out.append("export interface ").append(name).append(parent).append(" {\n");
        for (MemberType member : members) {
            if (member.access() != MemberType.Access.CALL) doc("  ", member.doc());
            switch (member.access()) {
                case READ ->
                        out.append(
                                "  readonly %s: %s;\n"
                                        .formatted(member.name(), type(member.type())));
                case WRITE, KEY ->
                        out.append(
                                "  %s: %s;\n".formatted(key(member.name()), type(member.type())));
                case OPTIONAL_KEY ->
                        out.append(
                                "  %s?: %s;\n".formatted(key(member.name()), type(member.type())));
                case CALL -> call(name, member, options);
            }
        }
        if (object.others().isPresent()) {
            String value = type(object.others().get());
            boolean missing =
                    !value.equals("any") && members.stream().anyMatch(TypeScript::optional);
            out.append("  [name: string]: %s%s;\n".formatted(value, missing ? " | undefined" : ""));
        }
        out.append("}\n\n");
        options.forEach(out::append);
    }

    private static boolean optional(MemberType member) {
        return member.access() == MemberType.Access.OPTIONAL_KEY;
    }

    /** A name, in quotes unless it is one of the language. */
    private static String key(String name) {
        return name.matches("[A-Za-z_$][\\w$]*") ? name : quoted(name);
    }

    /** The forms of a call: by place; by name in one object; the first by place and others by name. */
    private void call(String object, MemberType member, List<String> options) {
        String result = type(member.type());
        List<CallParameter> parameters = member.parameters();
        boolean named = member.byName() && parameters.stream().anyMatch(one -> !one.required());
        if (named) {
            String type =
                    object
                            + member.name().substring(0, 1).toUpperCase(Locale.ROOT)
                            + member.name().substring(1)
                            + "Options";
            options.add(options(type, member, parameters));
            doc("  ", member.doc());
            boolean needed = parameters.stream().anyMatch(CallParameter::required);
            out.append(
                    "  %s(options%s: %s): %s;\n"
                            .formatted(member.name(), needed ? "" : "?", type, result));
            if (parameters.size() > 1) {
                CallParameter first = parameters.getFirst();
                doc("  ", member.doc());
                out.append(
                        "  %s(%s: %s, options: Omit<%s, '%s'>): %s;\n"
                                .formatted(
                                        member.name(),
                                        first.name(),
                                        type(first.type()),
                                        type,
                                        first.name(),
                                        result));
            }
        }
        out.append(WrappedText.call("  ", member));
        String list = joined(CallParameter.byPlace(parameters), one -> parameter(one), ", ");
        String line = "  %s(%s): %s;\n".formatted(member.name(), list, result);
        if (line.length() > WIDTH)
            line =
                    "  %s(\n    %s,\n  ): %s;\n"
                            .formatted(
                                    member.name(),
                                    joined(
                                            CallParameter.byPlace(parameters),
                                            one -> parameter(one),
                                            ",\n    "),
                                    result);
        out.append(line);
    }

    private static String joined(
            List<CallParameter> parameters, Function<CallParameter, String> text, String between) {
        return parameters.stream().map(text).collect(Collectors.joining(between));
    }

    static String parameter(CallParameter parameter) {
        return parameter.name() + (parameter.required() ? ": " : "?: ") + type(parameter.type());
    }

    private static String options(String name, MemberType member, List<CallParameter> parameters) {
        var text = new StringBuilder();
        text.append("/** The arguments of ").append(member.name()).append(" by name. */\n");
        text.append("export interface ").append(name).append(" {\n");
        for (CallParameter one : parameters)
            text.append("  /** %s */\n  %s;\n".formatted(sentence(one.doc()), parameter(one)));
        return text.append("}\n\n").toString();
    }

    private static String sentence(String phrase) {
        return phrase.substring(0, 1).toUpperCase(Locale.ROOT) + phrase.substring(1) + ".";
    }

    private void records(ObjectType record) {
        List<MemberType> common = new ArrayList<>();
        for (MemberType member : record.members()) {
            boolean own = member.name().equals("type") || member.name().equals("layer");
            if (!own && !member.name().equals("fields") && member.only().isEmpty())
                common.add(member);
        }
        object(record, "RecordMembers", common, "");
        List<String> names = new ArrayList<>();
        for (RecordShape shape : api.records()) {
            String name = recordName(shape);
            names.add(name);
            doc("", "A record %s of the %s stream.".formatted(shape.type(), shape.layer()));
            out.append("export interface %s extends RecordMembers {\n".formatted(name));
            own(record, quoted(shape.type()), quoted(shape.layer()), shape.fields().name());
            List<MemberType> more =
                    record.members().stream()
                            .filter(member -> member.only().equals(shape.type()))
                            .toList();
            for (MemberType member : more) {
                if (member.access() == MemberType.Access.CALL) {
                    call(name, member, new ArrayList<>());
                    continue;
                }
                doc("  ", member.doc());
                out.append("  readonly %s: %s;\n".formatted(member.name(), type(member.type())));
            }
            out.append("}\n\n");
        }
        doc("", "A record of a type that the specification does not name.");
        out.append("export interface OtherRecord extends RecordMembers {\n");
        own(record, "`0x${string}` | `CORE_${string}`", "'libxl' | 'libxc'", "{ body: string }");
        out.append("}\n\n");
        names.add("OtherRecord");
        doc("", record.doc());
        out.append("export type XenRecord =\n  | ")
                .append(String.join("\n  | ", names))
                .append(";\n\n");
        doc("", "The name of a record type, or its number in hex.");
        out.append("export type RecordType = XenRecord['type'];\n\n");
    }

    private void own(ObjectType record, String type, String layer, String fields) {
        for (MemberType member : record.members()) {
            String is =
                    switch (member.name()) {
                        case "type" -> type;
                        case "layer" -> layer;
                        case "fields" -> fields;
                        default -> "";
                    };
            if (is.isEmpty()) continue;
            doc("  ", member.doc());
            out.append("  readonly %s: %s;\n".formatted(member.name(), is));
        }
    }

    static String recordName(RecordShape shape) {
        String fields = shape.fields().name();
        return fields.substring(0, fields.length() - "Fields".length()) + "Record";
    }

    private void hooks() {
        for (HookType hook : api.hooks()) {
            doc("", hook.doc());
            out.append(
                    "export type %s = (%s) => void;\n\n"
                            .formatted(
                                    named(hook),
                                    joined(hook.parameters(), one -> parameter(one), ", ")));
        }
        doc("", "What a policy exports: its header and its hooks.");
        out.append("export interface PolicyModule {\n  policy: Policy;\n");
        for (HookType hook : api.hooks())
            out.append("  %s?: %s;\n".formatted(hook.name(), named(hook)));
        out.append(
                """
                }

                /**
                 * The exports of a policy, so that one that looks like a hook and is none is an error:
                 * `import * as mine from './mine.js'; const checked: Checked<typeof mine> = mine;`
                 */
                export type Checked<Module> = { policy: Policy } & {
                  [Name in keyof Module]: Name extends keyof PolicyModule
                    ? PolicyModule[Name]
                    : Name extends `on${Capitalize<string>}`
                      ? never
                      : unknown;
                };

                """);
    }

    private static String named(HookType hook) {
        return hook.name().substring(0, 1).toUpperCase(Locale.ROOT) + hook.name().substring(1);
    }

    private void doc(String indent, String text) {
        if (!text.isEmpty()) out.append(WrappedText.comment(indent, text));
    }
}
