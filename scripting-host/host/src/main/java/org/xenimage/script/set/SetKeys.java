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

import java.util.List;

/** The keys of a set's file, for its reader and for the schema for editors. */
final class SetKeys {
    /** What happens if a policy fails. */
    static final ScriptType.Choice ON_ERROR =
            new ScriptType.Choice("", List.of("abort", "skip", "quarantine"));

    /** Keys of {@code match}; a text between slashes is a regular expression. */
    static final ObjectType MATCH =
            ObjectType.keys(
                    "SetMatch",
                    "Domains; the policy's own match still applies.",
                    key(
                            "guest",
                            ScriptType.oneOrMore(HeaderKeys.GUEST),
                            false,
                            "The types of guest."),
                    key(
                            "name",
                            STRING,
                            false,
                            "The name of the domain: plain text, a glob with * and ?, or /a regular expression/."),
                    key("uuid", STRING, false, "The UUID of the domain, in the same forms."));

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
                    key(
                            "as",
                            STRING,
                            false,
                            "Its name in this set (default: the name in its header)."),
                    key(
                            "on",
                            ScriptType.oneOrMore(Operation.TYPE),
                            false,
                            "The operations in which it runs, out of those in its header."),
                    key(
                            "match",
                            new ScriptType.Keyed(MATCH),
                            false,
                            "The domains for which it runs; its own match still applies."),
                    key(
                            "hosts",
                            ScriptType.oneOrMore(STRING),
                            false,
                            "The hosts on which it runs, by name or glob (default: all)."),
                    key("params", new ScriptType.MapOf(JSON), false, "Values for its parameters."),
                    key(
                            "limits",
                            new ScriptType.Keyed(HeaderKeys.LIMITS),
                            false,
                            "Limits per call and per run; they can only lower the policy's own limits."),
                    key(
                            "isolate",
                            FLAG,
                            false,
                            "Whether it runs in its own process (default: the set's isolate)."),
                    key(
                            "onError",
                            ON_ERROR,
                            false,
                            "On failure: abort the run, skip the policy, or quarantine it (skip it from now on)."),
                    key(
                            "grants",
                            ScriptType.oneOf(ScriptType.list(STRING), new ScriptType.MapOf(STRING)),
                            false,
                            "The grants that it gets: names, or the names in its wants with those in the set."));

    /** Keys of one of {@code hosts}. */
    static final ObjectType HOST =
            ObjectType.keys(
                    "SetHost",
                    "Differences on some hosts.",
                    key(
                            "site",
                            new ScriptType.MapOf(JSON),
                            false,
                            "Keys of site with other values."),
                    key(
                            "params",
                            new ScriptType.MapOf(new ScriptType.MapOf(JSON)),
                            false,
                            "Other values for parameters, by the name of the policy in the set."),
                    key(
                            "grants",
                            new ScriptType.MapOf(new ScriptType.Keyed(GrantReader.GRANT)),
                            false,
                            "Other definitions of the set's grants, of the same kind."));

    /** Keys of {@code redact}. */
    static final ObjectType REDACT =
            ObjectType.keys(
                    "SetRedact",
                    "What never appears in output, logs, reports, traces and diffs.",
                    key(
                            "keys",
                            ScriptType.list(STRING),
                            false,
                            "Keys whose values are hidden, as names or globs with * and ?."),
                    key(
                            "texts",
                            ScriptType.list(STRING),
                            false,
                            "Texts that are hidden: plain text, or /a regular expression/."));

    /** Keys of the file. */
    static final ObjectType SET =
            ObjectType.keys(
                    "PolicySet",
                    "A set of policies: which ones run, in which order, and with which settings.",
                    key("set", new ScriptType.Exactly(1), true, "The version of this file format."),
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
                            "What the policies see as ctx.site; keys of --site override it."),
                    key(
                            "schemas",
                            ScriptType.oneOrMore(STRING),
                            false,
                            "Files of the set that describe site sections, as --section-schema does."),
                    key(
                            "limits",
                            new ScriptType.Keyed(HeaderKeys.LIMITS),
                            false,
                            "Upper limits for every policy of the set, per call and per run."),
                    key("isolate", FLAG, false, "Whether each policy runs in its own process."),
                    key(
                            "redact",
                            new ScriptType.Keyed(REDACT),
                            false,
                            "What never appears in output, beyond what looks secret; for all policies of a run."),
                    key(
                            "onError",
                            ON_ERROR,
                            false,
                            "What a failure does, for every policy without its own onError."),
                    key(
                            "grants",
                            new ScriptType.MapOf(new ScriptType.Keyed(GrantReader.GRANT)),
                            false,
                            "The grants of the set, by name; a policy gets only those in its own grants key."),
                    key(
                            "hosts",
                            new ScriptType.MapOf(new ScriptType.Keyed(HOST)),
                            false,
                            "Differences on some hosts, by name or glob; later entries override earlier ones."));

    private SetKeys() {}
}
