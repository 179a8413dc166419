package org.xenimage.formats.libxc;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Prevents a receiver from starting a guest whose image has not been approved.
 *
 * <p>When an image is written to a pipe, most of it is passed on before the last policy decides.
 * What the receiver makes of a stream that just stops depends on the layer in which it stops:
 *
 * <ul>
 *   <li>libxc ({@code tools/libs/guest/xg_sr_restore.c}) fails, and the domain is destroyed.
 *   <li>libxl ({@code tools/libs/light/libxl_stream_read.c}) takes the end of file for END: in front of a record, since
 *       it reads the missing header as zeros, which is END; within a record, since it takes the record for complete.
 *       The guest is started.
 * </ul>
 *
 * <p>So nothing that libxl reads leaves this gate before the receiver is back in libxc's hands, or the image is agreed
 * to. Three stretches are held back and passed on whole: from the libxl header to the libxc header; from a CHECKPOINT
 * to its CHECKPOINT_END; and everything from libxc's END on, until {@link #agree}. Everything else is with the sink
 * when {@link #accept} returns.
 *
 * <p>{@link #refuse} also says so in the stream: it writes a mandatory record of a type that does not exist, which no
 * reader of either layer may ignore. That covers receivers that take an end of file for an end in libxc's stream too.
 * After a checkpoint a receiver keeps what follows until the next one, and takes the guest over if none comes, so the
 * record is followed by an empty checkpoint, which makes the receiver look at it.
 *
 * <p>Memory: 1 MiB; a longer stretch, such as the state of a large device model, waits in a temporary file. For one
 * thread.
 */
final class EndGate {
    /** A mandatory type of either layer that the specifications do not assign. */
    private static final int REFUSED = 0x7fff_ffff;

    /** Encodes an element. */
    @FunctionalInterface
    interface Encoder {
        /**
         * Writes an element.
         *
         * @param element to write
         * @param sink takes its bytes
         * @throws IOException if the element cannot be read, or the sink fails
         */
        void write(ImageElement element, ByteSink sink) throws IOException;
    }

    /** Who reads at the place where the stream is. */
    private enum Place {
        /** libxl, up to the libxc header. */
        HEADERS,
        /** libxc. */
        LIBXC,
        /** libxl, from a CHECKPOINT to CHECKPOINT_END. */
        CHECKPOINT,
        /** The reader after libxc's END. */
        END
    }

    private final ByteSink sink;
    private final Layer outermost;
    private final Encoder encoder;
    private final HeldBytes held;
    private Place place = Place.HEADERS;
    private ByteOrder libxlOrder = ByteOrder.LITTLE_ENDIAN;
    private ByteOrder libxcOrder = ByteOrder.LITTLE_ENDIAN;
    private boolean checkpointed;
    private boolean betweenRecords = true;
    private boolean agreed;

    /**
     * A gate in front of a receiver.
     *
     * @param sink leads to it
     * @param outermost layer of the image
     * @param encoder writes elements
     */
    EndGate(ByteSink sink, Layer outermost, Encoder encoder) {
        this.sink = sink;
        this.outermost = outermost;
        this.encoder = encoder;
        this.held = new HeldBytes(sink.name());
    }

    /**
     * Takes an element: passes it on, or holds it back.
     *
     * @param element of the libxl or libxc layer
     * @throws IOException if the element cannot be read, or the sink fails
     */
    void accept(ImageElement element) throws IOException {
        enter(element);
        if (place == Place.LIBXC) {
            betweenRecords = false;
            encoder.write(element, sink);
            betweenRecords = true;
            return;
        }
        encoder.write(element, held);
        if (place == Place.CHECKPOINT && isLibxl(element)) leaveCheckpoint((RecordFrame) element);
    }

    private void enter(ImageElement element) throws IOException {
        switch (place) {
            case HEADERS -> {
                if (element instanceof LibxlHeader header) libxlOrder = header.order();
                if (element instanceof LibxcHeader header) {
                    libxcOrder = header.order();
                    passOn();
                    place = Place.LIBXC;
                }
            }
            case LIBXC -> {
                if (isRecord(element, RecordType.END)) place = Place.END;
                else if (isRecord(element, RecordType.CHECKPOINT)) enterCheckpoint();
            }
            case CHECKPOINT -> {
                if (!isLibxl(element)) {
                    passOn();
                    place = isRecord(element, RecordType.END) ? Place.END : Place.LIBXC;
                }
            }
            case END -> {}
        }
    }

    /** In a bare libxc stream, libxc reads on after a checkpoint. */
    private void enterCheckpoint() {
        if (!withinLibxl()) checkpointed = true;
        else place = Place.CHECKPOINT;
    }

    private void leaveCheckpoint(RecordFrame frame) throws IOException {
        if (frame.type().equals(RecordType.CHECKPOINT_END)) {
            passOn();
            checkpointed = true;
            place = Place.LIBXC;
        } else if (frame.type().equals(RecordType.CHECKPOINT_STATE)) {
            passOn(); // The sender of a COLO stream waits for an answer to it.
        }
    }

    private boolean withinLibxl() {
        return switch (outermost) {
            case XL, LIBVIRT, LIBXL -> true;
            case XENOPSD, LIBXC -> false;
        };
    }

    private static boolean isRecord(ImageElement element, RecordType type) {
        return element instanceof RecordFrame frame && frame.type().equals(type);
    }

    private static boolean isLibxl(ImageElement element) {
        return element instanceof RecordFrame frame && frame.type().layer() == Layer.LIBXL;
    }

    private void passOn() throws IOException {
        betweenRecords = false;
        held.moveTo(sink);
        betweenRecords = true;
    }

    /**
     * Passes on what was held back: everybody agreed to the image.
     *
     * @throws IOException if the sink fails
     */
    void agree() throws IOException {
        agreed = true;
        passOn();
    }

    /**
     * Forgets what was held back and, if the receiver is between two records of the libxc stream, tells it that the
     * image is refused. Does nothing after {@link #agree}.
     *
     * @throws IOException if the sink fails
     */
    void refuse() throws IOException {
        held.close();
        if (agreed || !betweenRecords || place == Place.HEADERS) return;
        betweenRecords = false;
        MemorySegment refusal = record(REFUSED, libxcOrder);
        if (!checkpointed) {
            sink.write(refusal);
        } else if (!withinLibxl()) {
            sink.write(refusal, record(RecordType.CHECKPOINT.code(), libxcOrder));
        } else {
            sink.write(
                    refusal,
                    record(RecordType.CHECKPOINT.code(), libxcOrder),
                    record(RecordType.CHECKPOINT_END.code(), libxlOrder));
        }
    }

    /** A record without a body. */
    private static MemorySegment record(int type, ByteOrder order) {
        MemorySegment header = MemorySegment.ofArray(new byte[RecordFrame.HEADER_LENGTH]);
        header.set(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), 0, type);
        return header;
    }
}
