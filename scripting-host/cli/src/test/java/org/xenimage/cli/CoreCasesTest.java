package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Dump-cores as they come from the field: of a 32-bit guest, with entries of the map that name no
 * page, out of order, with counts that disagree, cut by a full disk. Every command takes what other
 * readers read, and changes no byte of it that a policy does not change.
 */
class CoreCasesTest {
    private static final int PAGE = 4096;

    @TempDir private Path folder;
    private Program program;

    /** An edit of a core. */
    enum Edit {
        /** As {@code xl dump-core} writes it. */
        NONE("core"),
        /** {@code e_machine} of a 32-bit guest. */
        I386("core"),
        /** Entries of all ones at the end of the map, as Xen leaves for pages that went away. */
        INVALID_AT_END("core"),
        /** One within the map. */
        INVALID_WITHIN("core", "core-map"),
        /** Two entries and their pages have changed places. */
        REORDERED("core", "core-map"),
        /** The note HEADER counts more pages than there are. */
        NOTE_COUNT("core", "core-count"),
        /** Header fields that Xen leaves zero: EI_OSABI, the padding of e_ident, e_flags, e_phoff. */
        ODD_HEADER("core"),
        /** Fields of section headers that Xen leaves zero. */
        ODD_SECTION_HEADERS("core"),
        /** The section headers at the end, as linkers put them. */
        HEADERS_LAST("core"),
        /** Sections in another order, in the table and in the file. */
        SECTIONS_REORDERED("core"),
        /** Something between the sections, and behind them. */
        GAPS("core"),
        /** Zeros between the sections. */
        ZERO_GAPS("core"),
        /** Sections of another program, one of them empty, one of a name that is there already. */
        SECTIONS_ADDED("core");

        /** Separated by spaces. */
        private final String rules;

        Edit(String... rules) {
            this.rules = String.join(" ", rules);
        }
    }

    /** A section header. */
    private record Header(int at, int offset, int length) {}

    @BeforeEach
    void make() throws IOException {
        program = new Program(folder);
        program.write(
                "scrub.js",
                """
                export const policy = { api: 1, name: 'scrub', version: '1.0' };
                export function onBegin(ctx) {
                    ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });
                }
                """);
    }

    private byte[] core(String guest) {
        program.run("sample", ":save", "--guest", guest, "--memory", "4").succeeds();
        program.run("convert", ":save", ":core", "--to", "dump-core", "--allow-loss").succeeds();
        return program.read("core");
    }

    private static Map<String, Header> sections(byte[] core) {
        ByteBuffer file = ByteBuffer.wrap(core).order(ByteOrder.LITTLE_ENDIAN);
        int table = (int) file.getLong(40);
        int names = (int) file.getLong(table + 64 * file.getShort(62) + 24);
        Map<String, Header> all = new HashMap<>();
        for (int i = 0; i < file.getShort(60); i++) {
            int at = table + 64 * i;
            int name = names + file.getInt(at);
            int end = name;
            while (core[end] != 0) end++;
            all.put(
                    new String(core, name, end - name, StandardCharsets.US_ASCII),
                    new Header(at, (int) file.getLong(at + 24), (int) file.getLong(at + 32)));
        }
        return all;
    }

    private static Header section(byte[] core, String name) {
        return Objects.requireNonNull(sections(core).get(name), name);
    }

    private static byte[] edited(byte[] core, Edit edit) {
        byte[] made = core.clone();
        ByteBuffer file = ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN);
        boolean pv = sections(core).containsKey(".xen_p2m");
        Header map = section(core, pv ? ".xen_p2m" : ".xen_pfn");
        int width = pv ? 16 : 8;
        int entries = map.length() / width;
        switch (edit) {
            case NONE -> {}
            case I386 -> file.putShort(18, (short) 3);
            case INVALID_AT_END ->
                    Arrays.fill(
                            made,
                            map.offset() + map.length() - 8 * width,
                            map.offset() + map.length(),
                            (byte) -1);
            case INVALID_WITHIN -> {
                int at = map.offset() + entries / 2 * width;
                Arrays.fill(made, at, at + width, (byte) -1);
            }
            case REORDERED -> {
                swap(made, map.offset(), width);
                swap(made, section(core, ".xen_pages").offset(), PAGE);
            }
            case ODD_HEADER -> {
                file.put(7, (byte) 3).put(9, (byte) 0xa5).put(15, (byte) 1);
                file.putLong(32, 64).putInt(48, 0xdeadbeef).putShort(54, (short) 0);
            }
            case ODD_SECTION_HEADERS -> {
                Header pages = section(core, ".xen_pages");
                file.putLong(pages.at() + 8, 2).putLong(pages.at() + 16, 1L << 40);
                file.putInt(pages.at() + 40, 1).putInt(pages.at() + 44, 7);
                file.putLong(section(core, ".xen_prstatus").at() + 56, 0);
            }
            case HEADERS_LAST -> {
                return new CoreFile(core).headersLast().bytes();
            }
            case SECTIONS_REORDERED -> {
                return new CoreFile(core).reversed().bytes();
            }
            case GAPS -> {
                return new CoreFile(core).gaps((byte) 0x5a).headersLast().bytes();
            }
            case ZERO_GAPS -> {
                return new CoreFile(core).gaps((byte) 0).bytes();
            }
            case SECTIONS_ADDED -> {
                return new CoreFile(core)
                        .add(
                                ".acme",
                                "something of another program".getBytes(StandardCharsets.UTF_8))
                        .add(".empty")
                        .add(".note.Xen", (byte) 1, (byte) 2, (byte) 3)
                        .bytes();
            }
            case NOTE_COUNT -> {
                int at = section(core, ".note.Xen").offset();
                while (file.getInt(at) != 0x2000001) at += 4;
                file.putLong(at + 24, file.getLong(at + 24) + 28);
            }
        }
        return made;
    }

    private static void swap(byte[] file, int start, int width) {
        for (int i = 0; i < width; i++) {
            byte original = file[start + 10 * width + i];
            file[start + 10 * width + i] = file[start + 20 * width + i];
            file[start + 20 * width + i] = original;
        }
    }

    static Stream<Arguments> edits() {
        return Stream.of("pv", "pvh")
                .flatMap(guest ->
                        Arrays.stream(Edit.values()).map(edit -> Arguments.of(guest, edit)));
    }

    @ParameterizedTest
    @MethodSource("edits")
    void areReadByEveryCommandAndKeptByteForByte(String guest, Edit edit) throws IOException {
        byte[] core = edited(core(guest), edit);
        Files.write(program.file("in"), core);
        program.run("info", ":in").succeeds();
        String found = program.run("verify", ":in").succeeds().out();
        for (String rule : List.of("core", "core-map", "core-count"))
            assertEquals(
                    List.of(edit.rules.split(" ")).contains(rule),
                    found.contains("[" + rule + "]"),
                    found);
        program.run("rewrite", ":in", ":same").succeeds();
        assertArrayEquals(core, program.read("same"));
        program.run("dump", ":in", ":dump").succeeds();
        program.run("load", ":dump", ":loaded").succeeds();
        assertArrayEquals(core, program.read("loaded"));
        program.run("convert", ":in", ":native", "--to", "native").succeeds();
        program.run("convert", ":native", ":back", "--to", "dump-core").succeeds();
        assertArrayEquals(core, program.read("back"));
        program.run("convert", ":in", ":vmcore", "--to", "vmcore").succeeds();
        program.run("diff", "--pages", ":in", ":native").succeeds();
        program.run("convert", ":in", ":stream", "--to", "native-stream").succeeds();
        program.run("convert", ":stream", ":back2", "--to", "dump-core").succeeds();
        assertArrayEquals(core, program.read("back2"));
        program.run("salvage", ":in", ":salvaged").succeeds();
        program.run("bulk", ":in", "--out", ":out", "--policy", file("scrub.js")).succeeds();
        program.run("rewrite", ":in", ":scrubbed", "--policy", file("scrub.js")).succeeds();
        assertArrayEquals(program.read("scrubbed"), program.read("out/in"));
        assertTrue(text(core).contains("SECRET-API-TOKEN="));
        assertFalse(text(program.read("scrubbed")).contains("SECRET-API-TOKEN="));
        assertOnlyPagesDiffer(core, program.read("scrubbed"));
        String refused = program.run("convert", ":in", ":xl", "--to", "xl").failure();
        assertTrue(refused.contains("convert it to native, dump-core or vmcore"), refused);
    }

    static Stream<Arguments> forms() {
        return Stream.of("pv", "pvh")
                .flatMap(guest ->
                        Stream.of(
                                        "native",
                                        "native --compress zstd",
                                        "native-stream",
                                        "native-stream --compress none",
                                        "native --encrypt --key-file KEY",
                                        "native-stream --encrypt --key-file KEY")
                                .map(form -> Arguments.of(guest, form)));
    }

    /** What a core held comes back from each native form, and the report of the conversion says so. */
    @ParameterizedTest
    @MethodSource("forms")
    void comeBackFromTheNativeFormWithoutLoss(String guest, String form) throws IOException {
        byte[] core = new CoreFile(core(guest)).gaps((byte) 0x5a).bytes();
        Files.write(program.file("in"), core);
        Files.write(program.file("key"), new byte[32]);
        List<String> made = new ArrayList<>(List.of("convert", ":in", ":native", "--to"));
        for (String word : List.of(form.split(" "))) made.add(word.equals("KEY") ? ":key" : word);
        program.run(made.toArray(String[]::new)).succeeds();
        String[] key = form.contains("KEY") ? new String[] {"--key-file", ":key"} : new String[0];
        for (String target : List.of("dump-core", "vmcore")) {
            String output =
                    program.run(with(key, "convert", ":native", "--explain", "--to", target))
                            .succeeds()
                            .err();
            assertFalse(output.contains("no restore"), output);
            program.run(with(key, "convert", ":native", ":" + target, "--to", target)).succeeds();
            if (target.equals("vmcore")) continue;
            assertEquals("loses nothing", output.strip());
            assertArrayEquals(core, program.read(target));
        }
        // a rewrite in the other form keeps the mark
        program.run(with(key, "convert", ":native", ":stream", "--to", "native-stream")).succeeds();
        program.run(with(key, "convert", ":stream", ":again", "--to", "dump-core")).succeeds();
        assertArrayEquals(core, program.read("again"));
        for (String target : List.of("xl", "libxl", "libxc-v3", "libxc-v2")) {
            String refused =
                    program.run(with(key, "convert", ":native", ":no", "--to", target)).failure();
            assertTrue(
                    refused.contains("an image made from a dump-core cannot be converted"),
                    refused);
        }
    }

    private static String[] with(String[] key, String... words) {
        return Stream.concat(Arrays.stream(words), Arrays.stream(key)).toArray(String[]::new);
    }

    private static void assertOnlyPagesDiffer(byte[] core, byte[] edited) {
        Header pages = section(core, ".xen_pages");
        int end = pages.offset() + pages.length();
        assertEquals(core.length, edited.length);
        assertTrue(Arrays.mismatch(core, edited) >= pages.offset());
        assertEquals(-1, Arrays.mismatch(core, end, core.length, edited, end, edited.length));
    }

    /** What overlaps has no layout that a rewrite could keep: it is read, and no core is made of it. */
    @Test
    void whoseLayoutCannotBeKeptAreReadAndNotRewritten() throws IOException {
        byte[] core = core("pv");
        // the section headers in a section of their own
        byte[] odd =
                new CoreFile(core)
                        .add(".headers", Arrays.copyOfRange(core, 64, 64 + 64 * 9))
                        .headersIn(".headers")
                        .bytes();
        Files.write(program.file("in"), odd);
        program.run("info", ":in").succeeds();
        String found = program.run("verify", ":in").succeeds().out();
        assertTrue(found.contains("has a layout that cannot be kept"), found);
        program.run("convert", ":in", ":native", "--to", "native").succeeds();
        program.run("convert", ":in", ":vmcore", "--to", "vmcore").succeeds();
        for (String from : List.of("in", "native")) {
            String refused =
                    program.run("convert", ":" + from, ":out", "--to", "dump-core").failure();
            if (from.equals("in")) refused = program.run("rewrite", ":in", ":out").failure();
            assertTrue(refused.contains("overlaps what precedes it"), refused);
            assertTrue(refused.contains("convert it to native or vmcore"), refused);
            assertFalse(Files.exists(program.file("out")));
        }
    }

    private String file(String name) {
        return program.file(name).toString();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Without the map, which is at the end, no page has a place; that is exit status 1. */
    @Test
    void whosePagesHaveNoPlaceAreNotSalvaged() throws IOException {
        for (String guest : List.of("pv", "pvh")) {
            byte[] core = core(guest);
            Header pages = section(core, ".xen_pages");
            Files.write(
                    program.file("cut"),
                    Arrays.copyOf(core, pages.offset() + pages.length() / 2 / PAGE * PAGE));
            Program.Outcome outcome = program.run("salvage", ":cut", ":made", "--force");
            assertEquals(1, outcome.status(), outcome.out() + outcome.err());
            assertEquals(1, program.run("verify", ":cut").status());
            Files.delete(program.file("save"));
            Files.delete(program.file("core"));
        }
    }

    /** The names of the sections are the last bytes of the file: without them all pages are there. */
    @Test
    void withoutTheNamesOfTheirSectionsAreSalvagedWhole() throws IOException {
        for (String guest : List.of("pv", "pvh")) {
            byte[] core = core(guest);
            int names = section(core, ".shstrtab").offset();
            Files.write(program.file("cut"), Arrays.copyOf(core, names));
            String output = program.run("salvage", ":cut", ":made", "--force").succeeds().out();
            assertTrue(output.contains("lost       0x%x+".formatted(names)), output);
            assertFalse(output.contains("the image is intact"), output);
            Files.delete(program.file("save"));
            Files.delete(program.file("core"));
        }
    }
}
