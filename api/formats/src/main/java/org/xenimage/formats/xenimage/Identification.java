package org.xenimage.formats.xenimage;

import org.xenimage.formats.core.GuestFacts;
import org.xenimage.formats.elf.Elf;
import org.xenimage.image.record.Layer;

/** Makes the identification of an image from what its stream told. */
final class Identification {
    private Identification() {}

    static Ident of(GuestFacts facts, Ident.Form form, long streamLength, long contents) {
        var header = facts.header();
        Ident.Guest guest =
                header.isEmpty()
                        ? Ident.Guest.UNKNOWN
                        : facts.pv()
                                ? Ident.Guest.PV
                                : facts.pvh() ? Ident.Guest.PVH : Ident.Guest.HVM;
        boolean narrow = facts.pv() && facts.guestWidth() == 4;
        return new Ident(
                Native.MAJOR,
                Native.MINOR,
                form,
                guest,
                facts.guestWidth(),
                header.filter(h -> (h.options() & 1) != 0).isPresent(),
                narrow ? Elf.EM_386 : Elf.EM_X86_64,
                facts.ptLevels(),
                Layers.number(facts.outermostLayer().orElse(Layer.LIBXC)),
                header.map(h -> h.version()).orElse(0),
                0,
                header.map(h -> h.xenMajor()).orElse(0),
                header.map(h -> h.xenMinor()).orElse(0),
                streamLength,
                contents);
    }
}
