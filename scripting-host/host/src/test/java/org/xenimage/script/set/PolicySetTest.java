package org.xenimage.script.set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xenimage.image.Images;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.script.DecisionLog;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicyRewrite;
import org.xenimage.script.PolicyTestImage;
import org.xenimage.script.RunSummary;
import org.xenimage.script.policy.Grant;
import org.xenimage.script.policy.OnError;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.Policy;
import org.xenimage.script.policy.RunContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Sets of policies: what their file says, what counts of it, and what becomes of a policy that fails. */
class PolicySetTest {
    private static final String RENAME =
            """
            export const policy = {
              api: 1, name: 'rename', version: '2', on: ['save', 'rewrite'],
              limits: { milliseconds: 900 },
              params: { to: { required: true }, tags: { default: [] }, count: { default: 1, minimum: 1 } },
            };
            export function onConfig(config, ctx) {
              config.c_info.name = `${ctx.params.to}-${ctx.site.rack ?? 'none'}-${ctx.params.tags.join('+')}`;
            }
            """;
    private static final String FAILING =
            """
            export const policy = { api: 1, name: 'failing' };
            export function onConfig(config, ctx) { throw new Error('no bridge'); }
            """;

    @TempDir private Path folder;
    private final List<String> notices = new ArrayList<>();
    private int outputs;
    private PolicyHost host = PolicyHost.open(HostOptions.defaults());

    @BeforeEach
    void policies() throws IOException {
        file("rename.js", RENAME);
        file("failing.js", FAILING);
    }

    @AfterEach
    void close() {
        host.close();
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private PolicySet.Options on(String hostName) {
        return new PolicySet.Options(hostName, List.of(), notices::add);
    }

    private LoadedSet load(String yaml) throws IOException {
        return load(yaml, "xen1.example.org");
    }

    private LoadedSet load(String yaml, String hostName) throws IOException {
        file(PolicySet.FILE, yaml);
        return PolicySet.load(host, folder, on(hostName));
    }

    private static RunContext context(Operation operation) {
        return RunContext.of(operation, "web1.save", "tester", Instant.EPOCH).withRestartable(true);
    }

    private RunSummary run(LoadedSet set, RunContext context) throws IOException {
        Path in = folder.resolve("in.image");
        if (!Files.exists(in)) Files.write(in, PolicyTestImage.bytes());
        try (PolicyRewrite rewrite =
                PolicyRewrite.of(
                        host,
                        set.policies(context.operation()),
                        set.in(context),
                        DecisionLog.none())) {
            rewrite.run(
                    () -> Images.load().open(in),
                    each -> each.to(folder.resolve("out." + outputs++)));
            return rewrite.summary();
        }
    }

    private static String name(RunSummary summary) {
        return summary.policies().getFirst().changes().getFirst().after().orElseThrow().asText();
    }

    @Test
    void aSetSaysWhatRunsAndInWhichOrder() throws IOException {
        LoadedSet set =
                load(
                        """
                        set: 1
                        doc: for the web hosts
                        policies:
                          - failing.js
                          - greeting
                          - {policy: rename.js, as: second, params: {to: web2, tags: [a, b]}}
                          - {policy: rename.js, params: {to: web3}}
                        """);
        assertEquals(
                List.of("failing", "greeting", "second", "rename"),
                set.policies().stream().map(Policy::name).toList());
        assertEquals("for the web hosts", set.doc());
        assertEquals("web2", set.parameters().get("second.to"));
        assertEquals("[\"a\",\"b\"]", set.parameters().get("second.tags"));
        assertEquals(List.of(), set.unused());
    }

    @Test
    void whatASetDoesNotNameDoesNotRun() throws IOException {
        LoadedSet set = load("{set: 1, policies: [rename.js]}");
        assertEquals(List.of("failing.js"), set.unused());
        assertEquals(1, set.policies().size());
    }

    @Test
    void theSetRestrictsAPolicyAndNeverWidensIt() throws IOException {
        Policy policy =
                load("""
                set: 1
                limits: {milliseconds: 500, kilobytes: 2048, runKilobytes: 9000}
                isolate: false
                policies:
                  - policy: rename.js
                    isolate: true
                    on: [save, restore]
                    match: {guest: pvh, name: '/^web-/i'}
                    limits: {milliseconds: 700, statements: 10}
                    onError: skip
                """)
                        .policies()
                        .getFirst();
        assertEquals(Set.of(Operation.SAVE), policy.on());
        assertEquals(Duration.ofMillis(500), policy.limits().time());
        assertEquals(2048 << 10, policy.limits().allocation());
        assertEquals(10, policy.limits().statements());
        assertEquals(9000 << 10, policy.limits().run().allocation());
        assertTrue(policy.given().isolated());
        assertEquals(OnError.SKIP, policy.onError());
        assertEquals(Set.of("pvh"), policy.given().match().guests());
        assertTrue(policy.given().match().name().orElseThrow().matches("WEB-1"));
    }

    @Test
    void aDomainThatTheSetExcludesIsNotTouched() throws IOException {
        String yaml =
                "{set: 1, policies: [{policy: rename.js, match: {name: 'db-*'}, params: {to: x}}]}";
        RunSummary.PolicySummary done =
                run(load(yaml), context(Operation.SAVE)).policies().getFirst();
        assertEquals(RunSummary.Outcome.NOT_MATCHED, done.outcome());
        assertEquals("name is web-1, not \"db-*\", as the policy set has it", done.reason());
    }

    private static final String HOSTS =
            """
            set: 1
            site: {rack: A, region: north}
            policies:
              - {policy: rename.js, params: {to: web2}}
              - {policy: failing.js, hosts: ['lab-*']}
            hosts:
              'xen*': {site: {rack: B}}
              xen2: {site: {rack: C}, params: {rename: {to: web9, tags: [z]}}}
            """;

    @ParameterizedTest
    @CsvSource({
        "db1, web2-A-",
        "xen1.example.org, web2-B-",
        "xen2, web9-C-z",
        "xen2.example.org, web9-C-z"
    })
    void sectionsOnHostsOverrideSiteAndParameters(String hostName, String named)
            throws IOException {
        LoadedSet set = load(HOSTS, hostName);
        assertEquals(1, set.policies().size());
        assertEquals("north", set.site().path("region").asText());
        assertEquals(named, name(run(set, context(Operation.SAVE))));
    }

    @Test
    void aPolicyMayBeForSomeHostsOnly() throws IOException {
        assertEquals(2, load(HOSTS, "lab-7").policies().size());
    }

    @Test
    void whatTheUserSetsGoesBeforeTheSet() throws IOException {
        LoadedSet set = load(HOSTS, "xen2");
        RunContext given =
                context(Operation.SAVE)
                        .withParameters(Map.of("to", "mine", "rename.tags", "q"))
                        .withSite(JsonNodeFactory.instance.objectNode().put("rack", "D"));
        assertEquals("mine-D-q", name(run(set, given)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "policies: [rename.js] | 1:1: expected set: 1",
                "{set: 2, policies: []} | 1:7: set: expected an integer from 1 to 1, found 2",
                "{set: 1} | 1:1: expected policies, a list of files and names",
                "{set: 1, policie: []} | 1:19: there is no key policie; did you mean policies?",
                "{set: 1, policies: [renam.js]} | 1:21: policies[0]: renam.js is neither a file of the set nor a"
                        + " library policy; did you mean rename.js?",
                "{set: 1, policies: [../rename.js]} | is neither a file of the set nor a library policy",
                "{set: 1, policies: [{policy: rename.js, param: {}}]} | 1:48: policies[0] has no key param; did you"
                        + " mean params?",
                "{set: 1, policies: [{policy: rename.js, params: {tos: x}}]} | 1:55: policies[0].params.tos: the policy"
                        + " rename has no parameter tos; did you mean to?",
                "{set: 1, policies: [{policy: failing.js, params: {to: x}}]} | the policy failing has no parameters",
                "{set: 1, policies: [{policy: rename.js, params: {count: 0}}]} | 1:57: policies[0].params.count:"
                        + " expected an integer",
                "{set: 1, policies: [rename.js, rename.js]} | another policy of the set has the name rename",
                "{set: 1, policies: [{policy: rename.js, as: a.b}]} | expected letters, digits, - and _",
                "{set: 1, policies: [{policy: rename.js, on: restore}]} | 1:45: policies[0].on: the policy runs in none"
                        + " of these: its header has save, rewrite",
                "{set: 1, policies: [{policy: rename.js, on: saev}]} | found saev; did you mean save?",
                "{set: 1, policies: [{policy: rename.js, onError: quarantin}]} | did you mean quarantine?",
                "{set: 1, policies: [{policy: rename.js, match: {guest: kvm}}]} | expected one of pv, hvm, pvh, found"
                        + " kvm",
                "{set: 1, policies: [{policy: rename.js, match: {name: '/(/'}}]} | 1:55: policies[0].match.name:",
                "{set: 1, policies: [{policy: rename.js, limits: {seconds: 1}}]} | policies[0].limits has no key"
                        + " seconds",
                "{set: 1, policies: [rename.js], hosts: {a: {params: {renam: {}}}}} | the set has no policy renam; did"
                        + " you mean rename?",
                "{set: 1, policies: [rename.js], hosts: {other: {params: {rename: {count: x}}}}} | expected an integer",
                "{set: 1, policies: [rename.js], policies: []} | policies is given twice",
                "{set: 1, policies: [&a rename.js, *a]} | an alias is not allowed here",
                "[] | expected keys of set",
            })
    void whatIsNotInOrderIsSaidWithItsPlace(String yaml, String problem) {
        String message =
                assertThrows(PolicyFailed.class, () -> load(yaml.strip())).fault().message();
        assertTrue(message.startsWith(folder.resolve(PolicySet.FILE) + ":"), message);
        assertTrue(message.contains(problem.strip()), message);
    }

    private static final String WANTING =
            """
            export const policy = { api: 1, name: 'wanting', wants: { list: 'read', audit: 'append' } };
            export function onBegin(ctx) { ctx.log(ctx.grant('list').read()); }
            """;

    private static final String GRANTING =
            """
            set: 1
            grants:
              inventory: {read: /etc/xen/inventory.json, bytes: 100}
              audit: {append: /var/log/audit.log}
              cmdb: {http: 'https://cmdb.example.org/api/', methods: [GET, POST], seconds: 2, headers: {X-Key: k}}
              notify: {run: [/usr/bin/notify, -q]}
              rack: {env: RACK}
              notes: {folder: /etc/xen/notes}
            policies:
              - {policy: wanting.js, grants: {list: inventory, audit: audit}}
            hosts:
              xen2: {grants: {inventory: {read: /etc/xen/other.json}}}
            """;

    @Test
    void aSetGivesAPolicyWhatItWantsByName() throws IOException {
        file("wanting.js", WANTING);
        Map<String, Grant> grants = load(GRANTING).policies().getFirst().given().grants();
        assertEquals(
                Map.of(
                        "list", new Grant.ReadFile(Path.of("/etc/xen/inventory.json"), 100),
                        "audit", new Grant.AppendLog(Path.of("/var/log/audit.log"), 64L << 20)),
                grants);
        assertEquals(
                Optional.of(new Grant.ReadFile(Path.of("/etc/xen/other.json"), Grant.BYTES)),
                Optional.ofNullable(
                        load(GRANTING, "xen2").policies().getFirst().given().grants().get("list")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "grants: {list: inventory, audit: audit} | grants: [audit] | the policy wanting wants the grant list"
                        + " (read), which no policy set gives it; add to its entry in policies.yaml: grants:"
                        + " [list], and at the top level: grants: {list: {read: /etc/xen/FILE}}",
                "list: inventory | list: inventry | the set has no grant inventry; did you mean inventory?",
                "list: inventory | lst: inventory | the policy wanting does not want a grant lst; did you mean list?",
                "list: inventory | list: rack | wants the grant list to be read, but the set gives it env: RACK",
                "read: /etc/xen/inventory.json | read: inventory.json | inventory.read: expected an absolute path",
                "read: /etc/xen/inventory.json | red: /x | grants.inventory has no key red; did you mean read?",
                "bytes: 100 | seconds: 1 | this kind of grant has no such key",
                "bytes: 100 | append: /x | expected one of read, folder, append, http, run, env, found several",
                "bytes: 100 | bytes: 99999999 | expected an integer from 1 to 16777216",
                "https://cmdb.example.org/api/ | ftp://cmdb.example.org/ | expected an address such as https://",
                "https://cmdb | https://user:secret@cmdb | grants.cmdb.http: expected no user in the address",
                "POST | POSTT | found POSTT; did you mean POST?",
                "X-Key | Host | is not an allowed request header",
                "/usr/bin/notify | notify | expected the absolute path of a program",
                "env: RACK | env: A=B | expected the name of a variable",
                "other.json | other.json, bytes: 0 | hosts.xen2.grants.inventory.bytes: expected an integer",
                "{inventory: {read: /etc/xen/other | {inventory: {env: /etc/xen/other | expected read, the kind"
                        + " that the set defines for this grant, found env",
            })
    void aGrantThatIsNotInOrderIsSaidWithItsPlace(String of, String by, String problem)
            throws IOException {
        file("wanting.js", WANTING);
        String changed = GRANTING.replace(of.strip(), by.strip());
        String message = assertThrows(PolicyFailed.class, () -> load(changed)).fault().message();
        assertTrue(message.startsWith(folder.resolve(PolicySet.FILE) + ":"), message);
        assertTrue(message.contains(problem.strip()), message);
        assertFalse(message.contains("secret@"), message);
    }

    @Test
    void aLinkLeadsNoPolicyOutOfTheSet(@TempDir Path other) throws IOException {
        Files.writeString(other.resolve("outside.js"), FAILING);
        Files.createSymbolicLink(folder.resolve("link.js"), other.resolve("outside.js"));
        PolicyFailed failed =
                assertThrows(PolicyFailed.class, () -> load("{set: 1, policies: [link.js]}"));
        assertTrue(
                failed.fault().message().contains("is not in the policy's folder"),
                failed.fault().message());
    }

    private void hearing() {
        host.close();
        host =
                PolicyHost.open(
                        HostOptions.defaults().withSkips(PolicySet.skips(folder, notices::add)));
    }

    @Test
    void aPolicyInQuarantineDoesNotRunUntilItIsMended() throws IOException {
        hearing();
        String yaml =
                "{set: 1, policies: [{policy: failing.js, onError: quarantine}, {policy: rename.js, params: {to: x}}]}";
        RunSummary first = run(load(yaml), context(Operation.SAVE));
        assertEquals(RunSummary.Outcome.SKIPPED, first.policies().getFirst().outcome());
        assertTrue(
                notices.getFirst().startsWith("policy failing failed and is disabled"),
                notices::toString);

        LoadedSet later = load(yaml);
        assertEquals(List.of("rename"), later.policies().stream().map(Policy::name).toList());
        LoadedSet.Quarantined disabled = later.quarantined().getFirst();
        assertEquals("web1.save", disabled.source());
        assertTrue(disabled.reason().contains("no bridge"), disabled.reason());

        file("failing.js", FAILING.replace("throw new Error('no bridge');", ""));
        assertEquals(2, load(yaml).policies().size());

        file("failing.js", FAILING);
        assertEquals(1, load(yaml).policies().size());
        Files.delete(disabled.file());
        assertEquals(2, load(yaml).policies().size());
    }

    @Test
    void onlyASetThatSaysSoPutsAPolicyIntoQuarantine() throws IOException {
        hearing();
        String yaml = "{set: 1, policies: [{policy: failing.js, onError: skip}]}";
        run(load(yaml), context(Operation.SAVE));
        assertEquals(List.of(), notices);
        assertFalse(Files.exists(folder.resolve(".quarantine")));
    }

    @Test
    void aQuarantineThatCannotBeReadLetsNothingRun() throws IOException {
        String yaml = "{set: 1, policies: [{policy: failing.js, onError: quarantine}]}";
        Files.createDirectory(folder.resolve(".quarantine"));
        file(".quarantine/failing.json", "{\"digest\":");
        String message = assertThrows(PolicyFailed.class, () -> load(yaml)).fault().message();
        assertTrue(message.contains("remove the file to run the policy failing"), message);

        Files.delete(folder.resolve(".quarantine/failing.json"));
        Files.createDirectory(folder.resolve(".quarantine/failing.json"));
        String other = assertThrows(PolicyFailed.class, () -> load(yaml)).fault().message();
        assertTrue(other.contains("is not a regular file"), other);
    }

    @Test
    void aNewVersionIsTakenWhenItIsInOrder() throws IOException {
        file(PolicySet.FILE, "{set: 1, policies: [{policy: rename.js, params: {to: a}}]}");
        PolicySet set = PolicySet.open(host, folder, on("xen1"));
        LoadedSet first = set.current();
        assertEquals(first, set.refresh());
        assertEquals(List.of(), notices);

        file(PolicySet.FILE, "{set: 1, policies: [{policy: rename.js, params: {to: abc}}]}");
        assertEquals("abc", set.refresh().parameters().get("rename.to"));
        assertEquals(set.current(), set.refresh());
        assertEquals(1, notices.size(), notices::toString);
        assertTrue(notices.getFirst().contains("a new version is in use"), notices::toString);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "policies.yaml | {set: 1, policies: [{policy: rename.js, params: {too: a}}]}",
                "policies.yaml | {set: 1, policies: [no-such-file.js]}",
                "policies.yaml | {set: 1",
                "rename.js | export const policy = { api: 1, nam: 'rename' };",
                "rename.js | export const policy = { api: 1, params: { to: '' } }; export function onConfig( {",
                "rename.js | export const policy = { api: 1, params: { to: '' } }; throw new Error('at load');",
                "rename.js | export const policy = { api: 1, params: { to: '' } }; export function onConfg(config) { }"
            })
    void aBrokenVersionNeverReplacesAWorkingOne(String name, String text) throws IOException {
        String working = "{set: 1, policies: [{policy: rename.js, params: {to: a}}]}";
        file(PolicySet.FILE, working);
        PolicySet set = PolicySet.open(host, folder, on("xen1"));
        LoadedSet first = set.current();
        file(name, text);
        assertEquals(first, set.refresh());
        assertEquals(first, set.refresh());
        assertEquals(1, notices.size(), notices::toString);
        assertTrue(
                notices.getFirst().contains("the new version is invalid and is not used"),
                notices::toString);
        assertEquals("a-none-", name(run(set.current(), context(Operation.SAVE))));

        file("rename.js", RENAME.replace("'2'", "'10'"));
        file(PolicySet.FILE, working);
        assertEquals("10", set.refresh().policies().getFirst().version());
    }
}
