package org.xenimage.formats.xenimage.v1;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.image.record.Layer;

/** Makes the identification of an image from the facts in its stream. */
public final class Identification {
    private Identification() {}

    public static Ident of(GuestFacts facts, Ident.Form form, long streamLength, long contents) {
        var header = facts.header();
        Ident.Guest guest =
                header.isEmpty()
                        ? Ident.Guest.UNKNOWN
                        : facts.pv()
                                ? Ident.Guest.PV
                                : facts.pvh() ? Ident.Guest.PVH : Ident.Guest.HVM;
        return new Ident(
                Native.MAJOR,
                Native.MINOR,
                form,
                guest,
                facts.guestWidth(),
                header.filter(h -> (h.options() & 1) != 0).isPresent(),
                facts.machine(),
                facts.ptLevels(),
                StreamFormat.number(facts.outermostLayer().orElse(Layer.LIBXC)),
                header.map(h -> h.version()).orElse(0),
                0,
                header.map(h -> h.xenMajor()).orElse(0),
                header.map(h -> h.xenMinor()).orElse(0),
                streamLength,
                contents);
    }
}
