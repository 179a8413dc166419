package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfHeader;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/** Names and numbers of the native format. */
public final class Native {
    static final int MAJOR = 1;
    static final int MINOR = 0;

    /** The bytes of "Xenimage" as a little-endian integer. */
    public static final long MAGIC = 0x6567616d696e6558L;

    public static final String OWNER = "Xenimage";
    public static final int NOTE_IDENT = 1;
    public static final int NOTE_CAPABILITIES = 2;
    public static final int NOTE_DIGEST = 3;
    public static final int NOTE_METADATA = 4;
    public static final int NOTE_KEYS = 5;
    public static final int NOTE_STATEMENT = 6;
    public static final int NOTE_SIGNATURE = 7;

    /** The maximum total size of the notes in one section. */
    public static final int NOTES_MAX = 16 << 20;

    public static final String NOTES = ".note.Xenimage";
    public static final String METADATA = ".note.Xenimage.meta";
    public static final String CHAIN = ".note.Xenimage.chain";
    public static final String CHUNKS = ".xenimage.chunks";
    public static final String VMCORE_NOTES = ".note.vmcore";
    public static final String SKELETON = ".xenimage.skeleton";
    public static final String RECIPE = ".xenimage.recipe";
    public static final String EARLIER = ".xenimage.earlier";
    public static final String WHERE = ".xenimage.where";
    public static final String SUMS = ".xenimage.sums";
    public static final String INDEX = ".xenimage.index";
    public static final String STREAM = ".xenimage.stream";
    public static final String PAGES_COMPRESSED = ".xenimage.pages.z";
    public static final String COMPRESSED = ".z";

    public static final int PAGE = 4096;
    public static final int PIECE = 1 << 20;
    public static final int PAGES_PER_PIECE = PIECE / PAGE;

    /**
     * Where {@code .xen_pages} begins: room for 18,000 program headers, a hole of the file as far as it is not used.
     */
    public static final long PAGES_OFFSET = 1 << 20;

    public static final int TRAILER_LENGTH = 64;
    public static final long TRAILER_MAGIC = 0x646e456d696e6558L;
    public static final int SUM_LENGTH = 24;
    public static final int STEP_LENGTH = 16;

    /** What precedes contents in one step: a record with its entries. */
    public static final long LITERAL_MAX = 128L << 20;

    /** Sections that a writer creates itself, so that none of them is copied. */
    private static final Set<String> OWN =
            Set.of(
                    "",
                    ".shstrtab",
                    ".note.Xen",
                    ".xen_prstatus",
                    ".xen_shared_info",
                    ".xen_pages",
                    ".xen_p2m",
                    ".xen_pfn",
                    NOTES,
                    METADATA,
                    CHAIN,
                    CHUNKS,
                    VMCORE_NOTES,
                    SKELETON,
                    SKELETON + COMPRESSED,
                    RECIPE,
                    EARLIER,
                    EARLIER + COMPRESSED,
                    WHERE,
                    INDEX,
                    PAGES_COMPRESSED,
                    STREAM,
                    SUMS);

    private Native() {}

    /** Whether this release knows what a section is for. */
    public static boolean knows(String section) {
        return OWN.contains(section);
    }

    public static boolean recognises(MemorySegment first) {
        return ElfHeader.recognises(first) && ElfHeader.decode(first).entry() == MAGIC;
    }

    /**
     * Whether an image that was recognised is in the streaming form: its section headers are in
     * front.
     */
    public static boolean streaming(MemorySegment first) {
        ElfHeader header = ElfHeader.decode(first);
        return header.sections() == Elf.HEADER_LENGTH && header.segmentCount() == 0;
    }

    public static long aligned(long offset, long alignment) {
        return (offset + alignment - 1) / alignment * alignment;
    }
}
