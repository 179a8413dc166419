package org.xenimage.image.verify;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Checks the elements of one image against the rules of its layers, in stream order.
 *
 * <p>Page contents are not read. The elements pass through unchanged, so a verifier can be combined
 * with a writer. It holds a fixed amount of memory. For one image and one thread.
 */
public final class Verifier implements ImageSink {
    private static final String GO_AHEAD = "domain is yours, you are cleared to unpause\0";

    private final FindingLog findings;
    private final LayerOrder order;
    private final LibxlRules libxl;
    private final LibxcRules libxc;
    private final ConfigRules config;
    private final StringBuilder tail = new StringBuilder();
    private Config.Form form = Config.Form.JSON;
    private long tailOffset;
    private long tailLength;

    /**
     * A verifier.
     *
     * @param source the name of the image, for messages
     * @param reading how strict to be
     * @param findings receives each finding at once
     */
    public Verifier(String source, Reading reading, Consumer<Finding> findings) {
        this.findings = new FindingLog(source, reading, findings);
        this.order = new LayerOrder(this.findings);
        this.libxl = new LibxlRules(this.findings);
        this.libxc = new LibxcRules(this.findings);
        this.config = new ConfigRules(this.findings);
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        switch (element) {
            case XlHeader header -> xlHeader(header);
            case LibvirtHeader header -> libvirtHeader(header);
            case XenopsdHeader header -> {
                form = Config.Form.SEXP;
                order.xenopsdHeader(header);
            }
            case Config found -> config(found);
            case SiteMetadata metadata -> metadata(metadata);
            case LibxlHeader header -> {
                order.libxlHeader(header);
                byteOrder(header, header.order(), 12, "options");
                libxl.header(header);
                libxc.withinLibxl();
            }
            case LibxcHeader header -> {
                order.libxcHeader(header);
                byteOrder(header, header.order(), 16, "options");
                libxc.header(header);
                config.header(header);
            }
            case RecordFrame frame -> {
                order.record(frame);
                padding(frame);
                switch (frame.type().layer()) {
                    case LIBXL -> libxl.record(frame);
                    case XENOPSD -> xenopsd(frame);
                    case XL, LIBVIRT, LIBXC -> libxc.record(frame);
                }
                config.record(frame);
            }
            case PageBatch batch -> {
                order.libxcRecord(batch, RecordType.PAGE_DATA);
                libxc.pages(batch);
                config.pages(batch);
            }
            case StreamEnd end -> streamEnd(end);
            case TrailingBytes trailing -> trailing(trailing);
        }
    }

    @Override
    public void end() throws IOException {
        order.end();
        if (tailLength == 0) return;
        Fault fault = findings.at(new TrailingBytes(tailOffset, ByteRun.of(MemorySegment.NULL)));
        if (tailLength == GO_AHEAD.length() && GO_AHEAD.contentEquals(tail)) {
            findings.note(
                    Rule.STREAM_TAIL,
                    fault.problem("are the go-ahead that the sender of a migration gives"));
        } else {
            findings.warning(
                    Rule.STREAM_TAIL,
                    fault.expected("none")
                            .found(tailLength + " bytes")
                            .remedy("a restore ignores them"));
        }
    }

    private void xlHeader(XlHeader header) throws IOException {
        form = Config.Form.JSON;
        order.xlHeader(header);
        byteOrder(header, header.order(), 32, "byteorder");
        if (header.optionalFlags() != 0) {
            findings.warning(
                    Rule.XL_FLAGS,
                    findings.at(header, 40, "optional_flags")
                            .expected("0")
                            .found(Integer.toUnsignedLong(header.optionalFlags())));
        }
        tail(header, header.foreignTail(), header.order(), "optional data", "xl");
    }

    private void libvirtHeader(LibvirtHeader header) throws IOException {
        form = Config.Form.XML;
        order.libvirtHeader(header);
        byteOrder(header, header.order(), 16, "version");
        MemorySegment unused = header.unused().all();
        for (long at = 0; at < unused.byteSize(); at++) {
            if (unused.get(ValueLayout.JAVA_BYTE, at) == 0) continue;
            findings.warning(
                    Rule.LIBVIRT_HEADER,
                    findings.at(header, 24 + at, "unused")
                            .expected("0x0")
                            .found(Byte.toUnsignedLong(unused.get(ValueLayout.JAVA_BYTE, at)))
                            .remedy("libvirt ignores them, and they are kept"));
            break;
        }
        tail(header, header.foreignTail(), header.order(), "XML", "libvirt");
    }

    private void tail(
            ImageElement header, ByteRun foreign, ByteOrder byteOrder, String field, String who)
            throws IOException {
        if (foreign.length() == 0) return;
        MemorySegment tail = foreign.all();
        boolean damaged = SiteMetadata.lengthAt(tail, byteOrder) < 0;
        findings.warning(
                Rule.XL_TAIL,
                findings.at(header)
                        .field(field)
                        .problem(
                                damaged
                                        ? "has site metadata that is damaged, or of a newer version"
                                        : "has bytes of unknown meaning")
                        .found(tail.byteSize() + " bytes after the config")
                        .remedy(who + " ignores them, and they are kept"));
    }

    private void config(Config found) throws IOException {
        order.config(found);
        MemorySegment bytes = found.bytes().all();
        if (form != Config.Form.SEXP
                && (bytes.byteSize() == 0
                        || bytes.get(ValueLayout.JAVA_BYTE, bytes.byteSize() - 1) != 0)) {
            findings.unclean(Rule.XL_CONFIG, findings.at(found).expected("a trailing NUL"));
        }
        try {
            if (found.form() != form)
                throw new CorruptImage(
                        findings.at(found)
                                .expected(
                                        switch (form) {
                                            case JSON -> "JSON, as xl writes it";
                                            case XML -> "XML, as libvirt writes it";
                                            case SEXP -> "the record that xenopsd writes";
                                        }));
            Optional<JsonNode> tree = tree(found);
            if (tree.isPresent()) config.config(found, tree.get());
        } catch (CorruptImage e) {
            findings.error(Rule.XL_CONFIG, findings.named(e.fault()));
        }
        for (String key : found.repeatedKeys()) {
            findings.warning(
                    Rule.XL_CONFIG,
                    findings.at(found)
                            .field(key)
                            .problem("appears twice in one object")
                            .remedy("libxl reads the first; the others are kept as they are"));
        }
    }

    /** The tree of a config; none if it does not fit into the heap, but then it was read to its end. */
    private static Optional<JsonNode> tree(Config config) throws IOException {
        try {
            return Optional.of(config.inWordsOfLibxl());
        } catch (LimitExceeded e) {
            config.check();
            return Optional.empty();
        }
    }

    private void xenopsd(RecordFrame frame) {
        if (frame.type().known()) return;
        findings.warning(
                Rule.RECORD_TYPE,
                findings.at(frame, 0, "type")
                        .expected("a type of suspend_image.ml")
                        .found(Integer.toUnsignedLong(frame.type().code()))
                        .remedy("a newer xenopsd saved this; it is kept as it is"));
    }

    private void metadata(SiteMetadata metadata) throws IOException {
        order.metadata(metadata);
        try {
            metadata.json();
        } catch (CorruptImage | LimitExceeded e) {
            findings.error(Rule.XL_TAIL, findings.named(e.fault()));
        }
    }

    /** For a judge only: no Xen restores it, but an image of either order can be read and rewritten. */
    private void byteOrder(ImageElement header, ByteOrder byteOrder, long bytes, String field) {
        if (byteOrder.equals(ByteOrder.LITTLE_ENDIAN)) return;
        findings.unclean(
                Rule.BYTE_ORDER,
                findings.at(header, bytes, field)
                        .expected("little-endian, as on any x86 host")
                        .found("big-endian")
                        .remedy("no Xen restores it"));
    }

    /** Reads whole records but those that are long: padding is at their end. */
    private void padding(RecordFrame frame) throws IOException {
        if (findings.reading() == Reading.RESTORE || (frame.bodyLength() & 7) == 0) return;
        MemorySegment padding = frame.padding();
        for (long at = 0; at < padding.byteSize(); at++) {
            if (padding.get(ValueLayout.JAVA_BYTE, at) == 0) continue;
            findings.unclean(
                    Rule.RECORD_PADDING,
                    findings.at(
                                    frame,
                                    frame.type().layer().headerLength() + frame.bodyLength() + at,
                                    "padding")
                            .expected("0x0")
                            .found(Byte.toUnsignedLong(padding.get(ValueLayout.JAVA_BYTE, at))));
            return;
        }
    }

    private void streamEnd(StreamEnd end) {
        order.streamEnd(end);
        switch (end.ending()) {
            case COMPLETE -> {}
            case SENDER_GONE ->
                    findings.note(
                            Rule.STREAM_END,
                            findings.at(end)
                                    .problem(
                                            "comes without END: the sender of a checkpointed stream went away")
                                    .found(
                                            end.incomplete().length()
                                                    + " bytes of an incomplete record")
                                    .remedy("a restore goes back to the last checkpoint"));
        }
    }

    private void trailing(TrailingBytes trailing) throws IOException {
        order.trailing(trailing);
        if (tailLength == 0) tailOffset = trailing.offset();
        MemorySegment bytes = trailing.bytes().all();
        long capacity = GO_AHEAD.length() - tailLength;
        if (capacity > 0) {
            byte[] printable =
                    bytes.asSlice(0, Math.min(capacity, bytes.byteSize()))
                            .toArray(ValueLayout.JAVA_BYTE);
            tail.append(new String(printable, StandardCharsets.ISO_8859_1));
        }
        tailLength += bytes.byteSize();
    }
}
