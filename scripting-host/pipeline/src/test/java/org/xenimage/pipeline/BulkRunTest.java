package org.xenimage.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.fault.PolicyFailed;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.pipeline.BulkRequest.Choice;
import org.xenimage.pipeline.ImageOutcome.Status;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.PolicySpeech;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

class BulkRunTest {
    @TempDir private Path folder;
    private Path in;
    private Path out;

    @BeforeEach
    void makeTree() throws IOException {
        in = folder.resolve("in");
        out = folder.resolve("out");
        Trees.image(in.resolve("a.save"), "one");
        Trees.image(in.resolve("sub/b.save"), "two");
        Trees.image(in.resolve("sub/sub/c.save"), "three");
    }

    private BulkRequest request() throws IOException {
        return Trees.request(in, out);
    }

    @Test
    void theOutputsAreTheSameTreeOfRewrittenImages() throws Exception {
        Trees.Ran ran = Trees.run(request());
        assertEquals(Set.of("a.save", "sub/b.save", "sub/sub/c.save"), Trees.digests(out).keySet());
        assertEquals(3, ran.summary().count(Status.DELIVERED));
        assertEquals(3, ran.summary().edits());
        assertEquals("copy-of-two-1", Trees.domain(out.resolve("sub/b.save")));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void anImageIsToldOfWhenItsOutputStandsInItsPlace() throws Exception {
        var reported = new AtomicInteger();
        try (BulkRun run = BulkRun.open(request(), Trees.host())) {
            run.run(outcome -> {
                assertEquals(digest(out.resolve(outcome.name())), outcome.output().orElseThrow());
                reported.incrementAndGet();
            });
        }
        assertEquals(3, reported.get());
    }

    @Test
    void theReportedDigestsAreThoseOfTheFiles() throws Exception {
        Trees.Ran ran = Trees.run(request());
        ran.outcomes()
                .forEach((name, outcome) -> {
                    assertEquals(digest(in.resolve(name)), outcome.input().orElseThrow());
                    assertEquals(digest(out.resolve(name)), outcome.output().orElseThrow());
                });
    }

    private static ImageOutcome.Digest digest(Path file) {
        try {
            return new FileDigests().of(file, () -> {});
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatAPolicyKeepsDoesNotGetFromOneImageToAnother() throws Exception {
        BulkRequest request = request();
        Trees.run(
                new BulkRequest(
                        request.inputs(),
                        out,
                        request.policies(),
                        request.context(),
                        Optional.empty(),
                        1,
                        Set.of()));
        for (Path file : Trees.files(out)) assertTrue(Trees.domain(file).endsWith("-1"));
    }

    @Test
    void withoutPoliciesTheOutputsAreTheInputs() throws Exception {
        Trees.run(Trees.with(request(), List.of()));
        assertEquals(Trees.digests(in), Trees.digests(out));
    }

    @Test
    void aBadImageFailsAlone() throws Exception {
        byte[] bytes = Files.readAllBytes(in.resolve("a.save"));
        Files.write(in.resolve("cut.save"), Arrays.copyOf(bytes, bytes.length / 2));
        Trees.Ran ran = Trees.run(request());
        assertEquals(Status.FAILED, ran.status("cut.save"));
        assertTrue(ran.reason("cut.save").contains("truncated"), ran.reason("cut.save"));
        assertEquals(3, ran.summary().count(Status.DELIVERED));
        assertFalse(Files.exists(out.resolve("cut.save")));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void anImageThatAPolicyRefusesFailsAlone() throws Exception {
        Trees.image(in.resolve("v.save"), "veto");
        Trees.Ran ran = Trees.run(request());
        assertTrue(ran.reason("v.save").contains("not this one"), ran.reason("v.save"));
        assertEquals(3, ran.summary().count(Status.DELIVERED));
    }

    /** A policy that changes something outside, and can undo it, hears of what comes after its last hook. */
    @Test
    void whatAPolicyDidIsUndoneWhereTheOutputCannotBeDelivered() throws Exception {
        Set<String> undone = ConcurrentHashMap.newKeySet();
        BulkRequest request =
                Trees.with(
                        request(),
                        List.of(
                                Trees.policy(
                                        """
                                        export const policy = { api: 1, name: 'undo' };
                                        export function onBegin(ctx) {
                                          ctx.onFailure((error) => ctx.log('undone'));
                                        }
                                        export function onEnd(summary, ctx) { ctx.log('end'); }
                                        """)));
        PolicySpeech meanwhile =
                (source, _, _, text) -> {
                    if (text.equals("undone")) undone.add(source);
                    else disturb(Path.of(source));
                };
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults().withSpeech(meanwhile));
                BulkRun run = BulkRun.open(request, host)) {
            Trees.Ran ran = Trees.watch(run);
            assertEquals(Status.DELIVERED, ran.status("a.save"));
            assertTrue(
                    ran.reason("sub/b.save").contains("changed during the run"),
                    ran.reason("sub/b.save"));
            assertEquals(Status.FAILED, ran.status("sub/sub/c.save"));
        }
        assertEquals(
                Set.of(
                        in.resolve("sub/b.save").toString(),
                        in.resolve("sub/sub/c.save").toString()),
                undone);
        assertEquals(List.of(), Trees.unfinished(out));
    }

    /** What another process does to an image or its output when the policies are done. */
    private void disturb(Path source) {
        try {
            if (source.endsWith("b.save"))
                Files.setLastModifiedTime(source, FileTime.fromMillis(1));
            if (source.endsWith("c.save")) Files.createDirectories(out.resolve("sub/sub/c.save/x"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aPolicyThatCannotRunAtAllEndsTheRunBeforeItBegins() throws Exception {
        BulkRequest broken =
                Trees.with(
                        request(),
                        List.of(
                                Trees.policy(
                                        "export const policy = { api: 1, name: 'x' };\nexport function onBegn() {}")));
        assertThrows(PolicyFailed.class, () -> Trees.run(broken));
        assertFalse(Files.exists(out));
    }

    @Test
    void whatIsNoImageIsLeftOutOfATreeAndFailsWhenNamed() throws Exception {
        Path text = Files.writeString(in.resolve("readme"), "x".repeat(100));
        Files.createFile(in.resolve("empty"));
        Trees.Ran ran = Trees.run(request());
        assertEquals(Status.SKIPPED, ran.status("readme"));
        assertEquals(Status.SKIPPED, ran.status("empty"));
        assertEquals(0, ran.summary().count(Status.FAILED));
        Trees.Ran named = Trees.run(Trees.request(text, folder.resolve("other")));
        assertEquals(Status.FAILED, named.status("readme"));
    }

    @Test
    void anInputThatIsNotThereFailsAlone() throws Exception {
        BulkRequest request = request();
        Trees.Ran ran =
                Trees.run(
                        new BulkRequest(
                                List.of(folder.resolve("nothing"), in),
                                out,
                                request.policies(),
                                request.context(),
                                Optional.empty(),
                                1,
                                Set.of()));
        assertEquals("no such file or directory", ran.reason("nothing"));
        assertEquals(3, ran.summary().count(Status.DELIVERED));
    }

    @Test
    void namesKeepSpacesNewlinesAndUnicode() throws Exception {
        List<String> names = List.of("web 1.save", "new\nline.save", "ü/日本.save", "-x\"\\.save");
        for (String name : names) Trees.image(in.resolve(name), "odd");
        Trees.Ran ran = Trees.run(request());
        for (String name : names) {
            assertEquals(Status.DELIVERED, ran.status(name));
            assertTrue(Files.exists(out.resolve(name)), name);
        }
        Trees.Ran again = Trees.run(Trees.with(request(), Choice.RESUME));
        assertEquals(7, again.summary().count(Status.DELIVERED_EARLIER));
    }

    @Test
    void linksAreFollowedAndLoopsAreNot() throws Exception {
        Path elsewhere = Trees.image(folder.resolve("elsewhere/d.save"), "four");
        Files.createSymbolicLink(in.resolve("linked"), elsewhere.getParent());
        Files.createSymbolicLink(in.resolve("sub/loop"), in);
        Files.createSymbolicLink(in.resolve("self"), Path.of("self"));
        Files.createSymbolicLink(in.resolve("dangling"), Path.of("nowhere"));
        Trees.Ran ran = Trees.run(request());
        assertEquals(Status.DELIVERED, ran.status("linked/d.save"));
        assertEquals(Status.SKIPPED, ran.status("sub/loop"));
        assertEquals(Status.FAILED, ran.status("self"));
        assertEquals(Status.FAILED, ran.status("dangling"));
        assertEquals(4, Trees.digests(out).size());
    }

    @Test
    void theFolderOfTheOutputsIsNotLookedInto() throws Exception {
        out = in.resolve("clean");
        Trees.run(request());
        Trees.Ran again = Trees.run(Trees.with(request(), Choice.RESUME));
        assertEquals(3, again.summary().count(Status.DELIVERED_EARLIER));
        assertEquals(Status.SKIPPED, again.status("clean"));
        assertEquals(3, Trees.files(out).size());
    }

    @Test
    void anInputIsNeverReplacedUnderWhateverName() throws Exception {
        assertThrows(BulkRefused.class, () -> Trees.run(Trees.request(in, in)));
        Files.createDirectories(out.resolve("sub/sub"));
        Files.createLink(out.resolve("a.save"), in.resolve("a.save"));
        Files.createSymbolicLink(out.resolve("sub/b.save"), in.resolve("sub/b.save"));
        Files.delete(out.resolve("sub/sub"));
        Files.createSymbolicLink(out.resolve("sub/sub"), in.resolve("sub/sub"));
        Map<String, String> before = Trees.digests(in);
        Trees.Ran ran = Trees.run(Trees.with(request(), Choice.REPLACE));
        assertEquals(3, ran.summary().count(Status.FAILED));
        for (ImageOutcome outcome : ran.outcomes().values())
            assertTrue(outcome.reason().contains("this run reads this file"), outcome.reason());
        assertEquals(before, Trees.digests(in));
        assertTrue(Files.isSymbolicLink(out.resolve("sub/b.save")));
    }

    @Test
    void whatIsThereIsReplacedOnlyWhenAskedFor() throws Exception {
        Files.createDirectories(out);
        Files.writeString(out.resolve("a.save"), "mine");
        Trees.Ran ran = Trees.run(request());
        assertTrue(ran.reason("a.save").contains("--force"), ran.reason("a.save"));
        assertEquals("mine", Files.readString(out.resolve("a.save")));
        Trees.run(Trees.with(request(), Choice.REPLACE));
        assertEquals("copy-of-one-1", Trees.domain(out.resolve("a.save")));
    }

    @Test
    void twoInputsThatWouldHaveOnePlaceAreRefusedBeforeAnythingIsWritten() throws Exception {
        Path other = Trees.image(folder.resolve("other/a.save"), "five");
        BulkRequest request = request();
        BulkRequest both =
                new BulkRequest(
                        List.of(in, other.getParent()),
                        out,
                        request.policies(),
                        request.context(),
                        Optional.empty(),
                        1,
                        Set.of());
        BulkRefused refused = assertThrows(BulkRefused.class, () -> Trees.run(both));
        assertTrue(Trees.message(refused).contains("a.save"), Trees.message(refused));
        assertFalse(Files.exists(out));
    }

    @Test
    void outputsHaveThePermissionsOfTheirInputs() throws Exception {
        Files.setPosixFilePermissions(
                in.resolve("a.save"), PosixFilePermissions.fromString("r--r-----"));
        Trees.run(request());
        assertEquals(
                "r--r-----",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(out.resolve("a.save"))));
    }

    @Test
    void aSecondRunOverAFolderIsRefusedWhileTheFirstLasts() throws Exception {
        try (BulkRun first = BulkRun.open(request(), Trees.host())) {
            BulkRefused refused = assertThrows(BulkRefused.class, () -> Trees.run(request()));
            assertTrue(Trees.message(refused).contains("another bulk run"), Trees.message(refused));
            assertEquals(3, Trees.watch(first).summary().count(Status.DELIVERED));
        }
    }

    @Test
    void aFinishedRunIsNotBegunAgainByMistake() throws Exception {
        Trees.run(request());
        BulkRefused refused = assertThrows(BulkRefused.class, () -> Trees.run(request()));
        assertTrue(Trees.message(refused).contains("--resume"), Trees.message(refused));
    }

    @Test
    void resumingRepeatsNothingDeliveredAndRedoesWhatIsNot() throws Exception {
        Trees.run(request());
        Map<String, String> complete = Trees.digests(out);
        Object unchanged = Files.getAttribute(out.resolve("a.save"), "unix:ino");
        Files.delete(out.resolve("sub/b.save"));
        Trees.image(in.resolve("new.save"), "six");
        Trees.Ran ran = Trees.run(Trees.with(request(), Choice.RESUME));
        assertEquals(Status.DELIVERED_EARLIER, ran.status("a.save"));
        assertEquals(Status.DELIVERED, ran.status("sub/b.save"));
        assertEquals(Status.DELIVERED, ran.status("new.save"));
        assertEquals(unchanged, Files.getAttribute(out.resolve("a.save"), "unix:ino"));
        assertEquals(1L, Trees.journalled(out).get("a.save"));
        Files.delete(out.resolve("new.save"));
        assertEquals(complete, Trees.digests(out));
    }

    @Test
    void anInputThatChangedIsDoneAgain() throws Exception {
        Trees.run(request());
        Files.delete(in.resolve("a.save"));
        Trees.image(in.resolve("a.save"), "changed");
        Trees.Ran ran = Trees.run(Trees.with(request(), Choice.RESUME));
        assertEquals(Status.DELIVERED, ran.status("a.save"));
        assertEquals(2, ran.summary().count(Status.DELIVERED_EARLIER));
        assertEquals("copy-of-changed-1", Trees.domain(out.resolve("a.save")));
    }

    @Test
    void anOutputThatWasWrittenDownAndGotNoNameGetsIt() throws Exception {
        Trees.run(request());
        Map<String, String> complete = Trees.digests(out);
        String line =
                Files.readAllLines(Trees.journal(out)).stream()
                        .filter(text -> text.contains("\"file\":\"a.save\""))
                        .findFirst()
                        .orElseThrow();
        String number = line.replaceFirst(".*\"new\":\"([0-9]+)\".*", "$1");
        Path unnamed = out.resolve(OutFolder.OWN).resolve("new").resolve(number);
        Files.move(out.resolve("a.save"), unnamed);
        Files.writeString(unnamed.resolveSibling("99"), "half an image");
        Trees.Ran ran = Trees.run(Trees.with(request(), Choice.RESUME));
        assertEquals(3, ran.summary().count(Status.DELIVERED_EARLIER));
        assertEquals(complete, Trees.digests(out));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void resumingWithOtherOptionsIsRefusedUnlessTold() throws Exception {
        Trees.run(request());
        Files.delete(out.resolve("a.save"));
        BulkRequest other =
                Trees.with(request(), List.of(Trees.policy(Trees.RENAME.replace("copy", "other"))));
        BulkRefused refused =
                assertThrows(BulkRefused.class, () -> Trees.run(Trees.with(other, Choice.RESUME)));
        assertTrue(Trees.message(refused).contains("policy 1"), Trees.message(refused));
        Trees.run(Trees.with(other, Choice.RESUME, Choice.OTHER_OPTIONS));
        assertEquals("other-of-one-1", Trees.domain(out.resolve("a.save")));
        assertEquals("copy-of-two-1", Trees.domain(out.resolve("sub/b.save")));
    }

    @Test
    void aStoppedRunLeavesNothingHalfDoneAndCanBeResumed() throws Exception {
        Trees.run(request());
        Map<String, String> complete = Trees.digests(out);
        out = folder.resolve("stopped");
        BulkRequest request = request();
        try (BulkRun run = BulkRun.open(request, Trees.host())) {
            BulkSummary summary = run.run(_ -> run.stop());
            assertTrue(summary.stopped());
        }
        assertEquals(List.of(), Trees.unfinished(out));
        Trees.run(Trees.with(request, Choice.RESUME));
        assertEquals(complete, Trees.digests(out));
        assertEquals(Set.of(1L), Set.copyOf(Trees.journalled(out).values()));
    }

    @Test
    void aResumedRunTakesOverTheTimeThatPoliciesSee() throws Exception {
        String stamp =
                """
                export const policy = { api: 1, name: 'stamp', version: '1' };
                export function onConfig(config, ctx) { config.c_info.name = 'at-' + ctx.now; }
                """;
        BulkRequest first = Trees.with(request(), List.of(Trees.policy(stamp)));
        Trees.run(first);
        Map<String, String> complete = Trees.digests(out);
        Files.delete(out.resolve("a.save"));
        var later =
                new org.xenimage.script.policy.RunContext(
                        first.context().operation(),
                        "bulk",
                        "me",
                        first.context().now().plusSeconds(3600),
                        first.context().site(),
                        first.context().parameters(),
                        true);
        Trees.run(
                new BulkRequest(
                        first.inputs(),
                        out,
                        first.policies(),
                        later,
                        Optional.empty(),
                        1,
                        Set.of(Choice.RESUME)));
        assertEquals(complete, Trees.digests(out));
    }

    @Test
    void aCacheTrainingWritesNothing() throws Exception {
        Trees.Ran ran = Trees.run(Trees.with(request(), Choice.DRY_RUN));
        assertEquals(3, ran.summary().count(Status.DRY_RUN));
        assertEquals(3, ran.summary().edits());
        assertFalse(Files.exists(out));
    }

    @Test
    void convertedToNativeAndBackTheImagesAreTheSame() throws Exception {
        Path back = folder.resolve("back");
        BulkRequest plain = Trees.with(request(), List.of());
        Trees.Ran there = Trees.run(to(plain, Conversion.Target.NATIVE));
        assertEquals(3, there.summary().count(Status.DELIVERED));
        BulkRequest home = Trees.with(Trees.request(out, back), List.of());
        Trees.run(to(home, Conversion.Target.XL));
        assertEquals(Trees.digests(in), Trees.digests(back));
    }

    @Test
    void aConversionThatXenCouldNotRestoreFailsUnlessAllowed() throws Exception {
        BulkRequest core = to(Trees.with(request(), List.of()), Conversion.Target.DUMP_CORE);
        Trees.Ran refused = Trees.run(core);
        assertEquals(3, refused.summary().count(Status.FAILED));
        assertEquals(List.of(), Trees.unfinished(out));
        Trees.Ran ran = Trees.run(Trees.with(core, Choice.ALLOW_LOSS, Choice.REPLACE));
        assertEquals(3, ran.summary().count(Status.DELIVERED), () -> ran.outcomes().toString());
    }

    private static BulkRequest to(BulkRequest request, Conversion.Target target) {
        return new BulkRequest(
                request.inputs(),
                request.out(),
                request.policies(),
                request.context(),
                Optional.of(target),
                request.workers(),
                request.choices());
    }
}
