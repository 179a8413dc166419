package org.xenimage.script;

import org.xenimage.script.header.LeadingText;
import org.xenimage.script.header.Literal;
import org.xenimage.script.header.LiteralRejected;
import org.xenimage.script.header.LiteralSyntax;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.GrantKind;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.MatchPattern;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.PolicyParameter;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Makes a policy of the header that its source begins with. */
final class PolicyHeader {
    static final int API = 1;

    private final Map<String, Literal> values;
    private final int line;

    private PolicyHeader(Literal.Entries header) {
        this.values = header.values();
        this.line = header.line();
    }

    static Policy read(String file, String stem, Language language, String source, String digest)
            throws LiteralRejected {
        Optional<Literal.Entries> found =
                switch (language) {
                    case JAVASCRIPT -> LiteralSyntax.jsHeader(source);
                    case PYTHON -> LiteralSyntax.pythonHeader(source);
                };
        if (found.isEmpty()) {
            throw new LiteralRejected(
                    1,
                    1,
                    switch (language) {
                        case JAVASCRIPT ->
                                "no header: expected `export const policy = { api: 1, … }`";
                        case PYTHON -> "no header: expected `POLICY = {\"api\": 1, …}`";
                    });
        }
        return new PolicyHeader(found.get()).policy(file, stem, language, source, digest);
    }

    private Policy policy(String file, String stem, Language language, String source, String digest)
            throws LiteralRejected {
        requireKnown("the header", values, HeaderKeys.HEADER.names());
        Literal api = values.get("api");
        if (api == null) throw new LiteralRejected(line, 1, "api is missing: expected api: 1");
        if (!(api instanceof Literal.Numeral number
                && number.integer()
                && number.value().intValue() == API))
            throw new LiteralRejected(
                    api.line(),
                    1,
                    "api: expected 1, the only version of the policy API that this release knows");
        return new Policy(
                name(stem),
                version(),
                doc(language, source),
                on(),
                match(),
                onError(),
                parameters(),
                limits(),
                wants(),
                language,
                file,
                source,
                digest,
                List.of(),
                Assignment.NONE);
    }

    static void requireKnown(String what, Map<String, Literal> values, List<String> known)
            throws LiteralRejected {
        for (var entry : values.entrySet()) {
            if (!known.contains(entry.getKey()))
                throw new LiteralRejected(
                        entry.getValue().line(),
                        1,
                        what
                                + " has no key "
                                + entry.getKey()
                                + Nearest.suggestion(entry.getKey(), known));
        }
    }

    static String text(String key, Literal value) throws LiteralRejected {
        if (value instanceof Literal.Text text) return text.value();
        throw new LiteralRejected(
                value.line(), 1, key + ": expected a string, found " + value.kind());
    }

    private String name(String stem) throws LiteralRejected {
        Literal value = values.get("name");
        if (value == null) return stem;
        String name = text("name", value);
        boolean plain = !name.isEmpty() && name.length() <= 100;
        for (char c : name.toCharArray())
            plain &= Character.isLetterOrDigit(c) || "-_".indexOf(c) >= 0;
        if (!plain)
            throw new LiteralRejected(
                    value.line(), 1, "name: expected letters, digits, - and _, found " + name);
        return name;
    }

    private String version() throws LiteralRejected {
        Literal value = values.get("version");
        if (value == null) return "";
        return value instanceof Literal.Numeral number
                ? number.value().toPlainString()
                : text("version", value);
    }

    private String doc(Language language, String source) throws LiteralRejected {
        Literal value = values.get("doc");
        if (value != null) return text("doc", value);
        return switch (language) {
            case JAVASCRIPT -> LeadingText.js(source);
            case PYTHON -> LeadingText.python(source);
        };
    }

    /** One string, or a list of strings. */
    static List<Literal> list(Literal value) {
        return value instanceof Literal.Items items ? items.values() : List.of(value);
    }

    private Set<Operation> on() throws LiteralRejected {
        Literal value = values.get("on");
        if (value == null) return EnumSet.allOf(Operation.class);
        Set<Operation> on = EnumSet.noneOf(Operation.class);
        List<String> known = new ArrayList<>();
        for (Operation operation : Operation.values()) known.add(operation.policyName());
        for (Literal item : list(value)) {
            String name = text("on", item);
            on.add(
                    Operation.named(name)
                            .orElseThrow(() ->
                                    new LiteralRejected(
                                            item.line(),
                                            1,
                                            "on: there is no operation "
                                                    + name
                                                    + Nearest.suggestion(name, known))));
        }
        if (on.isEmpty())
            throw new LiteralRejected(value.line(), 1, "on: expected at least one operation");
        return on;
    }

    private PolicyMatch match() throws LiteralRejected {
        Literal value = values.get("match");
        if (value == null) return PolicyMatch.ALL;
        Map<String, Literal> keys = entries("match", value);
        requireKnown("match", keys, HeaderKeys.MATCH.names());
        Set<String> guests = new LinkedHashSet<>();
        Literal given = keys.get("guest");
        if (given != null) {
            for (Literal item : list(given)) {
                String guest = text("match.guest", item);
                if (!HeaderKeys.GUEST.values().contains(guest))
                    throw new LiteralRejected(
                            item.line(), 1, "match.guest: expected pv, hvm or pvh, found " + guest);
                guests.add(guest);
            }
        }
        return new PolicyMatch(
                guests,
                criterion("match.name", keys.get("name"), false),
                criterion("match.uuid", keys.get("uuid"), true));
    }

    private static Optional<PolicyMatch.Criterion> criterion(
            String key, @org.jspecify.annotations.Nullable Literal value, boolean lowercase)
            throws LiteralRejected {
        return switch (value) {
            case null -> Optional.empty();
            case Literal.Text text -> Optional.of(text(key, text, lowercase));
            case Literal.Expression expression ->
                    Optional.of(new PolicyMatch.Criterion.Found(pattern(key, expression)));
            default ->
                    throw new LiteralRejected(
                            value.line(),
                            1,
                            key
                                    + ": expected a string or a regular expression, found "
                                    + value.kind());
        };
    }

    private static PolicyMatch.Criterion text(String key, Literal.Text text, boolean lowercase)
            throws LiteralRejected {
        String wanted = lowercase ? text.value().toLowerCase(java.util.Locale.ROOT) : text.value();
        String plain = wanted.replace("^", "").replace("$", "").replace(".*", "*");
        if (wanted.startsWith("^") || wanted.endsWith("$"))
            throw new LiteralRejected(
                    text.line(),
                    1,
                    "%s: a text is compared with the whole name, \"%s\" too: write \"%s\", or a regular expression, %s"
                            .formatted(
                                    key,
                                    wanted,
                                    plain + (wanted.endsWith("$") ? "" : "*"),
                                    "/%s/, in Python re.compile(r\"%s\")"
                                            .formatted(wanted, wanted)));
        try {
            return PolicyMatch.Criterion.of(wanted);
        } catch (IllegalArgumentException e) {
            throw new LiteralRejected(text.line(), 1, key + ": " + e.getMessage());
        }
    }

    private static MatchPattern pattern(String key, Literal.Expression expression)
            throws LiteralRejected {
        try {
            return MatchPattern.expression(expression.source(), expression.flags());
        } catch (IllegalArgumentException e) {
            throw new LiteralRejected(expression.line(), 1, key + ": " + e.getMessage());
        }
    }

    private OnError onError() throws LiteralRejected {
        Literal value = values.get("onError");
        if (value == null) return OnError.ABORT;
        return switch (text("onError", value)) {
            case "abort" -> OnError.ABORT;
            case "skip" -> OnError.SKIP;
            default ->
                    throw new LiteralRejected(
                            value.line(), 1, "onError: expected 'abort' or 'skip'");
        };
    }

    static Map<String, Literal> entries(String key, Literal value) throws LiteralRejected {
        if (value instanceof Literal.Entries entries) return entries.values();
        throw new LiteralRejected(
                value.line(), 1, key + ": expected an object, found " + value.kind());
    }

    private List<PolicyParameter> parameters() throws LiteralRejected {
        Literal value = values.get("params");
        return value == null ? List.of() : ParameterHeader.parameters(entries("params", value));
    }

    private Limits limits() throws LiteralRejected {
        Literal value = values.get("limits");
        if (value == null) return Limits.UNDECLARED;
        Map<String, Literal> keys = entries("limits", value);
        requireKnown("limits", keys, HeaderKeys.LIMITS.names());
        Map<String, Long> limits = new LinkedHashMap<>();
        for (var entry : keys.entrySet())
            limits.put(entry.getKey(), positive("limits." + entry.getKey(), entry.getValue()));
        return Limits.declared(limits);
    }

    private Map<String, GrantKind> wants() throws LiteralRejected {
        Literal value = values.get("wants");
        if (value == null) return Map.of();
        Map<String, GrantKind> wants = new LinkedHashMap<>();
        for (var entry : entries("wants", value).entrySet()) {
            String key = "wants." + entry.getKey();
            String kind = text(key, entry.getValue());
            wants.put(
                    entry.getKey(),
                    GrantKind.named(kind)
                            .orElseThrow(() ->
                                    new LiteralRejected(
                                            entry.getValue().line(),
                                            1,
                                            key
                                                    + ": there is no kind of grant "
                                                    + kind
                                                    + Nearest.suggestion(
                                                            kind, GrantKind.names()))));
        }
        return wants;
    }

    private static long positive(String key, Literal value) throws LiteralRejected {
        if (value instanceof Literal.Numeral number
                && number.integer()
                && number.value().signum() > 0
                && number.value().precision() <= 12) return number.value().longValueExact();
        throw new LiteralRejected(value.line(), 1, key + ": expected an integer above 0");
    }
}
