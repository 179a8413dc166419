package org.xenimage.script.set;

import static org.xenimage.script.api.MemberType.key;
import static org.xenimage.script.api.ScriptType.Plain.FLAG;
import static org.xenimage.script.api.ScriptType.Plain.JSON;
import static org.xenimage.script.api.ScriptType.Plain.STRING;

import org.xenimage.script.api.ObjectType;
import org.xenimage.script.api.ScriptType;
import org.xenimage.script.grant.GrantReader;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Operation;

/** The keys of a set's file: its reader takes them from here, and so does the schema for editors. */
final class SetKeys {
    /** What becomes of a run in which a policy fails. */
    static final ScriptType.Choice ON_ERROR =
            new ScriptType.Choice("", java.util.List.of("abort", "skip", "quarantine"));

    /** Keys of {@code match}; a text between slashes is a regular expression. */
    static final ObjectType MATCH =
            ObjectType.keys(
                    "SetMatch",
                    "Domains; the policy's own match holds as well.",
                    key(
                            "guest",
                            ScriptType.oneOrMore(HeaderKeys.GUEST),
                            false,
                            "The types of guest."),
                    key(
                            "name",
                            STRING,
                            false,
                            "The name of the domain: a text, a glob with * and ?, or /a regular expression/."),
                    key("uuid", STRING, false, "The UUID of the domain, likewise."));

    /** Keys of one of {@code policies}. */
    static final ObjectType ENTRY =
            ObjectType.keys(
                    "SetEntry",
                    "A policy of the set.",
                    key(
                            "policy",
                            STRING,
                            true,
                            "A file of the set, or the name of a library policy."),
                    key("as", STRING, false, "Its name in this set; that of its header if absent."),
                    key(
                            "on",
                            ScriptType.oneOrMore(Operation.TYPE),
                            false,
                            "The operations it runs in; those of its header that are named here."),
                    key(
                            "match",
                            new ScriptType.Keyed(MATCH),
                            false,
                            "The domains it is for, in addition to its own match."),
                    key(
                            "hosts",
                            ScriptType.oneOrMore(STRING),
                            false,
                            "The hosts it runs on, by name or glob; all if absent."),
                    key("params", new ScriptType.MapOf(JSON), false, "Values of its parameters."),
                    key(
                            "limits",
                            new ScriptType.Keyed(HeaderKeys.LIMITS),
                            false,
                            "Limits for each call of a hook, where they are lower than its own."),
                    key(
                            "isolate",
                            FLAG,
                            false,
                            "Whether it runs in a process of its own; as the set says if absent."),
                    key(
                            "onError",
                            ON_ERROR,
                            false,
                            "What a failure does: abort the run, skip the policy, or quarantine: skip it now and"
                                    + " disable it for later runs."),
                    key(
                            "grants",
                            ScriptType.oneOf(ScriptType.list(STRING), new ScriptType.MapOf(STRING)),
                            false,
                            "The grants that it is given: names, or the name it wants with that of the set's grant."));

    /** Keys of one of {@code hosts}. */
    static final ObjectType HOST =
            ObjectType.keys(
                    "SetHost",
                    "What is different on some hosts.",
                    key(
                            "site",
                            new ScriptType.MapOf(JSON),
                            false,
                            "Keys of site that have other values."),
                    key(
                            "params",
                            new ScriptType.MapOf(new ScriptType.MapOf(JSON)),
                            false,
                            "Other values of parameters, by the name of the policy in the set."),
                    key(
                            "grants",
                            new ScriptType.MapOf(new ScriptType.Keyed(GrantReader.GRANT)),
                            false,
                            "Other definitions of the set's grants, of the same kind."));

    /** Keys of the file. */
    static final ObjectType SET =
            ObjectType.keys(
                    "PolicySet",
                    "A set of policies: which run, in which order, and what each is given.",
                    key("set", new ScriptType.Exactly(1), true, "The version of this form."),
                    key("doc", STRING, false, "What the set is for."),
                    key(
                            "policies",
                            ScriptType.list(ScriptType.oneOf(STRING, new ScriptType.Keyed(ENTRY))),
                            true,
                            "The policies, in the order in which they run."),
                    key(
                            "site",
                            new ScriptType.MapOf(JSON),
                            false,
                            "What the policies see as ctx.site; keys of --site go before."),
                    key(
                            "limits",
                            new ScriptType.Keyed(HeaderKeys.LIMITS),
                            false,
                            "Limits that no policy of the set may exceed, for each call of a hook."),
                    key(
                            "isolate",
                            FLAG,
                            false,
                            "Whether each policy runs in a process of its own."),
                    key(
                            "onError",
                            ON_ERROR,
                            false,
                            "What a failure does, for every policy that does not say it itself."),
                    key(
                            "grants",
                            new ScriptType.MapOf(new ScriptType.Keyed(GrantReader.GRANT)),
                            false,
                            "What policies of the set can be given, by name; none has it but by its own grants."),
                    key(
                            "hosts",
                            new ScriptType.MapOf(new ScriptType.Keyed(HOST)),
                            false,
                            "What is different on some hosts, by name or glob; later ones go before."));

    private SetKeys() {}
}
