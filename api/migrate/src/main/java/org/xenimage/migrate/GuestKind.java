package org.xenimage.migrate;

import java.util.Locale;
import java.util.Optional;

/** The kinds of guests that a host may or may not run: type and, of a PV guest, the width of its word. */
public enum GuestKind {
    /** Paravirtualised, 64-bit. */
    PV64("a 64-bit PV guest"),
    /** Paravirtualised, 32-bit with PAE. */
    PV32("a 32-bit PV guest"),
    /** Hardware virtualisation with a device model. */
    HVM("an HVM guest"),
    /** Hardware virtualisation without a device model; only the config tells it from HVM. */
    PVH("a PVH guest");

    private final String words;

    GuestKind(String words) {
        this.words = words;
    }

    /** {@return the name in capabilities, such as {@code pv64}} */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** {@return whether its records are those of PV guests} */
    public boolean paravirtualised() {
        return this == PV64 || this == PV32;
    }

    /**
     * Finds a kind by its name.
     *
     * @param id such as {@code pv64}
     * @return the kind, if there is one of this name
     */
    public static Optional<GuestKind> of(String id) {
        for (GuestKind kind : values()) if (kind.id().equals(id)) return Optional.of(kind);
        return Optional.empty();
    }

    @Override
    public String toString() {
        return words;
    }
}
