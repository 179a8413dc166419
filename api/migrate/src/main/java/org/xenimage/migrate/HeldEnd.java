package org.xenimage.migrate;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.TruncatedImage;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Passes an image on as it comes, and its end only when it is told to: the last record of the outermost layer waits for
 * {@link #end}.
 *
 * <p>A receiver takes a guest only with that record. Put this below a transform: what the transform refuses in its
 * {@code atEnd} then still keeps the guest where it is. All other elements are with the sink below when {@link #accept}
 * returns, and nothing is waited for. For one image and one thread.
 */
public final class HeldEnd implements ImageSink {
    private final ImageSink down;
    private final List<ImageElement> held = new ArrayList<>();
    private RecordType last = RecordType.LIBXL_END;
    private boolean begun;
    private boolean complete;
    private boolean senderGone;

    /**
     * Holds an end back.
     *
     * @param down takes the image
     */
    public HeldEnd(ImageSink down) {
        this.down = down;
    }

    /**
     * Passes an image through a transform, its end only when the transform has ended.
     *
     * @param reader the image; what follows its end is left in it
     * @param transform which may refuse the image up to and within its {@code atEnd}
     * @param down takes the image
     * @return the end that was held back, and is not any more
     * @throws IOException if the image is at fault, refused, or not taken; its end was not passed on then
     */
    public static HeldEnd pass(ImageReader reader, ImageTransform transform, ImageSink down)
            throws IOException {
        var end = new HeldEnd(down);
        ImageSink sink = transform.onto(end);
        while (!end.complete()) {
            if (!reader.advance(sink))
                throw new IllegalStateException("a reader that did not tell the end");
        }
        sink.end();
        return end;
    }

    /** {@return whether the whole image was given, so that no element of it follows} */
    public boolean complete() {
        return complete;
    }

    /** {@return whether the image ended with a checkpoint, for want of a sender} */
    public boolean senderGone() {
        return senderGone;
    }

    @Override
    public void accept(ImageElement element) throws IOException {
        if (!begun && element instanceof LibxcHeader) last = RecordType.END;
        begun = true;
        switch (element) {
            case RecordFrame frame when frame.type().equals(last) -> held.add(copy(frame));
            case StreamEnd end -> {
                complete = true;
                senderGone = end.ending() == StreamEnd.Ending.SENDER_GONE;
                held.add(end);
            }
            case XlHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _,
                    LibxcHeader _,
                    RecordFrame _,
                    PageBatch _,
                    TrailingBytes _ ->
                    down.accept(element);
        }
    }

    /**
     * Passes the end on.
     *
     * @throws IOException a {@link TruncatedImage} if the image was not given whole; or whatever the sink below throws
     */
    @Override
    public void end() throws IOException {
        if (!complete) {
            throw new TruncatedImage(
                    Fault.in("image").problem("is not whole").expected("its end to be given"));
        }
        for (ImageElement element : held) down.accept(element);
        held.clear();
        down.end();
    }

    private static RecordFrame copy(RecordFrame frame) throws IOException {
        MemorySegment bytes =
                MemorySegment.ofArray(frame.bytes().all().toArray(ValueLayout.JAVA_BYTE));
        return new RecordFrame(
                "the end",
                frame.offset(),
                frame.type(),
                frame.bodyLength(),
                frame.context(),
                ByteRun.of(bytes.asReadOnly()));
    }
}
