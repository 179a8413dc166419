package org.xenimage.tests.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The sections of a native image, read as its ELF headers have them, and where its offsets stand. Of hostile bytes too:
 * what lies outside of the image is an {@link IndexOutOfBoundsException}, or an empty section.
 */
final class NativeSections {
    private static final int ENTRY = 64;
    private static final int PROGRAM_ENTRY = 56;
    private static final int LAYOUT_NOTE = 8;
    private static final int SUM = 24;

    /** A section by its place in the file. */
    record Section(String name, int header, int offset, int length) {
        int end() {
            return offset + length;
        }
    }

    private final List<Section> sections;

    private NativeSections(List<Section> sections) {
        this.sections = sections;
    }

    static NativeSections of(ByteBuffer image) {
        List<Section> found = new ArrayList<>();
        if (image.limit() < ENTRY) return new NativeSections(found);
        int headers = inside(image, image.getLong(40));
        int count = Short.toUnsignedInt(image.getShort(60));
        if (count == 0) return new NativeSections(found);
        int names = inside(image, image.getLong(headers + ENTRY + 24));
        for (int i = 1; i < count; i++) {
            int at = headers + i * ENTRY;
            long offset = image.getLong(at + 24);
            long length = image.getLong(at + 32);
            boolean complete = offset >= 0 && length >= 0 && length <= image.limit() - offset;
            found.add(
                    new Section(
                            text(image, names + image.getInt(at)),
                            at,
                            complete ? (int) offset : 0,
                            complete ? (int) length : 0));
        }
        return new NativeSections(found);
    }

    private static int inside(ByteBuffer image, long offset) {
        if (offset < 0 || offset > image.limit()) throw new IndexOutOfBoundsException();
        return (int) offset;
    }

    private static String text(ByteBuffer image, int at) {
        int end = at;
        while (image.get(end) != 0) end++;
        byte[] bytes = new byte[end - at];
        image.get(at, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    List<Section> all() {
        return List.copyOf(sections);
    }

    /** A section by its name; an empty one if there is none. */
    Section find(String name) {
        return sections.stream()
                .filter(section -> section.name().equals(name))
                .findFirst()
                .orElse(new Section(name, 0, 0, 0));
    }

    /** Where the descriptor of a note of Xenimage begins in a section of notes; -1 if it has none. */
    static int note(ByteBuffer image, Section notes, int type) {
        int at = notes.offset();
        while (at + 12 <= notes.end()) {
            int name = image.getInt(at);
            int length = image.getInt(at + 4);
            int descriptor = at + 12 + ((name + 3) & ~3);
            if (name < 0 || length < 0 || descriptor < at || length > notes.end() - descriptor)
                return -1;
            if (image.getInt(at + 8) == type) return descriptor;
            at = descriptor + ((length + 3) & ~3);
        }
        return -1;
    }

    /** The places that hold an offset in the file. */
    IntStream offsets(ByteBuffer image) {
        int trailer = image.limit() - ENTRY;
        IntStream.Builder places = IntStream.builder();
        places.add(32).add(40).add(trailer + 24).add(trailer + 40);
        for (Section section : sections) places.add(section.header() + 24);
        int programs = Short.toUnsignedInt(image.getShort(56));
        int second = inside(image, image.getLong(32));
        for (int i = 0; i < programs; i++) {
            places.add(second + i * PROGRAM_ENTRY + 8);
            int first = ENTRY + i * PROGRAM_ENTRY;
            if (first + PROGRAM_ENTRY <= find(".note.Xenimage").offset()) places.add(first + 8);
        }
        Section notes = find(".note.Xenimage");
        int layout = note(image, notes, LAYOUT_NOTE);
        // Its length stands in front of the owner's name, which takes 12 bytes.
        int layoutEnd = layout < 0 ? 0 : layout + image.getInt(layout - 20);
        for (int at = layout; at >= 0 && at + ENTRY <= layoutEnd; at += ENTRY) places.add(at);
        Section index = find(".xenimage.index");
        for (int at = index.offset(); at + 8 <= index.end(); at += 8) places.add(at);
        Section sums = find(".xenimage.sums");
        for (int at = sums.offset(); at + SUM <= sums.end(); at += SUM) places.add(at);
        return places.build();
    }
}
