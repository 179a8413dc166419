package org.xenimage.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * xl files as other versions, other device models and odd hosts write them: what Xen restores is
 * kept byte for byte by every command, and what is unusual is told.
 */
class StreamCasesTest {
    private static final int HVM_CONTEXT = 0x09;
    private static final int HVM_PARAMS = 0x0a;
    private static final int PAGE_DATA = 0x01;
    private static final int EMULATOR_CONTEXT = 0x03;
    private static final int CHECKPOINT_STATE = 0x05;
    private static final int PV_INFO = 0x02;
    private static final int PV_P2M_FRAMES = 0x03;
    private static final int PV_VCPU_BASIC = 0x04;
    private static final int PV_VCPU_EXTENDED = 0x05;
    private static final int PV_VCPU_XSAVE = 0x06;
    private static final int PV_VCPU_MSRS = 0x0c;
    private static final int TOOLSTACK = 0x0b;

    @TempDir private Path folder;

    /** A libxc or libxl record. */
    static final class RawRecord {
        private final int type;
        private final byte[] body;

        RawRecord(int type, byte[] body) {
            this.type = type;
            this.body = body;
        }

        int type() {
            return type;
        }

        byte[] body() {
            return body;
        }

        ByteBuffer fields() {
            return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    /** An xl file in its parts. */
    static final class Save {
        private final byte[] head;
        private byte[] config;
        private byte[] tail = {};
        private final byte[] layers;
        private final List<RawRecord> libxc;
        private final List<RawRecord> libxl;
        private byte[] trailing = {};

        Save(byte[] file) {
            ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
            head = Arrays.copyOf(file, 44);
            int end = 48 + in.getInt(44);
            config = Arrays.copyOfRange(file, 52, end);
            // libxl header, LIBXC_CONTEXT, libxc header
            layers = Arrays.copyOfRange(file, end, end + 16 + 8 + 40);
            in.position(end + layers.length);
            libxc = records(in);
            libxl = records(in);
        }

        private static List<RawRecord> records(ByteBuffer in) {
            List<RawRecord> all = new ArrayList<>();
            do {
                int type = in.getInt();
                byte[] body = new byte[in.getInt()];
                in.get(body);
                in.position(in.position() + (-body.length & 7));
                all.add(new RawRecord(type, body));
            } while (all.getLast().type() != 0);
            return all;
        }

        void config(UnaryOperator<String> edit) {
            config =
                    edit.apply(new String(config, StandardCharsets.UTF_8))
                            .getBytes(StandardCharsets.UTF_8);
        }

        void beforeEnd(int type, byte... body) {
            libxc.add(libxc.size() - 1, new RawRecord(type, body));
        }

        int index(int type) {
            for (int i = 0; i < libxc.size(); i++) if (libxc.get(i).type() == type) return i;
            throw new AssertionError("no record " + type);
        }

        byte[] bytes() {
            var out = new ByteArrayOutputStream();
            out.writeBytes(head);
            ByteBuffer lengths = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            lengths.putInt(4 + config.length + tail.length).putInt(config.length);
            out.writeBytes(lengths.array());
            out.writeBytes(config);
            out.writeBytes(tail);
            out.writeBytes(layers);
            for (List<RawRecord> records : List.of(libxc, libxl)) {
                for (RawRecord record : records) {
                    int length = record.body().length;
                    ByteBuffer frame = ByteBuffer.allocate(8 + (length + 7 & ~7));
                    frame.order(ByteOrder.LITTLE_ENDIAN).putInt(record.type()).putInt(length);
                    frame.put(record.body());
                    out.writeBytes(frame.array());
                }
            }
            out.writeBytes(trailing);
            return out.toByteArray();
        }
    }

    /** A case, and the rules by which {@code verify} tells of it; all of them leave the image well formed. */
    enum Case {
        OPTIONAL_RECORD("record-optional") {
            @Override
            void make(Save save) {
                save.beforeEnd(0x80000042, "hello".getBytes(StandardCharsets.US_ASCII));
            }
        },
        STATE_OF_A_STUB_DOMAIN {
            @Override
            void make(Save save) {
                save.libxl.stream()
                        .filter(record -> record.body().length >= 8)
                        .forEach(record -> record.fields().putInt(4, 1));
            }
        },
        STATE_OF_ANOTHER_DEVICE_MODEL("contradiction") {
            @Override
            void make(Save save) {
                save.libxl.stream()
                        .filter(record -> record.type() == EMULATOR_CONTEXT)
                        .forEach(record -> record.fields().putInt(0, 1));
            }
        },
        ZEROS_APPENDED("stream-tail") {
            @Override
            void make(Save save) {
                save.trailing = new byte[4096];
            }
        },
        END_OF_A_LONGER_SAVE("stream-tail") {
            @Override
            void make(Save save) {
                save.trailing = new byte[100_000];
                Arrays.fill(save.trailing, (byte) 0xa5);
            }
        },
        DATA_AFTER_THE_CONFIG("xl-tail") {
            @Override
            void make(Save save) {
                save.tail = "data of another tool".getBytes(StandardCharsets.US_ASCII);
            }
        },
        EMPTY_RECORDS("record-empty") {
            @Override
            void make(Save save) {
                save.beforeEnd(HVM_PARAMS, new byte[8]);
            }
        },
        NUMBERS_BEYOND_53_BITS {
            @Override
            void make(Save save) {
                save.config(text ->
                        text.replace(
                                "\"video_memkb\": 0",
                                "\"video_memkb\": 18446744073709551615, \"shadow_memkb\": 9007199254740993"));
            }
        },
        A_NAME_IN_UTF_8 {
            @Override
            void make(Save save) {
                save.config(text -> text.replace("\"name\": \"", "\"name\": \"café-東京-"));
            }
        },
        A_KEY_TWICE("xl-config") {
            @Override
            void make(Save save) {
                save.config(text -> text.replaceFirst("(\"name\": \"[^\"]*\")", "$1, $1"));
            }
        },
        MEMORY_ABOVE_A_TEBIBYTE {
            @Override
            void make(Save save) {
                int last = save.index(PAGE_DATA);
                for (int i = last; i < save.libxc.size(); i++)
                    if (save.libxc.get(i).type() == PAGE_DATA
                            && save.libxc.get(i).body().length > 8192) last = i;
                ByteBuffer batch = save.libxc.get(last).fields();
                for (int i = 0; i < batch.getInt(0); i++) {
                    long type = batch.getLong(8 + 8 * i) & 0xf000000000000000L;
                    batch.putLong(8 + 8 * i, type | (0x10000000L + i));
                }
            }
        },
        MANY_VCPUS {
            @Override
            String guest() {
                return "pv";
            }

            @Override
            void make(Save save) {
                List<RawRecord> first =
                        save.libxc.stream()
                                .filter(record -> ofVcpu(record) && record.fields().getInt(0) == 0)
                                .toList();
                save.libxc.removeIf(StreamCasesTest::ofVcpu);
                for (int vcpu = 0; vcpu < 128; vcpu++) {
                    for (RawRecord record : first) {
                        RawRecord copy = new RawRecord(record.type(), record.body().clone());
                        copy.fields().putInt(0, vcpu);
                        save.libxc.add(save.libxc.size() - 1, copy);
                    }
                }
                save.config(text -> text.replaceFirst("\"max_vcpus\": \\d+", "\"max_vcpus\": 128"));
            }
        },
        A_32_BIT_PV_GUEST {
            @Override
            String guest() {
                return "pv";
            }

            @Override
            void make(Save save) {
                narrow(save);
                int p2m = save.index(PV_P2M_FRAMES);
                // twice as many entries in a frame
                byte[] body = save.libxc.get(p2m).body();
                long frames = (save.libxc.get(p2m).fields().getInt(4) + 1024L) / 1024;
                save.libxc.set(
                        p2m,
                        new RawRecord(PV_P2M_FRAMES, Arrays.copyOf(body, (int) (8 + 8 * frames))));
            }
        },
        AN_UNKNOWN_ENTRY_OF_THE_HVM_CONTEXT {
            @Override
            void make(Save save) {
                int index = save.index(HVM_CONTEXT);
                byte[] context = save.libxc.get(index).body();
                byte[] longer = Arrays.copyOf(context, context.length + 32);
                ByteBuffer to = ByteBuffer.wrap(longer).order(ByteOrder.LITTLE_ENDIAN);
                // in place of END: an entry of 24 bytes, then END
                to.position(context.length - 8);
                to.putShort((short) 0x40).putShort((short) 0).putInt(24).put(new byte[24]);
                to.putLong(0);
                save.libxc.set(index, new RawRecord(HVM_CONTEXT, longer));
            }
        };

        /** Empty if there is none. */
        private final String rule;

        Case() {
            this("");
        }

        Case(String rule) {
            this.rule = rule;
        }

        abstract void make(Save save);

        /** The guest of the sample. */
        String guest() {
            return "hvm";
        }
    }

    private static boolean ofVcpu(RawRecord record) {
        return switch (record.type()) {
            case PV_VCPU_BASIC, PV_VCPU_EXTENDED, PV_VCPU_XSAVE, PV_VCPU_MSRS -> true;
            default -> false;
        };
    }

    /** The records of a 32-bit guest, but for the number of its P2M frames. */
    private static void narrow(Save save) {
        save.libxc.get(save.index(PV_INFO)).fields().put(0, (byte) 4).put(1, (byte) 3);
        save.libxc.replaceAll(record ->
                record.type() == PV_VCPU_BASIC
                        ? new RawRecord(PV_VCPU_BASIC, Arrays.copyOf(record.body(), 8 + 2800))
                        : record);
    }

    /** What no Xen restores: {@code verify} names the rule, and nothing is made of it. */
    enum Refused {
        A_NEWER_STREAM("readable", "expected 2 or 3, found 4; a newer Xen saved this") {
            @Override
            void make(Save save) {
                // LIBXC_CONTEXT follows the libxl header, then marker, id and version, big-endian
                ByteBuffer.wrap(save.layers).putInt(16 + 8 + 12, 4);
            }
        },
        AN_UNKNOWN_MANDATORY_RECORD("record-type", "a newer Xen saved this") {
            @Override
            void make(Save save) {
                save.beforeEnd(0x42, "hello".getBytes(StandardCharsets.US_ASCII));
            }
        },
        STATE_OF_COLO("stream-order", "CHECKPOINT_STATE") {
            @Override
            void make(Save save) {
                save.libxl.addFirst(new RawRecord(CHECKPOINT_STATE, new byte[8]));
            }
        },
        STATE_OF_AN_OLD_TOOLSTACK("record-deprecated", "no Xen restores it") {
            @Override
            void make(Save save) {
                byte[] body = new byte[15];
                body[0] = 1;
                System.arraycopy("physmap".getBytes(StandardCharsets.US_ASCII), 0, body, 8, 7);
                save.beforeEnd(TOOLSTACK, body);
            }
        },
        A_LEGACY_STREAM("readable", "convert its legacy stream with Xen's convert-legacy-stream") {
            @Override
            void make(Save save) {
                ByteBuffer.wrap(save.head).order(ByteOrder.LITTLE_ENDIAN).putInt(36, 1);
                Arrays.fill(save.layers, (byte) 0);
            }
        },
        A_32_BIT_GUEST_WITH_THE_P2M_OF_A_64_BIT_ONE("record-length", "X86_PV_P2M_FRAMES") {
            @Override
            String guest() {
                return "pv";
            }

            @Override
            void make(Save save) {
                narrow(save);
            }
        };

        private final String rule;
        private final String text;

        Refused(String rule, String text) {
            this.rule = rule;
            this.text = text;
        }

        abstract void make(Save save);

        String guest() {
            return "hvm";
        }
    }

    @ParameterizedTest
    @EnumSource
    void areRefusedWithTheReasonAndNothingIsMadeOfThem(Refused one) throws IOException {
        var program = new Program(folder);
        program.run("sample", ":sample", "--guest", one.guest(), "--memory", "4").succeeds();
        var save = new Save(program.read("sample"));
        one.make(save);
        Files.write(program.file("in"), save.bytes());
        Program.Outcome verified = program.run("verify", ":in");
        assertEquals(1, verified.status(), verified.out());
        assertTrue(verified.out().contains("[" + one.rule + "]"), verified.out());
        assertTrue(verified.out().contains(one.text), verified.out());
        String refused = program.run("rewrite", ":in", ":out").failure();
        assertTrue(refused.contains(one.text), refused);
        program.run("bulk", ":in", "--out", ":folder").failure();
        assertEquals(
                List.of("folder", "in", "sample"),
                program.files().stream().filter(name -> !name.startsWith(".")).toList());
        assertTrue(Files.notExists(program.file("folder/in")));
        assertArrayEquals(save.bytes(), program.read("in"));
    }

    /** libxl reads as many bytes as the length says: the NUL that xl puts there is not needed. */
    @Test
    void aConfigWithoutItsNulIsToldAndKept() throws IOException {
        var program = new Program(folder);
        program.run("sample", ":sample", "--guest", "hvm", "--memory", "4").succeeds();
        var save = new Save(program.read("sample"));
        assertEquals(0, save.config[save.config.length - 1]);
        save.config = Arrays.copyOf(save.config, save.config.length - 1);
        Files.write(program.file("in"), save.bytes());
        Program.Outcome verified = program.run("verify", ":in");
        assertEquals(1, verified.status());
        assertTrue(verified.out().contains("expected a trailing NUL [xl-config]"), verified.out());
        program.run("rewrite", ":in", ":same").succeeds();
        assertArrayEquals(save.bytes(), program.read("same"));
        program.run("convert", ":in", ":native", "--to", "native").succeeds();
        program.run("convert", ":native", ":back", "--to", "xl").succeeds();
        assertArrayEquals(save.bytes(), program.read("back"));
    }

    /** What a user looks for in a large guest: all of its vCPUs, in {@code info} and in a debugger's file. */
    @Test
    void allVcpusOfALargeGuestAreShown() throws IOException {
        var program = new Program(folder);
        program.run("sample", ":sample", "--guest", "pv", "--memory", "4").succeeds();
        var save = new Save(program.read("sample"));
        Case.MANY_VCPUS.make(save);
        Files.write(program.file("in"), save.bytes());
        String output = program.run("info", ":in").succeeds().out();
        assertTrue(output.contains("X86_PV_VCPU_BASIC ×128"), output);
        program.run("convert", ":in", ":vmcore", "--to", "vmcore", "--allow-loss").succeeds();
        byte[] core = program.read("vmcore");
        ByteBuffer file = ByteBuffer.wrap(core).order(ByteOrder.LITTLE_ENDIAN);
        int notes = (int) file.getLong((int) file.getLong(32) + 8);
        int registers = 0;
        // NT_PRSTATUS notes come first: name CORE, 336 bytes
        for (int at = notes; file.getInt(at + 8) == 1; at += 12 + 8 + 336) registers++;
        assertEquals(128, registers);
    }

    @ParameterizedTest
    @EnumSource
    void areToldAndKeptByteForByteByEveryCommand(Case one) throws IOException {
        var program = new Program(folder);
        program.write(
                "scrub.js",
                """
                export const policy = { api: 1, name: 'scrub', version: '1.0' };
                export function onBegin(ctx) {
                    ctx.pages.scrub({ text: 'SECRET-API-TOKEN=', length: 49 });
                }
                """);
        program.run("sample", ":sample", "--guest", one.guest(), "--memory", "4").succeeds();
        var save = new Save(program.read("sample"));
        assertArrayEquals(program.read("sample"), save.bytes());
        one.make(save);
        byte[] made = save.bytes();
        assertTrue(!Arrays.equals(program.read("sample"), made), "nothing was edited");
        Files.write(program.file("in"), made);
        program.run("info", ":in").succeeds();
        String found = program.run("verify", ":in").succeeds().out();
        if (one.rule.isEmpty()) assertEquals(1, found.lines().count(), found);
        else assertTrue(found.contains("[" + one.rule + "]"), found);
        program.run("rewrite", ":in", ":same").succeeds();
        assertArrayEquals(made, program.read("same"));
        program.run("dump", ":in", ":dump").succeeds();
        program.run("load", ":dump", ":loaded").succeeds();
        assertArrayEquals(made, program.read("loaded"));
        for (String form : List.of("native", "native-stream")) {
            program.run("convert", ":in", ":" + form, "--to", form).succeeds();
            program.run("convert", ":" + form, ":" + form + ".xl", "--to", "xl").succeeds();
            assertArrayEquals(made, program.read(form + ".xl"), form);
        }
        program.run("diff", "--pages", ":in", ":native").succeeds();
        program.run("convert", ":in", ":vmcore", "--to", "vmcore", "--allow-loss").succeeds();
        program.run("salvage", ":in", ":salvaged").succeeds();
        String policy = program.file("scrub.js").toString();
        program.run("rewrite", ":in", ":scrubbed", "--policy", policy).succeeds();
        program.run("bulk", ":in", "--out", ":out", "--policy", policy).succeeds();
        assertArrayEquals(program.read("scrubbed"), program.read("out/in"));
        assertEquals(made.length, program.read("scrubbed").length);
    }
}
