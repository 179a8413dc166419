package org.xenimage.formats.elf;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * An ELF64 core file opened for random access: its header and section table, checked against the
 * file's length.
 *
 * <p>Reads by position, so several threads may read at once. The caller opens and closes the
 * channel.
 */
public final class ElfFile {
    /** What a section table may hold. */
    public static final int SECTIONS_MAX = 1024;

    /** What a section that is read whole may be long. */
    public static final int WHOLE_MAX = 16 << 20;

    private final String name;
    private final FileChannel channel;
    private final long length;
    private final MemorySegment header;
    private final List<ElfSection> sections;
    private final long segments;

    private ElfFile(
            String name,
            FileChannel channel,
            long length,
            MemorySegment header,
            List<ElfSection> sections,
            long segments) {
        this.name = name;
        this.channel = channel;
        this.length = length;
        this.header = header;
        this.sections = sections;
        this.segments = segments;
    }

    /**
     * Opens a file.
     *
     * @param name for messages
     * @param channel open for reading
     * @return the file
     * @throws IOException if header or section table are damaged, or reach beyond the file
     */
    public static ElfFile open(String name, FileChannel channel) throws IOException {
        return open(name, channel, Optional.empty());
    }

    /**
     * Opens a file that may be truncated: a section that reaches beyond it ends with it.
     *
     * @param name for messages
     * @param channel open for reading
     * @param namer names the sections if their names are gone
     * @return the file
     * @throws IOException if header or section table are damaged or gone
     */
    public static ElfFile openCut(String name, FileChannel channel, Namer namer)
            throws IOException {
        return open(name, channel, Optional.of(namer));
    }

    /** Names the sections of a file whose section names are lost. */
    @FunctionalInterface
    public interface Namer {
        /**
         * Names a section.
         *
         * @param unnamed the section, without its name
         * @return its name, empty if it is unknown
         */
        String name(ElfSection unnamed);
    }

    private static ElfFile open(String name, FileChannel channel, Optional<Namer> namer)
            throws IOException {
        boolean cut = namer.isPresent();
        long length = channel.size();
        Fault fault = Fault.in(name).at(0).element("ELF header");
        if (length < Elf.HEADER_LENGTH) {
            throw new TruncatedImage(
                    fault.problem("is truncated").expected("0x40 bytes").found(length));
        }
        MemorySegment header = read(name, channel, 0, Elf.HEADER_LENGTH);
        if (!ElfHeader.recognises(header)) {
            throw new CorruptImage(
                    fault.expected("a little-endian ELF64 core file")
                            .remedy("this is a different kind of file"));
        }
        ElfHeader elf = ElfHeader.decode(header);
        long table = elf.sections();
        int count = elf.sectionCount();
        int entry = elf.sectionLength();
        int names = elf.names();
        if (entry != Elf.SECTION_LENGTH) {
            throw new CorruptImage(
                    fault.at(ElfHeader.SHENTSIZE)
                            .field("e_shentsize")
                            .expected("0x40")
                            .found(entry));
        }
        if (count < 2 || count > SECTIONS_MAX) {
            throw new LimitExceeded(
                    fault.at(ElfHeader.SHNUM)
                            .field("e_shnum")
                            .expected("2 to " + SECTIONS_MAX)
                            .found(Integer.toString(count))
                            .remedy("the header is damaged, or this is not an image"));
        }
        long tableLength = (long) count * Elf.SECTION_LENGTH;
        requireWithin(fault.at(ElfHeader.SHOFF).field("e_shoff"), table, tableLength, length);
        if (names >= count) {
            throw new CorruptImage(
                    fault.at(ElfHeader.SHSTRNDX)
                            .field("e_shstrndx")
                            .expected("below " + count)
                            .found(names));
        }
        MemorySegment headers = read(name, channel, table, tableLength);
        long namesAt = (long) names * Elf.SECTION_LENGTH;
        long nameTable = ElfSection.decode(headers, namesAt).offset();
        long nameLength = ElfSection.decode(headers, namesAt).length();
        Fault namesFault = Fault.in(name).at(table + namesAt).element("section .shstrtab");
        boolean unnamed = cut && (nameTable < 0 || nameTable > length - nameLength);
        if (unnamed) {
            nameTable = 0;
            nameLength = 0;
        }
        requireWithin(namesFault, nameTable, nameLength, length);
        if (nameLength > WHOLE_MAX) {
            throw new LimitExceeded(
                    namesFault.field("sh_size").expected("at most 0x1000000").found(nameLength));
        }
        MemorySegment strings = read(name, channel, nameTable, nameLength);
        List<ElfSection> sections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long at = (long) i * Elf.SECTION_LENGTH;
            long nameAt = ElfSection.nameOffset(headers, at);
            ElfSection section = ElfSection.decode(headers, at);
            Fault sectionFault = Fault.in(name).at(table + at).element("section " + i);
            if (nameAt >= nameLength && !unnamed) {
                throw new CorruptImage(
                        sectionFault
                                .field("sh_name")
                                .expected("below 0x" + Long.toHexString(nameLength))
                                .found(nameAt));
            }
            if (cut && section.offset() >= 0 && section.length() >= 0) {
                long start = Math.min(section.offset(), length);
                section = section.placed(start, Math.min(section.length(), length - start));
            }
            if (section.type() != Elf.SHT_NULL)
                requireWithin(sectionFault, section.offset(), section.length(), length);
            sections.add(
                    section.named(unnamed ? namer.get().name(section) : string(strings, nameAt)));
        }
        long segments = elf.segmentCount();
        if (segments == Elf.PN_XNUM) segments = SectionTable.segmentsOf(headers);
        if (segments > 0 && !cut) {
            requireWithin(
                    fault.at(ElfHeader.PHOFF).field("e_phoff, e_phnum"),
                    elf.segments(),
                    segments * Elf.SEGMENT_LENGTH,
                    length);
        }
        requireApart(name, sections);
        return new ElfFile(name, channel, length, header, List.copyOf(sections), segments);
    }

    private static void requireWithin(Fault fault, long offset, long size, long length)
            throws TruncatedImage {
        if (offset < 0 || size < 0 || offset > length || size > length - offset) {
            throw new TruncatedImage(
                    fault.problem("reaches beyond the file")
                            .expected("offset and length within 0x%x bytes".formatted(length))
                            .found("0x%x and 0x%x".formatted(offset, size))
                            .remedy("the file was truncated, or the header is damaged"));
        }
    }

    private static void requireApart(String name, List<ElfSection> sections) throws CorruptImage {
        List<ElfSection> ordered =
                sections.stream()
                        .filter(section -> section.type() != Elf.SHT_NULL && section.length() > 0)
                        .sorted(Comparator.comparingLong(ElfSection::offset))
                        .toList();
        long end = Elf.HEADER_LENGTH;
        String before = "the ELF header";
        for (ElfSection section : ordered) {
            if (section.offset() < end) {
                throw new CorruptImage(
                        Fault.in(name)
                                .at(section.offset())
                                .element("section " + section.name())
                                .problem("overlaps " + before)
                                .expected("an offset of at least 0x" + Long.toHexString(end))
                                .found(section.offset())
                                .remedy("the section headers are damaged"));
            }
            end = section.end();
            before = "section " + section.name();
        }
    }

    private static String string(MemorySegment strings, long at) {
        long end = at;
        while (end < strings.byteSize() && strings.get(ValueLayout.JAVA_BYTE, end) != 0) end++;
        return new String(
                strings.asSlice(at, end - at).toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.ISO_8859_1);
    }

    /** {@return the name for messages} */
    public String name() {
        return name;
    }

    /** {@return the bytes of the file} */
    public long length() {
        return length;
    }

    /** {@return the bytes of the ELF header, as {@link ElfHeader#decode} takes them} */
    public MemorySegment header() {
        return header;
    }

    /** {@return the sections in the order of their headers, the null section included} */
    public List<ElfSection> sections() {
        return sections;
    }

    /** {@return how many program headers there are} */
    public long segmentCount() {
        return segments;
    }

    /**
     * Finds a section.
     *
     * @param section its name
     * @return the first of this name
     */
    public Optional<ElfSection> find(String section) {
        return sections.stream().filter(candidate -> candidate.name().equals(section)).findFirst();
    }

    /**
     * Finds a section that must be there.
     *
     * @param section its name
     * @return the section
     * @throws CorruptImage if there is none
     */
    public ElfSection require(String section) throws CorruptImage {
        return find(section)
                .orElseThrow(() ->
                        new CorruptImage(
                                Fault.in(name)
                                        .element("section " + section)
                                        .problem("is missing")
                                        .remedy(
                                                "the file is damaged, or another program wrote it")));
    }

    /**
     * Reads a section whole.
     *
     * @param section at most {@link #WHOLE_MAX} bytes
     * @return its bytes
     * @throws IOException if it is longer or cannot be read
     */
    public MemorySegment readSection(ElfSection section) throws IOException {
        if (section.length() > WHOLE_MAX) {
            throw new LimitExceeded(
                    Fault.in(name)
                            .at(section.offset())
                            .element("section " + section.name())
                            .field("sh_size")
                            .expected("at most 0x1000000")
                            .found(section.length()));
        }
        return read(name, channel, section.offset(), section.length()).asReadOnly();
    }

    /**
     * Reads bytes.
     *
     * @param offset in the file
     * @param into takes them
     * @throws IOException if the file ends before or cannot be read
     */
    public void read(long offset, MemorySegment into) throws IOException {
        readInto(name, channel, offset, into);
    }

    private static MemorySegment read(String name, FileChannel channel, long offset, long bytes)
            throws IOException {
        MemorySegment into = Arena.ofAuto().allocate(Math.max(1, bytes), 8).asSlice(0, bytes);
        readInto(name, channel, offset, into);
        return into;
    }

    private static void readInto(String name, FileChannel channel, long offset, MemorySegment into)
            throws IOException {
        ByteBuffer window = into.asByteBuffer();
        while (window.hasRemaining()) {
            if (channel.read(window, offset + window.position()) < 0) {
                throw new TruncatedImage(
                        Fault.in(name)
                                .at(offset + window.position())
                                .problem("the file ended while it was read"));
            }
        }
    }
}
