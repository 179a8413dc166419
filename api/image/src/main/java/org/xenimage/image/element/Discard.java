package org.xenimage.image.element;

import org.xenimage.image.io.ByteSink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Takes bytes and forgets them: an element that is written there is read whole. Its name is never shown. */
enum Discard implements ByteSink {
    BYTES;

    static void read(ImageElement element) throws IOException {
        switch (element) {
            case PageBatch batch -> batch.bytes().writeTo(BYTES);
            case RecordFrame frame -> frame.bytes().writeTo(BYTES);
            case TrailingBytes trailing -> trailing.bytes().writeTo(BYTES);
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _,
                    LibxcHeader _,
                    StreamEnd _ -> {}
        }
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    public void write(MemorySegment... segments) {}

    @Override
    public void close() {}
}
