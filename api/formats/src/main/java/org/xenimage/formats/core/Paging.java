package org.xenimage.formats.core;

/**
 * The shape of a vCPU's page tables, of the five that x86 has; Intel SDM, volume 3, chapter 4.
 *
 * <pre>
 *                  levels  entries of  bytes each  large pages
 *   32-bit           2       1,024          4       4 MiB with CR4.PSE
 *   PAE              3       4, 512         8       2 MiB
 *   4-level          4         512          8       2 MiB, 1 GiB
 *   5-level          5         512          8       2 MiB, 1 GiB
 * </pre>
 */
enum Paging {
    /** 32-bit entries, small pages only. */
    SMALL_32(2, 10),
    /** 32-bit entries, and large pages: CR4.PSE. */
    LARGE_32(2, 10),
    /** Physical address extension: the top table has four entries and is aligned to 32 bytes. */
    PAE(3, 9),
    /** IA-32e. */
    LEVELS_4(4, 9),
    /** IA-32e with CR4.LA57. */
    LEVELS_5(5, 9);

    /**
     * The tables of a vCPU.
     *
     * @param paging their shape
     * @param top physical address of the top table
     */
    record Root(Paging paging, long top) {}

    private final int levels;
    private final int bits;

    Paging(int levels, int bits) {
        this.levels = levels;
        this.bits = bits;
    }

    /** {@return how many levels} */
    int levels() {
        return levels;
    }

    /** {@return whether virtual addresses have 32 bits} */
    boolean narrow() {
        return this == SMALL_32 || this == LARGE_32 || this == PAE;
    }

    /** {@return whether an entry has 4 bytes} */
    boolean shortEntries() {
        return bits == 10;
    }

    /** {@return the bits of a virtual address below those that choose an entry of a level, the lowest level being 1} */
    int shift(int level) {
        return 12 + bits * (level - 1);
    }

    /** {@return the entries of a table} */
    int slots(int level) {
        return this == PAE && level == 3 ? 4 : 1 << bits;
    }

    /** {@return whether an entry with the bit PS maps a page} */
    boolean large(int level) {
        return switch (this) {
            case SMALL_32 -> false;
            case LARGE_32, PAE -> level == 2;
            case LEVELS_4, LEVELS_5 -> level == 2 || level == 3;
        };
    }

    /**
     * The first entry of the top table that is walked: where the kernel's half begins, or, with 32
     * bits, the lowest address at which Linux can be configured to put its kernel.
     */
    int firstSlot() {
        return switch (this) {
            case SMALL_32, LARGE_32, PAE -> (int) (CoreView.LOWEST_32 >>> shift(levels));
            case LEVELS_4, LEVELS_5 -> 256;
        };
    }

    /** {@return what the upper bits of every virtual address in the kernel's half are} */
    long base() {
        return switch (this) {
            case SMALL_32, LARGE_32, PAE -> 0;
            case LEVELS_4 -> 0xffff000000000000L;
            case LEVELS_5 -> 0xff00000000000000L;
        };
    }

    /** {@return the physical address of the top table that a CR3 names} */
    long top(long cr3) {
        return switch (this) {
            case SMALL_32, LARGE_32 -> cr3 & 0xfffff000L;
            case PAE -> cr3 & 0xffffffe0L;
            case LEVELS_4, LEVELS_5 -> cr3 & 0x000ffffffffff000L;
        };
    }
}
