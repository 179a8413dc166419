package org.xenimage.image.element;

/**
 * The type of a page in a PAGE_DATA record: bits 63-60 of its entry ({@code XEN_DOMCTL_PFINFO_*} of Xen's
 * {@code public/domctl.h}, shifted by 32 bits).
 */
public enum PageType {
    /** Normal page. */
    NOTAB(0x0),
    /** L1 page table. */
    L1TAB(0x1),
    /** L2 page table. */
    L2TAB(0x2),
    /** L3 page table. */
    L3TAB(0x3),
    /** L4 page table. */
    L4TAB(0x4),
    /** Reserved. */
    RESERVED_5(0x5),
    /** Reserved. */
    RESERVED_6(0x6),
    /** Reserved. */
    RESERVED_7(0x7),
    /** Reserved. */
    RESERVED_8(0x8),
    /** L1 page table, pinned. */
    L1TAB_PIN(0x9),
    /** L2 page table, pinned. */
    L2TAB_PIN(0xa),
    /** L3 page table, pinned. */
    L3TAB_PIN(0xb),
    /** L4 page table, pinned. */
    L4TAB_PIN(0xc),
    /** Broken page; no contents. */
    BROKEN(0xd),
    /** To be allocated only; no contents. */
    XALLOC(0xe),
    /** Not in the guest's p2m; no contents. */
    XTAB(0xf);

    private static final PageType[] BY_CODE = values();

    private final int code;

    PageType(int code) {
        this.code = code;
    }

    /** {@return bits 63-60 of the entry} */
    public int code() {
        return code;
    }

    /** {@return whether the specification gives the type a meaning} */
    public boolean known() {
        return code < 0x5 || code > 0x8;
    }

    /** {@return whether the record holds the contents of a page of this type} */
    public boolean hasData() {
        return hasData(code);
    }

    /** {@return whether it is a page table, pinned or not} */
    public boolean isPageTable() {
        int level = code & 7;
        return level >= 1 && level <= 4;
    }

    /**
     * The type of an entry.
     *
     * @param entry an entry of a PAGE_DATA record
     * @return bits 63-60 of it
     */
    public static PageType of(long entry) {
        return BY_CODE[(int) (entry >>> 60)];
    }

    /**
     * Whether a record holds the contents of a page, without making an object of its type.
     *
     * @param code bits 63-60 of an entry
     * @return true for known types other than BROKEN, XALLOC and XTAB
     */
    public static boolean hasData(int code) {
        return (code & 7) <= 4 && code != 8;
    }
}
