package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.json.JsonMapper;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Files of other toolstacks, and compressed ones: no command reads them, each says what the file is
 * and what to do with it, and a run over a folder does not pass them over in silence.
 */
class ForeignFilesTest {
    @TempDir private Path folder;

    /** What the files begin with; behind it stands whatever it is. */
    enum Kind {
        XENOPSD("XenSavedDomain\n", "XenServer 6.2", "xe vm-resume"),
        XEND("LinuxGuestRecord", "xend", "legacy"),
        QEMU("QEVM", "device model", "save file"),
        GZIP(hex("1f8b0800"), "compressed with gzip", "gzip -dc"),
        ZSTD(hex("28b52ffd"), "compressed with zstd", "zstd -dc"),
        XZ(hex("fd377a585a00"), "compressed with xz", "xz -dc"),
        BZIP2("BZh91AY", "compressed with bzip2", "bzip2 -dc"),
        LZ4(hex("04224d18"), "compressed with lz4", "lz4 -dc"),
        KDUMP("KDUMP   ", "kdump", "crash"),
        CORE(hex("7f454c46020101000000000000000000" + "04003e00"), "core file", "gdb");

        /** In hexadecimal. */
        private final String first;

        private final String what;
        private final String remedy;

        Kind(String first, String what, String remedy) {
            this(first.getBytes(StandardCharsets.US_ASCII), what, remedy);
        }

        Kind(byte[] first, String what, String remedy) {
            this.first = HexFormat.of().formatHex(first);
            this.what = what;
            this.remedy = remedy;
        }

        byte[] file() {
            byte[] magic = hex(first);
            byte[] file = Arrays.copyOf(magic, 4096);
            Arrays.fill(file, magic.length, file.length, (byte) 0x5a);
            return file;
        }
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    @ParameterizedTest
    @EnumSource
    void areNamedByEveryCommandWithWhatToDo(Kind kind) throws IOException {
        var program = new Program(folder);
        Files.write(program.file("in"), kind.file());
        for (List<String> command :
                List.of(
                        List.of("info", ":in"),
                        List.of("rewrite", ":in", ":out"),
                        List.of("convert", ":in", ":out", "--to", "native"),
                        List.of("dump", ":in", ":out"),
                        List.of("extract", "config", ":in"),
                        List.of("salvage", ":in", ":out"),
                        List.of("console", ":in", "--no-history", "-c", "1"),
                        List.of("bulk", ":in", "--out", ":done"))) {
            String failure = program.run(command.toArray(String[]::new)).failure();
            assertTrue(failure.contains(kind.what), () -> command + ": " + failure);
            assertTrue(failure.contains(kind.remedy), () -> command + ": " + failure);
        }
        Program.Outcome verify = program.run("verify", ":in");
        assertEquals(1, verify.status());
        assertTrue(verify.out().contains(kind.what), verify.out());
        assertFalse(Files.exists(program.file("out")));
        String json = program.run("dump", ":in", ":out", "--json").out();
        assertEquals(
                "unsupported", new JsonMapper().readTree(json).at("/error/kind").asText(), json);
    }

    @ParameterizedTest
    @EnumSource
    void inAFolderMakeABulkRunFailWhileTheImagesAreDone(Kind kind) throws IOException {
        var program = new Program(folder);
        Files.createDirectories(program.file("in"));
        program.run("sample", ":in/a.save", "--guest", "pv", "--memory", "2").succeeds();
        program.write("in/readme.txt", "what these images are, in many more words than a header");
        Files.write(program.file("in/foreign"), kind.file());
        Program.Outcome outcome = program.run("bulk", ":in", "--out", ":out");
        assertTrue(outcome.out().startsWith("1 delivered, 1 skipped, 1 failed"), outcome.out());
        assertEquals(1, outcome.status());
        assertTrue(outcome.err().contains("foreign: failed: "), outcome.err());
        assertTrue(outcome.err().contains(kind.what), outcome.err());
    }

    /** What is whole of a damaged file is not lost to whoever has no xenopsd at hand. */
    @Test
    void thatHoldAStreamGiveItToSalvage() throws IOException {
        var program = new Program(folder);
        program.run("sample", ":a.save", "--guest", "hvm", "--memory", "4").succeeds();
        byte[] save = program.read("a.save");
        int optional = ByteBuffer.wrap(save).order(ByteOrder.LITTLE_ENDIAN).getInt(44);
        byte[] stream = Arrays.copyOfRange(save, 48 + optional, save.length);
        var foreign = new ByteArrayOutputStream();
        foreign.writeBytes("XenSavedDomain\nand more".getBytes(StandardCharsets.US_ASCII));
        foreign.writeBytes(stream);
        Files.write(program.file("b.save"), foreign.toByteArray());
        program.run("salvage", ":b.save", ":b.native").succeeds();
        program.run("convert", ":b.native", ":b.libxl", "--to", "libxl", "--allow-loss").succeeds();
        assertArrayEquals(stream, program.read("b.libxl"));
    }
}
