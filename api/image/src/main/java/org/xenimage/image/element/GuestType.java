package org.xenimage.image.element;

/**
 * The kind of a guest, as in the libxc domain header. A PVH guest is {@link #HVM} there; only the
 * config distinguishes the two.
 */
public enum GuestType {
    /** x86 paravirtualised: page tables and vCPUs have their own records. */
    PV(1),
    /** x86 with hardware virtualisation, PVH included. */
    HVM(2);

    private final int code;

    GuestType(int code) {
        this.code = code;
    }

    /** {@return the value of the domain header's type field} */
    public int code() {
        return code;
    }
}
