package org.xenimage.formats.salvage;

import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The progress of a recovery, and what it knows about the stream's frames: which headers enclose
 * the records, how their integers are stored, which guest they describe. {@link HeaderRecovery} and
 * {@link StreamSalvage} fill it in, {@link RecordScanner} reads records by it.
 *
 * <p>Offsets are bytes of the stream. State of one recovery, for one thread.
 */
final class Framing {
    /** Records begin at multiples of this from their header, as long as that is known. */
    static final int ALIGNED = 8;

    /** Without a header a record may begin at any byte. */
    static final int UNALIGNED = 1;

    /** Where the next header or record is expected. */
    long at;

    /**
     * The distance between places where a record may begin: {@link #ALIGNED} or {@link #UNALIGNED}.
     */
    int step = ALIGNED;

    /** The layer whose records are expected at {@link #at}. */
    Layer layer = Layer.LIBXC;

    /** Whether an xl header was found. */
    boolean xl;

    /** Whether a libxl header was found, or must have been there. */
    boolean libxl;

    /** Whether LIBXC_CONTEXT was found or put in. */
    boolean contextSeen;

    /** The byte order of libxl's headers and records. */
    ByteOrder libxlOrder = ByteOrder.LITTLE_ENDIAN;

    /** The libxc header, when it is known. */
    Optional<LibxcHeader> header = Optional.empty();

    /** How libxc's records are read. */
    RecordContext context = RecordContext.X86_64;

    /** The guest's type in the words of the config: pv, pvh, hvm; empty if unknown. */
    String configType = "";

    /** Whether the libxc header says that the guest is a PV guest. */
    boolean isPv() {
        return header.flatMap(LibxcHeader::guestType).filter(GuestType.PV::equals).isPresent();
    }

    /** How the records of a layer are read. */
    RecordContext context(Layer of) {
        return of == Layer.LIBXL ? libxlContext() : context;
    }

    /** How libxl's records are read. */
    RecordContext libxlContext() {
        return new RecordContext(libxlOrder, 8);
    }

    /**
     * The layer that a record found after damage belongs to. Codes 2 to 5 mean a record of either
     * layer: a PV guest has those of libxc, an HVM guest those of libxl.
     */
    Layer layerOf(RecordHeader record) {
        if (!libxl) return Layer.LIBXC;
        if (record.code() == RecordType.PAGE_DATA.code())
            return record.bodyLength() == 0 ? Layer.LIBXL : Layer.LIBXC;
        if (record.code() < 2 || record.code() > 5) return record.code() == 0 ? layer : Layer.LIBXC;
        return isPv() || configType.equals("pv") ? Layer.LIBXC : Layer.LIBXL;
    }
}
