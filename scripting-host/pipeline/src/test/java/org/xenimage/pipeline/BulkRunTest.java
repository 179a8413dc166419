package org.xenimage.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xenimage.image.Conversion;
import org.xenimage.image.PolicyFailed;
import org.xenimage.pipeline.BulkOrder.Choice;
import org.xenimage.pipeline.ImageOutcome.Fate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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

    private BulkOrder order() throws IOException {
        return Trees.order(in, out);
    }

    @Test
    void theOutputsAreTheSameTreeOfRewrittenImages() throws Exception {
        Trees.Ran ran = Trees.run(order());
        assertEquals(Set.of("a.save", "sub/b.save", "sub/sub/c.save"), Trees.digests(out).keySet());
        assertEquals(3, ran.summary().count(Fate.DELIVERED));
        assertEquals(3, ran.summary().edits());
        assertEquals("copy-of-two-1", Trees.domain(out.resolve("sub/b.save")));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void theReportedDigestsAreThoseOfTheFiles() throws Exception {
        Trees.Ran ran = Trees.run(order());
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
        BulkOrder order = order();
        Trees.run(
                new BulkOrder(
                        order.inputs(),
                        out,
                        order.policies(),
                        order.context(),
                        Optional.empty(),
                        1,
                        Set.of()));
        for (Path file : Trees.files(out)) assertTrue(Trees.domain(file).endsWith("-1"));
    }

    @Test
    void withoutPoliciesTheOutputsAreTheInputs() throws Exception {
        Trees.run(Trees.with(order(), List.of()));
        assertEquals(Trees.digests(in), Trees.digests(out));
    }

    @Test
    void aBadImageFailsAlone() throws Exception {
        byte[] bytes = Files.readAllBytes(in.resolve("a.save"));
        Files.write(in.resolve("cut.save"), Arrays.copyOf(bytes, bytes.length / 2));
        Trees.Ran ran = Trees.run(order());
        assertEquals(Fate.FAILED, ran.fate("cut.save"));
        assertTrue(ran.reason("cut.save").contains("cut short"), ran.reason("cut.save"));
        assertEquals(3, ran.summary().count(Fate.DELIVERED));
        assertFalse(Files.exists(out.resolve("cut.save")));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void anImageThatAPolicyRefusesFailsAlone() throws Exception {
        Trees.image(in.resolve("v.save"), "veto");
        Trees.Ran ran = Trees.run(order());
        assertTrue(ran.reason("v.save").contains("not this one"), ran.reason("v.save"));
        assertEquals(3, ran.summary().count(Fate.DELIVERED));
    }

    @Test
    void aPolicyThatCannotRunAtAllEndsTheRunBeforeItBegins() throws Exception {
        BulkOrder broken =
                Trees.with(
                        order(),
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
        Trees.Ran ran = Trees.run(order());
        assertEquals(Fate.SKIPPED, ran.fate("readme"));
        assertEquals(Fate.SKIPPED, ran.fate("empty"));
        assertEquals(0, ran.summary().count(Fate.FAILED));
        Trees.Ran named = Trees.run(Trees.order(text, folder.resolve("other")));
        assertEquals(Fate.FAILED, named.fate("readme"));
    }

    @Test
    void anInputThatIsNotThereFailsAlone() throws Exception {
        BulkOrder order = order();
        Trees.Ran ran =
                Trees.run(
                        new BulkOrder(
                                List.of(folder.resolve("nothing"), in),
                                out,
                                order.policies(),
                                order.context(),
                                Optional.empty(),
                                1,
                                Set.of()));
        assertEquals("no such file or directory", ran.reason("nothing"));
        assertEquals(3, ran.summary().count(Fate.DELIVERED));
    }

    @Test
    void namesKeepSpacesNewlinesAndUnicode() throws Exception {
        List<String> names = List.of("web 1.save", "new\nline.save", "ü/日本.save", "-x\"\\.save");
        for (String name : names) Trees.image(in.resolve(name), "odd");
        Trees.Ran ran = Trees.run(order());
        for (String name : names) {
            assertEquals(Fate.DELIVERED, ran.fate(name));
            assertTrue(Files.exists(out.resolve(name)), name);
        }
        Trees.Ran again = Trees.run(Trees.with(order(), Choice.RESUME));
        assertEquals(7, again.summary().count(Fate.KEPT));
    }

    @Test
    void linksAreFollowedAndLoopsAreNot() throws Exception {
        Path elsewhere = Trees.image(folder.resolve("elsewhere/d.save"), "four");
        Files.createSymbolicLink(in.resolve("linked"), elsewhere.getParent());
        Files.createSymbolicLink(in.resolve("sub/loop"), in);
        Files.createSymbolicLink(in.resolve("self"), Path.of("self"));
        Files.createSymbolicLink(in.resolve("dangling"), Path.of("nowhere"));
        Trees.Ran ran = Trees.run(order());
        assertEquals(Fate.DELIVERED, ran.fate("linked/d.save"));
        assertEquals(Fate.SKIPPED, ran.fate("sub/loop"));
        assertEquals(Fate.FAILED, ran.fate("self"));
        assertEquals(Fate.FAILED, ran.fate("dangling"));
        assertEquals(4, Trees.digests(out).size());
    }

    @Test
    void theFolderOfTheOutputsIsNotLookedInto() throws Exception {
        out = in.resolve("clean");
        Trees.run(order());
        Trees.Ran again = Trees.run(Trees.with(order(), Choice.RESUME));
        assertEquals(3, again.summary().count(Fate.KEPT));
        assertEquals(Fate.SKIPPED, again.fate("clean"));
        assertEquals(3, Trees.files(out).size());
    }

    @Test
    void anInputIsNeverReplacedUnderWhateverName() throws Exception {
        assertThrows(BulkRefused.class, () -> Trees.run(Trees.order(in, in)));
        Files.createDirectories(out.resolve("sub/sub"));
        Files.createLink(out.resolve("a.save"), in.resolve("a.save"));
        Files.createSymbolicLink(out.resolve("sub/b.save"), in.resolve("sub/b.save"));
        Files.delete(out.resolve("sub/sub"));
        Files.createSymbolicLink(out.resolve("sub/sub"), in.resolve("sub/sub"));
        Map<String, String> before = Trees.digests(in);
        Trees.Ran ran = Trees.run(Trees.with(order(), Choice.REPLACE));
        assertEquals(3, ran.summary().count(Fate.FAILED));
        for (ImageOutcome outcome : ran.outcomes().values())
            assertTrue(outcome.reason().contains("is an input"), outcome.reason());
        assertEquals(before, Trees.digests(in));
        assertTrue(Files.isSymbolicLink(out.resolve("sub/b.save")));
    }

    @Test
    void whatIsThereIsReplacedOnlyWhenAskedFor() throws Exception {
        Files.createDirectories(out);
        Files.writeString(out.resolve("a.save"), "mine");
        Trees.Ran ran = Trees.run(order());
        assertTrue(ran.reason("a.save").contains("--force"), ran.reason("a.save"));
        assertEquals("mine", Files.readString(out.resolve("a.save")));
        Trees.run(Trees.with(order(), Choice.REPLACE));
        assertEquals("copy-of-one-1", Trees.domain(out.resolve("a.save")));
    }

    @Test
    void twoInputsThatWouldHaveOnePlaceAreRefusedBeforeAnythingIsWritten() throws Exception {
        Path other = Trees.image(folder.resolve("other/a.save"), "five");
        BulkOrder order = order();
        BulkOrder both =
                new BulkOrder(
                        List.of(in, other.getParent()),
                        out,
                        order.policies(),
                        order.context(),
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
        Trees.run(order());
        assertEquals(
                "r--r-----",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(out.resolve("a.save"))));
    }

    @Test
    void aSecondRunOverAFolderIsRefusedWhileTheFirstLasts() throws Exception {
        try (BulkRun first = BulkRun.open(order(), Trees.host())) {
            BulkRefused refused = assertThrows(BulkRefused.class, () -> Trees.run(order()));
            assertTrue(Trees.message(refused).contains("another bulk run"), Trees.message(refused));
            assertEquals(3, Trees.watch(first).summary().count(Fate.DELIVERED));
        }
    }

    @Test
    void aFinishedRunIsNotBegunAgainByMistake() throws Exception {
        Trees.run(order());
        BulkRefused refused = assertThrows(BulkRefused.class, () -> Trees.run(order()));
        assertTrue(Trees.message(refused).contains("--resume"), Trees.message(refused));
    }

    @Test
    void resumingRepeatsNothingDeliveredAndRedoesWhatIsNot() throws Exception {
        Trees.run(order());
        Map<String, String> whole = Trees.digests(out);
        Object kept = Files.getAttribute(out.resolve("a.save"), "unix:ino");
        Files.delete(out.resolve("sub/b.save"));
        Trees.image(in.resolve("new.save"), "six");
        Trees.Ran ran = Trees.run(Trees.with(order(), Choice.RESUME));
        assertEquals(Fate.KEPT, ran.fate("a.save"));
        assertEquals(Fate.DELIVERED, ran.fate("sub/b.save"));
        assertEquals(Fate.DELIVERED, ran.fate("new.save"));
        assertEquals(kept, Files.getAttribute(out.resolve("a.save"), "unix:ino"));
        assertEquals(1L, Trees.journalled(out).get("a.save"));
        Files.delete(out.resolve("new.save"));
        assertEquals(whole, Trees.digests(out));
    }

    @Test
    void anInputThatChangedIsDoneAgain() throws Exception {
        Trees.run(order());
        Files.delete(in.resolve("a.save"));
        Trees.image(in.resolve("a.save"), "changed");
        Trees.Ran ran = Trees.run(Trees.with(order(), Choice.RESUME));
        assertEquals(Fate.DELIVERED, ran.fate("a.save"));
        assertEquals(2, ran.summary().count(Fate.KEPT));
        assertEquals("copy-of-changed-1", Trees.domain(out.resolve("a.save")));
    }

    @Test
    void anOutputThatWasWrittenDownAndGotNoNameGetsIt() throws Exception {
        Trees.run(order());
        Map<String, String> whole = Trees.digests(out);
        String line =
                Files.readAllLines(Trees.journal(out)).stream()
                        .filter(text -> text.contains("\"file\":\"a.save\""))
                        .findFirst()
                        .orElseThrow();
        String number = line.replaceFirst(".*\"new\":\"([0-9]+)\".*", "$1");
        Path unnamed = out.resolve(OutFolder.OWN).resolve("new").resolve(number);
        Files.move(out.resolve("a.save"), unnamed);
        Files.writeString(unnamed.resolveSibling("99"), "half an image");
        Trees.Ran ran = Trees.run(Trees.with(order(), Choice.RESUME));
        assertEquals(3, ran.summary().count(Fate.KEPT));
        assertEquals(whole, Trees.digests(out));
        assertEquals(List.of(), Trees.unfinished(out));
    }

    @Test
    void resumingWithOtherOptionsIsRefusedUnlessTold() throws Exception {
        Trees.run(order());
        Files.delete(out.resolve("a.save"));
        BulkOrder other =
                Trees.with(order(), List.of(Trees.policy(Trees.RENAME.replace("copy", "other"))));
        BulkRefused refused =
                assertThrows(BulkRefused.class, () -> Trees.run(Trees.with(other, Choice.RESUME)));
        assertTrue(Trees.message(refused).contains("policy 1"), Trees.message(refused));
        Trees.run(Trees.with(other, Choice.RESUME, Choice.OTHER_OPTIONS));
        assertEquals("other-of-one-1", Trees.domain(out.resolve("a.save")));
        assertEquals("copy-of-two-1", Trees.domain(out.resolve("sub/b.save")));
    }

    @Test
    void aStoppedRunLeavesNothingHalfDoneAndCanBeResumed() throws Exception {
        Trees.run(order());
        Map<String, String> whole = Trees.digests(out);
        out = folder.resolve("stopped");
        BulkOrder order = order();
        try (BulkRun run = BulkRun.open(order, Trees.host())) {
            BulkSummary summary = run.run(_ -> run.stop());
            assertTrue(summary.stopped());
        }
        assertEquals(List.of(), Trees.unfinished(out));
        Trees.run(Trees.with(order, Choice.RESUME));
        assertEquals(whole, Trees.digests(out));
        assertEquals(Set.of(1L), Set.copyOf(Trees.journalled(out).values()));
    }

    @Test
    void aResumedRunTakesOverTheTimeThatPoliciesSee() throws Exception {
        String stamp =
                """
                export const policy = { api: 1, name: 'stamp', version: '1' };
                export function onConfig(config, ctx) { config.c_info.name = 'at-' + ctx.now; }
                """;
        BulkOrder first = Trees.with(order(), List.of(Trees.policy(stamp)));
        Trees.run(first);
        Map<String, String> whole = Trees.digests(out);
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
                new BulkOrder(
                        first.inputs(),
                        out,
                        first.policies(),
                        later,
                        Optional.empty(),
                        1,
                        Set.of(Choice.RESUME)));
        assertEquals(whole, Trees.digests(out));
    }

    @Test
    void aRehearsalWritesNothing() throws Exception {
        Trees.Ran ran = Trees.run(Trees.with(order(), Choice.DRY_RUN));
        assertEquals(3, ran.summary().count(Fate.REHEARSED));
        assertEquals(3, ran.summary().edits());
        assertFalse(Files.exists(out));
    }

    @Test
    void convertedToNativeAndBackTheImagesAreTheSame() throws Exception {
        Path back = folder.resolve("back");
        BulkOrder plain = Trees.with(order(), List.of());
        Trees.Ran there = Trees.run(to(plain, Conversion.Target.NATIVE));
        assertEquals(3, there.summary().count(Fate.DELIVERED));
        BulkOrder home = Trees.with(Trees.order(out, back), List.of());
        Trees.run(to(home, Conversion.Target.XL));
        assertEquals(Trees.digests(in), Trees.digests(back));
    }

    @Test
    void aConversionThatXenCouldNotRestoreFailsUnlessAllowed() throws Exception {
        BulkOrder core = to(Trees.with(order(), List.of()), Conversion.Target.DUMP_CORE);
        Trees.Ran refused = Trees.run(core);
        assertEquals(3, refused.summary().count(Fate.FAILED));
        assertEquals(List.of(), Trees.unfinished(out));
        Trees.Ran ran = Trees.run(Trees.with(core, Choice.ALLOW_LOSS, Choice.REPLACE));
        assertEquals(3, ran.summary().count(Fate.DELIVERED), () -> ran.outcomes().toString());
    }

    private static BulkOrder to(BulkOrder order, Conversion.Target target) {
        return new BulkOrder(
                order.inputs(),
                order.out(),
                order.policies(),
                order.context(),
                Optional.of(target),
                order.workers(),
                order.choices());
    }
}
