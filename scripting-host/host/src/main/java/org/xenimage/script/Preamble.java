package org.xenimage.script;

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
import org.xenimage.image.record.RecordType;
import org.xenimage.script.policy.ImageFacts;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds the elements back that precede the libxc header, so that policies begin with all that is known of the image.
 * They are small; their bytes are copied, since a reader hands out views.
 */
final class Preamble implements ImageTransform {
    /** Begins the policies. */
    @FunctionalInterface
    interface Beginning {
        void begin(ImageFacts image) throws IOException;
    }

    private static final String TYPE = "c_info/type";
    private static final String NAME = "c_info/name";
    private static final String UUID = "c_info/uuid";

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
            case XlHeader _, Config _, SiteMetadata _, LibxlHeader _ -> held.add(element.detach());
            case RecordFrame frame when frame.type().equals(RecordType.LIBXC_CONTEXT) ->
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
        beginning.begin(facts(held, header));
        for (ImageElement element : held) down.accept(element);
        held.clear();
    }

    /** What the elements before the libxc header tell of an image, and that header. */
    static ImageFacts facts(List<? extends ImageElement> held, Optional<LibxcHeader> header)
            throws IOException {
        Map<String, String> domain = Map.of();
        boolean xl = false;
        boolean libxl = false;
        boolean json = false;
        for (ImageElement element : held) {
            if (element instanceof XlHeader layer) {
                xl = true;
                json = (layer.mandatoryFlags() & XlHeader.FLAG_JSON) != 0;
            }
            libxl |= element instanceof LibxlHeader;
            if (element instanceof Config config && json && config.bytes().length() > 0)
                domain = config.find(Set.of(TYPE, NAME, UUID));
        }
        String guest =
                Optional.ofNullable(domain.get(TYPE))
                        .orElseGet(() ->
                                header.flatMap(LibxcHeader::guestType)
                                        .map(type -> type.name().toLowerCase(Locale.ROOT))
                                        .orElse(""));
        return new ImageFacts(
                xl ? "xl" : libxl ? "libxl" : "libxc",
                guest,
                header.filter(known -> !known.legacyConverted())
                        .map(known ->
                                Integer.toUnsignedString(known.xenMajor())
                                        + "."
                                        + Integer.toUnsignedString(known.xenMinor()))
                        .orElse(""),
                header.map(LibxcHeader::version).orElse(0),
                header.map(known -> 1 << (known.pageShift() & 31)).orElse(PageBatch.PAGE_SIZE),
                Optional.ofNullable(domain.get(NAME)),
                Optional.ofNullable(domain.get(UUID)).map(uuid -> uuid.toLowerCase(Locale.ROOT)));
    }
}
