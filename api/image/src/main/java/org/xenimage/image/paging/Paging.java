package org.xenimage.image.paging;

import java.util.Optional;

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
public enum Paging {
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
    public record Root(Paging paging, long top) {}

    /** The lowest address at which 32-bit Linux puts its direct map: that of a user half of 1 GiB. */
    public static final long LOWEST_32 = 0x40000000L;

    /** The bits of an entry with 8 bytes that name a frame, as an address. */
    public static final long FRAME = 0x000ffffffffff000L;

    private static final long PRESENT = 1;
    private static final long LARGE = 1 << 7;
    private static final long CR0_PG = 1L << 31;
    private static final long CR4_PSE = 1L << 4;
    private static final long CR4_PAE = 1L << 5;
    private static final long CR4_LA57 = 1L << 12;
    private static final long EFER_LMA = 1L << 10;

    private final int levels;
    private final int bits;

    Paging(int levels, int bits) {
        this.levels = levels;
        this.bits = bits;
    }

    /**
     * The tables that a vCPU of an HVM guest runs on.
     *
     * @param cr0 of the vCPU
     * @param cr3 of the vCPU
     * @param cr4 of the vCPU
     * @param efer of the vCPU
     * @return their shape and their top table; empty if paging is off
     */
    public static Optional<Root> root(long cr0, long cr3, long cr4, long efer) {
        if ((cr0 & CR0_PG) == 0) return Optional.empty();
        Paging paging;
        if ((efer & EFER_LMA) != 0) paging = (cr4 & CR4_LA57) != 0 ? LEVELS_5 : LEVELS_4;
        else if ((cr4 & CR4_PAE) != 0) paging = PAE;
        else paging = (cr4 & CR4_PSE) != 0 ? LARGE_32 : SMALL_32;
        return Optional.of(new Root(paging, paging.top(cr3)));
    }

    /** {@return how many levels} */
    public int levels() {
        return levels;
    }

    /** {@return whether virtual addresses have 32 bits} */
    public boolean narrow() {
        return this == SMALL_32 || this == LARGE_32 || this == PAE;
    }

    /** {@return whether an entry has 4 bytes} */
    public boolean shortEntries() {
        return bits == 10;
    }

    /**
     * The bits of a virtual address below those that choose an entry.
     *
     * @param level of the table, the lowest being 1
     * @return how many
     */
    public int shift(int level) {
        return 12 + bits * (level - 1);
    }

    /**
     * The entries of a table.
     *
     * @param level of the table
     * @return how many
     */
    public int slots(int level) {
        return this == PAE && level == 3 ? 4 : 1 << bits;
    }

    /**
     * Whether an entry with the bit PS maps a page.
     *
     * @param level of the table
     * @return whether it does
     */
    public boolean large(int level) {
        return switch (this) {
            case SMALL_32 -> false;
            case LARGE_32, PAE -> level == 2;
            case LEVELS_4, LEVELS_5 -> level == 2 || level == 3;
        };
    }

    /**
     * The first entry of the top table that is walked: where the kernel's half begins, or, with 32
     * bits, the lowest address at which Linux can be configured to put its kernel.
     *
     * @return its number
     */
    public int firstSlot() {
        return switch (this) {
            case SMALL_32, LARGE_32, PAE -> (int) (LOWEST_32 >>> shift(levels));
            case LEVELS_4, LEVELS_5 -> 256;
        };
    }

    /** {@return what the upper bits of every virtual address in the kernel's half are} */
    public long base() {
        return switch (this) {
            case SMALL_32, LARGE_32, PAE -> 0;
            case LEVELS_4 -> 0xffff000000000000L;
            case LEVELS_5 -> 0xff00000000000000L;
        };
    }

    /**
     * The top table that a CR3 names.
     *
     * @param cr3 of a vCPU
     * @return its physical address
     */
    public long top(long cr3) {
        return switch (this) {
            case SMALL_32, LARGE_32 -> cr3 & 0xfffff000L;
            case PAE -> cr3 & 0xffffffe0L;
            case LEVELS_4, LEVELS_5 -> cr3 & 0x000ffffffffff000L;
        };
    }

    /**
     * Whether an entry leads anywhere.
     *
     * @param entry of a table
     * @return whether it is present
     */
    public static boolean present(long entry) {
        return (entry & PRESENT) != 0;
    }

    /**
     * Whether an entry maps memory, and does not lead to another table.
     *
     * @param entry that is present
     * @param level of its table
     * @return whether it does
     */
    public boolean maps(long entry, int level) {
        return level == 1 || (large(level) && (entry & LARGE) != 0);
    }

    /**
     * The memory that an entry maps.
     *
     * @param entry that maps memory
     * @param level of its table
     * @return its physical address
     */
    public long frame(long entry, int level) {
        long frame = entry & FRAME & -(1L << shift(level));
        // a 4 MiB page has bits 32 to 39 of its address (PSE-36) in bits 13 to 20
        if (shortEntries() && level == 2) frame |= ((entry >>> 13) & 0xff) << 32;
        return frame;
    }
}
