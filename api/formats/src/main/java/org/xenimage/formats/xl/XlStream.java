package org.xenimage.formats.xl;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxl.LibxlStream;
import org.xenimage.image.Config;
import org.xenimage.image.CorruptImage;
import org.xenimage.image.Fault;
import org.xenimage.image.ImageElement;
import org.xenimage.image.ImageSink;
import org.xenimage.image.LimitExceeded;
import org.xenimage.image.SiteMetadata;
import org.xenimage.image.UnsupportedVersion;
import org.xenimage.image.XlHeader;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;

/** The xl layer being read: its header and optional data, then the libxl stream. */
final class XlStream {
    static final MemorySegment MAGIC =
            MemorySegment.ofArray(
                            "Xen saved domain, xl format\n \0 \r"
                                    .getBytes(StandardCharsets.US_ASCII))
                    .asReadOnly();
    static final int HEADER_LENGTH = 48;
    static final int BYTE_ORDER_MARK = 0x01020304;
    static final long OPTIONAL_DATA_MAX = Config.LENGTH_MAX + SiteMetadata.LENGTH_MAX + 4096L;

    private final RecordStream records;
    private final LibxlStream libxl;

    /** The elements of the header, which stay good until the libxl stream begins: a writer needs them together. */
    private final Deque<ImageElement> preamble = new ArrayDeque<>();

    private boolean headerRead;

    XlStream(RecordStream records) {
        this.records = records;
        this.libxl = new LibxlStream(records);
    }

    static boolean recognises(MemorySegment first) {
        return first.byteSize() >= MAGIC.byteSize()
                && first.asSlice(0, MAGIC.byteSize()).mismatch(MAGIC) < 0;
    }

    boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
        if (!headerRead) {
            readHeader();
            headerRead = true;
        }
        ImageElement next = preamble.poll();
        if (next == null) return libxl.advance(sink);
        sink.accept(next);
        return true;
    }

    private void readHeader() throws IOException {
        MemorySegment head = records.header(HEADER_LENGTH, "xl header");
        Fault fault = records.fault(0, "xl header");
        if (!recognises(head))
            throw new CorruptImage(
                    fault.field("magic").expected("\"Xen saved domain, xl format\""));
        int mark = head.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 32);
        if (mark != BYTE_ORDER_MARK && mark != Integer.reverseBytes(BYTE_ORDER_MARK)) {
            throw new CorruptImage(
                    fault.at(32)
                            .field("byteorder")
                            .expected("0x1020304 in either byte order")
                            .found(Integer.toUnsignedLong(mark)));
        }
        ByteOrder order = mark == BYTE_ORDER_MARK ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        ValueLayout.OfInt u32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
        int mandatory = head.get(u32, 36);
        int optional = head.get(u32, 40);
        long optionalLength = Integer.toUnsignedLong(head.get(u32, 44));
        requireKnown(fault.at(36).field("mandatory_flags"), mandatory);
        if (optionalLength > OPTIONAL_DATA_MAX) {
            throw new LimitExceeded(
                    fault.at(44)
                            .field("optional_data_len")
                            .expected("at most 0x" + Long.toHexString(OPTIONAL_DATA_MAX))
                            .found(optionalLength)
                            .remedy("the header is damaged"));
        }
        readOptionalData(order, mandatory, optional, (int) optionalLength);
    }

    private static void requireKnown(Fault fault, int mandatory) throws UnsupportedVersion {
        if ((mandatory & ~(XlHeader.FLAG_JSON | XlHeader.FLAG_STREAM_V2)) != 0) {
            throw new UnsupportedVersion(
                    fault.expected("no bits but 0x3")
                            .found(Integer.toUnsignedLong(mandatory))
                            .remedy("a newer xl saved this; take a newer xenimage"));
        }
        if ((mandatory & XlHeader.FLAG_STREAM_V2) == 0) {
            throw new UnsupportedVersion(
                    fault.expected("bit 1, a libxl stream v2")
                            .found(Integer.toUnsignedLong(mandatory))
                            .remedy(
                                    "Xen 4.5 or older saved this; convert its legacy stream with Xen's convert-legacy-stream"));
        }
    }

    private void readOptionalData(ByteOrder order, int mandatory, int optional, int length)
            throws IOException {
        MemorySegment all =
                MemorySegment.ofArray(
                                records.header(length, "xl optional data")
                                        .toArray(ValueLayout.JAVA_BYTE))
                        .asReadOnly();
        if (length < 4) {
            preamble.add(new XlHeader(0, order, mandatory, optional, ByteRun.of(all)));
            return;
        }
        long configLength =
                Integer.toUnsignedLong(all.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 0));
        if (configLength > length - 4) {
            throw new CorruptImage(
                    records.fault(HEADER_LENGTH, "xl optional data")
                            .field("config length")
                            .expected(
                                    "at most 0x"
                                            + Integer.toHexString(length - 4)
                                            + ", the optional data that are left")
                            .found(configLength)
                            .remedy("the header is damaged"));
        }
        long configEnd = 4 + configLength;
        MemorySegment tail = all.asSlice(configEnd);
        long metadata = Math.max(0, SiteMetadata.lengthAt(tail, order));
        preamble.add(
                new XlHeader(0, order, mandatory, optional, ByteRun.of(tail.asSlice(metadata))));
        preamble.add(new Config(HEADER_LENGTH + 4L, ByteRun.of(all.asSlice(4, configLength))));
        preamble.add(
                new SiteMetadata(
                        HEADER_LENGTH + configEnd, ByteRun.of(tail.asSlice(0, metadata)), order));
    }
}
