package org.xenimage.script;

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
import org.xenimage.image.record.RecordType;
import org.xenimage.script.policy.ImageFacts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Holds the elements back that precede the libxc header, so that policies begin with all that is
 * known of the image. They are small; their bytes are copied, because a reader passes on views.
 */
final class Preamble implements ImageTransform {
    /** Begins the policies. */
    @FunctionalInterface
    interface Beginning {
        void begin(ImageFacts image) throws IOException;
    }

    private final Beginning beginning;
    private final List<ImageElement> held = new ArrayList<>();
    private boolean begun;

    Preamble(Beginning beginning) {
        this.beginning = beginning;
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        if (begun) {
            down.accept(element);
            return;
        }
        switch (element) {
            case XlHeader _,
                    LibvirtHeader _,
                    XenopsdHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _ ->
                    held.add(element.detach());
            case RecordFrame frame
                    when frame.type().equals(RecordType.LIBXC_CONTEXT)
                            || frame.type().equals(RecordType.XENOPSD_LIBXC) ->
                    held.add(frame.detach());
            case LibxcHeader header -> begin(Optional.of(header), header, down);
            case RecordFrame _, PageBatch _, StreamEnd _, TrailingBytes _ ->
                    begin(Optional.empty(), element, down);
        }
    }

    @Override
    public void atEnd(ImageSink down) throws IOException {
        if (!begun) begin(Optional.empty(), down);
    }

    private void begin(Optional<LibxcHeader> header, ImageElement last, ImageSink down)
            throws IOException {
        begin(header, down);
        down.accept(last);
    }

    private void begin(Optional<LibxcHeader> header, ImageSink down) throws IOException {
        begun = true;
        beginning.begin(ImageFacts.of(held, header));
        for (ImageElement element : held) down.accept(element);
        held.clear();
    }
}
