package org.xenimage.script.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Element;
import org.xenimage.image.io.RunFiles;
import org.xenimage.script.HostOptions;
import org.xenimage.script.policy.Hook;
import org.xenimage.script.policy.Language;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.script.policy.Secrets;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;

/** Tests of policies: what passes, what fails and how it is said, in YAML and in both languages. */
class TestRunnerTest {
    private static final String POLICY =
            """
            export const policy = { api: 1, name: 'tested', params: { to: { default: 'web2' } }, match: { guest: 'pv' } };
            export function onBegin(ctx) {
              ctx.log(`begins with ${ctx.params.to}`);
              ctx.pages.scrub({ text: 'TOKEN=', length: 10 });
              if (ctx.operation === 'migrate-out') ctx.veto('it stays here');
            }
            export function onConfig(config, ctx) {
              config.c_info.name = ctx.params.to;
              if (ctx.params.to === 'bad') throw new Error('no good');
            }
            export function onRecord(record, ctx) {
              if (record.type === 'X86_TSC_INFO') record.fields.khz = 5;
            }
            export function onEnd(summary, ctx) {
              if (ctx.params.to === 'never') {
                ctx.warn('unusual');
              }
            }
            """;

    @TempDir private Path folder;

    @BeforeEach
    void policy() {
        write("tested.js", POLICY);
    }

    private Path write(String name, String text) {
        try {
            return Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private TestReport run() throws IOException {
        return run(false);
    }

    private TestReport run(boolean covered) throws IOException {
        try (TestRunner tests = TestRunner.open(HostOptions.defaults(), new RunFiles(), covered)) {
            return tests.run(TestFile.find(List.of(folder)), _ -> true, _ -> {});
        }
    }

    /** What is wrong, as a person reads it. */
    private String wrong(TestReport report) {
        var text = new StringBuilder();
        for (TestResult result : report.results())
            TestReport.lines(result, Secrets.BY_NAME)
                    .forEach(line -> text.append(line).append('\n'));
        return text.toString().replace(folder + "/", "");
    }

    private static final String ALL =
            """
            config: { c_info.name: web2 }
            records: { X86_TSC_INFO: { khz: 5, mode: 0x0 }, VERIFY: absent }
            pages: { edited: 8, gone: TOKEN=, found: "SECRET-API-\\0" }
            log: [begins, /with web\\d/]
            warn: []
            """;

    private void cases(String file, String... expected) {
        var text = new StringBuilder(file).append("cases:\n");
        int number = 0;
        for (String one : expected)
            text.append("  - name: case ")
                    .append(++number)
                    .append("\n    expect:\n")
                    .append(one.indent(6));
        write("tested.test.yaml", text.toString());
    }

    @Test
    void aCaseThatNamesEveryEditPasses() throws IOException {
        cases(
                "",
                ALL,
                "others: allowed\nedits: 3",
                "{config: {c_info.name: web2}, others: allowed}");
        TestReport report = run();
        assertTrue(report.passed(), wrong(report));
        assertEquals(3, report.results().size());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "config: {c_info.name: web3} | config c_info.name | \"web3\" | \"web2\"",
                "config: {c_info.nmae: x} | config c_info.nmae (did you mean name?) | \"x\" | nothing",
                "config: {c_info.name: null} | config c_info.name | null | \"web2\"",
                "metadata: {a.b: c} | metadata a.b | \"c\" | nothing",
                "records: {X86_TSC_INFO: {khz: 6}} | record X86_TSC_INFO khz | 6 | 5",
                "records: {X86_TSC_INFO: absent} | record X86_TSC_INFO | \"absent\" | \"present\"",
                "records: {VERIFY: {a: 1}} | record VERIFY | {\"a\":1} | \"absent\"",
                "pages: {edited: 1} | pages edited | 1 | 8",
                "pages: {gone: XYZ} | pages gone: the image had no \"XYZ\" before the run | | ",
                "pages: {found: XYZ} | pages found | \"XYZ\" | []",
                "unchanged: true | unchanged | true | false",
                "edits: 1 | edits | 1 | 3",
                "log: nonsense | log | \"nonsense\" | [\"begins with web2\"]",
                "log: [] | log | nothing | \"begins with web2\"",
                "warn: /x/ | warn | \"/x/\" | []",
                "veto: 'no' | veto | \"no\" | \"ran\"",
                "error: /x/ | error | \"/x/\" | \"ran\"",
                "outcome: not-run | outcome | \"not-run\" | \"ran\""
            })
    void aCaseThatIsWrongSaysWhereWhatAndWhatElse(
            String expect, String what, String expected, String found) throws IOException {
        cases("", "others: allowed\n" + expect);
        TestReport report = run();
        Mismatch mismatch = report.results().getFirst().mismatches().getFirst();
        assertEquals(TestResult.Status.FAILED, report.results().getFirst().status());
        assertEquals(what, mismatch.what());
        assertTrue(mismatch.place().startsWith(folder + "/tested.test.yaml:5:"), mismatch.place());
        String output = wrong(report);
        if (expected != null) assertTrue(output.contains("- expected " + expected), output);
        if (found != null) assertTrue(output.contains("+ found    " + found), output);
        assertFalse(report.passed());
    }

    @Test
    void anEditThatACaseDoesNotNameFailsIt() throws IOException {
        cases("", "config: {c_info.name: web2}\npages: {edited: 8}");
        assertTrue(
                wrong(run())
                        .contains(
                                "an edit that the case does not name: record X86_TSC_INFO fields.khz"),
                wrong(run()));
    }

    @Test
    void vetoesAndErrorsAreExpectedByTheirText() throws IOException {
        cases("operation: migrate-out\n", "veto: stays here", "veto: /^it stays/", "veto: true");
        assertTrue(run().passed(), wrong(run()));
        cases("operation: migrate-out\n", "veto: goes", "error: stays", "unchanged: true");
        TestReport report = run();
        assertEquals(3, report.count(TestResult.Status.FAILED), wrong(report));
        assertTrue(wrong(report).contains("the run was vetoed"), wrong(report));
        cases("params: {to: bad}\n", "error: no good");
        assertTrue(run().passed(), wrong(run()));
        cases("params: {ot: bad}\n", "error: did you mean to");
        assertTrue(run().passed(), wrong(run()));
    }

    @Test
    void aPolicyThatDoesNotMatchIsNotRun() throws IOException {
        cases("sample: {guest: hvm}\n", "outcome: not-run\nunchanged: true", "edits: 0");
        TestReport report = run();
        assertEquals(TestResult.Status.PASSED, report.results().getFirst().status());
        String output = wrong(report);
        assertTrue(output.contains("guest is hvm, not pv"), output);
    }

    @Test
    void aSampleHasWhatTheCasePutsIntoIt() throws IOException {
        write(
                "tested.js",
                """
                export const policy = { api: 1, name: 'looks' };
                export function onConfig(config, ctx) { ctx.log(config.b_info.vncpasswd + config.nics.length); }
                export function onMetadata(meta, ctx) { ctx.log(meta['site.owner']); }
                export function onPages(batch, ctx) { for (const m of batch.find('planted')) ctx.log(`at ${m.offset}`); }
                """);
        cases(
                """
                sample:
                  name: web9
                  memory: 8
                  vcpus: 2
                  config: { b_info.vncpasswd: hunter2, "nics[0].mac": null }
                  metadata: { site.owner: me }
                  plant: [{ pfn: 0x100, offset: 0x20, text: planted }, { pfn: 256, offset: 64, hex: 706c616e746564 }]
                """,
                "log: [hunter21, me, at 32, at 64]\nunchanged: true");
        TestReport report = run();
        assertTrue(report.passed(), wrong(report));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    casess: [] | 1:9: there is no key casess; did you mean cases?
                    a: [1~b: } | 2:2: is not valid YAML: while parsing a flow sequence, expected
                    cases: [] | 1:8: cases: expected at least one case
                    cases: 1 | 1:8: cases: expected a list, found 1
                    cases: [{name: a, expect: {confg: {}}}] | 1:35: cases[0].expect has no key confg; did you mean config?
                    cases: [{name: a}] | 1:9: cases[0]: needs expect
                    cases: [{name: a, expect: {}}] | 1:27: cases[0].expect: expected something, such as unchanged: true
                    cases: [{name: a, expect: {edits: x}}] | 1:35: cases[0].expect.edits: expected an integer from 0 to
                    cases: [{name: a, expect: {veto: /(/}}] | 1:34: cases[0].expect.veto:
                    operation: sav~cases: [] | 1:12: operation: there is no operation sav; did you mean save?
                    sample: {gest: pv}~cases: [] | 1:16: sample has no key gest; did you mean guest?
                    sample: {guest: arm}~cases: [] | 1:17: sample.guest: expected pv, hvm or pvh, found "arm"
                    sample: {memory: 99999}~cases: [] | 1:18: sample.memory: expected an integer from 1 to 4096, found 99999
                    sample: {plant: {pfn: 1}}~cases: [] | 1:17: sample.plant: expected either text or hex
                    at: noon~cases: [] | 1:5: at: expected a time such as 2026-01-31T12:00:00Z, found "noon"
                    image: a~sample: {}~cases: [] | 1:8: image: expected either sample or image
                    a: &x [1]~b: *x | 2:4: an alias is not allowed here
                    a: 1~a: 2 | 2:1: a is given twice
                    cases: [{name: a, expect: {records: {X86_TCS_INFO: {}}}}] | 1:52: cases[0].expect.records.X86_TCS_INFO: there is no record X86_TCS_INFO; did you mean X86_TSC_INFO?
                    cases: [{name: a, expect: {config: {'a..b': 1}}}] | 1:45: cases[0].expect.config.a..b: expected a path such as nics[0].bridge
                    policy: nothing.js~cases: [{name: a, expect: {edits: 0}}] | nothing.js: is neither a file nor a library policy
                    """)
    void aFileThatIsNotInOrderSaysWhere(String text, String message) throws IOException {
        write("tested.test.yaml", text.replace('~', '\n'));
        TestReport report = run();
        String output = wrong(report);
        assertEquals(TestResult.Status.BROKEN, report.results().getFirst().status(), output);
        assertTrue(output.contains(message), output);
    }

    @Test
    void aShortFileMakesNoLargeTree() throws IOException {
        for (String text :
                List.of(
                        "a: " + "[".repeat(60) + "]".repeat(60),
                        "a: [" + "1,".repeat(100_001) + "1]",
                        "#".repeat((1 << 20) + 1))) {
            write("tested.test.yaml", text);
            assertEquals(1, run().count(TestResult.Status.BROKEN));
        }
    }

    @Test
    void anImageIsReadFromWhereTheCasesAre() throws IOException {
        Files.write(folder.resolve("in.save"), org.xenimage.script.PolicyTestImage.bytes());
        write(
                "tested.js",
                """
                export const policy = { api: 1, name: 'named' };
                export function onBegin(ctx) { ctx.log(ctx.image.name); }
                """);
        cases("image: in.save\n", "log: web-1\nunchanged: true");
        assertTrue(run().passed(), wrong(run()));
        cases("image: missing.save\n", "log: web-1");
        assertTrue(wrong(run()).contains("missing.save: no such file"), wrong(run()));
        script(
                Language.JAVASCRIPT,
                "export function testA(t) { t.run({ image: 'missing.save' }); }");
        assertTrue(
                wrong(run()).contains("tested.test.js:1:28: missing.save: no such"), wrong(run()));
    }

    /** The file of tests that is about the policy, in a language. */
    private void script(Language language, String source) {
        write(
                switch (language) {
                    case JAVASCRIPT -> "tested.test.js";
                    case PYTHON -> "test_tested.py";
                },
                source);
    }

    private static String pick(Language language, String javaScript, String python) {
        return switch (language) {
            case JAVASCRIPT -> javaScript;
            case PYTHON -> python;
        };
    }

    @ParameterizedTest
    @EnumSource
    void functionsSeeWhatCameOfARun(Language language) throws IOException {
        script(
                language,
                pick(
                        language,
                        """
                        export function testSecond(t) {
                          const result = t.run({ operation: 'migrate-out' });
                          t.vetoed(result, 'stays here');
                          t.vetoed(result, /^it/);
                          t.equal(result.outcome, 'vetoed');
                        }
                        export function testFirst(t) {
                          const result = t.run({ sample: { memory: 4, vcpus: 2 }, params: { to: 'web7' }, operation: 'save' });
                          t.equal(result.config.c_info.name, 'web7');
                          t.equal(result.before.config.c_info.name, 'sample-pv');
                          t.equal(result.record('X86_TSC_INFO').fields.khz, 5);
                          t.equal(result.record('X86_PV_VCPU_BASIC', 1).fields.vcpu_id ?? 1, 1);
                          t.equal(result.find('TOKEN='), []);
                          t.ok(result.before.find('TOKEN=').length > 3);
                          t.equal(result.edits.length, 3);
                          t.match(result.log[0], 'web7');
                          t.match(result.log[0], /web\\d$/);
                          t.equal(result.veto, null);
                          t.notEqual(result.error, 'x');
                          t.ok(!result.unchanged);
                          t.equal(t.run({ params: { to: 'bad' } }).outcome, 'failed');
                          t.failed(t.run({ params: { to: 'bad' } }), 'no good');
                        }
                        export function helper() { throw new Error('is no test'); }
                        """,
                        """
                        import re

                        def test_second(t):
                            result = t.run(operation="migrate-out")
                            t.vetoed(result, "stays here")
                            t.vetoed(result, re.compile("^it"))
                            t.equal(result.outcome, "vetoed")

                        def test_first(t):
                            result = t.run(sample={"memory": 4, "vcpus": 2}, params={"to": "web7"}, operation="save")
                            t.equal(result.config["c_info"]["name"], "web7")
                            t.equal(result.before.config["c_info"]["name"], "sample-pv")
                            t.equal(result.record("X86_TSC_INFO").fields["khz"], 5)
                            t.equal(result.find("TOKEN="), [])
                            t.ok(len(result.before.find("TOKEN=")) > 3)
                            t.equal(len(result.edits), 3)
                            t.match(result.log[0], "web7")
                            t.match(result.log[0], re.compile(r"web\\d$"))
                            t.equal(result.veto, None)
                            t.not_equal(result.error, "x")
                            t.ok(not result.unchanged)
                            t.failed(t.run(params={"to": "bad"}), "no good")

                        def helper():
                            raise ValueError("is no test")
                        """));
        TestReport report = run();
        assertTrue(report.passed(), wrong(report));
        List<String> names = report.results().stream().map(TestResult::name).toList();
        assertEquals(
                pick(language, "[testSecond, testFirst]", "[test_second, test_first]"),
                names.toString(),
                "in the order of the source");
    }

    @ParameterizedTest
    @EnumSource
    void anAssertionThatFailsSaysLineExpectedAndFound(Language language) throws IOException {
        script(
                language,
                pick(
                        language,
                        """
                        export function testTree(t) {
                          t.equal({ a: [1, 2], b: 'x' }, { a: [1, 3], b: 'x' }, 'the tree');
                        }
                        export function testCaught(t) {
                          try { t.fail('caught'); } catch {}
                        }
                        export function testWord(t) { t.eqal(1, 1); }
                        export function testRequest(t) { t.run({ operation: 'sav' }); }
                        export function testThrows(t) { throw new Error('of its own'); }
                        export async function testAsync(t) {}
                        """
                                .replace("export async function testAsync(t) {}\n", ""),
                        """
                        def test_tree(t):
                            t.equal({"a": [1, 2], "b": "x"}, {"a": [1, 3], "b": "x"}, "the tree")
                        def test_caught(t):
                            try:
                                t.fail("caught")
                            except Exception:
                                pass
                        def test_word(t): t.eqal(1, 1)
                        def test_request(t): t.run(operation="sav")
                        def test_throws(t): raise ValueError("of its own")
                        """));
        TestReport report = run();
        assertEquals(5, report.count(TestResult.Status.FAILED), wrong(report));
        String output = wrong(report);
        for (String message :
                List.of(
                        "the tree: is not as expected\n    a[1]\n    - expected 3\n    + found    2",
                        "caught: failed",
                        "did you mean equal?",
                        "there is no operation sav; did you mean save?",
                        "of its own"))
            assertTrue(output.contains(message), message + " in " + output);
        String place = pick(language, "tested.test.js:2:", "test_tested.py:2: ");
        assertTrue(output.contains(place), output);
    }

    @ParameterizedTest
    @EnumSource
    void aModuleOfTestsIsConfinedLikeAPolicy(Language language) throws IOException {
        script(
                language,
                pick(
                        language,
                        """
                        export function testJava(t) { Java.type('java.lang.System').exit(1); }
                        export function testLoad(t) { load('/etc/passwd'); }
                        export function testHost(t) { t.constructor.constructor('return Java')(); }
                        """,
                        """
                        def test_java(t):
                            import java
                        def test_open(t):
                            open("/etc/passwd")
                        def test_system(t):
                            import os
                            os.system("true")
                        """));
        TestReport report = run();
        assertEquals(3, report.count(TestResult.Status.FAILED), wrong(report));
    }

    @ParameterizedTest
    @EnumSource
    void aModuleThatCannotBeRunIsBroken(Language language) throws IOException {
        script(language, pick(language, "export const a = ;", "def test_a(t)\n"));
        assertEquals(1, run().count(TestResult.Status.BROKEN), wrong(run()));
        script(language, "");
        assertTrue(wrong(run()).contains("has no test"), wrong(run()));
        script(
                language,
                pick(language, "export async function testA(t) {}", "async def test_a(t): pass"));
        assertTrue(wrong(run()).contains("a test must be an ordinary function"), wrong(run()));
    }

    @Test
    void oneFileOfCasesTestsAPolicyInBothLanguages() throws IOException {
        write(
                "both.js",
                "export const policy = { api: 1, name: 'both' };\nexport function onBegin(ctx) { ctx.log('js'); }\n");
        write("both.py", "POLICY = {'api': 1, 'name': 'both'}\ndef on_begin(ctx): ctx.log('py')\n");
        write("both.test.yaml", "cases: [{name: logs, expect: {log: /js|py/, unchanged: true}}]\n");
        TestReport report = run();
        assertEquals(
                List.of("both.js", "both.py"),
                report.results().stream()
                        .map(one -> Path.of(one.policy()).getFileName().toString())
                        .toList());
        assertTrue(report.passed(), wrong(report));
    }

    @Test
    void testsAreFoundByTheirNamesAndByTheirPolicy() throws IOException {
        for (String name :
                List.of(
                        "tested.test.yaml",
                        "tested.test.js",
                        "test_tested.py",
                        "other.test.yml",
                        ".hidden.test.js",
                        "notes.yaml")) write(name, "");
        Files.createDirectories(folder.resolve("deeper/.git"));
        write("deeper/scrub-x.mjs", "");
        write("deeper/test_scrub_x.py", "");
        write("deeper/.git/a.test.js", "");
        assertEquals(
                "[deeper/test_scrub_x.py, other.test.yml, test_tested.py, tested.test.js, tested.test.yaml]",
                names(folder));
        assertEquals(
                "[test_tested.py, tested.test.js, tested.test.yaml]",
                names(folder.resolve("tested.js")));
        assertEquals("[deeper/test_scrub_x.py]", names(folder.resolve("deeper/scrub-x.mjs")));
        assertTrue(TestFile.beside(folder.resolve("deeper/test_scrub_x.py")));
        assertFalse(TestFile.beside(folder.resolve("other.test.yml")), "there is no other.js");
        assertFalse(TestFile.beside(folder.resolve("tested.js")));
    }

    private String names(Path place) throws IOException {
        return TestFile.find(List.of(place)).stream()
                .map(file -> folder.relativize(file.path()).toString())
                .toList()
                .toString();
    }

    @Test
    void coverageNamesLinesAndHooksThatDidNotRun() throws IOException {
        write(
                "tested.py",
                """
                POLICY = {'api': 1, 'name': 'tested'}


                def on_begin(ctx):
                    if ctx.operation == 'save':
                        ctx.log('saved')
                    ctx.log('done')


                def on_failure(error, ctx):
                    pass
                """);
        cases("", "others: allowed\nedits: 3");
        write(
                "tested.test.yaml",
                "policy: [tested.js, tested.py]\ncases: [{name: a, expect: {others: allowed}}]");
        TestReport report = run(true);
        TestRunner.Covered js = report.covered().getFirst();
        assertEquals(Set.of(16), set(js), "only the warning is left out");
        assertEquals(Set.of(Hook.BEGIN, Hook.CONFIG, Hook.RECORD, Hook.END), js.called());
        TestRunner.Covered python = report.covered().getLast();
        assertTrue(set(python).containsAll(Set.of(6, 11)), set(python).toString());
        assertFalse(set(python).contains(5));
        assertEquals(Set.of(Hook.BEGIN), python.called());
        assertEquals(Set.of(Hook.BEGIN, Hook.FAILURE), python.hooks());
        String output = String.join("\n", report.coverage());
        assertTrue(output.contains("not run: line 6, 11; not called: on_failure"), output);
        assertEquals(List.of(), run(false).covered());
    }

    private static Set<Integer> set(TestRunner.Covered covered) {
        return Set.copyOf(covered.lines().missed().stream().boxed().toList());
    }

    /** The layout that CI servers read: suites of cases, each with failures, errors and output. */
    private static final String JUNIT =
            """
            <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
              <xs:element name="testsuites"><xs:complexType><xs:sequence>
                <xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/>
              </xs:sequence></xs:complexType></xs:element>
              <xs:element name="testsuite"><xs:complexType>
                <xs:sequence><xs:element ref="testcase" maxOccurs="unbounded"/></xs:sequence>
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="failures" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="errors" type="xs:nonNegativeInteger" use="required"/>
                <xs:attribute name="time" type="xs:decimal" use="required"/>
              </xs:complexType></xs:element>
              <xs:element name="testcase"><xs:complexType>
                <xs:sequence>
                  <xs:choice minOccurs="0" maxOccurs="unbounded">
                    <xs:element name="failure" type="problem"/>
                    <xs:element name="error" type="problem"/>
                  </xs:choice>
                  <xs:element name="system-out" type="xs:string" minOccurs="0"/>
                </xs:sequence>
                <xs:attribute name="name" type="xs:string" use="required"/>
                <xs:attribute name="classname" type="xs:string" use="required"/>
                <xs:attribute name="time" type="xs:decimal" use="required"/>
              </xs:complexType></xs:element>
              <xs:complexType name="problem"><xs:simpleContent><xs:extension base="xs:string">
                <xs:attribute name="message" type="xs:string" use="required"/>
                <xs:attribute name="type" type="xs:string" use="required"/>
              </xs:extension></xs:simpleContent></xs:complexType>
            </xs:schema>
            """;

    @Test
    void reportsAreOfTheFormThatProgramsRead() throws Exception {
        write(
                "tested.test.js",
                """
                export function testGood(t) {}
                export function testOdd(t) { t.log('<&>"\\u0001\\u001b[31m]]>'); t.fail('# odd \\u0000 & <b> password'); }
                """);
        cases(
                "sample: {config: {b_info.vncpasswd: hunter2}}\n",
                "config: {b_info.vncpasswd: a}\nothers: allowed");
        write("broken.test.yaml", "cases: 1");
        TestReport report = run();
        var xml = new StringWriter();
        report.junit(xml, Secrets.BY_NAME);
        SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
                .newSchema(new StreamSource(new StringReader(JUNIT)))
                .newValidator()
                .validate(new StreamSource(new StringReader(xml.toString())));
        Element root =
                DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(
                                new ByteArrayInputStream(
                                        xml.toString().getBytes(StandardCharsets.UTF_8)))
                        .getDocumentElement();
        assertEquals(4, root.getElementsByTagName("testcase").getLength());
        assertEquals(2, root.getElementsByTagName("failure").getLength());
        assertEquals(1, root.getElementsByTagName("error").getLength());
        assertFalse(xml.toString().contains("hunter2"), "a secret is hidden");

        List<String> tap = report.tap(Secrets.BY_NAME);
        assertEquals("1..4", tap.get(1));
        assertEquals(
                1, tap.stream().filter(line -> line.matches("ok \\d+ - .*testGood.*")).count());
        assertEquals(3, tap.stream().filter(line -> line.startsWith("not ok ")).count());
        for (String line : tap)
            assertTrue(line.matches("TAP version 13|1\\.\\.\\d+|(not )?ok \\d+ - .*|# .*"), line);

        JsonMapper mapper = new JsonMapper();
        for (TestResult result : report.results()) {
            JsonNode read = mapper.readTree(TestReport.json(result, Secrets.BY_NAME).toString());
            assertEquals(result.mismatches().size(), read.path("mismatches").size());
        }
        assertEquals(2, report.json().path("failed").asInt());
        assertEquals(1, report.json().path("broken").asInt());
    }

    @Test
    void theCostOfEachHookIsMeasured() throws IOException {
        RunContext context = RunContext.of(Operation.REWRITE, "sample", "me", Instant.EPOCH);
        PolicyBench.Cost cost =
                PolicyBench.measure(
                        HostOptions.defaults(),
                        folder.resolve("tested.js").toString(),
                        Optional.empty(),
                        context,
                        Duration.ZERO,
                        new RunFiles());
        assertEquals(2, cost.runs());
        assertEquals(
                List.of(Hook.BEGIN, Hook.CONFIG, Hook.RECORD, Hook.END),
                cost.hooks().stream().map(PolicyBench.HookCost::hook).toList());
        for (PolicyBench.HookCost hook : cost.hooks()) {
            assertTrue(hook.first().compareTo(hook.cold()) <= 0);
            assertTrue(hook.perCall().compareTo(hook.steady()) <= 0);
            assertEquals(hook.hook() == Hook.RECORD, hook.calls() > 1, hook.toString());
        }
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        cases("", ALL, "veto: x");
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        long before = leftovers(temporary);
        assertFalse(run().passed());
        assertEquals(before, leftovers(temporary));
    }

    private static long leftovers(Path folder) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(path -> path.getFileName().toString().startsWith("xenimage-test-"))
                    .count();
        }
    }

    private static final String GRANTED =
            """
            export const policy = { api: 1, name: 'granted', wants: { inventory: 'read', notes: 'folder',
              audit: 'append', cmdb: 'http', notify: 'run', rack: 'env' } };
            export function onBegin(ctx) {
              ctx.log(`read ${ctx.grant('inventory').read().trim()}`);
              ctx.log(`notes ${ctx.grant('notes').list().map((name) => ctx.grant('notes').read(name))}`);
              ctx.grant('audit').append('begun');
              const got = ctx.grant('cmdb').request({ path: 'hosts/web1' });
              ctx.log(`got ${got.status} ${got.body}`);
              ctx.grant('cmdb').request({ method: 'PUT', path: 'hosts/web1', body: 'moved' });
              const told = ctx.grant('notify').run('hello');
              ctx.log(`told ${told.status} ${told.output}`);
              ctx.log(`rack ${ctx.grant('rack').value()}`);
            }
            """;

    private static final String DOUBLES =
            """
            grants:
              inventory: { read: xen1 }
              notes: { folder: { a.txt: first, b.txt: second } }
              audit: { append: true }
              cmdb: { http: { GET hosts/web1: { status: 404, body: none }, PUT hosts/web1: done } }
              notify: { run: { status: 3, output: heard } }
              rack: { env: R12 }
            """;

    @Test
    void grantsOfACaseStandInForRealOnes() throws IOException {
        write("granted.js", GRANTED);
        write("inventory.json", "[1]");
        Files.createDirectory(folder.resolve("notes"));
        write("notes/real.txt", "beside");
        write(
                "granted.test.yaml",
                DOUBLES
                        + """
                        cases:
                          - name: answers
                            expect:
                              log: [read xen1, 'notes first,second', got 404 none, told 3 heard, rack R12]
                              grants: { audit: [begun], cmdb: [GET hosts/web1, PUT hosts/web1 moved], notify: hello }
                          - name: files beside it
                            grants:
                              inventory: { read: { file: inventory.json } }
                              notes: { folder: notes }
                              rack: { env: }
                            expect: { log: ['read [1]', notes beside, rack null] }
                          - name: no answer
                            grants: { cmdb: { http: { GET hosts/web2: x } } }
                            expect: { error: the test has no answer to GET hosts/web1, grants: { notify: [] } }
                          - name: no such method
                            grants: { cmdb: { http: { GET hosts/web1: x } } }
                            expect: { error: 'allows GET, not PUT' }
                        """);
        write(
                "granted.test.js",
                """
                export function testUses(t) {
                  const result = t.run({ grants: { inventory: { read: 'x' }, notes: { folder: {} },
                    audit: { append: true }, cmdb: { http: { 'GET hosts/web1': 'y', 'PUT hosts/web1': '' } },
                    notify: { run: '' }, rack: { env: null } } });
                  t.equal(result.grants, { audit: ['begun'], cmdb: ['GET hosts/web1', 'PUT hosts/web1 moved'],
                    notify: ['hello'] });
                }
                """);
        TestReport report = run();
        assertEquals(5, report.results().size());
        assertTrue(report.passed(), () -> wrong(report));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|the policy wants the grant inventory; say what stands in for it: grants: {inventory:",
                "{inventory: {env: X}}|grants.inventory: the policy wants this grant to be read",
                "{inventory: {red: X}}|grants.inventory has no key red; did you mean read?",
                "{inventory: {read: {file: ../../etc/passwd}}}|expected a path in the folder of the test",
                "{inventory: {read: {file: /etc/passwd}}}|expected a path in the folder of the test",
                "{inventory: {read: {file: link}}}|expected a path in the folder of the test, without links",
                "{inventory: {read: {file: missing}}}|there is no",
                "{inventory: {read: x}, other: {read: x}}|grants.other: the policy wants no such grant"
            })
    void aGrantThatDoesNotFitIsSaid(String grants, String expected) throws IOException {
        write(
                "wanting.js",
                "export const policy = { api: 1, name: 'wanting', wants: { inventory: 'read' } };");
        Files.createSymbolicLink(folder.resolve("link"), Path.of("/etc/hosts"));
        write(
                "wanting.test.yaml",
                "grants: %s\ncases: [{ name: one, expect: { unchanged: true } }]"
                        .formatted(grants));
        TestReport report = run();
        assertFalse(report.passed());
        assertTrue(wrong(report).contains(expected), () -> wrong(report));
    }
}
