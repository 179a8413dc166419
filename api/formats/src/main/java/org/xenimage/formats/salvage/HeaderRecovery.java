package org.xenimage.formats.salvage;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Recovers the headers of the layers: xl, libxl, libxc. A header that is not where it should be is
 * looked for further on, by its ident or marker; one that is lost is made again, if it is known
 * what it said. The libxc header holds the guest's type, without which no record can be read: that
 * comes from the {@link EnclosingImage}, from the config, or from the first record that only one
 * type of guest has.
 *
 * <p>Memory: one window of a MiB, and the config. For one thread.
 */
final class HeaderRecovery {
    private static final int WINDOW = 1 << 20;

    /** How far a header that was moved is looked for. */
    private static final long SEARCH = 64L << 20;

    /** How many records are asked for the type of their guest. */
    private static final int RECORDS_ASKED = 64;

    /** What an xl header that lost its length is skipped by: mandatory and optional fields. */
    private static final int XL_FIXED = 48;

    private static final String TYPE = "c_info/type";

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Recognises the header of a layer. */
    private interface Signature {
        boolean recognises(MemorySegment bytes);
    }

    private final SparseBytes in;
    private final Framing framing;
    private final EnclosingImage enclosing;
    private final RecordScanner records;
    private final RecoveredElements out;
    private final MemorySegment head = Arena.ofAuto().allocate(64, 8);
    private Optional<RecordFrame> announced = Optional.empty();

    HeaderRecovery(
            SparseBytes in,
            Framing framing,
            EnclosingImage enclosing,
            RecordScanner records,
            RecoveredElements out) {
        this.in = in;
        this.framing = framing;
        this.enclosing = enclosing;
        this.records = records;
        this.out = out;
    }

    /**
     * Recovers the headers up to the first record: the libxl header, or without one the libxc
     * header.
     */
    void recover() throws IOException {
        if (in.intact(0, head.byteSize())) {
            in.read(0, head);
            if (XlHeader.recognises(head)) xlHeader();
            else if (LibvirtHeader.recognises(head)) libvirtHeader();
        }
        libxlHeader();
        if (!framing.libxl) libxcHeader(framing.at);
    }

    /** Reads the xl header and its optional data, if both are intact. */
    private void xlHeader() throws IOException {
        List<ImageElement> preamble;
        long end;
        try {
            Fault place = Fault.in(in.name()).at(0).element("xl header");
            int length = XlHeader.optionalDataLength(head, place);
            end = XlHeader.LENGTH + (long) length;
            preamble = XlHeader.decode(head, bytes(XlHeader.LENGTH, length), place);
        } catch (ImageException e) {
            out.lost(0, Math.min(in.length(), XL_FIXED), "xl header: " + e.fault().message());
            framing.at = XL_FIXED;
            return;
        }
        preamble(preamble, end);
    }

    /** Reads the header of libvirt and the XML, if both are intact. */
    private void libvirtHeader() throws IOException {
        List<ImageElement> preamble;
        long end;
        try {
            Fault place = Fault.in(in.name()).at(0).element("libvirt header");
            MemorySegment own = bytes(0, LibvirtHeader.LENGTH);
            int length = LibvirtHeader.xmlLength(own, place);
            end = LibvirtHeader.LENGTH + (long) length;
            preamble = LibvirtHeader.decode(own, bytes(LibvirtHeader.LENGTH, length), place);
        } catch (ImageException e) {
            out.lost(
                    0,
                    Math.min(in.length(), LibvirtHeader.LENGTH),
                    "libvirt header: " + e.fault().message());
            framing.at = LibvirtHeader.LENGTH;
            return;
        }
        preamble(preamble, end);
    }

    private void preamble(List<ImageElement> preamble, long end) throws IOException {
        framing.xl = true;
        framing.at = end;
        boolean ends = isLibxl(end);
        for (ImageElement element : preamble) {
            if (element instanceof Config config) {
                framing.configType = type(config);
                if (!ends) framing.at = config.offset() + config.bytes().length();
            }
            out.found(ends ? element : withoutTail(element));
        }
    }

    /** The length of what follows the header is damaged: what was taken for its tail is none. */
    private static ImageElement withoutTail(ImageElement element) {
        ByteRun none = ByteRun.of(MemorySegment.NULL);
        if (element instanceof XlHeader xl)
            return new XlHeader(
                    xl.offset(), xl.order(), xl.mandatoryFlags(), xl.optionalFlags(), none);
        if (element instanceof LibvirtHeader libvirt)
            return new LibvirtHeader(
                    libvirt.offset(), libvirt.order(), libvirt.version(), libvirt.unused(), none);
        return element;
    }

    private static String type(Config config) {
        try {
            return config.find(Set.of(TYPE)).getOrDefault(TYPE, "");
        } catch (IOException e) {
            return "";
        }
    }

    private void libxlHeader() throws IOException {
        OptionalLong found = OptionalLong.of(framing.at);
        if (!isLibxl(framing.at)) {
            found = search(framing.at, (byte) 'L', LibxlHeader::recognises);
            if (found.isEmpty()) {
                if (framing.xl) lostLibxlHeader();
                return;
            }
            out.lost(framing.at, found.getAsLong() - framing.at, "what precedes the libxl header");
        }
        long offset = found.getAsLong();
        in.read(offset, head.asSlice(0, LibxlHeader.LENGTH));
        var header = new LibxlHeader(offset, head.get(BE32, 8), head.get(BE32, 12));
        if (header.version() != LibxlHeader.VERSION) {
            header = new LibxlHeader(offset, LibxlHeader.VERSION, header.options() & 3);
            out.added("libxl header: its version is damaged");
        }
        framing.libxlOrder = header.order();
        out.found(header);
        enterLibxl();
        framing.at = offset + LibxlHeader.LENGTH;
    }

    /** An xl header is followed by a libxl header, wherever that has gone. */
    private void lostLibxlHeader() {
        enterLibxl();
        out.made(new LibxlHeader(framing.at, LibxlHeader.VERSION, 0), "libxl header");
        framing.step = Framing.UNALIGNED;
    }

    private void enterLibxl() {
        framing.libxl = true;
        framing.layer = Layer.LIBXL;
    }

    private boolean isLibxl(long offset) throws IOException {
        if (!in.intact(offset, LibxlHeader.LENGTH)) return false;
        in.read(offset, head.asSlice(0, LibxlHeader.LENGTH));
        return LibxlHeader.recognises(head);
    }

    /** Looks for a header by its first byte and by its signature of at most 16 bytes. */
    private OptionalLong search(long from, byte first, Signature signature) throws IOException {
        MemorySegment window = Arena.ofAuto().allocate(WINDOW, 8);
        long end = Math.min(in.length(), from + SEARCH);
        for (long start = from; start < end; ) {
            if (!in.intact(start, 16)) {
                start = in.nextWhole(start + 1);
                continue;
            }
            long bytes = Math.min(WINDOW, end - start);
            while (bytes > 16 && !in.intact(start, bytes)) bytes /= 2;
            in.read(start, window.asSlice(0, bytes));
            for (long i = 0; i + 16 <= bytes; i++) {
                if (window.get(ValueLayout.JAVA_BYTE, i) == first
                        && signature.recognises(window.asSlice(i, 16)))
                    return OptionalLong.of(start + i);
            }
            start += Math.max(1, bytes - 15);
        }
        return OptionalLong.empty();
    }

    /**
     * Recovers the libxc header that a record announces, and the record with it.
     *
     * @return whether there is one: without it, a reader would look for the header in what follows the record
     */
    boolean libxcHeaderAfter(RecordFrame announcing, long from) throws IOException {
        announced = Optional.of(announcing);
        libxcHeader(from);
        boolean found = announced.isEmpty();
        announced = Optional.empty();
        return found;
    }

    /**
     * Recovers the libxc header: where it should be, or further on, or as the image describes it,
     * or made again.
     */
    void libxcHeader(long from) throws IOException {
        Optional<LibxcHeader> there = decodeLibxc(from);
        if (there.isEmpty()) {
            OptionalLong further = search(from, (byte) 0xff, LibxcHeader::recognises);
            if (further.isPresent()) there = decodeLibxc(further.getAsLong());
            there.ifPresent(
                    late -> out.lost(from, late.offset() - from, "what precedes the libxc header"));
        }
        if (there.isPresent()) {
            framing.at = there.get().offset() + LibxcHeader.LENGTH;
            framing.step = Framing.ALIGNED;
            enterLibxc(there.get());
            out.found(there.get());
            return;
        }
        long after = unreadable(from);
        if (after > from) framing.at = after;
        Optional<LibxcHeader> known = enclosing.header();
        if (known.isEmpty()) known = guess(after);
        if (known.isEmpty()) {
            out.lost(
                    after,
                    in.length() - after,
                    "no libxc header, and nothing that shows the guest's type");
            framing.at = in.length();
            return;
        }
        if (!framing.libxl) framing.step = Framing.UNALIGNED;
        make(
                known.get(),
                "libxc header, guest type " + known.get().guestType().map(Enum::name).orElse("?"));
    }

    /** Skips a header that this release cannot read, such as one of a newer version. */
    private long unreadable(long from) throws IOException {
        if (!in.intact(from, LibxcHeader.LENGTH)) return from;
        MemorySegment bytes = bytes(from, LibxcHeader.LENGTH);
        if (!LibxcHeader.recognises(bytes)) return from;
        try {
            var _ = LibxcHeader.decode(bytes, Fault.in(in.name()).at(from).element("libxc header"));
            return from;
        } catch (ImageException e) {
            Fault fault = e.fault();
            out.lost(
                    from,
                    LibxcHeader.LENGTH,
                    "libxc header: %s: expected %s, found %s"
                            .formatted(fault.field(), fault.expected(), fault.found()));
            return from + LibxcHeader.LENGTH;
        }
    }

    /** Puts in the libxc header that the enclosing image describes, if it does. */
    void libxcHeaderOfEnclosing() {
        enclosing
                .header()
                .ifPresent(known -> make(known, "libxc header, from the image's identification"));
    }

    private void make(LibxcHeader header, String what) {
        out.added(what);
        enterLibxc(header);
        out.made(header);
    }

    private void enterLibxc(LibxcHeader header) {
        if (announced.isPresent()) {
            out.found(announced.get());
            announced = Optional.empty();
            framing.contextSeen = true;
        } else if (framing.libxl && !framing.contextSeen) {
            out.made(
                    RecordType.LIBXC_CONTEXT, framing.libxlContext(), "record libxl LIBXC_CONTEXT");
            framing.contextSeen = true;
        }
        framing.header = Optional.of(header);
        framing.context = new RecordContext(header.order(), 8);
        framing.layer = Layer.LIBXC;
    }

    private Optional<LibxcHeader> decodeLibxc(long offset) throws IOException {
        if (!in.intact(offset, LibxcHeader.LENGTH)) return Optional.empty();
        try {
            return Optional.of(
                    LibxcHeader.decode(
                            bytes(offset, LibxcHeader.LENGTH),
                            Fault.in(in.name()).at(offset).element("libxc header")));
        } catch (ImageException e) {
            return Optional.empty();
        }
    }

    /** A copy of bytes that must be there, for a header and what belongs to it. */
    private MemorySegment bytes(long offset, int length) throws IOException {
        if (!in.intact(offset, length)) {
            throw new TruncatedImage(
                    Fault.in(in.name())
                            .at(offset)
                            .problem("is truncated")
                            .expected(length + " bytes"));
        }
        MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, length), 8).asSlice(0, length);
        in.read(offset, copy);
        return copy.asReadOnly();
    }

    /** The header of a guest whose type is known from the config or the records. */
    private Optional<LibxcHeader> guess(long from) throws IOException {
        Optional<GuestType> guest =
                switch (framing.configType) {
                    case "pv" -> Optional.of(GuestType.PV);
                    case "hvm", "pvh" -> Optional.of(GuestType.HVM);
                    default -> Optional.empty();
                };
        for (GuestType candidate : GuestType.values()) {
            if (guest.isEmpty()) guest = typeByRecords(from, made(from, candidate));
        }
        return guest.map(type -> made(from, type));
    }

    /**
     * The type of the guest, from records that are found with an assumed header, and that only one
     * type has.
     */
    private Optional<GuestType> typeByRecords(long from, LibxcHeader assumed) throws IOException {
        int step = framing.step;
        framing.header = Optional.of(assumed);
        if (!framing.libxl) framing.step = Framing.UNALIGNED;
        try {
            long probe = from;
            for (int asked = 0; asked < RECORDS_ASKED; asked++) {
                OptionalLong found = records.next(probe);
                if (found.isEmpty()) break;
                RecordHeader record = records.header(found.getAsLong());
                RecordType type = record.type(Layer.LIBXC);
                if (type.equals(RecordType.X86_PV_INFO)) return Optional.of(GuestType.PV);
                if (type.equals(RecordType.HVM_CONTEXT) || type.equals(RecordType.HVM_PARAMS))
                    return Optional.of(GuestType.HVM);
                probe = record.end();
            }
            return Optional.empty();
        } finally {
            framing.step = step;
            framing.header = Optional.empty();
        }
    }

    private static LibxcHeader made(long offset, GuestType guest) {
        return new LibxcHeader(
                offset,
                LibxcHeader.VERSION_MAX,
                (short) 0,
                (short) 0,
                0,
                guest.code(),
                (short) LibxcHeader.PAGE_SHIFT,
                (short) 0,
                0,
                0);
    }
}
