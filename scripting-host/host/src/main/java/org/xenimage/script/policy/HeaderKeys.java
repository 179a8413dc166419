package org.xenimage.script.policy;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.NUMBER;
import static org.xenimage.script.api.ScriptType.Plain.PATTERN;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.api.Setting;

import java.util.Arrays;
import java.util.List;

/**
 * The keys of a policy's header, the same in both languages: the reader of headers takes them from here, and so do the
 * typings and the reference.
 */
public final class HeaderKeys {
    /** The types of guest. */
    public static final ScriptType.Choice GUEST =
            new ScriptType.Choice("GuestType", List.of("pv", "hvm", "pvh"));

    /** Keys of {@code match}. */
    public static final ObjectType MATCH =
            ObjectType.keys(
                            "PolicyMatch",
                            "Which domains a policy is for, decided before any of its code runs.",
                            key("guest", ScriptType.oneOrMore(GUEST), false, "The types of guest.")
                                    .like("match: { guest: 'pv' }", "'match': {'guest': 'pv'}"),
                            key(
                                            "name",
                                            ScriptType.oneOf(STRING, PATTERN),
                                            false,
                                            "The name of the domain: a text, a glob with * and ?, or a pattern.")
                                    .like("match: { name: /^web-/ }", "'match': {'name': 'web-*'}"),
                            key(
                                            "uuid",
                                            ScriptType.oneOf(STRING, PATTERN),
                                            false,
                                            "The UUID of the domain, likewise.")
                                    .like(
                                            "match: { uuid: '7f56e98f-*' }",
                                            "'match': {'uuid': '7f56e98f-*'}"))
                    .in("match", Setting.NONE);

    /** The types of parameters. */
    private static final ScriptType PARAMETER_TYPE =
            new ScriptType.Choice(
                    "ParameterType",
                    Arrays.stream(ParameterType.values()).map(ParameterType::headerName).toList());

    /** Keys of one of {@code params}, where it is more than a default. */
    public static final ObjectType PARAMETER =
            ObjectType.keys(
                            "PolicyParameter",
                            "A parameter that --set can set.",
                            key(
                                            "type",
                                            PARAMETER_TYPE,
                                            false,
                                            "Its type; that of its default if absent.")
                                    .like(
                                            "params: { to: { type: 'string' } }",
                                            "'params': {'to': {'type': 'string'}}"),
                            key("enum", ScriptType.list(JSON), false, "The only values allowed.")
                                    .like(
                                            "params: { level: { enum: ['v1', 'v2'] } }",
                                            "'params': {'level': {'enum': ['v1', 'v2']}}"),
                            key("minimum", NUMBER, false, "The least number allowed.")
                                    .like(
                                            "params: { fill: { default: 0, minimum: 0 } }",
                                            "'params': {'fill': {'default': 0, 'minimum': 0}}"),
                            key("maximum", NUMBER, false, "The greatest number allowed.")
                                    .like(
                                            "params: { fill: { default: 0, maximum: 255 } }",
                                            "'params': {'fill': {'default': 0, 'maximum': 255}}"),
                            key(
                                            "pattern",
                                            ScriptType.oneOf(STRING, PATTERN),
                                            false,
                                            "A regular expression that a text must match.")
                                    .like(
                                            "params: { to: { default: 'web2', pattern: '^web' } }",
                                            "'params': {'to': {'default': 'web2', 'pattern': '^web'}}"),
                            key("default", JSON, false, "What the policy gets if nothing is set.")
                                    .like(
                                            "params: { to: { default: 'web2' } }",
                                            "'params': {'to': {'default': 'web2'}}"),
                            key("doc", STRING, false, "What it is for; policy show prints it.")
                                    .like(
                                            "params: { to: { default: '', doc: 'the new name' } }",
                                            "'params': {'to': {'default': '', 'doc': 'the new name'}}"),
                            key("required", FLAG, false, "Whether it must be set.")
                                    .like(
                                            "params: { to: { required: true } }",
                                            "'params': {'to': {'required': True}}"),
                            key("secret", FLAG, false, "Whether reports and logs hide its value.")
                                    .like(
                                            "params: { token: { default: '', secret: true } }",
                                            "'params': {'token': {'default': '', 'secret': True}}"))
                    .in("params.NAME", Setting.NONE);

    /** Keys of {@code limits}. */
    public static final ObjectType LIMITS =
            ObjectType.keys(
                            "PolicyLimits",
                            "Limits for each call of a hook and for a run; they can only lower the host's.",
                            key("milliseconds", NUMBER, false, "Time of a call.")
                                    .like(
                                            "limits: { milliseconds: 500 }",
                                            "'limits': {'milliseconds': 500}"),
                            key("kilobytes", NUMBER, false, "Memory that a call allocates.")
                                    .like(
                                            "limits: { kilobytes: 65536 }",
                                            "'limits': {'kilobytes': 65536}"),
                            key(
                                            "statements",
                                            NUMBER,
                                            false,
                                            "Statements of a call, in JavaScript only.")
                                    .like(
                                            "limits: { statements: 1000000 }",
                                            "'limits': {'statements': 1000000}"),
                            key("processorMilliseconds", NUMBER, false, "Processor time of a call.")
                                    .like(
                                            "limits: { processorMilliseconds: 500 }",
                                            "'limits': {'processorMilliseconds': 500}"),
                            key(
                                            "runMilliseconds",
                                            NUMBER,
                                            false,
                                            "Total time of all calls in a run.")
                                    .like(
                                            "limits: { runMilliseconds: 60000 }",
                                            "'limits': {'runMilliseconds': 60000}"),
                            key(
                                            "runProcessorMilliseconds",
                                            NUMBER,
                                            false,
                                            "Total processor time of all calls in a run.")
                                    .like(
                                            "limits: { runProcessorMilliseconds: 30000 }",
                                            "'limits': {'runProcessorMilliseconds': 30000}"),
                            key(
                                            "runKilobytes",
                                            NUMBER,
                                            false,
                                            "Total memory that all calls in a run allocate.")
                                    .like(
                                            "limits: { runKilobytes: 1048576 }",
                                            "'limits': {'runKilobytes': 1048576}"))
                    .in("limits", Setting.NONE);

    /** Keys of the header. */
    public static final ObjectType HEADER =
            ObjectType.keys(
                            "Policy",
                            "The header of a policy: a literal, read before any of its code runs.",
                            key(
                                            "api",
                                            new ScriptType.Exactly(1),
                                            true,
                                            "The version of this API that the policy is written for.")
                                    .like("api: 1", "'api': 1"),
                            key("name", STRING, false, "The name; that of the file if absent.")
                                    .like("name: 'scrub-tokens'", "'name': 'scrub-tokens'"),
                            key(
                                            "version",
                                            ScriptType.oneOf(STRING, NUMBER),
                                            false,
                                            "The version of the policy, for logs and provenance.")
                                    .like("version: '1.0'", "'version': '1.0'"),
                            key(
                                            "on",
                                            ScriptType.oneOrMore(Operation.TYPE),
                                            false,
                                            "The operations that it runs in; all if absent.")
                                    .like("on: ['save', 'rewrite']", "'on': ['save', 'rewrite']"),
                            key(
                                            "match",
                                            new ScriptType.Keyed(MATCH),
                                            false,
                                            "The domains that it is for; all if absent.")
                                    .like("match: { guest: 'pv' }", "'match': {'guest': 'pv'}"),
                            key(
                                            "onError",
                                            ScriptType.choice("abort", "skip"),
                                            false,
                                            "Whether a failure ends the run (the default) or only this policy.")
                                    .like("onError: 'skip'", "'onError': 'skip'"),
                            key(
                                            "params",
                                            new ScriptType.MapOf(
                                                    new ScriptType.OneOf(
                                                            List.of(
                                                                    new ScriptType.Keyed(PARAMETER),
                                                                    STRING,
                                                                    NUMBER,
                                                                    FLAG,
                                                                    ScriptType.list(JSON)))),
                                            false,
                                            "The parameters by name: a default each, or an object.")
                                    .like(
                                            "params: { to: { default: 'web2', doc: 'the new name' } }",
                                            "'params': {'to': {'default': 'web2', 'doc': 'the new name'}}"),
                            key("limits", new ScriptType.Keyed(LIMITS), false, "Limits of its own.")
                                    .like(
                                            "limits: { milliseconds: 500 }",
                                            "'limits': {'milliseconds': 500}"),
                            key(
                                            "wants",
                                            new ScriptType.MapOf(GrantKind.TYPE),
                                            false,
                                            "The grants that a policy set must give it, by name: see ctx.grant.")
                                    .like(
                                            "wants: { inventory: 'read' }",
                                            "'wants': {'inventory': 'read'}"),
                            key("doc", STRING, false, "What the policy is for.")
                                    .like("doc: 'hides tokens'", "'doc': 'hides tokens'"))
                    .in("policy", Setting.NONE);

    private HeaderKeys() {}
}
