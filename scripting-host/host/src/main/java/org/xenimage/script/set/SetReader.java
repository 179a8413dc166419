package org.xenimage.script.set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.SourceFolder;
import org.xenimage.script.grant.GrantReader;
import org.xenimage.script.grant.HostGrants;
import org.xenimage.script.header.Nearest;
import org.xenimage.script.policy.Assignment;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.HeaderKeys;
import org.xenimage.script.policy.Limits;
import org.xenimage.script.policy.MatchPattern;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.PolicyMatch;
import org.xenimage.script.policy.PolicyParameter;
import org.xenimage.script.policy.Redaction;
import org.xenimage.script.policy.Secrets;
import org.xenimage.script.yaml.Located;
import org.xenimage.script.yaml.SpecRejected;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a set's file, and loads its policies. Everything is held against the rules, also what is not for this host: a
 * set that is in order is so everywhere. Used once.
 */
final class SetReader {
    /** In milliseconds, kilobytes or statements: no limit is more. */
    private static final long LIMIT_MAX = 999_999_999_999L;

    private static final int POLICIES_MAX = 256;
    private static final int SCHEMA_MAX = 1 << 20;
    private static final int NAME_MAX = 100;
    private static final Pattern SLASHES = Pattern.compile("/(.*)/([ims]*)", Pattern.DOTALL);

    private final PolicyHost host;
    private final SourceFolder folder;
    private final HostName on;
    private final Located document;
    private final Map<String, Policy> policies = new LinkedHashMap<>();
    private final Map<String, Grant> grants = new LinkedHashMap<>();
    private final Map<String, String> parameters = new HashMap<>();
    private final ObjectNode site = JsonNodeFactory.instance.objectNode();
    private final Set<String> named = new LinkedHashSet<>();
    private final Set<String> absent = new LinkedHashSet<>();
    private final Map<String, String> schemas = new LinkedHashMap<>();
    private SectionRegistry sections = SectionRegistry.NONE;
    private boolean isolated;
    private Redaction redaction = Redaction.NONE;

    /**
     * The contents of a set.
     *
     * @param doc the set's description
     * @param policies that run on this host, in order
     * @param parameters of all policies
     * @param site settings for this host
     * @param sections that the site knows
     * @param schemas the files that describe them: their texts by their paths
     * @param unused files that no entry lists
     */
    record Read(
            String doc,
            List<Policy> policies,
            Map<String, String> parameters,
            JsonNode site,
            SectionRegistry sections,
            Map<String, String> schemas,
            List<String> unused) {}

    private SetReader(PolicyHost host, SourceFolder folder, HostName on, Located document) {
        this.host = host;
        this.folder = folder;
        this.on = on;
        this.document = document;
    }

    static Read read(PolicyHost host, SourceFolder folder, HostName on, String file, byte[] text)
            throws IOException {
        Located document = Located.yaml(file, text).keys(SetKeys.SET.names());
        return new SetReader(host, folder, on, document).read();
    }

    private Read read() throws IOException {
        document.find("set")
                .orElseThrow(
                        () -> document.rejected("expected set: 1, the version of this file format"))
                .integer(1, 1);
        String doc = document.find("doc").map(Located::text).orElse("");
        document.find("site").ifPresent(this::site);
        if (document.find("schemas").isPresent())
            for (Located one : document.find("schemas").get().list()) schema(one);
        if (document.find("grants").isPresent())
            document.find("grants")
                    .get()
                    .anyKeys()
                    .forEach((name, given) -> grants.put(name, GrantReader.read(given)));
        // Before the policies, which receive grants as the host's section defines them.
        Optional<Located> hosts = document.find("hosts");
        if (hosts.isPresent())
            for (var one : hosts.get().anyKeys().entrySet()) grants(one.getKey(), one.getValue());
        Limits ceiling = document.find("limits").map(SetReader::limits).orElse(Limits.UNDECLARED);
        isolated = document.find("isolate").map(Located::flag).orElse(false);
        redaction = document.find("redact").map(SetReader::redaction).orElse(Redaction.NONE);
        Optional<Located> usual = document.find("onError");
        usual.ifPresent(SetReader::onError);
        Located list =
                document.find("policies")
                        .orElseThrow(() ->
                                document.rejected("expected policies, a list of files and names"));
        if (list.items().size() > POLICIES_MAX)
            throw list.rejected("expected at most %d policies".formatted(POLICIES_MAX));
        for (Located item : list.items()) entry(item, ceiling, usual);
        if (hosts.isPresent())
            for (var one : hosts.get().anyKeys().entrySet()) host(one.getKey(), one.getValue());
        List<Policy> here = new ArrayList<>();
        for (var policy : policies.entrySet())
            if (!absent.contains(policy.getKey())) here.add(policy.getValue());
        parameters.keySet().removeIf(full -> absent.contains(full.substring(0, full.indexOf('.'))));
        List<String> unused = new ArrayList<>(folder.names());
        unused.removeAll(named);
        return new Read(doc, here, parameters, site, sections, schemas, unused);
    }

    private void schema(Located given) throws ImageException {
        String path = given.text();
        Optional<String> text;
        try {
            text = folder.text(path, SCHEMA_MAX);
        } catch (IOException e) {
            throw given.rejected("%s: %s".formatted(path, e.getMessage()));
        }
        String found =
                text.orElseThrow(
                        () -> given.rejected("there is no file %s in the set".formatted(path)));
        schemas.put(path, found);
        sections =
                sections.with(
                        SectionRegistry.read(
                                folder.describe(path), found.getBytes(StandardCharsets.UTF_8)));
    }

    private void site(Located given) {
        given.anyKeys().forEach((key, value) -> site.set(key, value.json()));
    }

    private void entry(Located item, Limits ceiling, Optional<Located> usual) throws IOException {
        boolean plain = item.json().isTextual();
        if (!plain) item.keys(SetKeys.ENTRY.names());
        Located reference =
                plain
                        ? item
                        : item.find("policy")
                                .orElseThrow(() ->
                                        item.rejected(
                                                "needs the key policy: a file, or the name of a library policy"));
        Policy loaded = load(reference);
        Optional<Located> as = item.find("as");
        String name = as.isPresent() ? name(as.get()) : loaded.name();
        if (policies.containsKey(name))
            throw as.orElse(reference)
                    .rejected(
                            "another policy of the set has the name %s; give one of them a name with as"
                                    .formatted(name));
        Optional<Located> failing = item.find("onError").or(() -> usual);
        Optional<String> mode = failing.map(SetReader::onError);
        OnError onError =
                mode.map(value -> value.equals("abort") ? OnError.ABORT : OnError.SKIP)
                        .orElse(loaded.onError());
        Policy policy =
                loaded.assigned(
                        name,
                        item.find("on").map(given -> operations(given, loaded)).orElse(loaded.on()),
                        onError,
                        item.find("limits")
                                .map(SetReader::limits)
                                .orElse(Limits.UNDECLARED)
                                .within(ceiling)
                                .within(loaded.limits()),
                        new Assignment(
                                item.find("match").map(SetReader::match).orElse(PolicyMatch.ALL),
                                mode.filter("quarantine"::equals).isPresent(),
                                item.find("isolate").map(Located::flag).orElse(isolated),
                                given(item, loaded),
                                redaction));
        Optional<String> lacking = HostGrants.lacking(policy);
        if (lacking.isPresent())
            throw item.rejected("the policy %s %s".formatted(name, lacking.get()));
        policies.put(name, policy);
        item.find("hosts").filter(given -> !here(given)).ifPresent(_ -> absent.add(name));
        if (item.find("params").isPresent()) parameters(policy, item.find("params").get());
    }

    /** Checks the grants of a host section, and uses them if the section matches this host. */
    private void grants(String pattern, Located section) {
        section.keys(SetKeys.HOST.names());
        if (section.find("grants").isEmpty()) return;
        boolean here = on.matches(criterion(section, pattern));
        section.find("grants")
                .get()
                .anyKeys()
                .forEach((name, given) -> {
                    Grant usual = grants.get(name);
                    if (usual == null) throw given.rejected(noGrant(name));
                    Grant other = GrantReader.read(given);
                    if (other.kind() != usual.kind())
                        throw given.rejected(
                                "expected %s, the kind that the set defines for this grant, found %s"
                                        .formatted(
                                                usual.kind().headerName(),
                                                other.kind().headerName()));
                    if (here) grants.put(name, other);
                });
    }

    private String noGrant(String name) {
        return "the set has no grant "
                + name
                + Nearest.suggestion(name, List.copyOf(grants.keySet()));
    }

    /** The grants that an entry gives a policy, by their names in its {@code wants}. */
    private Map<String, Grant> given(Located item, Policy policy) {
        Map<String, Grant> given = new LinkedHashMap<>();
        Optional<Located> listed = item.find("grants");
        if (listed.isEmpty()) return given;
        Map<String, Located> names = new LinkedHashMap<>(listed.get().entries());
        if (names.isEmpty()) for (Located one : listed.get().items()) names.put(one.text(), one);
        names.forEach((wanted, name) -> {
            Grant grant = grants.get(name.text());
            if (grant == null) throw name.rejected(noGrant(name.text()));
            if (!policy.wants().containsKey(wanted))
                throw name.rejected(
                        policy.wants().isEmpty()
                                ? "the policy %s wants no grants".formatted(policy.name())
                                : "the policy %s does not want a grant %s%s"
                                        .formatted(
                                                policy.name(),
                                                wanted,
                                                Nearest.suggestion(
                                                        wanted,
                                                        List.copyOf(policy.wants().keySet()))));
            given.put(wanted, grant);
        });
        return given;
    }

    private Policy load(Located reference) throws IOException {
        Optional<Policy> found = host.find(folder, reference.text());
        named.add(reference.text());
        if (found.isPresent()) return found.get();
        List<String> known = new ArrayList<>(folder.names());
        for (Policy policy : host.library()) known.add(policy.name());
        throw reference.rejected(
                reference.text()
                        + " is neither a file of the set nor a library policy"
                        + Nearest.suggestion(reference.text(), known));
    }

    private static String name(Located given) {
        String name = given.text();
        boolean plain = !name.isEmpty() && name.length() <= NAME_MAX;
        for (char c : name.toCharArray())
            plain &= Character.isLetterOrDigit(c) || c == '-' || c == '_';
        if (!plain) throw given.expected("letters, digits, - and _");
        return name;
    }

    private static String onError(Located given) {
        return choice(given, SetKeys.ON_ERROR.values());
    }

    private static String choice(Located given, List<String> known) {
        String text = given.text();
        if (!known.contains(text))
            throw given.rejected(
                    "expected one of %s, found %s%s"
                            .formatted(
                                    String.join(", ", known),
                                    text,
                                    Nearest.suggestion(text, known)));
        return text;
    }

    private static Set<Operation> operations(Located given, Policy policy) {
        List<String> known = Arrays.stream(Operation.values()).map(Operation::policyName).toList();
        Set<Operation> on = EnumSet.noneOf(Operation.class);
        for (Located one : given.list())
            Operation.named(choice(one, known)).filter(policy.on()::contains).ifPresent(on::add);
        if (on.isEmpty())
            throw given.rejected(
                    "the policy runs in none of these: its header has "
                            + String.join(
                                    ", ",
                                    policy.on().stream()
                                            .sorted()
                                            .map(Operation::policyName)
                                            .toList()));
        return on;
    }

    private static PolicyMatch match(Located given) {
        given.keys(SetKeys.MATCH.names());
        Set<String> guests = new LinkedHashSet<>();
        if (given.find("guest").isPresent())
            for (Located one : given.find("guest").get().list())
                guests.add(choice(one, HeaderKeys.GUEST.values()));
        return new PolicyMatch(
                guests,
                given.find("name").map(text -> criterion(text, text.text())),
                given.find("uuid")
                        .map(text -> criterion(text, text.text().toLowerCase(Locale.ROOT))));
    }

    private static PolicyMatch.Criterion criterion(Located given, String text) {
        Matcher slashes = SLASHES.matcher(text);
        try {
            return slashes.matches()
                    ? new PolicyMatch.Criterion.Found(
                            MatchPattern.expression(slashes.group(1), slashes.group(2)))
                    : PolicyMatch.Criterion.of(text);
        } catch (IllegalArgumentException e) {
            throw given.rejected(String.valueOf(e.getMessage()));
        }
    }

    private static Redaction redaction(Located given) {
        given.keys(SetKeys.REDACT.names());
        Redaction all = Redaction.NONE;
        // One by one, so that an error has its place.
        for (String kind : SetKeys.REDACT.names())
            for (Located one : given.find(kind).map(Located::list).orElse(List.of())) {
                List<String> text = List.of(one.text());
                try {
                    all =
                            all.and(
                                    kind.equals("keys")
                                            ? Redaction.of(text, List.of())
                                            : Redaction.of(List.of(), text));
                } catch (IllegalArgumentException e) {
                    throw one.rejected(String.valueOf(e.getMessage()));
                }
            }
        return all;
    }

    private static Limits limits(Located given) {
        given.keys(HeaderKeys.LIMITS.names());
        Map<String, Long> values = new LinkedHashMap<>();
        given.entries().forEach((key, value) -> values.put(key, value.integer(1, LIMIT_MAX)));
        return Limits.declared(values);
    }

    private boolean here(Located names) {
        boolean here = false;
        for (Located one : names.list()) here |= on.matches(criterion(one, one.text()));
        return here;
    }

    private void parameters(Policy policy, Located given) {
        List<String> known = policy.parameters().stream().map(PolicyParameter::name).toList();
        given.anyKeys()
                .forEach((key, value) -> {
                    PolicyParameter parameter =
                            policy.parameters().stream()
                                    .filter(one -> one.name().equals(key))
                                    .findFirst()
                                    .orElseThrow(() -> value.rejected(unknown(policy, key, known)));
                    parameters.put(policy.name() + "." + key, value(parameter, value));
                });
    }

    private static String unknown(Policy policy, String key, List<String> known) {
        return known.isEmpty()
                ? "the policy %s has no parameters".formatted(policy.name())
                : "the policy %s has no parameter %s%s"
                        .formatted(policy.name(), key, Nearest.suggestion(key, known));
    }

    /** The text of a value, checked against the policy's declaration. */
    private static String value(PolicyParameter parameter, Located given) {
        String text = given.json().isTextual() ? given.json().textValue() : given.json().toString();
        boolean fits =
                parameter
                        .read(text)
                        .filter(read -> parameter.rule().violation(read).isEmpty())
                        .isPresent();
        if (fits) return text;
        if (parameter.secret())
            throw given.rejected(
                    "expected %s, found %s".formatted(parameter.expected(), Secrets.HIDDEN));
        throw given.expected(parameter.expected());
    }

    /** Checks a host section, and uses it if it matches this host. */
    private void host(String pattern, Located section) {
        section.keys(SetKeys.HOST.names());
        boolean here = on.matches(criterion(section, pattern));
        section.find("site")
                .ifPresent(given -> {
                    given.anyKeys();
                    if (here) site(given);
                });
        if (section.find("params").isEmpty()) return;
        Map<String, String> before = new HashMap<>(parameters);
        section.find("params")
                .get()
                .anyKeys()
                .forEach((name, given) -> {
                    Policy policy = policies.get(name);
                    if (policy == null)
                        throw given.rejected(
                                "the set has no policy "
                                        + name
                                        + Nearest.suggestion(name, List.copyOf(policies.keySet())));
                    parameters(policy, given);
                });
        if (here) return;
        parameters.clear();
        parameters.putAll(before);
    }

    /** Turns the rejection of a YAML file into a fault of the set. */
    static PolicyFailed rejected(SpecRejected rejected) {
        return new PolicyFailed(Fault.in(rejected.place()).problem(rejected.problem()), rejected);
    }
}
