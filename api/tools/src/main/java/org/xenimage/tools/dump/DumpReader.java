package org.xenimage.tools.dump;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.foreign.LibraryCall;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.section.SectionHead;
import org.xenimage.image.section.SiteSection;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * Reads a dump, as hostile input: passes its elements to a sink, one at a time.
 *
 * <p>It reads two files of the folder, by fixed names and through no symbolic link, so that a dump
 * from elsewhere does not bring other files of this machine into an image. Whether the elements
 * form a complete image is not checked here. For one thread.
 */
final class DumpReader implements Closeable {
    private static final int RUNS_START = 1024;

    /** What a PAGE_DATA record can have, as long as its body may be. */
    private static final int ENTRIES_MAX = (int) ((RecordFrame.BODY_LENGTH_MAX - 8) / 8);

    private final String name;
    private final FileChannel pages;
    private final long pagesLength;
    private final BoundedParser json;
    private final String format;
    private final SequencedMap<String, String> metadata = new TreeMap<>();
    private final List<SiteSection> sections = new ArrayList<>();

    /** Holds the record of a batch; grows to the longest one. */
    private MemorySegment batch = MemorySegment.NULL;

    private String path = "";
    private long index;
    private Optional<ByteOrder> libxl = Optional.empty();
    private Optional<ByteOrder> libxc = Optional.empty();

    /**
     * Opens a dump and reads what precedes its elements.
     *
     * @param folder of the two files
     * @throws IOException if one is missing, or is not a file of a dump that this release reads
     */
    DumpReader(Path folder) throws IOException {
        Path image = folder.resolve(DumpFiles.IMAGE);
        this.name = image.toString();
        this.pages = open(folder.resolve(DumpFiles.PAGES));
        try {
            this.pagesLength = pages.size();
            this.json =
                    new BoundedParser(
                            DumpFiles.JSON
                                    .getFactory()
                                    .createParser(Channels.newInputStream(open(image))));
            json.setCodec(DumpFiles.JSON);
        } catch (IOException | RuntimeException | Error e) {
            pages.close();
            throw e;
        }
        try {
            this.format = head();
        } catch (JsonProcessingException e) {
            close();
            throw malformed(e);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private static FileChannel open(Path file) throws IOException {
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS))
            throw new NoSuchFileException(file.toString());
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
            throw new CorruptImage(
                    Fault.in(file.toString())
                            .expected("a regular file")
                            .found("a link, or not a file")
                            .remedy("a dump is two files in one folder"));
        return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }

    /** {@return the name of the JSON file, for messages} */
    String name() {
        return name;
    }

    /** {@return the name of the format that the image was in} */
    String format() {
        return format;
    }

    /** {@return what the image kept apart from its elements} */
    SequencedMap<String, String> metadata() {
        return metadata;
    }

    /** {@return the path of the last element, such as {@code elements[12]}} */
    String path() {
        return path;
    }

    /** {@return the bytes of the JSON that are read} */
    long position() {
        return json.currentLocation().getByteOffset();
    }

    /** Reads up to the elements. */
    private String head() throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) throw found("", "an object");
        boolean schema = false;
        boolean version = false;
        String named = "";
        for (String member = json.nextFieldName(); member != null; member = json.nextFieldName()) {
            json.nextToken();
            switch (member) {
                case "schema" -> {
                    if (!json.hasToken(JsonToken.VALUE_STRING)
                            || !json.getText().equals(DumpFiles.SCHEMA))
                        throw found("schema", DumpFiles.SCHEMA);
                    schema = true;
                }
                case "version" -> {
                    if (!json.hasToken(JsonToken.VALUE_NUMBER_INT))
                        throw found("version", Integer.toString(DumpFiles.VERSION));
                    if (!json.getBigIntegerValue().toString().equals("" + DumpFiles.VERSION))
                        throw new UnsupportedVersion(
                                Fault.in(name)
                                        .field("version")
                                        .expected(Integer.toString(DumpFiles.VERSION))
                                        .found(DumpedElement.quoted(json.getText()))
                                        .remedy("another release of xenimage made this dump"));
                    version = true;
                }
                case "format" -> {
                    if (!json.hasToken(JsonToken.VALUE_STRING))
                        throw found("format", "the name of a format");
                    named = json.getText();
                }
                case "metadata" -> readMetadata();
                case "elements" -> {
                    if (!schema || !version || named.isEmpty())
                        throw new CorruptImage(
                                Fault.in(name)
                                        .field("elements")
                                        .problem("comes before schema, version or format"));
                    if (!json.hasToken(JsonToken.START_ARRAY)) throw found("elements", "an array");
                    return named;
                }
                default ->
                        throw new CorruptImage(
                                Fault.in(name)
                                        .field(DumpedElement.quoted(member))
                                        .problem("is not a member of a dump"));
            }
        }
        throw new CorruptImage(Fault.in(name).field("elements").problem("is missing"));
    }

    private void readSections() throws IOException {
        if (json.nextToken() != JsonToken.START_ARRAY) throw found(DumpFiles.SECTIONS, "an array");
        for (int i = 0; ; i++) {
            json.nextElement();
            path = "%s[%d]".formatted(DumpFiles.SECTIONS, i);
            JsonToken token = json.nextToken();
            if (token == JsonToken.END_ARRAY) break;
            if (token != JsonToken.START_OBJECT) throw found("", "an object");
            if (i == SectionHead.COUNT_MAX)
                throw new LimitExceeded(
                        Fault.in(name)
                                .field(DumpFiles.SECTIONS)
                                .expected("at most " + SectionHead.COUNT_MAX)
                                .found("more"));
            var element = new DumpedElement((ObjectNode) tree(), Fault.in(name).element(path));
            sections.add(DumpedSection.of(element));
            element.end();
        }
        path = "";
    }

    /** {@return the sections of sites, known once all elements were read} */
    List<SiteSection> sections() {
        return List.copyOf(sections);
    }

    private void readMetadata() throws IOException {
        if (!json.hasToken(JsonToken.START_OBJECT)) throw found("metadata", "an object");
        for (String key = json.nextFieldName(); key != null; key = json.nextFieldName()) {
            if (json.nextToken() != JsonToken.VALUE_STRING)
                throw found("metadata." + DumpedElement.quoted(key), "a string");
            metadata.put(key, json.getText());
        }
    }

    /**
     * Hands all elements to a sink, and then its end.
     *
     * @param sink takes them, each valid during the call
     * @throws IOException if the dump is at fault or cannot be read, or whatever the sink throws
     */
    void drainTo(ImageSink sink) throws IOException {
        while (advance(sink)) {}
        sink.end();
    }

    /**
     * Hands the next element to a sink.
     *
     * @param sink takes it; valid during the call
     * @return false if the dump has ended
     * @throws IOException as {@link #drainTo}
     */
    boolean advance(ImageSink sink) throws IOException {
        Optional<ImageElement> element;
        path = "elements[" + index++ + "]";
        try {
            element = next();
        } catch (JsonProcessingException e) {
            throw malformed(e);
        }
        if (element.isEmpty()) {
            path = "";
            return false;
        }
        sink.accept(element.get());
        return true;
    }

    private Optional<ImageElement> next() throws IOException {
        json.nextElement();
        JsonToken token = json.nextToken();
        if (token == JsonToken.END_ARRAY) {
            path = "";
            String after = json.nextFieldName();
            if (after != null && after.equals(DumpFiles.SECTIONS)) {
                readSections();
                after = json.nextFieldName();
            }
            if (after != null || !json.hasToken(JsonToken.END_OBJECT))
                throw found("", "nothing after elements and sections");
            if (json.nextToken() != null) throw found("", "nothing after the dump");
            return Optional.empty();
        }
        if (token != JsonToken.START_OBJECT) throw found("", "an object");
        ObjectNode members = DumpFiles.JSON.createObjectNode();
        Optional<long[]> entries = Optional.empty();
        for (String member = json.nextFieldName(); member != null; member = json.nextFieldName()) {
            json.nextToken();
            if (member.equals("runs")) entries = Optional.of(runs());
            else members.set(member, tree());
        }
        var element = new DumpedElement(members, Fault.in(name).element(path));
        ImageElement made = element(element, entries);
        element.end();
        return Optional.of(made);
    }

    /** The value that the parser is at. The library rejects some numbers with errors of its own. */
    private JsonNode tree() throws IOException {
        try {
            return DumpFiles.JSON.readTree(json);
        } catch (RuntimeException | StackOverflowError e) {
            throw new CorruptImage(
                    Fault.in(name)
                            .element(path)
                            .problem("is not valid JSON: " + LibraryCall.reason(e)),
                    e);
        }
    }

    private ImageElement element(DumpedElement from, Optional<long[]> entries) throws IOException {
        String kind = from.text("element");
        if (entries.isPresent() && !kind.equals(DumpFiles.PAGE_BATCH))
            throw new CorruptImage(
                    from.place().field("runs").problem("is not a member of this kind of element"));
        return switch (kind) {
            case DumpFiles.XL_HEADER ->
                    new XlHeader(
                            Fault.NO_OFFSET,
                            from.order(),
                            (int) from.unsigned("mandatoryFlags", 32),
                            (int) from.unsigned("optionalFlags", 32),
                            bytes(from, "foreignTail"));
            case DumpFiles.LIBVIRT_HEADER -> libvirtHeader(from);
            case DumpFiles.XENOPSD_HEADER -> XenopsdHeader.plain();
            case DumpFiles.CONFIG -> config(from);
            case DumpFiles.SITE_METADATA -> siteMetadata(from);
            case DumpFiles.LIBXL_HEADER -> {
                var header =
                        new LibxlHeader(
                                Fault.NO_OFFSET,
                                (int) from.unsigned("version", 32),
                                (int) from.unsigned("options", 32));
                libxl = Optional.of(header.order());
                yield header;
            }
            case DumpFiles.LIBXC_HEADER -> libxcHeader(from);
            case DumpFiles.RECORD -> record(from);
            case DumpFiles.PAGE_BATCH ->
                    batch(
                            from,
                            entries.orElseThrow(() ->
                                    new CorruptImage(
                                            from.place().field("runs").problem("is missing"))));
            case DumpFiles.END -> end(from);
            case DumpFiles.TRAILING -> new TrailingBytes(Fault.NO_OFFSET, bytes(from, "bytes"));
            default ->
                    throw new CorruptImage(
                            from.place()
                                    .field("element")
                                    .expected("the kind of an element")
                                    .found(DumpedElement.quoted(kind)));
        };
    }

    private static LibvirtHeader libvirtHeader(DumpedElement from) throws IOException {
        LibvirtHeader plain = LibvirtHeader.plain();
        ByteRun unused = bytes(from, "unused");
        if (unused.length() == 0) unused = plain.unused();
        if (unused.length() != plain.unused().length())
            throw new CorruptImage(
                    from.place()
                            .field("unused")
                            .expected(plain.unused().length() + " bytes")
                            .found(Long.toString(unused.length())));
        return new LibvirtHeader(
                Fault.NO_OFFSET,
                from.order(),
                (int) from.unsigned("version", 32),
                unused,
                bytes(from, "foreignTail"));
    }

    private static ByteRun bytes(DumpedElement from, String member) throws CorruptImage {
        return ByteRun.of(
                MemorySegment.ofArray(from.optionalBytes(member).orElse(new byte[0])).asReadOnly());
    }

    /** The bytes of a tree that would be printed differently. */
    private static Optional<ByteRun> base64(DumpedElement from) throws CorruptImage {
        Optional<String> text = from.optionalText("base64");
        if (text.isEmpty()) return Optional.empty();
        try {
            return Optional.of(
                    ByteRun.of(
                            MemorySegment.ofArray(Base64.getDecoder().decode(text.get()))
                                    .asReadOnly()));
        } catch (IllegalArgumentException e) {
            throw new CorruptImage(
                    from.place()
                            .field("base64")
                            .expected("bytes in base64")
                            .found(DumpedElement.quoted(text.get())),
                    e);
        }
    }

    private static CorruptImage neither(DumpedElement from) {
        return new CorruptImage(
                from.place()
                        .expected("json, base64, or both")
                        .problem("holds neither the tree nor the bytes"));
    }

    /** The bytes with the edits of the tree; the tree alone as libxl writes it. */
    private static Config config(DumpedElement from) throws IOException {
        Optional<ObjectNode> tree = from.optionalObject("json");
        Optional<ByteRun> bytes = base64(from);
        if (tree.isEmpty() && bytes.isEmpty()) throw neither(from);
        Config made =
                bytes.isPresent()
                        ? new Config(Fault.NO_OFFSET, bytes.get())
                        : Config.of(tree.orElseThrow());
        if (bytes.isPresent() && tree.isPresent()) {
            try {
                made = made.edited(tree.get());
            } catch (CorruptImage e) {
                throw notEditable(from, e);
            } catch (FieldRejected e) {
                throw new CorruptImage(
                        from.place().field("json").problem(String.valueOf(e.getMessage())), e);
            }
        }
        if (made.bytes().length() > Config.LENGTH_MAX)
            throw new LimitExceeded(
                    from.place()
                            .field("json")
                            .expected("at most " + Config.LENGTH_MAX + " bytes")
                            .found(Long.toString(made.bytes().length())));
        return made;
    }

    private static SiteMetadata siteMetadata(DumpedElement from) throws IOException {
        ByteOrder order = from.order();
        Optional<ObjectNode> tree = from.optionalObject("json");
        Optional<ByteRun> bytes = base64(from);
        if (bytes.isEmpty()) return SiteMetadata.of(tree.orElseThrow(() -> neither(from)), order);
        MemorySegment all = bytes.get().all();
        if (all.byteSize() > 0 && SiteMetadata.lengthAt(all, order) != all.byteSize())
            throw new CorruptImage(
                    from.place().field("base64").problem("is not valid site metadata"));
        var made = new SiteMetadata(Fault.NO_OFFSET, bytes.get(), order);
        try {
            return tree.isPresent() ? made.edited(tree.get()) : made;
        } catch (CorruptImage e) {
            throw notEditable(from, e);
        }
    }

    private static CorruptImage notEditable(DumpedElement from, CorruptImage e) {
        return new CorruptImage(
                from.place()
                        .field("base64")
                        .problem("is not a JSON object, so json cannot be an edit of it"),
                e);
    }

    private LibxcHeader libxcHeader(DumpedElement from) throws IOException {
        var header =
                new LibxcHeader(
                        Fault.NO_OFFSET,
                        (int) from.unsigned("version", 32),
                        (short) from.unsigned("options", 16),
                        (short) from.unsigned("reserved16", 16),
                        (int) from.unsigned("reserved32", 32),
                        (int) from.unsigned("type", 32),
                        (short) from.unsigned("pageShift", 16),
                        (short) from.unsigned("domainReserved", 16),
                        (int) from.unsigned("xenMajor", 32),
                        (int) from.unsigned("xenMinor", 32));
        libxc = Optional.of(header.order());
        return header;
    }

    private RecordFrame record(DumpedElement from) throws IOException {
        RecordFrame made = DumpedRecord.of(from, name);
        requireOrder(
                from,
                switch (made.type().layer()) {
                    case LIBXC -> libxc;
                    case XENOPSD -> Optional.of(ByteOrder.LITTLE_ENDIAN);
                    case XL, LIBVIRT, LIBXL -> libxl;
                },
                made.context().order());
        return made;
    }

    /**
     * The header says the order once; a record that says another would be written for no reader.
     */
    private static void requireOrder(
            DumpedElement from, Optional<ByteOrder> header, ByteOrder order) throws CorruptImage {
        if (header.isPresent() && header.get() != order)
            throw new CorruptImage(
                    from.place()
                            .field("order")
                            .problem("differs from the byte order in the header of its stream")
                            .remedy(
                                    "a record has the byte order that the options of its header give"));
    }

    private static StreamEnd end(DumpedElement from) throws CorruptImage {
        String text = from.text("ending");
        ByteRun incomplete = bytes(from, "incomplete");
        for (StreamEnd.Ending ending : StreamEnd.Ending.values()) {
            if (ending.name().toLowerCase(Locale.ROOT).replace('_', '-').equals(text))
                return new StreamEnd(Fault.NO_OFFSET, ending, incomplete);
        }
        throw new CorruptImage(
                from.place()
                        .field("ending")
                        .expected("complete or sender-gone")
                        .found(DumpedElement.quoted(text)));
    }

    /** Reads runs of pages into entries, without making nodes of them. */
    private long[] runs() throws IOException {
        if (!json.hasToken(JsonToken.START_ARRAY)) throw found("runs", "an array");
        long[] entries = new long[RUNS_START];
        int count = 0;
        int run = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String at = "runs[" + run++ + "]";
            if (!json.hasToken(JsonToken.START_ARRAY)) throw found(at, "[pfn, count, type]");
            long pfn = number(at + "[0]", PageBatch.PFN_MASK);
            long pages = number(at + "[1]", ENTRIES_MAX);
            if (json.nextToken() != JsonToken.VALUE_STRING) throw found(at + "[2]", "a page type");
            long type = type(at + "[2]", json.getText());
            if (json.nextToken() != JsonToken.END_ARRAY) throw found(at, "[pfn, count, type]");
            if (pages == 0 || pages > ENTRIES_MAX - count || pages - 1 > PageBatch.PFN_MASK - pfn)
                throw new LimitExceeded(
                        Fault.in(name)
                                .element(path)
                                .field(at + "[1]")
                                .problem("is zero, or more pages than a record or a guest can have")
                                .found(pages));
            if (count + pages > entries.length)
                entries =
                        Arrays.copyOf(
                                entries,
                                (int) Math.max(count + pages, Math.min(ENTRIES_MAX, 2L * count)));
            for (long page = 0; page < pages; page++) entries[count++] = type << 52 | (pfn + page);
            json.uncounted(5);
        }
        return Arrays.copyOf(entries, count);
    }

    private long number(String field, long max) throws IOException {
        if (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
            BigInteger value = json.getBigIntegerValue();
            if (value.signum() >= 0 && value.bitLength() <= 62 && value.longValue() <= max)
                return value.longValue();
        }
        throw found(field, "an integer from 0 to " + max);
    }

    /** {@return bits 63-52 of an entry} */
    private long type(String field, String text) throws IOException {
        if (text.matches("0x[0-9a-f]{3}")) return Long.parseLong(text, 2, text.length(), 16);
        for (PageType type : PageType.values())
            if (type.name().equals(text)) return (long) type.code() << 8;
        throw found(field, "the name of a page type, or three hexadecimal digits after 0x");
    }

    private PageBatch batch(DumpedElement from, long[] entries) throws IOException {
        ByteOrder order = from.order();
        requireOrder(from, libxc, order);
        int reserved = from.optionalUnsigned("reserved", 32).orElse(0L).intValue();
        long offset = from.unsigned("offset", 62);
        long contents = 0;
        for (long entry : entries) if (new PageEntry(entry).hasData()) contents++;
        if (from.unsigned("contents", 32) != contents)
            throw new CorruptImage(
                    from.place()
                            .field("contents")
                            .expected(contents + ", from the page types in runs")
                            .found(from.unsigned("contents", 32)));
        long bytes = contents * PageBatch.PAGE_SIZE;
        if (bytes > pagesLength || offset > pagesLength - bytes)
            throw new TruncatedImage(
                    from.place()
                            .field("offset")
                            .problem("points beyond the end of " + DumpFiles.PAGES)
                            .expected("at most " + Math.max(0, pagesLength - bytes))
                            .found(Long.toString(offset)));
        long body = 8 + 8L * entries.length + bytes;
        if (body > RecordFrame.BODY_LENGTH_MAX)
            throw new LimitExceeded(
                    from.place()
                            .field("runs")
                            .problem("are more pages than a record can have")
                            .expected("a body of at most " + RecordFrame.BODY_LENGTH_MAX + " bytes")
                            .found(Long.toString(body)));
        MemorySegment all = reserve(RecordFrame.HEADER_LENGTH + body);
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT.withOrder(order);
        all.set(u32, 0, RecordType.PAGE_DATA.code());
        all.set(u32, 4, (int) body);
        all.set(u32, 8, entries.length);
        all.set(u32, 12, reserved);
        MemorySegment.copy(
                entries,
                0,
                all,
                ValueLayout.JAVA_LONG.withOrder(order),
                PageBatch.FIXED_LENGTH,
                entries.length);
        read(all.asSlice(PageBatch.FIXED_LENGTH + 8L * entries.length), offset);
        return new PageBatch(name, Fault.NO_OFFSET, body, order, ByteRun.of(all));
    }

    /** A buffer for a record; earlier elements are no longer in use. */
    private MemorySegment reserve(long bytes) {
        if (bytes > batch.byteSize()) batch = Arena.ofAuto().allocate(bytes, 8);
        return batch.asSlice(0, bytes);
    }

    private void read(MemorySegment to, long offset) throws IOException {
        ByteBuffer left = to.asByteBuffer();
        long position = offset;
        while (left.hasRemaining()) {
            int read = pages.read(left, position);
            if (read < 0)
                throw new TruncatedImage(
                        Fault.in(DumpFiles.PAGES).at(position).problem("ended while it was read"));
            position += read;
        }
    }

    private CorruptImage found(String field, String expected) throws IOException {
        Fault fault = Fault.in(name).element(path).field(field).expected(expected);
        @Nullable JsonToken token = json.currentToken();
        String text = token == null ? "the end of the file" : DumpedElement.quoted(json.getText());
        return new CorruptImage(fault.found(text));
    }

    private IOException malformed(JsonProcessingException e) {
        Fault fault = Fault.in(name).element(path);
        if (e.getLocation() != null) fault = fault.at(Math.max(0, e.getLocation().getByteOffset()));
        return e instanceof StreamConstraintsException
                ? new LimitExceeded(fault.problem("is too large: " + LibraryCall.reason(e)))
                : new CorruptImage(fault.problem("is not valid JSON: " + LibraryCall.reason(e)), e);
    }

    @Override
    public void close() throws IOException {
        try (pages) {
            json.close();
        }
    }
}
