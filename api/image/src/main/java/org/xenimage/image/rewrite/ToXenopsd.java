package org.xenimage.image.rewrite;

import org.xenimage.image.config.ConfigMapping;
import org.xenimage.image.config.SuspendMapping;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
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
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Puts xenopsd's frames around a libxc stream, and makes its record of the config. Images of xenopsd pass unchanged.
 *
 * <p>An EMULATOR_CONTEXT becomes the frame of its device model. What is outside the libxc stream otherwise has no
 * frame.
 */
final class ToXenopsd implements ImageTransform {
    private final String source;
    private final Consumer<String> lost;
    private boolean foreign;
    private boolean begun;
    private boolean bare;

    /**
     * A transform.
     *
     * @param source for messages
     * @param lost is told of each value of the config that has no place in the record
     */
    ToXenopsd(String source, Consumer<String> lost) {
        this.source = source;
        this.lost = lost;
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        switch (element) {
            case XenopsdHeader _ -> {
                begun = true;
                down.accept(element);
            }
            case XlHeader _, LibvirtHeader _ -> foreign = true;
            case Config config -> {
                if (!foreign) down.accept(element);
                else if (!begun) begin(record(config), down);
            }
            case LibxlHeader _ -> {
                foreign = true;
                begin(Config.ofSuspended(SuspendMapping.empty()), down);
            }
            case SiteMetadata _, TrailingBytes _ -> {
                if (!foreign) down.accept(element);
            }
            case LibxcHeader header -> {
                if (!begun) {
                    foreign = true;
                    begin(Config.ofSuspended(SuspendMapping.empty()), down);
                    frame(RecordType.XENOPSD_LIBXC, MemorySegment.NULL, down);
                    bare = true;
                }
                down.accept(header);
            }
            case RecordFrame frame -> {
                if (frame.type().layer() == Layer.LIBXL) libxl(frame, down);
                else down.accept(frame);
                if (bare && frame.type().equals(RecordType.END))
                    frame(RecordType.XENOPSD_END, MemorySegment.NULL, down);
            }
            case PageBatch _, StreamEnd _ -> down.accept(element);
        }
    }

    private void begin(Config record, ImageSink down) throws IOException {
        if (begun) return;
        begun = true;
        down.accept(XenopsdHeader.plain());
        down.accept(record);
    }

    private Config record(Config config) throws IOException {
        ConfigMapping mapping = ConfigWords.of(config, Config.Form.SEXP);
        mapping.left().forEach(path -> lost.accept("config " + path));
        return Config.ofSuspended(mapping.config());
    }

    private void libxl(RecordFrame frame, ImageSink down) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.LIBXC_CONTEXT)) {
            frame(RecordType.XENOPSD_LIBXC, MemorySegment.NULL, down);
        } else if (type.equals(RecordType.LIBXL_END)) {
            frame(RecordType.XENOPSD_END, MemorySegment.NULL, down);
        } else if (EmulatorState.inRecord(frame)) {
            down.accept(EmulatorState.frame(frame));
        } else if (type.equals(RecordType.CHECKPOINT_END)
                || type.equals(RecordType.CHECKPOINT_STATE)) {
            throw new CorruptImage(
                    Fault.in(source)
                            .element(frame.label())
                            .problem("is of a checkpointed stream, which xenopsd has not"));
        }
    }

    private static void frame(RecordType type, MemorySegment body, ImageSink down)
            throws IOException {
        down.accept(RecordFrame.of(type, RecordContext.X86_64, body));
    }
}
