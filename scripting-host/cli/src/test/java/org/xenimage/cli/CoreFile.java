package org.xenimage.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** An ELF core taken apart into its sections, to be put together differently. */
final class CoreFile {
    private final byte[] header;
    private final List<Part> parts = new ArrayList<>();
    private int gap;
    private byte filling;
    private boolean last;
    private String within = "";

    /** A section: its header and its bytes. */
    private static final class Part {
        private final String name;
        private final byte[] header;
        private byte[] bytes;
        private int offset;

        Part(String name, byte[] header, byte... bytes) {
            this.name = name;
            this.header = header;
            this.bytes = bytes;
        }

        private ByteBuffer fields() {
            return ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    CoreFile(byte[] core) {
        ByteBuffer file = ByteBuffer.wrap(core).order(ByteOrder.LITTLE_ENDIAN);
        header = Arrays.copyOf(core, 64);
        int table = (int) file.getLong(40);
        int names = (int) file.getLong(table + 64 * file.getShort(62) + 24);
        for (int i = 1; i < file.getShort(60); i++) {
            int at = table + 64 * i;
            int name = names + file.getInt(at);
            int end = name;
            while (core[end] != 0) end++;
            int offset = (int) file.getLong(at + 24);
            parts.add(
                    new Part(
                            new String(core, name, end - name, StandardCharsets.US_ASCII),
                            Arrays.copyOfRange(core, at, at + 64),
                            Arrays.copyOfRange(
                                    core, offset, offset + (int) file.getLong(at + 32))));
        }
    }

    /** The section headers behind the sections. */
    CoreFile headersLast() {
        last = true;
        return this;
    }

    /** The section headers in a section. */
    CoreFile headersIn(String section) {
        within = section;
        return this;
    }

    CoreFile reversed() {
        Collections.reverse(parts);
        return this;
    }

    /** Something before each section, and at the end of the file. */
    CoreFile gaps(byte value) {
        gap = 48;
        filling = value;
        return this;
    }

    CoreFile add(String name, byte... bytes) {
        byte[] made = new byte[64];
        ByteBuffer.wrap(made).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 1).putLong(48, 1);
        parts.add(new Part(name, made, bytes));
        return this;
    }

    byte[] bytes() {
        var strings = new ByteArrayOutputStream();
        strings.write(0);
        for (Part part : parts) {
            part.fields().putInt(0, strings.size());
            strings.writeBytes(part.name.getBytes(StandardCharsets.US_ASCII));
            strings.write(0);
        }
        var out = new ByteArrayOutputStream();
        int tableLength = 64 * (parts.size() + 1);
        out.writeBytes(new byte[last ? 64 : 64 + tableLength]);
        int at = 64;
        int names = 0;
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            if (part.name.equals(".shstrtab")) {
                part.bytes = strings.toByteArray();
                names = i + 1;
            }
            for (int j = 0; j < gap; j++) out.write(filling);
            int alignment = (int) Math.max(1, part.fields().getLong(48));
            while (out.size() % alignment != 0) out.write(filling);
            part.offset = out.size();
            if (part.name.equals(within)) at = part.offset;
            part.fields().putLong(24, part.offset).putLong(32, part.bytes.length);
            out.writeBytes(part.bytes);
        }
        for (int j = 0; j < gap; j++) out.write(filling);
        if (last) {
            at = out.size();
            out.writeBytes(new byte[tableLength]);
        }
        byte[] all = out.toByteArray();
        System.arraycopy(header, 0, all, 0, 64);
        for (int i = 0; i < parts.size(); i++)
            System.arraycopy(parts.get(i).header, 0, all, at + 64 * (i + 1), 64);
        ByteBuffer.wrap(all)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(40, at)
                .putShort(60, (short) (parts.size() + 1))
                .putShort(62, (short) names);
        return all;
    }
}
