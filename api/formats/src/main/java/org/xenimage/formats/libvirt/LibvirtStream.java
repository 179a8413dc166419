package org.xenimage.formats.libvirt;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.formats.libxl.LibxlStream;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.fault.Fault;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;

/** The libvirt layer being read: its header and XML, then the libxl stream. */
final class LibvirtStream {
    private final RecordStream records;
    private final LibxlStream libxl;

    /** The elements of the header, which stay good until the libxl stream begins: a writer needs them together. */
    private final Deque<ImageElement> preamble = new ArrayDeque<>();

    private boolean headerRead;

    LibvirtStream(RecordStream records) {
        this.records = records;
        this.libxl = new LibxlStream(records);
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
        Fault place = records.fault(0, "libvirt header");
        MemorySegment head = copy(records.header(LibvirtHeader.LENGTH, "libvirt header"));
        int length = LibvirtHeader.xmlLength(head, place);
        MemorySegment data = copy(records.header(length, "libvirt XML"));
        preamble.addAll(LibvirtHeader.decode(head, data, place));
    }

    private static MemorySegment copy(MemorySegment bytes) {
        return MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }
}
