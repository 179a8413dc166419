package org.xenimage.tools.dump;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.record.OpaqueRecord;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * Writes a dump: each element as one JSON object, page contents to a separate file.
 *
 * <p>A tree or fields are encoded and compared with the element's bytes before they are written; if
 * the two differ, only the bytes are written.
 *
 * <p>Memory: one element. For one thread. {@link #end} completes the dump; one that is closed
 * before it is not valid JSON.
 */
public final class DumpWriter implements ImageSink, Closeable {
    private static final MemorySegment ZERO_PAGE =
            MemorySegment.ofArray(new byte[PageBatch.PAGE_SIZE]).asReadOnly();

    private final JsonGenerator json;
    private final FileChannel pages;
    private List<SiteSection> sections = List.of();
    private SectionRegistry known = SectionRegistry.NONE;

    /** The bytes of contents so far, including holes. */
    private long length;

    /**
     * Begins a dump.
     *
     * @param image takes the JSON, UTF-8; flushed at the end, not closed
     * @param pages a new, empty file; not closed
     * @param format the name of the image's format
     * @param metadata what the image keeps apart from its elements
     * @throws IOException if the JSON cannot be written
     */
    public DumpWriter(
            OutputStream image,
            FileChannel pages,
            String format,
            SequencedMap<String, String> metadata)
            throws IOException {
        this.pages = pages;
        this.json = DumpFiles.JSON.createGenerator(image);
        // A dump that ends early is not made to look whole, and its files are synced to disk before
        // they are closed.
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT);
        json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        var lines = new DefaultIndenter("  ", "\n");
        json.setPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(lines));
        json.writeStartObject();
        json.writeStringField("schema", DumpFiles.SCHEMA);
        json.writeNumberField("version", DumpFiles.VERSION);
        json.writeStringField("format", format);
        json.writeObjectFieldStart("metadata");
        for (var one : metadata.entrySet()) json.writeStringField(one.getKey(), one.getValue());
        json.writeEndObject();
        json.writeArrayFieldStart("elements");
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        json.writeStartObject();
        switch (element) {
            case XlHeader header -> xlHeader(header);
            case LibvirtHeader header -> libvirtHeader(header);
            case XenopsdHeader _ -> json.writeStringField("element", DumpFiles.XENOPSD_HEADER);
            case Config config -> config(config);
            case SiteMetadata metadata -> siteMetadata(metadata);
            case LibxlHeader header -> {
                json.writeStringField("element", DumpFiles.LIBXL_HEADER);
                u32("version", header.version());
                u32("options", header.options());
            }
            case LibxcHeader header -> libxcHeader(header);
            case RecordFrame frame -> record(frame);
            case PageBatch batch -> batch(batch);
            case StreamEnd end -> {
                json.writeStringField("element", DumpFiles.END);
                json.writeStringField(
                        "ending", end.ending().name().toLowerCase(Locale.ROOT).replace('_', '-'));
                bytesUnlessEmpty("incomplete", end.incomplete());
            }
            case TrailingBytes trailing -> {
                json.writeStringField("element", DumpFiles.TRAILING);
                json.writeStringField("bytes", DumpFiles.hex(trailing.bytes().all()));
            }
        }
        json.writeEndObject();
    }

    /**
     * Says which sections of sites the image has; called once all elements were passed, before {@link #end}.
     *
     * <p>The fields of a section are written beside its bytes, with the schema that describes them, so that an edited
     * dump can be loaded where the schema of the site is not known.
     *
     * @param found in order
     * @param described what is known of their fields
     */
    public void sections(List<SiteSection> found, SectionRegistry described) {
        sections = List.copyOf(found);
        known = described;
    }

    @Override
    public void end() throws IOException {
        json.writeEndArray();
        if (!sections.isEmpty()) {
            json.writeArrayFieldStart(DumpFiles.SECTIONS);
            for (SiteSection section : sections) section(section);
            json.writeEndArray();
        }
        json.writeEndObject();
        json.writeRaw('\n');
        json.flush();
        // A hole at the end of a file is its length only.
        if (pages.size() < length) pages.write(ByteBuffer.allocate(1), length - 1);
    }

    private void section(SiteSection section) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", section.name());
        json.writeStringField("type", section.head().type());
        json.writeBooleanField("mandatory", section.head().mandatory());
        Optional<JsonNode> fields = DumpedSection.fields(section, known);
        if (fields.isPresent()) {
            json.writeFieldName("schema");
            json.writeTree(known.layout(section.head()).orElseThrow().schema());
            json.writeFieldName("fields");
            json.writeTree(FieldTree.readable(fields.get()));
        }
        json.writeBinaryField("base64", section.content().toArray(ValueLayout.JAVA_BYTE));
        if (fields.isPresent()) json.writeStringField("sha256", section.head().sha256());
        json.writeEndObject();
    }

    @Override
    public void close() throws IOException {
        json.close();
    }

    private void xlHeader(XlHeader header) throws IOException {
        json.writeStringField("element", DumpFiles.XL_HEADER);
        order(header.order());
        u32("mandatoryFlags", header.mandatoryFlags());
        u32("optionalFlags", header.optionalFlags());
        bytesUnlessEmpty("foreignTail", header.foreignTail());
    }

    private void libvirtHeader(LibvirtHeader header) throws IOException {
        json.writeStringField("element", DumpFiles.LIBVIRT_HEADER);
        order(header.order());
        u32("version", header.version());
        if (header.unused().all().mismatch(LibvirtHeader.plain().unused().all()) >= 0)
            bytesUnlessEmpty("unused", header.unused());
        bytesUnlessEmpty("foreignTail", header.foreignTail());
    }

    private void config(Config config) throws IOException {
        json.writeStringField("element", DumpFiles.CONFIG);
        try {
            ObjectNode tree = again(config.json());
            if (tree(tree) && same(Config.of(tree).bytes(), config.bytes())) return;
        } catch (ImageException | JsonProcessingException _) {
            // The config of a legacy toolstack has no tree, and not all JSON can be written: the
            // bytes stand for it.
        }
        bytes(config.bytes());
    }

    private void siteMetadata(SiteMetadata metadata) throws IOException {
        json.writeStringField("element", DumpFiles.SITE_METADATA);
        order(metadata.order());
        try {
            ObjectNode tree = again(metadata.json());
            ByteRun made = SiteMetadata.of(tree, metadata.order()).bytes();
            if (tree(tree) && same(made, metadata.bytes())) return;
        } catch (ImageException | JsonProcessingException _) {
            // They are not JSON, or none that can be written: the bytes stand for them.
        }
        bytes(metadata.bytes());
    }

    /** The tree as the reader of the dump will have it. */
    private static ObjectNode again(JsonNode tree) throws IOException {
        return (ObjectNode) DumpFiles.JSON.readTree(DumpFiles.JSON.writeValueAsBytes(tree));
    }

    private static boolean same(ByteRun first, ByteRun second) throws IOException {
        return first.all().mismatch(second.all()) < 0;
    }

    /** Writes what can be edited; returns true. */
    private boolean tree(ObjectNode tree) throws IOException {
        json.writeFieldName("json");
        json.writeTree(tree);
        return true;
    }

    /** Writes the bytes, which an edit of the tree changes only where the tree was edited. */
    private void bytes(ByteRun bytes) throws IOException {
        json.writeBinaryField("base64", bytes.all().toArray(ValueLayout.JAVA_BYTE));
    }

    private void libxcHeader(LibxcHeader header) throws IOException {
        json.writeStringField("element", DumpFiles.LIBXC_HEADER);
        u32("version", header.version());
        json.writeNumberField("options", Short.toUnsignedInt(header.options()));
        json.writeNumberField("reserved16", Short.toUnsignedInt(header.reserved16()));
        u32("reserved32", header.reserved32());
        u32("type", header.type());
        json.writeNumberField("pageShift", Short.toUnsignedInt(header.pageShift()));
        json.writeNumberField("domainReserved", Short.toUnsignedInt(header.domainReserved()));
        u32("xenMajor", header.xenMajor());
        u32("xenMinor", header.xenMinor());
    }

    private void record(RecordFrame frame) throws IOException {
        json.writeStringField("element", DumpFiles.RECORD);
        json.writeStringField("layer", frame.type().layer().specName());
        json.writeStringField("type", frame.type().specName());
        order(frame.context().order());
        if (frame.context().guestWidth() != 8)
            json.writeNumberField("guestWidth", frame.context().guestWidth());
        Optional<ObjectNode> fields = fields(frame);
        if (fields.isPresent()) {
            json.writeFieldName("fields");
            json.writeTree(fields.get());
        }
        byte[] body = frame.body().toArray(ValueLayout.JAVA_BYTE);
        json.writeStringField("body", DumpFiles.hex(frame.body()));
        if (fields.isPresent()) json.writeStringField("sha256", DumpFiles.sha256(body));
        byte[] padding = frame.padding().toArray(ValueLayout.JAVA_BYTE);
        if (!Arrays.equals(padding, new byte[padding.length]))
            json.writeStringField("padding", DumpFiles.hex(frame.padding()));
    }

    /** The fields of a record that has any and is made of them again byte for byte. */
    private static Optional<ObjectNode> fields(RecordFrame frame) throws IOException {
        if (frame.bodyLength() > DumpFiles.FIELDS_BODY_MAX) return Optional.empty();
        try {
            XenRecord record = frame.decode();
            if (record instanceof OpaqueRecord) return Optional.empty();
            ObjectNode fields = FieldTree.readable(FieldJson.toJson(record.fields()));
            if (fields.isEmpty()) return Optional.empty();
            byte[] made =
                    XenRecord.ofFields(
                                    frame.type(),
                                    frame.context(),
                                    FieldJson.fields(FieldTree.fields(fields)))
                            .encode(frame.context());
            return frame.body().mismatch(MemorySegment.ofArray(made)) < 0
                    ? Optional.of(fields)
                    : Optional.empty();
        } catch (ImageException | FieldRejected _) {
            // A body that is not what its type says is kept verbatim; verify is who tells.
            return Optional.empty();
        }
    }

    private void batch(PageBatch batch) throws IOException {
        json.writeStringField("element", DumpFiles.PAGE_BATCH);
        order(batch.order());
        int count = batch.count(); // refuses a body that is too short for what follows
        int reserved =
                batch.bytes()
                        .first(PageBatch.FIXED_LENGTH)
                        .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(batch.order()), 12);
        if (reserved != 0) u32("reserved", reserved);
        json.writeNumberField("contents", batch.dataCount());
        json.writeNumberField("offset", length);
        json.writeArrayFieldStart("runs");
        for (int at = 0; at < count; ) {
            long first = batch.entry(at);
            int next = at + 1;
            while (next < count && batch.pfn(next) != 0 && batch.entry(next) == first + (next - at))
                next++;
            json.writeStartArray();
            json.writeNumber(batch.pfn(at));
            json.writeNumber(next - at);
            json.writeString(typeName(first));
            json.writeEndArray();
            at = next;
        }
        json.writeEndArray();
        contents(batch.data());
    }

    /** The page type's name, or bits 63-52 in hex where reserved bits are set too. */
    private static String typeName(long entry) {
        return (entry & PageBatch.RESERVED_MASK) == 0
                ? PageType.of(entry).name()
                : "0x%03x".formatted(entry >>> 52);
    }

    private void contents(MemorySegment contents) throws IOException {
        long end = contents.byteSize();
        for (long at = 0; at < end; ) {
            boolean zero = zero(contents, at);
            long next = at + PageBatch.PAGE_SIZE;
            while (next < end && zero(contents, next) == zero) next += PageBatch.PAGE_SIZE;
            if (!zero) {
                ByteBuffer run = contents.asSlice(at, next - at).asByteBuffer();
                long position = length + at;
                while (run.hasRemaining()) position += pages.write(run, position);
            }
            at = next;
        }
        length += end;
    }

    private static boolean zero(MemorySegment contents, long at) {
        return contents.asSlice(at, PageBatch.PAGE_SIZE).mismatch(ZERO_PAGE) < 0;
    }

    /** Little-endian is what nearly every image is, and need not be said. */
    private void order(ByteOrder order) throws IOException {
        if (order == ByteOrder.BIG_ENDIAN) json.writeStringField("order", DumpFiles.BIG_ENDIAN);
    }

    private void u32(String name, int value) throws IOException {
        json.writeNumberField(name, Integer.toUnsignedLong(value));
    }

    private void bytesUnlessEmpty(String name, ByteRun bytes) throws IOException {
        if (bytes.length() > 0) json.writeStringField(name, DumpFiles.hex(bytes.all()));
    }
}
