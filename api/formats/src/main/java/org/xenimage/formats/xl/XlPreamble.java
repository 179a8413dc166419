package org.xenimage.formats.xl;

import org.xenimage.formats.libxl.HeadedWriter;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.io.ByteRun;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** How xl puts its header and its optional data down. */
final class XlPreamble implements HeadedWriter.HeaderForm<XlHeader> {
    @Override
    public Class<XlHeader> header() {
        return XlHeader.class;
    }

    @Override
    public String name() {
        return "xl";
    }

    @Override
    public MemorySegment[] encode(
            XlHeader header, Optional<Config> config, ByteRun metadata, Fault place)
            throws IOException {
        long length = metadata.length() + header.foreignTail().length();
        if (config.isEmpty() && length >= 4)
            throw new CorruptImage(place.problem("has optional data but no config before them"));
        MemorySegment text = MemorySegment.NULL;
        MemorySegment textLength = MemorySegment.NULL;
        if (config.isPresent()) {
            text = config.get().bytes().all();
            length += 4 + text.byteSize();
            textLength = Arena.ofAuto().allocate(4);
            textLength.set(
                    ValueLayout.JAVA_INT_UNALIGNED.withOrder(header.order()),
                    0,
                    (int) text.byteSize());
        }
        HeadedWriter.requireLength(length, XlHeader.OPTIONAL_DATA_MAX, "optional_data_len", place);
        return new MemorySegment[] {
            header.encode(length), textLength, text, metadata.all(), header.foreignTail().all()
        };
    }
}
