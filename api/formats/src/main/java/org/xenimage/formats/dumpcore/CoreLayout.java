package org.xenimage.formats.dumpcore;

import org.xenimage.formats.core.Spill;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfHeader;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.formats.elf.SectionTable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where everything stands in the file of a dump-core: the ELF header and the section headers, bit
 * for bit, and what is between and behind them. Other programs order the sections differently, add
 * some of their own, put the section headers last, and leave gaps.
 *
 * <p>The layout of Xen follows from the contents. Any other is carried by the record
 * {@link RecordType#CORE_LAYOUT}:
 *
 * <pre>
 *   0  u32 parts        0: the layout cannot be kept, and the text of why follows at once
 *   4  u32 sections     section headers, that of section 0 included
 *   8  u8[64]           the ELF header
 *  72  u8[64][sections] the section headers
 *      parts, ascending and without gaps:
 *        u32 kind       of {@link Kind}
 *        u32 section    the number of its section; 0 if it is in none
 *        u64 offset
 *        u64 length
 *      the bytes of the parts of kind OTHER, one after the other
 * </pre>
 *
 * <p>Memory: the parts of kind OTHER, at most {@link #OTHER_MAX} bytes.
 *
 * @param header the ELF header
 * @param table the section headers
 * @param parts ascending, without gaps
 */
record CoreLayout(MemorySegment header, MemorySegment table, List<Part> parts) {
    /** What the bytes that are in no section of a dump-core's own can be together. */
    static final long OTHER_MAX = ElfFile.WHOLE_MAX;

    /** Where the notes are in a file of Xen's: there is space for seven section headers. */
    static final long NOTES_OFFSET = Elf.HEADER_LENGTH + 7L * Elf.SECTION_LENGTH;

    private static final int PARTS_MAX = 4 * ElfFile.SECTIONS_MAX;
    private static final int FIXED = 8 + Elf.HEADER_LENGTH;
    private static final int PART_LENGTH = 24;
    private static final long PAGE = 4096;

    /** What a part is, with its code on the wire. */
    enum Kind {
        /** The ELF header. */
        HEADER(0),
        /** The section headers. */
        TABLE(1),
        /** The section {@code .note.Xen}. */
        NOTES(2),
        /** The section {@code .xen_prstatus}. */
        CONTEXTS(3),
        /** The section {@code .xen_shared_info}. */
        SHARED(4),
        /** The section {@code .xen_pages}. */
        PAGES(5),
        /** The section {@code .xen_p2m} or {@code .xen_pfn}. */
        MAP(6),
        /** Bytes of another section, or of none. */
        OTHER(7),
        /** Zeros of no section. */
        ZEROS(8);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        static Optional<Kind> of(int code) {
            return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
        }
    }

    /**
     * A piece of the file.
     *
     * @param kind what it is
     * @param section the number of its section; 0 if it is in none
     * @param offset in the file
     * @param length in bytes
     * @param bytes of kind OTHER; of any other empty
     */
    record Part(Kind kind, int section, long offset, long length, MemorySegment bytes) {
        static Part of(Kind kind, int section, long offset, long length) {
            return new Part(kind, section, offset, length, MemorySegment.NULL);
        }

        long end() {
            return offset + length;
        }
    }

    /** What the layout of Xen follows from. */
    record Contents(
            int machine,
            boolean p2m,
            long contextLength,
            long notes,
            long contexts,
            long shared,
            long pages,
            long map) {
        Map<Kind, Long> lengths() {
            var all = new EnumMap<Kind, Long>(Kind.class);
            all.put(Kind.NOTES, notes);
            all.put(Kind.CONTEXTS, contexts);
            all.put(Kind.SHARED, shared);
            all.put(Kind.PAGES, pages);
            all.put(Kind.MAP, map);
            return all;
        }
    }

    /** The layout that Xen gives these contents ({@code tools/libs/ctrl/xc_core.c}). */
    static CoreLayout xen(Contents all) {
        boolean hasShared = all.shared() > 0;
        long contextsAt = NOTES_OFFSET + all.notes();
        long sharedAt = contextsAt + all.contexts();
        long sharedEnd = sharedAt + all.shared();
        long pagesAt = pagesOffset(sharedEnd);
        long mapAt = pagesAt + all.pages();
        long namesAt = mapAt + all.map();
        List<ElfSection> sections = new ArrayList<>();
        sections.add(new ElfSection(".shstrtab", Elf.SHT_STRTAB, namesAt, 0, 0, 0));
        sections.add(new ElfSection(".note.Xen", Elf.SHT_NOTE, NOTES_OFFSET, all.notes(), 0, 0));
        sections.add(
                new ElfSection(
                        ".xen_prstatus",
                        Elf.SHT_PROGBITS,
                        contextsAt,
                        all.contexts(),
                        8,
                        all.contextLength()));
        if (hasShared)
            sections.add(
                    new ElfSection(
                            ".xen_shared_info", Elf.SHT_PROGBITS, sharedAt, all.shared(), 8, PAGE));
        sections.add(
                new ElfSection(".xen_pages", Elf.SHT_PROGBITS, pagesAt, all.pages(), PAGE, PAGE));
        sections.add(
                new ElfSection(
                        all.p2m() ? ".xen_p2m" : ".xen_pfn",
                        Elf.SHT_PROGBITS,
                        mapAt,
                        all.map(),
                        8,
                        all.p2m() ? 16 : 8));
        byte[] names = SectionTable.names(sections.stream().map(ElfSection::name).toList());
        sections.set(0, sections.getFirst().placed(namesAt, names.length));
        ElfHeader header =
                ElfHeader.core(all.machine())
                        .withAbiVersion(1)
                        .withSections(Elf.HEADER_LENGTH, sections.size() + 1, 1);
        MemorySegment table = SectionTable.encode(SectionTable.first(0), sections);
        List<Part> parts = new ArrayList<>();
        parts.add(Part.of(Kind.HEADER, 0, 0, Elf.HEADER_LENGTH));
        parts.add(Part.of(Kind.TABLE, 0, Elf.HEADER_LENGTH, table.byteSize()));
        long tableEnd = Elf.HEADER_LENGTH + table.byteSize();
        if (tableEnd < NOTES_OFFSET)
            parts.add(Part.of(Kind.ZEROS, 0, tableEnd, NOTES_OFFSET - tableEnd));
        int number = 2;
        parts.add(Part.of(Kind.NOTES, number++, NOTES_OFFSET, all.notes()));
        parts.add(Part.of(Kind.CONTEXTS, number++, contextsAt, all.contexts()));
        if (hasShared) parts.add(Part.of(Kind.SHARED, number++, sharedAt, all.shared()));
        if (sharedEnd < pagesAt) parts.add(Part.of(Kind.ZEROS, 0, sharedEnd, pagesAt - sharedEnd));
        parts.add(Part.of(Kind.PAGES, number++, pagesAt, all.pages()));
        parts.add(Part.of(Kind.MAP, number, mapAt, all.map()));
        parts.add(new Part(Kind.OTHER, 1, namesAt, names.length, MemorySegment.ofArray(names)));
        return new CoreLayout(header.encode(), table, List.copyOf(parts));
    }

    /** Where Xen has the pages after what ends here. */
    static long pagesOffset(long end) {
        return (end + PAGE - 1) / PAGE * PAGE;
    }

    /**
     * The layout of a file.
     *
     * @param file a dump-core
     * @param kinds of its own sections, by their numbers
     * @throws Unkept if it cannot be kept
     */
    static CoreLayout of(ElfFile file, Map<Integer, Kind> kinds) throws IOException, Unkept {
        long tableAt = ElfHeader.decode(file.header()).sections();
        MemorySegment table =
                bytes(file, tableAt, (long) file.sections().size() * Elf.SECTION_LENGTH);
        List<Part> known = new ArrayList<>();
        known.add(Part.of(Kind.HEADER, 0, 0, Elf.HEADER_LENGTH));
        known.add(Part.of(Kind.TABLE, 0, tableAt, table.byteSize()));
        for (int i = 0; i < file.sections().size(); i++) {
            ElfSection section = file.sections().get(i);
            Kind kind = kinds.getOrDefault(i, Kind.OTHER);
            if (kind == Kind.OTHER && (section.type() == Elf.SHT_NULL || section.length() == 0))
                continue;
            known.add(Part.of(kind, i, section.offset(), section.length()));
        }
        known.sort(
                Comparator.comparingLong(Part::offset)
                        .thenComparingLong(Part::length)
                        .thenComparing(Part::kind));
        List<Part> parts = new ArrayList<>();
        long at = 0;
        long others = 0;
        for (Part part : known) {
            if (part.offset() < at)
                throw new Unkept(
                        "what is at 0x%x overlaps what precedes it".formatted(part.offset()));
            others += part.offset() - at + (part.kind() == Kind.OTHER ? part.length() : 0);
            requireFew(others);
            if (part.offset() > at) parts.add(gap(file, at, part.offset()));
            parts.add(part.kind() == Kind.OTHER ? filled(file, part) : part);
            at = part.end();
        }
        requireFew(others + file.length() - at);
        if (at < file.length()) parts.add(gap(file, at, file.length()));
        return new CoreLayout(file.header(), table, List.copyOf(parts));
    }

    private static void requireFew(long others) throws Unkept {
        if (others > OTHER_MAX)
            throw new Unkept(
                    "it has more than 0x%x bytes in no section of a dump-core"
                            .formatted(OTHER_MAX));
    }

    private static MemorySegment bytes(ElfFile file, long offset, long length) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length]);
        file.read(offset, bytes);
        return bytes;
    }

    private static Part filled(ElfFile file, Part part) throws IOException {
        return new Part(
                part.kind(),
                part.section(),
                part.offset(),
                part.length(),
                bytes(file, part.offset(), part.length()));
    }

    private static Part gap(ElfFile file, long from, long to) throws IOException {
        MemorySegment bytes = bytes(file, from, to - from);
        for (long i = 0; i < bytes.byteSize(); i++)
            if (bytes.get(ValueLayout.JAVA_BYTE, i) != 0)
                return new Part(Kind.OTHER, 0, from, to - from, bytes);
        return Part.of(Kind.ZEROS, 0, from, to - from);
    }

    /** Thrown if the layout of a file cannot be kept; the message says why. */
    static final class Unkept extends Exception {
        private static final long serialVersionUID = 1;

        Unkept(String why) {
            super(why);
        }

        /** The body of the record that says so. */
        byte[] body() {
            byte[] text = String.valueOf(getMessage()).getBytes(StandardCharsets.UTF_8);
            byte[] body = new byte[4 + text.length];
            System.arraycopy(text, 0, body, 4, text.length);
            return body;
        }
    }

    /** {@return the body of the record that carries the layout} */
    byte[] encode() {
        long length = FIXED + table.byteSize() + (long) PART_LENGTH * parts.size();
        for (Part part : parts) length += part.bytes().byteSize();
        MemorySegment to = MemorySegment.ofArray(new byte[(int) length]);
        to.set(Elf.U32, 0, parts.size());
        to.set(Elf.U32, 4, (int) (table.byteSize() / Elf.SECTION_LENGTH));
        MemorySegment.copy(header, 0, to, 8, Elf.HEADER_LENGTH);
        MemorySegment.copy(table, 0, to, FIXED, table.byteSize());
        long at = FIXED + table.byteSize();
        long bytes = at + (long) PART_LENGTH * parts.size();
        for (Part part : parts) {
            to.set(Elf.U32, at, part.kind().code);
            to.set(Elf.U32, at + 4, part.section());
            to.set(Elf.U64, at + 8, part.offset());
            to.set(Elf.U64, at + 16, part.length());
            at += PART_LENGTH;
            MemorySegment.copy(part.bytes(), 0, to, bytes, part.bytes().byteSize());
            bytes += part.bytes().byteSize();
        }
        return to.toArray(ValueLayout.JAVA_BYTE);
    }

    /** Refuses a record that is longer than any layout, before it is copied. */
    static void requireShort(long bodyLength, Fault place) throws LimitExceeded {
        long most =
                FIXED
                        + OTHER_MAX
                        + (long) Elf.SECTION_LENGTH * ElfFile.SECTIONS_MAX
                        + (long) PART_LENGTH * PARTS_MAX;
        if (bodyLength > most)
            throw new LimitExceeded(
                    place.field("body_length")
                            .expected("at most 0x" + Long.toHexString(most))
                            .found(bodyLength));
    }

    /**
     * Reads the body of the record.
     *
     * @param body of it; kept
     * @param place names the record
     * @return the layout
     * @throws CorruptImage if the record is damaged, or says that the layout cannot be kept
     */
    static CoreLayout decode(MemorySegment body, Fault place) throws CorruptImage, LimitExceeded {
        if (body.byteSize() >= 4 && body.get(Elf.U32, 0) == 0)
            throw new CorruptImage(
                    place.problem(
                                    "says that the layout of the dump-core cannot be kept: "
                                            + new String(
                                                    body.asSlice(4).toArray(ValueLayout.JAVA_BYTE),
                                                    StandardCharsets.UTF_8))
                            .remedy("convert it to native or vmcore"));
        if (body.byteSize() < FIXED) throw damaged(place, "ends within the ELF header");
        int count = body.get(Elf.U32, 0);
        int sections = body.get(Elf.U32, 4);
        if (count < 0 || count > PARTS_MAX || sections < 1 || sections > ElfFile.SECTIONS_MAX)
            throw new LimitExceeded(
                    place.field("parts, sections")
                            .expected(
                                    "at most %d, 1 to %d"
                                            .formatted(PARTS_MAX, ElfFile.SECTIONS_MAX))
                            .found(
                                    Integer.toUnsignedString(count)
                                            + ", "
                                            + Integer.toUnsignedString(sections)));
        long tableLength = (long) sections * Elf.SECTION_LENGTH;
        long at = FIXED + tableLength;
        long bytes = at + (long) PART_LENGTH * count;
        if (bytes > body.byteSize()) throw damaged(place, "ends within the parts");
        List<Part> parts = new ArrayList<>();
        var once = new EnumMap<Kind, Integer>(Kind.class);
        long end = 0;
        for (int i = 0; i < count; i++, at += PART_LENGTH) {
            Kind kind =
                    Kind.of(body.get(Elf.U32, at))
                            .orElseThrow(() -> damaged(place, "has a part of an unknown kind"));
            int section = body.get(Elf.U32, at + 4);
            long offset = body.get(Elf.U64, at + 8);
            long length = body.get(Elf.U64, at + 16);
            boolean loose = kind == Kind.OTHER || kind == Kind.ZEROS;
            if (offset != end || length < 0 || length > Long.MAX_VALUE / 4 - end)
                throw damaged(place, "has parts that do not follow each other");
            if (section < 0 || section >= sections || (!loose && once.put(kind, section) != null))
                throw damaged(place, "has a part in no section, or one twice");
            if ((loose && length > OTHER_MAX)
                    || (kind == Kind.OTHER && length > body.byteSize() - bytes))
                throw damaged(place, "has a part that is too long");
            boolean fixed =
                    (kind == Kind.HEADER && length != Elf.HEADER_LENGTH)
                            || (kind == Kind.TABLE && length != tableLength);
            if (fixed) throw damaged(place, "has headers of a wrong length");
            MemorySegment content =
                    kind == Kind.OTHER ? body.asSlice(bytes, length) : MemorySegment.NULL;
            if (kind == Kind.OTHER) bytes += length;
            parts.add(new Part(kind, section, offset, length, content));
            end += length;
        }
        for (Kind kind :
                List.of(Kind.HEADER, Kind.TABLE, Kind.NOTES, Kind.CONTEXTS, Kind.PAGES, Kind.MAP))
            if (!once.containsKey(kind)) throw damaged(place, "has no part of kind " + kind);
        if (parts.getFirst().kind() != Kind.HEADER)
            throw damaged(place, "does not begin with the ELF header");
        return new CoreLayout(
                MemorySegment.ofArray(
                        body.asSlice(8, Elf.HEADER_LENGTH).toArray(ValueLayout.JAVA_BYTE)),
                MemorySegment.ofArray(
                        body.asSlice(FIXED, tableLength).toArray(ValueLayout.JAVA_BYTE)),
                List.copyOf(parts));
    }

    private static CorruptImage damaged(Fault place, String problem) {
        return new CorruptImage(place.problem(problem));
    }

    private Optional<Part> part(Kind kind) {
        return parts.stream().filter(part -> part.kind() == kind).findFirst();
    }

    /**
     * The layout for contents of other lengths: what follows a part that grew or shrank moves by
     * whole pages, which keeps its alignment, and the section headers say so. Everything else stays
     * as it is.
     *
     * @param lengths of the sections of a dump-core
     * @param machine {@code e_machine}
     * @param place names the record, for messages
     */
    CoreLayout with(Map<Kind, Long> lengths, int machine, Fault place) throws CorruptImage {
        for (Map.Entry<Kind, Long> one : lengths.entrySet())
            if (one.getValue() > 0 && part(one.getKey()).isEmpty())
                throw damaged(place, "has no place for " + one.getKey());
        MemorySegment newHeader = MemorySegment.ofArray(header.toArray(ValueLayout.JAVA_BYTE));
        MemorySegment newTable = MemorySegment.ofArray(table.toArray(ValueLayout.JAVA_BYTE));
        List<Part> moved = new ArrayList<>();
        long at = 0;
        long shift = 0;
        for (Part part : parts) {
            long offset = part.offset() + shift;
            if (offset > at) moved.add(Part.of(Kind.ZEROS, 0, at, offset - at));
            long length = lengths.getOrDefault(part.kind(), part.length());
            moved.add(new Part(part.kind(), part.section(), offset, length, part.bytes()));
            at = offset + length;
            shift += Math.ceilDiv(length - part.length(), PAGE) * PAGE;
            if (part.kind() == Kind.TABLE) ElfHeader.moveTable(newHeader, offset);
            if (part.section() > 0)
                ElfSection.move(
                        newTable, (long) part.section() * Elf.SECTION_LENGTH, offset, length);
        }
        ElfHeader.setMachine(newHeader, machine);
        return new CoreLayout(newHeader, newTable, List.copyOf(moved));
    }

    /** {@return where the pages are} */
    long pagesAt() {
        return part(Kind.PAGES).map(Part::offset).orElse(0L);
    }

    /** {@return where the map is} */
    long mapAt() {
        return part(Kind.MAP).map(Part::offset).orElse(0L);
    }

    /** {@return the bytes of the file} */
    long length() {
        return parts.getLast().end();
    }

    /**
     * Writes everything but the pages and the map, which are in their places already.
     *
     * @param file to write
     * @param contents of the other sections of a dump-core
     */
    void write(FileChannel file, Map<Kind, MemorySegment> contents) throws IOException {
        for (Part part : parts) {
            switch (part.kind()) {
                case HEADER -> Spill.writeAt(file, part.offset(), header);
                case TABLE -> Spill.writeAt(file, part.offset(), table);
                case NOTES, CONTEXTS, SHARED ->
                        Spill.writeAt(
                                file,
                                part.offset(),
                                contents.getOrDefault(part.kind(), MemorySegment.NULL));
                case OTHER -> Spill.writeAt(file, part.offset(), part.bytes());
                case ZEROS ->
                        Spill.writeAt(
                                file,
                                part.offset(),
                                MemorySegment.ofArray(new byte[(int) part.length()]));
                case PAGES, MAP -> {}
            }
        }
        file.truncate(length());
    }
}
