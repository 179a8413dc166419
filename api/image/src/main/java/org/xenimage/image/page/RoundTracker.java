package org.xenimage.image.page;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
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
import org.xenimage.image.record.RecordType;

/**
 * Finds the rounds of a checkpointed stream (Remus, COLO), for whoever keeps the last state of a
 * guest: a receiver whose sender goes away within a round drops that round, and the guest is that of
 * the last checkpoint.
 *
 * <p>A checkpoint ends with the libxc record CHECKPOINT; the device model's records of it follow, up
 * to CHECKPOINT_END of libxl. Sees each element once, in the order of the stream. For one thread.
 */
public final class RoundTracker {
    private boolean checkpoint;
    private boolean ended;
    private boolean within;

    /** A tracker that has seen nothing. */
    public RoundTracker() {}

    /**
     * Looks at the next element.
     *
     * @param element valid during this call
     * @return whether it completes a checkpoint: the state up to and including this element is the
     *     one that a receiver goes back to
     */
    public boolean completes(ImageElement element) {
        switch (element) {
            case PageBatch _ -> within = true;
            case RecordFrame frame -> {
                if (frame.type().equals(RecordType.END)) ended = true;
                boolean completes =
                        frame.type().equals(RecordType.CHECKPOINT)
                                || frame.type().equals(RecordType.CHECKPOINT_END);
                within = !completes;
                checkpoint |= completes;
                return completes;
            }
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _,
                    LibxcHeader _,
                    StreamEnd _,
                    TrailingBytes _ -> {}
        }
        return false;
    }

    /**
     * Whether a stream that ends here ends within a round after a checkpoint.
     *
     * @return whether a receiver drops what came since the checkpoint
     */
    public boolean unfinished() {
        return checkpoint && within && !ended;
    }
}
