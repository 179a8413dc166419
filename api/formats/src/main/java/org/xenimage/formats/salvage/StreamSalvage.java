package org.xenimage.formats.salvage;

import org.xenimage.formats.elf.Elf;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageExtras;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.Progress;
import org.xenimage.image.spi.SalvageLog;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * What is whole of a damaged xl, libxl or libxc stream, as the elements of a stream whose frames hold together.
 *
 * <p>A record is taken where its header is plausible and its body is what its type says. After damage the next such
 * record is looked for, in steps of 8 bytes from the last header, or of 1 where there is none; one that comes after
 * damage must be followed by another plausible header. A PAGE_DATA record some of whose contents are gone is handed out
 * with those that are there. Headers and records without content that the frames need (headers, LIBXC_CONTEXT, END) are
 * put in, and told.
 *
 * <p>Memory: one record. Work: linear in the length, but for bodies that are looked at in vain, which have a bound.
 */
public final class StreamSalvage implements ImageReader {
    private static final int WINDOW = 1 << 20;
    private static final long ODDLY_LONG = 1 << 20;

    /** Records that may be longer than that; they are not decoded to see whether they are whole. */
    private static final Set<RecordType> LONG =
            Set.of(
                    RecordType.X86_PV_P2M_FRAMES,
                    RecordType.HVM_CONTEXT,
                    RecordType.TOOLSTACK,
                    RecordType.EMULATOR_CONTEXT);

    /** Records that stand behind all pages: one of them tells that no page is missing. */
    private static final Set<RecordType> AFTER_PAGES =
            Set.of(
                    RecordType.X86_TSC_INFO,
                    RecordType.SHARED_INFO,
                    RecordType.X86_PV_VCPU_BASIC,
                    RecordType.HVM_CONTEXT,
                    RecordType.HVM_PARAMS);

    /** Records of a PV guest only. */
    private static final Set<RecordType> OF_PV =
            Set.of(
                    RecordType.X86_PV_INFO,
                    RecordType.X86_PV_P2M_FRAMES,
                    RecordType.X86_PV_VCPU_BASIC,
                    RecordType.X86_PV_VCPU_EXTENDED,
                    RecordType.X86_PV_VCPU_XSAVE,
                    RecordType.X86_PV_VCPU_MSRS,
                    RecordType.SHARED_INFO);

    /** Records of any other guest only. */
    private static final Set<RecordType> OF_HVM =
            Set.of(RecordType.HVM_CONTEXT, RecordType.HVM_PARAMS);

    /** The type of the first entry of an HVM context, and the magic in it. */
    private static final int HVM_HEADER = 1;

    private static final int HVM_MAGIC = 0x54381286;

    private static final long HEADER_SEARCH = 64L << 20;
    private static final int TRIALS_PER_BYTE = 8;
    private static final long TRIALS_MIN = 1L << 30;

    /** What a container knows beside the stream that it holds. */
    public interface Container extends Closeable {
        /**
         * The header of the libxc stream, if the container tells what was in it.
         *
         * @return empty if it does not
         */
        Optional<LibxcHeader> header();

        /**
         * Hands out some of the pages of which the stream did not speak.
         *
         * @param sink takes them
         * @return false if there are no more
         * @throws IOException if they cannot be read
         */
        boolean leftover(ImageSink sink) throws IOException;

        /**
         * Takes notice that the stream spoke of a page.
         *
         * @param pfn of it
         * @throws IOException if there are too many
         */
        void seen(long pfn) throws IOException;

        /**
         * Takes notice that a content of a page is gone from the stream.
         *
         * @param pfn of it
         * @throws IOException if there are too many
         */
        void missing(long pfn) throws IOException;

        /**
         * The metadata that are whole.
         *
         * @return by key
         */
        SequencedMap<String, String> metadata();

        /**
         * What a native image that is made of it takes over beside the stream.
         *
         * @return such as how it was encrypted
         */
        default ImageExtras extras() {
            return ImageExtras.NONE;
        }
    }

    /** A stream that is a file by itself. */
    private record Bare(ByteSource source) implements Container {
        @Override
        public Optional<LibxcHeader> header() {
            return Optional.empty();
        }

        @Override
        public boolean leftover(ImageSink sink) {
            return false;
        }

        @Override
        public void seen(long pfn) {}

        @Override
        public void missing(long pfn) {}

        @Override
        public SequencedMap<String, String> metadata() {
            return new TreeMap<>();
        }

        @Override
        public void close() throws IOException {
            source.close();
        }
    }

    /** What stands at an offset. */
    private sealed interface Found {
        /** A record whose frame and body hold together, as far as they are there. */
        record Whole(RecordType type, long bodyLength) implements Found {}

        /** A record whose frame is plausible and whose body is not all there, or not what it should be. */
        record Damaged(RecordType type, long bodyLength, String why) implements Found {}

        /** Nothing that makes sense. */
        record Nothing(String why) implements Found {}
    }

    private final ImageFormat format;
    private final SparseBytes in;
    private final Container container;
    private final SalvageLog log;
    private final Deque<ImageElement> ready = new ArrayDeque<>();

    /** What stands behind the pages that the container has left. */
    private final Deque<ImageElement> behind = new ArrayDeque<>();

    private boolean leaving;
    private boolean trailing;
    private final MemorySegment head = Arena.ofAuto().allocate(64, 8);
    private long at;
    private int step = 8;
    private long trials;
    private boolean begun;
    private boolean ended;
    private boolean damaged;
    private boolean outerXl;
    private boolean outerLibxl;
    private boolean contextSeen;
    private boolean libxcEnded;
    private boolean checkpointed;

    /** Whether the round behind the last checkpoint is not whole. */
    private boolean unfinished;

    private final Set<RecordType> seen = new HashSet<>();
    private Layer layer = Layer.LIBXC;
    private Optional<LibxcHeader> header = Optional.empty();
    private String configType = "";
    private ByteOrder libxlOrder = ByteOrder.LITTLE_ENDIAN;
    private RecordContext context = RecordContext.X86_64;

    /**
     * A recovery.
     *
     * @param format what {@link #format} says
     * @param in the stream
     * @param container what holds it
     * @param log told of what is not recovered
     */
    public StreamSalvage(ImageFormat format, SparseBytes in, Container container, SalvageLog log) {
        this.format = format;
        this.in = in;
        this.container = container;
        this.log = log;
        this.trials = Math.max(TRIALS_MIN, in.length() * TRIALS_PER_BYTE);
    }

    /**
     * A recovery of a file that holds nothing but the stream.
     *
     * @param format of the file
     * @param source the file
     * @param log told of what is not recovered
     * @return the reader; empty if the source is no file
     * @throws IOException if it cannot be read
     */
    public static Optional<ImageReader> ofFile(
            ImageFormat format, ByteSource source, SalvageLog log) throws IOException {
        var file = source.file();
        if (file.isEmpty()) return Optional.empty();
        return Optional.of(
                new StreamSalvage(
                        format, FileBytes.of(source.name(), file.get()), new Bare(source), log));
    }

    @Override
    public String name() {
        return in.name();
    }

    @Override
    public ImageFormat format() {
        return format;
    }

    @Override
    public Progress progress() {
        return new Progress(Math.min(at, in.length()), OptionalLong.of(in.length()));
    }

    @Override
    public SequencedMap<String, String> metadata() {
        return container.metadata();
    }

    @Override
    public ImageExtras extras() {
        return container.extras();
    }

    @Override
    public boolean advance(ImageSink sink) throws IOException {
        while (ready.isEmpty() && (leaving || !ended)) {
            if (leaving) leave();
            else if (!begun) begin();
            else if (at >= in.length()) cut();
            else record();
        }
        if (ready.isEmpty() && trailing) trailing();
        ImageElement next = ready.poll();
        if (next == null) return false;
        sink.accept(next);
        return true;
    }

    @Override
    public void close() throws IOException {
        container.close();
    }

    // The headers

    private void begin() throws IOException {
        begun = true;
        if (in.whole(0, 64)) {
            in.read(0, head);
            if (XlHeader.recognises(head)) xlHeader();
        }
        libxlHeader();
        if (!outerLibxl) libxcHeader(at);
    }

    /** Reads the xl header and its optional data, if both are there whole. */
    private void xlHeader() throws IOException {
        List<ImageElement> preamble;
        long end;
        try {
            Fault place = Fault.in(in.name()).at(0).element("xl header");
            int length = XlHeader.optionalDataLength(head, place);
            end = XlHeader.LENGTH + (long) length;
            preamble = XlHeader.decode(head, bytes(XlHeader.LENGTH, length), place);
        } catch (ImageException e) {
            lost(0, Math.min(in.length(), 48), "xl header: " + e.fault().message());
            at = 48;
            return;
        }
        outerXl = true;
        at = end;
        boolean ends = isLibxl(at);
        for (ImageElement element : preamble) {
            if (element instanceof Config config) {
                configType = type(config);
                if (!ends) at = config.offset() + config.bytes().length();
            }
            put(element instanceof XlHeader xl && !ends ? withoutTail(xl) : element);
        }
    }

    /** The length of the optional data is damaged: what was taken for their tail is none. */
    private static XlHeader withoutTail(XlHeader xl) {
        return new XlHeader(
                xl.offset(),
                xl.order(),
                xl.mandatoryFlags(),
                xl.optionalFlags(),
                ByteRun.of(MemorySegment.NULL));
    }

    private static final String TYPE = "c_info/type";

    private static String type(Config config) {
        try {
            return config.find(Set.of(TYPE)).getOrDefault(TYPE, "");
        } catch (IOException e) {
            return "";
        }
    }

    private void libxlHeader() throws IOException {
        long found = at;
        if (!isLibxl(found)) {
            found = search(at, true);
            if (found < 0) {
                if (outerXl) {
                    add("libxl header");
                    outerLibxl = true;
                    layer = Layer.LIBXL;
                    made(new LibxlHeader(at, LibxlHeader.VERSION, 0));
                    step = 1;
                }
                return;
            }
            lost(at, found - at, "what precedes the libxl header");
        }
        in.read(found, head.asSlice(0, LibxlHeader.LENGTH));
        var libxl = new LibxlHeader(found, head.get(BE32, 8), head.get(BE32, 12));
        if (libxl.version() != LibxlHeader.VERSION) {
            libxl = new LibxlHeader(found, LibxlHeader.VERSION, libxl.options() & 3);
            add("libxl header: its version is damaged");
        }
        libxlOrder = libxl.order();
        put(libxl);
        outerLibxl = true;
        layer = Layer.LIBXL;
        at = found + LibxlHeader.LENGTH;
    }

    private boolean isLibxl(long offset) throws IOException {
        if (!in.whole(offset, LibxlHeader.LENGTH)) return false;
        in.read(offset, head.asSlice(0, LibxlHeader.LENGTH));
        return LibxlHeader.recognises(head);
    }

    /** Looks for the ident of a libxl stream, or for the marker of a libxc stream; -1 if there is none. */
    private long search(long from, boolean libxl) throws IOException {
        MemorySegment window = Arena.ofAuto().allocate(WINDOW, 8);
        long end = Math.min(in.length(), from + HEADER_SEARCH);
        byte first = (byte) (libxl ? 'L' : 0xff);
        for (long start = from; start < end; ) {
            if (!in.whole(start, 16)) {
                long next = in.nextWhole(start + 1);
                start = next;
                continue;
            }
            long bytes = Math.min(WINDOW, end - start);
            while (bytes > 16 && !in.whole(start, bytes)) bytes /= 2;
            in.read(start, window.asSlice(0, bytes));
            for (long i = 0; i + 16 <= bytes; i++) {
                if (window.get(ValueLayout.JAVA_BYTE, i) != first) continue;
                MemorySegment here = window.asSlice(i, 16);
                if (libxl ? LibxlHeader.recognises(here) : LibxcHeader.recognises(here))
                    return start + i;
            }
            start += Math.max(1, bytes - 15);
        }
        return -1;
    }

    /** The libxc header: where it should be, or further on, or as the container tells it, or made. */
    private void libxcHeader(long from) throws IOException {
        Optional<LibxcHeader> there = decodeLibxc(from);
        if (there.isEmpty()) {
            long further = search(from, false);
            if (further >= 0) there = decodeLibxc(further);
            there.ifPresent(
                    late -> lost(from, late.offset() - from, "what precedes the libxc header"));
        }
        boolean found = there.isPresent();
        if (found) {
            at = there.get().offset() + LibxcHeader.LENGTH;
            step = 8;
        } else {
            there = container.header();
            if (there.isEmpty()) there = guess(from);
            if (there.isEmpty()) {
                if (in.length() > from)
                    lost(
                            from,
                            in.length() - from,
                            "no libxc header, and nothing that shows the guest's type");
                at = in.length();
                return;
            }
            add("libxc header, guest type " + there.get().guestType().map(Enum::name).orElse("?"));
            if (!outerLibxl) step = 1;
        }
        begin(there.get(), !found);
    }

    private void begin(LibxcHeader found, boolean made) {
        if (outerLibxl && !contextSeen) {
            add("record libxl LIBXC_CONTEXT");
            made(empty(RecordType.LIBXC_CONTEXT, new RecordContext(libxlOrder, 8)));
            contextSeen = true;
        }
        header = Optional.of(found);
        context = new RecordContext(found.order(), 8);
        layer = Layer.LIBXC;
        if (made) made(found);
        else put(found);
    }

    private Optional<LibxcHeader> decodeLibxc(long offset) throws IOException {
        if (!in.whole(offset, LibxcHeader.LENGTH)) return Optional.empty();
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
        if (!in.whole(offset, length)) {
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

    /** The guest's type as the config or the records tell it. */
    private Optional<LibxcHeader> guess(long from) throws IOException {
        Optional<GuestType> guest =
                switch (configType) {
                    case "pv" -> Optional.of(GuestType.PV);
                    case "hvm", "pvh" -> Optional.of(GuestType.HVM);
                    default -> Optional.empty();
                };
        for (GuestType candidate : GuestType.values()) {
            if (guest.isPresent()) break;
            header = Optional.of(made(from, candidate));
            long probe = from;
            int before = step;
            if (!outerLibxl) step = 1;
            for (int seen = 0; seen < 64 && guest.isEmpty(); seen++) {
                probe = next(probe);
                if (probe < 0) break;
                Candidate record = new Candidate(probe);
                RecordType type = record.type(Layer.LIBXC);
                boolean pv = type.equals(RecordType.X86_PV_INFO);
                boolean hvm =
                        type.equals(RecordType.HVM_CONTEXT) || type.equals(RecordType.HVM_PARAMS);
                if (pv) guest = Optional.of(GuestType.PV);
                else if (hvm) guest = Optional.of(GuestType.HVM);
                probe += RecordFrame.paddedLength(record.bodyLength);
            }
            step = before;
            header = Optional.empty();
        }
        return guest.map(type -> made(from, type));
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

    // The records

    private void record() throws IOException {
        if (!in.whole(at, RecordFrame.HEADER_LENGTH)) {
            resync(at, "a record header that is gone");
            return;
        }
        var candidate = new Candidate(at);
        Found found = judge(candidate, layer);
        switch (found) {
            case Found.Whole(RecordType type, long body) -> take(type, body);
            case Found.Damaged(RecordType type, long body, String why) -> {
                long next = at + RecordFrame.paddedLength(body);
                if (type.equals(RecordType.PAGE_DATA) && next <= in.length()) {
                    if (pages(at, body) || sound(next, layer)) {
                        at = next;
                        return;
                    }
                } else if (type.equals(RecordType.PAGE_DATA)) {
                    if (pages(at, body)) {
                        at = in.length();
                        return;
                    }
                } else if (next <= in.length() && sound(next, layer)) {
                    lost(at, next - at, "record " + type + ": " + why);
                    at = next;
                    return;
                }
                resync(at + 1, "record " + type + ": " + why);
            }
            case Found.Nothing(String why) -> resync(at + 1, why);
        }
    }

    private void take(RecordType type, long body) throws IOException {
        long length = RecordFrame.paddedLength(body);
        if (type.equals(RecordType.PAGE_DATA)) {
            pages(at, body);
            at += length;
            return;
        }
        if (libxcEnded && type.layer() == Layer.LIBXC) {
            lost(at, length, "record " + type + " after the end of the libxc stream");
            at += length;
            return;
        }
        RecordContext reads =
                type.layer() == Layer.LIBXL ? new RecordContext(libxlOrder, 8) : context;
        MemorySegment bytes = Arena.ofAuto().allocate(length, 8);
        in.read(at, bytes);
        var frame =
                new RecordFrame(in.name(), at, type, body, reads, ByteRun.of(bytes.asReadOnly()));
        at += length;
        seen.add(type);
        if (type.equals(RecordType.END)) {
            leftovers();
            put(frame);
            endLibxc();
        } else if (type.equals(RecordType.LIBXL_END)) {
            put(frame);
            finish(true);
        } else if (type.equals(RecordType.LIBXC_CONTEXT)) {
            if (contextSeen) {
                lost(at - length, length, "a second LIBXC_CONTEXT");
                return;
            }
            contextSeen = true;
            put(frame);
            libxcHeader(at);
        } else if (type.equals(RecordType.CHECKPOINT)) {
            put(frame);
            checkpointed = true;
            unfinished = !wholeRound(at);
            if (outerLibxl) layer = Layer.LIBXL;
            else stopAtCheckpoint();
        } else if (type.equals(RecordType.CHECKPOINT_END)) {
            put(frame);
            if (contextSeen) layer = Layer.LIBXC;
            stopAtCheckpoint();
        } else {
            if (type.equals(RecordType.X86_PV_INFO) && body >= 1) {
                boolean narrow = bytes.get(ValueLayout.JAVA_BYTE, RecordFrame.HEADER_LENGTH) == 4;
                if (narrow) context = new RecordContext(context.order(), 4);
            }
            put(frame);
        }
    }

    /**
     * Ends the stream at a checkpoint whose following round is not whole: its pages are newer than those that are gone, so
     * that together they would be a state in which the guest never was.
     */
    private void stopAtCheckpoint() {
        if (!unfinished) return;
        lost(
                at,
                in.length() - at,
                "the round after the last complete checkpoint: the guest has its state of that checkpoint");
        at = in.length();
    }

    /** Whether all records from here on are there, up to the next checkpoint or to the end of the stream. */
    private boolean wholeRound(long from) throws IOException {
        Layer of = outerLibxl ? Layer.LIBXL : Layer.LIBXC;
        long place = from;
        while (in.whole(place, RecordFrame.HEADER_LENGTH)) {
            Candidate candidate = new Candidate(place);
            RecordType type = candidate.type(of);
            long length = RecordFrame.paddedLength(candidate.bodyLength);
            boolean record = type.known() || type.optional();
            if (!record || candidate.bodyLength > RecordFrame.BODY_LENGTH_MAX) return false;
            if (!in.whole(place, length)) return false;
            if (type.equals(RecordType.PAGE_DATA)
                    && PageShape.of(in, place, candidate.bodyLength, context.order()).isEmpty())
                return false;
            if (type.equals(RecordType.CHECKPOINT)
                    || type.equals(RecordType.END)
                    || type.equals(RecordType.LIBXL_END)) return true;
            if (type.equals(RecordType.CHECKPOINT_END)) of = Layer.LIBXC;
            place += length;
        }
        return false;
    }

    private void endLibxc() throws IOException {
        libxcEnded = true;
        if (outerLibxl) layer = Layer.LIBXL;
        else finish(true);
    }

    /** Hands out the pages of a record that are there; false if not even its entries are. */
    private boolean pages(long offset, long body) throws IOException {
        var shape = PageShape.of(in, offset, body, context.order());
        if (shape.isEmpty()) return false;
        PageShape pages = shape.get();
        long start = offset + PageBatch.FIXED_LENGTH + 8L * pages.count();
        long end = offset + RecordFrame.paddedLength(body);
        if (in.whole(offset, end - offset)) {
            MemorySegment bytes = Arena.ofAuto().allocate(end - offset, 4096);
            in.read(offset, bytes);
            for (int i = 0; i < pages.count(); i++)
                container.seen(new PageEntry(pages.entry(i)).pfn());
            put(new PageBatch(in.name(), offset, body, context.order(), ByteRun.of(bytes)));
            return true;
        }
        long[] kept = new long[pages.count()];
        int count = 0;
        int content = 0;
        int there = 0;
        long lostFrom = -1;
        MemorySegment bytes =
                Arena.ofAuto().allocate(Math.max(1, (long) pages.contents() * PageBatch.PAGE_SIZE));
        for (int i = 0; i < pages.count(); i++) {
            long entry = pages.entry(i);
            if (!new PageEntry(entry).hasData()) {
                kept[count++] = entry;
                container.seen(new PageEntry(entry).pfn());
                continue;
            }
            long from = start + (long) content++ * PageBatch.PAGE_SIZE;
            if (in.whole(from, PageBatch.PAGE_SIZE)) {
                in.read(
                        from,
                        bytes.asSlice((long) there++ * PageBatch.PAGE_SIZE, PageBatch.PAGE_SIZE));
                kept[count++] = entry;
                container.seen(new PageEntry(entry).pfn());
            } else {
                if (lostFrom < 0) lostFrom = from;
                log.lostPage(new PageEntry(entry).pfn());
                container.missing(new PageEntry(entry).pfn());
            }
        }
        lost(
                Math.max(lostFrom, 0),
                (long) (content - there) * PageBatch.PAGE_SIZE,
                "%d of %d contents of record PAGE_DATA at 0x%x"
                        .formatted(content - there, content, offset));
        if (count > 0) {
            put(
                    PageBatch.of(
                            context.order(),
                            Arrays.copyOf(kept, count),
                            bytes.asSlice(0, (long) there * PageBatch.PAGE_SIZE)));
        }
        return true;
    }

    /** Looks for the next record that holds together, and goes on there. */
    private void resync(long from, String what) throws IOException {
        long start = at;
        if (header.isEmpty()) {
            log.lost(start, 0, what);
            damaged = true;
            libxcHeader(start);
            return;
        }
        long found = next(from);
        lost(start, (found < 0 ? in.length() : found) - start, what);
        if (found < 0) {
            at = in.length();
            return;
        }
        at = found;
        step = 8;
        RecordType type = new Candidate(found).type(layerOf(new Candidate(found)));
        if (type.layer() == layer) return;
        if (type.layer() == Layer.LIBXC) {
            if (header.isEmpty()) {
                libxcHeader(found);
            } else if (!libxcEnded) {
                if (checkpointed) {
                    add("record libxl CHECKPOINT_END");
                    made(empty(RecordType.CHECKPOINT_END, new RecordContext(libxlOrder, 8)));
                }
                layer = Layer.LIBXC;
            }
        } else if (header.isPresent() && !libxcEnded) {
            RecordType between = checkpointed ? RecordType.CHECKPOINT : RecordType.END;
            leftovers();
            add("record " + between);
            made(empty(between, context));
            libxcEnded = !checkpointed;
            layer = Layer.LIBXL;
        } else {
            layer = Layer.LIBXL;
        }
    }

    /** The next offset at which a record stands that another one follows, in the steps from the last header; or -1. */
    private long next(long from) throws IOException {
        long grid = at % step;
        long probe = from + Math.floorMod(grid - from, step);
        MemorySegment window = Arena.ofAuto().allocate(WINDOW, 8);
        long windowAt = -1;
        long windowEnd = -1;
        while (probe + RecordFrame.HEADER_LENGTH <= in.length()) {
            if (windowAt < 0 || probe + 8 > windowEnd) {
                if (!in.whole(probe, 8)) {
                    long whole = in.nextWhole(probe + 1);
                    probe = whole + Math.floorMod(grid - whole, step);
                    continue;
                }
                long bytes = Math.min(WINDOW, in.length() - probe);
                while (bytes > 8 && !in.whole(probe, bytes)) bytes = Math.max(8, bytes / 2);
                in.read(probe, window.asSlice(0, bytes));
                windowAt = probe;
                windowEnd = probe + bytes;
            }
            int code = window.get(Elf.U32, probe - windowAt);
            if (context.order().equals(ByteOrder.BIG_ENDIAN)) code = Integer.reverseBytes(code);
            if (code > 0 && code <= RecordType.X86_MSR_POLICY.code()) {
                Candidate candidate = new Candidate(probe);
                if (candidate.bodyLength > 0 && follows(candidate)) return probe;
                if (trials < 0) return -1;
            }
            probe += step;
        }
        return -1;
    }

    /** Whether a record after damage holds together and another one follows it. */
    private boolean follows(Candidate candidate) throws IOException {
        Layer of = layerOf(candidate);
        RecordType type = candidate.type(of);
        if (!type.known() || candidate.bodyLength > RecordFrame.BODY_LENGTH_MAX) return false;
        if ((isPv() ? OF_HVM : OF_PV).contains(type)) return false;
        if (type.equals(RecordType.HVM_CONTEXT) && !beginsAsHvmContext(candidate)) return false;
        long next = candidate.offset + RecordFrame.paddedLength(candidate.bodyLength);
        if (next > in.length()) {
            return type.equals(RecordType.PAGE_DATA)
                    && PageShape.of(in, candidate.offset, candidate.bodyLength, context.order())
                            .isPresent();
        }
        if (!plausible(next, of)) return false;
        if (!type.equals(RecordType.PAGE_DATA)) trials -= candidate.bodyLength;
        return switch (judge(candidate, of)) {
            case Found.Whole _ -> true;
            case Found.Damaged _ ->
                    type.equals(RecordType.PAGE_DATA)
                            && PageShape.of(
                                            in,
                                            candidate.offset,
                                            candidate.bodyLength,
                                            context.order())
                                    .isPresent();
            case Found.Nothing _ -> false;
        };
    }

    /** Whether a body begins with the HEADER of an HVM context, which a part of one does not. */
    private boolean beginsAsHvmContext(Candidate candidate) throws IOException {
        long body = candidate.offset + RecordFrame.HEADER_LENGTH;
        if (candidate.bodyLength < 16 || !in.whole(body, 16)) return false;
        MemorySegment entry = head.asSlice(32, 16);
        in.read(body, entry);
        return entry.get(Elf.U16, 0) == HVM_HEADER && entry.get(Elf.U32, 8) == HVM_MAGIC;
    }

    /** Types 2 to 5 are records of both layers: a PV guest has those of libxc, an HVM guest those of libxl. */
    private Layer layerOf(Candidate candidate) {
        if (!outerLibxl) return Layer.LIBXC;
        if (candidate.code == RecordType.PAGE_DATA.code())
            return candidate.bodyLength == 0 ? Layer.LIBXL : Layer.LIBXC;
        if (candidate.code < 2 || candidate.code > 5)
            return candidate.code == 0 ? layer : Layer.LIBXC;
        boolean pv =
                header.flatMap(LibxcHeader::guestType).filter(GuestType.PV::equals).isPresent()
                        || configType.equals("pv");
        return pv ? Layer.LIBXC : Layer.LIBXL;
    }

    /** A record header. */
    private final class Candidate {
        final long offset;
        final int code;
        final long bodyLength;

        Candidate(long offset) throws IOException {
            this.offset = offset;
            MemorySegment bytes = head.asSlice(48, 8);
            in.read(offset, bytes);
            ValueLayout.OfInt u32 =
                    ValueLayout.JAVA_INT_UNALIGNED.withOrder(
                            layer == Layer.LIBXL ? libxlOrder : context.order());
            this.code = bytes.get(u32, 0);
            this.bodyLength = Integer.toUnsignedLong(bytes.get(u32, 4));
        }

        RecordType type(Layer of) {
            return new RecordType(of, code);
        }
    }

    /** Whether a record header may stand here; a hole may hide one, and the end of the stream is one. */
    private boolean plausible(long offset, Layer of) throws IOException {
        if (offset == in.length() || !in.whole(offset, RecordFrame.HEADER_LENGTH))
            return offset <= in.length();
        Candidate candidate = new Candidate(offset);
        boolean known =
                candidate.type(of).known()
                        || candidate.type(Layer.LIBXL).known()
                        || candidate.type(Layer.LIBXC).known()
                        || candidate.type(of).optional();
        if (!known || candidate.bodyLength > RecordFrame.BODY_LENGTH_MAX) {
            in.read(offset, head.asSlice(0, 8));
            return head.get(Elf.U64, 0) == LibxcHeader.MARKER;
        }
        return true;
    }

    /** Whether a record stands here that holds together: what a damaged one must be followed by to be passed over. */
    private boolean sound(long offset, Layer of) throws IOException {
        if (offset == in.length() || !in.whole(offset, RecordFrame.HEADER_LENGTH))
            return offset <= in.length();
        Candidate candidate = new Candidate(offset);
        Layer there = candidate.code > 5 ? Layer.LIBXC : of;
        return (candidate.bodyLength > 0 || candidate.code == RecordType.END.code())
                && judge(candidate, there) instanceof Found.Whole;
    }

    private Found judge(Candidate candidate, Layer of) throws IOException {
        RecordType type = candidate.type(of);
        long body = candidate.bodyLength;
        if (body > RecordFrame.BODY_LENGTH_MAX)
            return new Found.Nothing("no record header: a body of 0x%x bytes".formatted(body));
        long length = RecordFrame.paddedLength(body);
        boolean there = in.whole(candidate.offset, length);
        if (type.equals(RecordType.PAGE_DATA)) {
            if (there && PageShape.of(in, candidate.offset, body, context.order()).isPresent())
                return new Found.Whole(type, body);
            return new Found.Damaged(
                    type, body, there ? "its entries do not fit its length" : "is incomplete");
        }
        if (!type.known()) {
            boolean framed =
                    there
                            && candidate.offset + length < in.length()
                            && plausible(candidate.offset + length, of);
            return framed
                    ? new Found.Whole(type, body)
                    : new Found.Nothing("no record header: type 0x%x".formatted(candidate.code));
        }
        if (!there) return new Found.Damaged(type, body, "is incomplete");
        boolean sound =
                body > ODDLY_LONG
                        ? LONG.contains(type) && plausible(candidate.offset + length, of)
                        : decodes(candidate, type);
        if (sound) return new Found.Whole(type, body);
        return new Found.Damaged(type, body, "its body does not fit its type");
    }

    private boolean decodes(Candidate candidate, RecordType type) throws IOException {
        MemorySegment bytes =
                Arena.ofAuto().allocate(RecordFrame.paddedLength(candidate.bodyLength), 8);
        in.read(candidate.offset, bytes);
        RecordContext reads =
                type.layer() == Layer.LIBXL ? new RecordContext(libxlOrder, 8) : context;
        try {
            var _ =
                    new RecordFrame(
                                    in.name(),
                                    candidate.offset,
                                    type,
                                    candidate.bodyLength,
                                    reads,
                                    ByteRun.of(bytes))
                            .decode();
            return true;
        } catch (ImageException e) {
            return false;
        }
    }

    // The end

    private void put(ImageElement element) {
        (leaving ? behind : ready).add(element);
    }

    /** Hands out an element that is told to be added. */
    private void made(ImageElement element) {
        log.made(element);
        put(element);
    }

    /** From here on elements wait until the container has handed out what it has left. */
    private void leftovers() {
        leaving = damaged && header.isPresent();
    }

    private void leave() throws IOException {
        if (container.leftover(ready::add)) return;
        leaving = false;
        ready.addAll(behind);
        behind.clear();
    }

    /** The stream is over before its END. */
    private void cut() throws IOException {
        damaged = true;
        if (header.isEmpty() && container.header().isPresent()) {
            add("libxc header, from the image's identification");
            begin(container.header().get(), true);
        }
        if (header.isEmpty()) {
            if (outerLibxl) {
                add("record libxl END");
                made(empty(RecordType.LIBXL_END, new RecordContext(libxlOrder, 8)));
            }
            finish(false);
            return;
        }
        if (!libxcEnded) {
            if (!checkpointed) behindTheCut();
            if (layer == Layer.LIBXL) {
                add("record libxl CHECKPOINT_END");
                made(empty(RecordType.CHECKPOINT_END, new RecordContext(libxlOrder, 8)));
            }
            leftovers();
            add("record END");
            made(empty(RecordType.END, context));
            libxcEnded = true;
        }
        if (outerLibxl) {
            add("record libxl END");
            made(empty(RecordType.LIBXL_END, new RecordContext(libxlOrder, 8)));
        }
        finish(false);
    }

    /** What a stream of such a guest has and this one does not: it stood behind the cut. */
    private void behindTheCut() {
        boolean pv = isPv();
        Set<RecordType> records =
                pv
                        ? Set.of(RecordType.SHARED_INFO, RecordType.X86_PV_VCPU_BASIC)
                        : Set.of(RecordType.HVM_CONTEXT, RecordType.HVM_PARAMS);
        List<String> missing =
                records.stream()
                        .filter(type -> !seen.contains(type))
                        .map(RecordType::toString)
                        .sorted()
                        .toList();
        if (missing.isEmpty()) return;
        damaged = true;
        String more =
                Collections.disjoint(seen, AFTER_PAGES)
                        ? ", and the pages that followed, if there were any"
                        : "";
        log.lost(
                in.length(),
                0,
                "what followed the cut: %s%s".formatted(String.join(", ", missing), more));
    }

    private boolean isPv() {
        return header.flatMap(LibxcHeader::guestType).filter(GuestType.PV::equals).isPresent();
    }

    private void finish(boolean ordinary) {
        ended = true;
        trailing = ordinary;
        var end = new StreamEnd(at, StreamEnd.Ending.COMPLETE, ByteRun.of(MemorySegment.NULL));
        if (ordinary) put(end);
        else made(end);
    }

    private void trailing() throws IOException {
        long bytes = Math.min(WINDOW, in.length() - at);
        if (bytes > 0 && in.whole(at, bytes)) {
            MemorySegment some = Arena.ofAuto().allocate(bytes, 8);
            in.read(at, some);
            put(new TrailingBytes(at, ByteRun.of(some)));
            at += bytes;
        } else {
            lost(at, bytes, "bytes after the stream");
            trailing = false;
        }
    }

    private static RecordFrame empty(RecordType type, RecordContext context) {
        return RecordFrame.of(type, context, MemorySegment.NULL);
    }

    private void lost(long offset, long bytes, String what) {
        if (bytes <= 0) return;
        damaged = true;
        log.lost(offset, bytes, what);
    }

    private void add(String what) {
        damaged = true;
        log.added(what);
    }

    private static final ValueLayout.OfInt BE32 =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
}
