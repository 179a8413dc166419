package org.xenimage.formats.xenimage;

import org.xenimage.formats.elf.Elf;

import java.lang.foreign.MemorySegment;
import java.util.Set;

/** Names and numbers of the native format. */
final class Native {
    static final int MAJOR = 1;
    static final int MINOR = 0;

    /** The bytes of "Xenimage" as a little-endian integer. */
    static final long MAGIC = 0x6567616d696e6558L;

    static final String OWNER = "Xenimage";
    static final int NOTE_IDENT = 1;
    static final int NOTE_CAPABILITIES = 2;
    static final int NOTE_DIGEST = 3;
    static final int NOTE_METADATA = 4;
    static final int NOTE_KEYS = 5;
    static final int NOTE_STATEMENT = 6;
    static final int NOTE_SIGNATURE = 7;

    /** What notes of one section may hold together. */
    static final int NOTES_MAX = 16 << 20;

    static final String NOTES = ".note.Xenimage";
    static final String METADATA = ".note.Xenimage.meta";
    static final String CHAIN = ".note.Xenimage.chain";
    static final String CHUNKS = ".xenimage.chunks";
    static final String VMCORE_NOTES = ".note.vmcore";
    static final String SKELETON = ".xenimage.skeleton";
    static final String RECIPE = ".xenimage.recipe";
    static final String EARLIER = ".xenimage.earlier";
    static final String WHERE = ".xenimage.where";
    static final String SUMS = ".xenimage.sums";
    static final String INDEX = ".xenimage.index";
    static final String STREAM = ".xenimage.stream";
    static final String PAGES_COMPRESSED = ".xenimage.pages.z";
    static final String COMPRESSED = ".z";

    static final int PAGE = 4096;
    static final int PIECE = 1 << 20;
    static final int PAGES_PER_PIECE = PIECE / PAGE;

    /** Where {@code .xen_pages} begins: room for 18,000 program headers, a hole of the file as far as it is not used. */
    static final long PAGES_OFFSET = 1 << 20;

    static final int TRAILER_LENGTH = 64;
    static final long TRAILER_MAGIC = 0x646e456d696e6558L;
    static final int SUM_LENGTH = 24;
    static final int STEP_LENGTH = 16;

    /** What precedes contents in one step: a record with its entries. */
    static final long LITERAL_MAX = 128L << 20;

    /** Sections that a writer makes by itself, so that none of them is carried over. */
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
    static boolean knows(String section) {
        return OWN.contains(section);
    }

    static boolean recognises(MemorySegment first) {
        return Elf.isCore(first) && first.get(Elf.U64, 24) == MAGIC;
    }

    /** Whether an image that was recognised is in the streaming form: its section headers stand in front. */
    static boolean streaming(MemorySegment first) {
        return first.get(Elf.U64, 40) == Elf.HEADER_LENGTH && first.get(Elf.U16, 56) == 0;
    }

    static long aligned(long offset, long alignment) {
        return (offset + alignment - 1) / alignment * alignment;
    }
}
