package org.xenimage.formats.libxl;

import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A toolstack's layer being read: its header of a fixed length, the data that follow it, and the libxl stream. */
public final class HeadedStream {
    private final Form form;
    private final RecordStream records;
    private final LibxlStream libxl;

    /** The elements of the header, which stay good until the libxl stream begins: a writer needs them together. */
    private final Deque<ImageElement> preamble = new ArrayDeque<>();

    private boolean headerRead;

    /**
     * How the header of a toolstack reads.
     *
     * @param length of the header in bytes
     * @param header what messages call it
     * @param data what messages call the data that follow it
     * @param dataLength finds in the header how many bytes these are
     * @param decoder makes the elements of both
     */
    public record Form(
            int length, String header, String data, DataLength dataLength, Decoder decoder) {}

    /** Finds in a header how many bytes of data follow it. */
    @FunctionalInterface
    public interface DataLength {
        /**
         * Reads the length.
         *
         * @param header its bytes
         * @param place of the header, for faults
         * @return the bytes that follow
         * @throws ImageException if the header is not one of this toolstack
         */
        int of(MemorySegment header, Fault place) throws ImageException;
    }

    /** Makes elements of a header and its data. */
    @FunctionalInterface
    public interface Decoder {
        /**
         * Decodes them.
         *
         * @param header its bytes
         * @param data the bytes that follow it
         * @param place of the header, for faults
         * @return the elements, in order
         * @throws ImageException if they are not what the format says
         */
        List<ImageElement> decode(MemorySegment header, MemorySegment data, Fault place)
                throws ImageException;
    }

    /**
     * A layer of which nothing is read.
     *
     * @param form of its header
     * @param records the source, at its beginning
     */
    public HeadedStream(Form form, RecordStream records) {
        this.form = form;
        this.records = records;
        this.libxl = new LibxlStream(records);
    }

    /**
     * Reads the next element.
     *
     * @param sink takes it
     * @return whether there may be more
     * @throws IOException if the stream is at fault, or the sink fails
     * @throws RecordStream.SenderGone if the stream ends between records
     */
    public boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
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
        Fault place = records.fault(0, form.header());
        MemorySegment head = copy(records.header(form.length(), form.header()));
        int length = form.dataLength().of(head, place);
        MemorySegment data = copy(records.header(length, form.data()));
        preamble.addAll(form.decoder().decode(head, data, place));
    }

    private static MemorySegment copy(MemorySegment bytes) {
        return MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE)).asReadOnly();
    }
}
