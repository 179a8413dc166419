package org.xenimage.cli.toolstack;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.cli.Program;
import org.xenimage.cli.Program.Outcome;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** What becomes of a domain and of its file, against a program that behaves as xl does at the pipe. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SaveRestoreTest {
    private static final int AT_FAULT = 1;

    /** What a policy does in each of its hooks. */
    private static final String REFUSALS =
            """
            begin.js    | export function onBegin(ctx) { throw new Error('no'); }
            config.js   | export function onConfig(config, ctx) { ctx.veto('no'); }
            metadata.js | export function onMetadata(meta, ctx) { throw new Error('no'); }
            record.js   | export function onRecord(r, ctx) { if (r.type === 'HVM_CONTEXT') throw new Error('no'); }
            last.js     | export function onRecord(r, ctx) { if (r.type === 'END') ctx.veto('no'); }
            pages.js    | export function onPages(batch, ctx) { throw new Error('no'); }
            end.js      | export function onEnd(summary, ctx) { ctx.veto('no'); }
            config.py   | def on_config(config, ctx): raise ValueError('no')
            end.py      | def on_end(summary, ctx): ctx.veto('no')
            """;

    @TempDir private Path folder;

    private Program program = new Program(Path.of("before-each"));
    private StandInXl xl = new StandInXl(Path.of("before-each"));
    private byte[] image = new byte[0];

    @BeforeEach
    void makeSample() throws IOException {
        program = new Program(folder);
        program.run("sample", ":sample", "--guest", "hvm", "--memory", "4").succeeds();
        image = program.read("sample");
        xl = StandInXl.install(folder.resolve("host"), image);
        Files.createDirectory(folder.resolve("no-policies"));
    }

    @Test
    void theDomainIsDestroyedWhenItsFileIsThere() {
        save("web1", ":web1.save").succeeds();
        assertArrayEquals(image, program.read("web1.save"));
        assertEquals("gone", xl.domain());
        assertEquals("destroy 7", xl.calls().getLast());
    }

    @Test
    void aPolicyChangesWhatIsSaved() {
        Outcome outcome =
                save("web1", ":web1.save", "--policy", "rename-domain", "--set", "to=web2");
        assertTrue(outcome.succeeds().out().contains("c_info.name"), outcome.out());
        assertTrue(text(program.read("web1.save")).contains("web2"));
        assertEquals("gone", xl.domain());
    }

    @ParameterizedTest
    @CsvSource({"-c, running, save -c", "-p, paused, save -p"})
    void whatXlLeavesOfTheDomainIsLeft(String option, String domain, String call) {
        save(option, "web1", ":web1.save").succeeds();
        assertEquals(domain, xl.domain());
        assertTrue(xl.calls().getLast().startsWith(call), () -> xl.calls().toString());
        assertArrayEquals(image, program.read("web1.save"));
    }

    @Test
    void otherOptionsAreGivenToXl() {
        save("-D", "7", ":web1.save", ":config", "--xl-option=-vvv");
        String call = xl.calls().getFirst();
        assertTrue(call.startsWith("-vvv"), call);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native-stream"})
    void whatIsSavedAsNativeIsRestored(String format) {
        save("web1", ":web1.native", "--to", format).succeeds();
        restore(":web1.native").succeeds();
        assertArrayEquals(image, xl.created().orElseThrow());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = REFUSALS)
    void aPolicyThatRefusesASaveLeavesTheDomainAsItWas(String file, String code) {
        refusing(file, code);
        for (String option : List.of("-p", "-c", "--quiet")) {
            Outcome outcome = save(option, "web1", ":web1.save", "--policy", ":" + file);
            assertEquals(AT_FAULT, outcome.status(), outcome.err());
            assertTrue(outcome.err().contains(file), outcome.err());
            assertTrue(
                    outcome.err().contains("is not written; domain 7 keeps running"),
                    outcome.err());
            assertEquals("running", xl.domain());
            nothingIsLeft();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = REFUSALS)
    void aPolicyThatRefusesARestoreLeavesNoDomain(String file, String code) {
        refusing(file, code);
        Outcome outcome = restore(":sample", "--policy", ":" + file);
        assertEquals(AT_FAULT, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains(file), outcome.err());
        assertTrue(outcome.err().contains("the guest was not started"), outcome.err());
        assertEquals(Optional.empty(), xl.created());
        nothingIsLeft();
    }

    @Test
    void anXlThatStartsARefusedGuestAllTheSameIsTold() {
        xl.failing("lax");
        refusing("end.js", "export function onEnd(summary, ctx) { ctx.veto('no'); }");
        Outcome outcome = restore(":sample", "--policy", ":end.js");
        assertEquals(AT_FAULT, outcome.status(), outcome.err());
        assertTrue(
                outcome.err()
                        .contains(
                                "xl restore exited with status 0 although the image was refused; "
                                        + "domain sample-hvm exists, number 8"),
                outcome.err());
    }

    @Test
    void anXlThatFailsAfterTheGuestWasMadeIsToldWithTheGuest() {
        xl.failing("late");
        Outcome outcome = restore(":sample");
        assertEquals(4, outcome.status(), outcome.err());
        assertTrue(
                outcome.err().contains("status 4; domain sample-hvm exists, number 8"),
                outcome.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"begin.js", "config.js"})
    void aPolicyThatRefusesAtOnceKeepsXlFromBeingStarted(String file) {
        refusing(
                file,
                "export function onBegin(ctx) { ctx.veto('no'); }\nexport function onConfig(c, ctx) "
                        + "{ ctx.veto('no'); }");
        restore(":sample", "--policy", ":" + file);
        assertEquals(List.of(), xl.calls());
    }

    @ParameterizedTest
    @CsvSource({"before, running, 1", "suspend, running, 1", "middle, suspended, 137"})
    void anXlThatFailsToSaveEndsTheCommandWithItsStatus(String fault, String domain, int status) {
        xl.failing(fault);
        Outcome outcome = save("web1", ":web1.save");
        assertEquals(status, outcome.status(), outcome.err());
        assertTrue(outcome.err().contains("xl save exited with status " + status), outcome.err());
        assertEquals(domain, xl.domain());
        nothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({"before, 1", "middle, 3"})
    void anXlThatFailsToRestoreEndsTheCommandWithItsStatus(String fault, int status) {
        xl.failing(fault);
        Outcome outcome = restore(":sample");
        assertEquals(status, outcome.status(), outcome.err());
        assertTrue(
                outcome.err().contains("xl restore exited with status " + status), outcome.err());
        assertTrue(outcome.err().contains("there is no domain sample-hvm"), outcome.err());
        assertEquals(Optional.empty(), xl.created());
    }

    @Test
    void aDomainThatCannotBeDestroyedIsSavedAllTheSame() {
        xl.failing("destroy");
        assertEquals(1, save("web1", ":web1.save").status());
        assertArrayEquals(image, program.read("web1.save"));
        assertEquals("paused", xl.domain());
    }

    @Test
    void aDomainThatXlDoesNotKnowIsTold() {
        Outcome outcome = save("web9", ":web9.save");
        assertTrue(outcome.failure().contains("web9"), outcome.err());
        assertEquals(List.of("domid web9"), xl.calls());
        assertEquals(2, program.run("save", "web1", "-").status());
        assertEquals(2, program.run("save", "web1", ":a", "--to", "dump-core").status());
    }

    @ParameterizedTest
    @ValueSource(strings = {"web1", "7"})
    void anXlThatIsNotThereIsTold(String domain) {
        String none = folder.resolve("no-xl").toString();
        Outcome save = program.run("save", "--xl", none, domain, ":web1.save");
        assertFalse(save.status() == 0, save.err());
        Outcome restore = program.run("restore", "--xl", none, ":sample");
        assertEquals(127, restore.status(), restore.err());
        nothingIsLeft();
    }

    @Test
    void anExistingFileIsKeptAndTheDomainNotTouched() {
        program.write("web1.save", "precious");
        save("web1", ":web1.save").failure();
        assertEquals("precious", text(program.read("web1.save")));
        assertEquals(List.of(), xl.calls());
        save("web1", ":web1.save", "--force").succeeds();
        assertArrayEquals(image, program.read("web1.save"));
    }

    @Test
    void aFileThatCannotBeWrittenLetsTheDomainGoOn() throws IOException {
        Path none = folder.resolve("none");
        assertEquals(AT_FAULT, save("web1", none.resolve("web1.save").toString()).status());
        assertEquals("running", xl.domain());
    }

    @Test
    void whatXlCannotRestoreIsRefusedBeforeXlIsStarted() throws IOException {
        program.run("convert", ":sample", ":core", "--to", "dump-core", "--allow-loss").succeeds();
        program.run("convert", ":sample", ":bare", "--to", "libxc-v3").succeeds();
        Files.write(folder.resolve("cut"), Arrays.copyOf(image, 40));
        Files.write(folder.resolve("half"), Arrays.copyOf(image, image.length / 2));
        program.run("salvage", ":half", ":partial");
        assertTrue(program.files().contains("partial"), "something was recovered");
        for (String in : List.of(":core", ":bare", ":cut", ":partial", ":missing"))
            assertEquals(AT_FAULT, restore(in).status(), in);
        assertEquals(List.of(), xl.calls());
    }

    @Test
    void anImageCutShortRestoresNoDomain() throws IOException {
        for (int length :
                new int[] {
                    2000, image.length / 2, image.length - 16, image.length - 8, image.length - 1
                }) {
            Files.write(folder.resolve("cut"), Arrays.copyOf(image, length));
            Outcome outcome = restore(":cut");
            assertEquals(AT_FAULT, outcome.status(), outcome.err());
            assertTrue(outcome.err().contains("cut"), outcome.err());
            assertTrue(outcome.err().contains("the guest was not started"), outcome.err());
            assertEquals(Optional.empty(), xl.created());
        }
    }

    @Test
    void optionsAndConfigAreGivenToXlRestore() {
        restore("-p", "-e", ":web1.cfg", ":sample").succeeds();
        String call = xl.calls().getFirst();
        assertTrue(call.startsWith("restore -p -e ") && call.contains("web1.cfg"), call);
    }

    @Test
    void thePoliciesOfAFolderRunInTheOrderOfTheirNamesWhereTheyFit() throws IOException {
        Path policies = Files.createDirectory(folder.resolve("policies"));
        for (String name : List.of("30-c", "10-a", "20-b"))
            Files.writeString(
                    policies.resolve(name + ".js"),
                    """
                    export const policy = { api: 1, name: '%s', on: ['%s'] };
                    export function onConfig(config, ctx) { config.c_info.name += '-%s'; }
                    """
                            .formatted(name, name.equals("20-b") ? "restore" : "save", name));
        Files.writeString(
                policies.resolve("15.py"),
                """
                POLICY = {"api": 1, "name": "other", "match": {"guest": "pv"}}
                def on_config(config, ctx):
                    config["c_info"]["name"] += "-other"
                """);
        Files.writeString(policies.resolve("README"), "no policy");
        Files.writeString(policies.resolve(".hidden.js"), "no policy");
        Outcome outcome =
                program.run(
                        "save",
                        "--xl",
                        xl.program().toString(),
                        "--policies",
                        policies.toString(),
                        "web1",
                        ":web1.save");
        assertTrue(outcome.succeeds().out().contains("not run: guest is hvm"), outcome.out());
        assertTrue(text(program.read("web1.save")).contains("sample-hvm-10-a-30-c"));
        program.run("rewrite", ":sample", ":out", "--policies", policies.toString()).succeeds();
        assertArrayEquals(image, program.read("out"), "none of them is for rewriting");
    }

    @Test
    void aPolicyFolderThatIsNotThereIsAnError() {
        Outcome outcome =
                program.run("rewrite", ":sample", ":out", "--policies", ":no-such-folder");
        assertTrue(outcome.failure().contains("no such policy folder"), outcome.err());
    }

    /** A policy that changes something outside, and can undo it. */
    private void undoing(String language) {
        program.write(
                "undo." + language,
                language.equals("js")
                        ? """
                        export const policy = { api: 1, name: 'undo' };
                        export function onBegin(ctx) { ctx.onFailure((error) => ctx.warn(`undone: ${error.message}`)); }
                        """
                        : """
                        POLICY = {"api": 1, "name": "undo"}
                        def on_begin(ctx): ctx.on_failure(lambda error: ctx.warn(f"undone: {error['message']}"))
                        """);
    }

    private void undone(String language, boolean saving, int times, String... words) {
        undoing(language);
        List<String> line =
                new ArrayList<>(List.of("--policy", ":undo." + language, "--log", ":log"));
        line.addAll(Arrays.asList(words));
        String[] all = line.toArray(String[]::new);
        Outcome outcome = saving ? save(all) : restore(all);
        long count = outcome.err().lines().filter(one -> one.contains("undone: ")).count();
        assertEquals(times, count, outcome.err());
        assertEquals(
                times,
                text(program.read("log"))
                        .lines()
                        .filter(one -> one.contains("\"warn\":\"undone: "))
                        .count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void whatAPolicyDidIsUndoneWhateverFailsInASave(String language) throws IOException {
        undone(language, true, 0, "-c", "web1", ":ok.save");
        refusing("end.js", "export function onEnd(summary, ctx) { ctx.veto('no'); }");
        undone(language, true, 1, "-c", "web1", ":a.save", "--policy", ":end.js");
        assertEquals("running", xl.domain());
        xl.failing("suspend");
        undone(language, true, 1, "-c", "web1", ":b.save");
        xl.failing("destroy"); // the image is there all the same
        undone(language, true, 0, "web1", ":c.save");
        xl.failing("middle");
        undone(language, true, 1, "web1", ":d.save");
    }

    /** Another process makes the file in the meantime. */
    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void whatAPolicyDidIsUndoneWhenTheFileCannotBeKept(String language) throws Exception {
        xl.failing("taken");
        undone(language, true, 1, "web1", ":taken.save");
        assertEquals("running", xl.domain());
        assertEquals("", text(program.read("taken.save")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"js", "py"})
    void whatAPolicyDidIsUndoneWhateverFailsInARestore(String language) throws IOException {
        undone(language, false, 0, ":sample");
        refusing("end.js", "export function onEnd(summary, ctx) { ctx.veto('no'); }");
        undone(language, false, 1, ":sample", "--policy", ":end.js");
        Files.write(folder.resolve("cut"), Arrays.copyOf(image, image.length - 8));
        undone(language, false, 1, ":cut");
        for (String fault : List.of("before", "middle", "late")) {
            xl.failing(fault);
            undone(language, false, 1, ":sample");
        }
    }

    private Outcome save(String... words) {
        return run("save", words);
    }

    private Outcome restore(String... words) {
        return run("restore", words);
    }

    private Outcome run(String command, String... words) {
        List<String> line = new ArrayList<>(List.of(command, "--xl", xl.program().toString()));
        line.addAll(List.of("--policies", ":no-policies"));
        line.addAll(Arrays.asList(words));
        return program.run(line.toArray(String[]::new));
    }

    private void refusing(String file, String code) {
        String head =
                file.endsWith(".py")
                        ? "POLICY = {'api': 1, 'name': 'refusing'}\n"
                        : "export const policy = { api: 1, name: 'refusing' };\n";
        program.write(file, head + code + "\n");
    }

    private void nothingIsLeft() {
        assertEquals(
                List.of(), program.files().stream().filter(name -> name.contains("web1")).toList());
    }

    private static String text(byte... bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
