package org.xenimage.image.element;

/**
 * The kind of a guest as the libxc domain header tells it. A PVH guest is {@link #HVM} there; only its config tells the
 * two apart.
 */
public enum GuestType {
    /** x86 paravirtualised: its page tables and vCPUs are records of their own. */
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
