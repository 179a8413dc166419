package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A forger who is not believed tests nothing: it must count as the writers do. */
class ForgedImageTest {
    @TempDir private Path folder;

    private byte[] image(String form) throws IOException {
        // Page 1 twice, so that later contents replace earlier ones.
        Files.write(
                folder.resolve("IN"),
                StreamBuilder.pv().memory(0, 1).verifyRound(1).memory(7, 1).complete().bytes());
        assertEquals(0, CommandRun.of(folder, "convert IN OUT --to " + form).status());
        byte[] bytes = Files.readAllBytes(folder.resolve("OUT"));
        CommandRun.clean(folder);
        return bytes;
    }

    private CommandRun read(byte[] bytes) throws IOException {
        Files.write(folder.resolve("IN"), bytes);
        CommandRun run = CommandRun.of(folder, "rewrite IN OUT");
        CommandRun.clean(folder);
        return run;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "native",
                "native --compress zstd",
                "native-stream",
                "native-stream --compress none"
            })
    void sealingChangesNothingOfAValidImage(String form) throws IOException {
        byte[] image = image(form);
        assertArrayEquals(image, new ForgedImage(image).seal().bytes());
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native --compress zstd"})
    void anImageWithoutRoomIsTheSameImage(String form) throws IOException {
        byte[] image = image(form);
        byte[] small = new ForgedImage(image).withoutRoom().bytes();
        assertTrue(small.length < 200_000, () -> small.length + " bytes");
        CommandRun run = read(small);
        assertEquals(0, run.status(), run::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "native-stream --compress none"})
    void changedContentsAreBelievedUnderAForgedDigestOnly(String form) throws IOException {
        byte[] image = image(form);
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) 7);
        int at =
                new ForgedImage(image)
                        .indexOf(new String(page, java.nio.charset.StandardCharsets.ISO_8859_1));
        assertTrue(at > 0);
        image[at + 100] ^= 1;
        assertFalse(read(image).status() == 0, "damage is accepted");
        CommandRun run = read(new ForgedImage(image).seal().bytes());
        assertEquals(0, run.status(), run::toString);
    }
}
