package org.xenimage.image.rewrite;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.config.ConfigMapping;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
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
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Turns the frames of xenopsd into what xl has: its header, a config made of xenopsd's record, and a libxl stream.
 * Images of other toolstacks pass unchanged.
 *
 * <p>The state of QEMU becomes an EMULATOR_CONTEXT. libxl has no record for the other frames.
 */
final class FromXenopsd implements ImageTransform {
    private static final RecordContext RECORDS = new RecordContext(ByteOrder.LITTLE_ENDIAN, 8);

    private final String source;
    private final Consumer<String> lost;
    private boolean framed;
    private boolean streaming;
    private @Nullable ObjectNode config;

    /**
     * A transform.
     *
     * @param source for messages
     * @param lost is told of each value of the config and each frame that has no place in xl's form
     */
    FromXenopsd(String source, Consumer<String> lost) {
        this.source = source;
        this.lost = lost;
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        switch (element) {
            case XenopsdHeader _ -> framed = true;
            case Config found when framed -> {
                ConfigMapping mapping = ConfigWords.of(found, Config.Form.JSON);
                mapping.left().forEach(path -> lost.accept("config " + path));
                config = mapping.config();
            }
            case LibxcHeader header when framed -> {
                begin(header, down);
                down.accept(header);
            }
            case RecordFrame frame when frame.type().layer() == Layer.XENOPSD -> frame(frame, down);
            case XlHeader _,
                    LibvirtHeader _,
                    Config _,
                    SiteMetadata _,
                    LibxlHeader _,
                    LibxcHeader _,
                    RecordFrame _,
                    PageBatch _,
                    StreamEnd _,
                    TrailingBytes _ ->
                    down.accept(element);
        }
    }

    /** All that precedes the libxc stream; it waits for the type of guest, which the config may lack. */
    private void begin(LibxcHeader header, ImageSink down) throws IOException {
        streaming = true;
        ObjectNode made = config == null ? JsonNodeFactory.instance.objectNode() : config;
        ObjectNode create = made.withObject("/c_info");
        ObjectNode build = made.withObject("/b_info");
        if (!create.has("type")) {
            String type =
                    header.guestType().filter(GuestType.PV::equals).isPresent() ? "pv" : "hvm";
            create.put("type", type);
            build.putObject("type." + type);
        }
        if (!build.has("max_memkb"))
            lost.accept(
                    "the size of the guest's memory, which its record does not say:"
                            + " set b_info.max_memkb before a restore");
        down.accept(XlHeader.plain());
        down.accept(Config.of(made));
        down.accept(
                SiteMetadata.of(JsonNodeFactory.instance.objectNode(), ByteOrder.LITTLE_ENDIAN));
        down.accept(new LibxlHeader(Fault.NO_OFFSET, LibxlHeader.VERSION, 0));
        record(RecordType.LIBXC_CONTEXT, MemorySegment.NULL, down);
    }

    private void frame(RecordFrame frame, ImageSink down) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.XENOPSD_LIBXC)) return;
        if (type.equals(RecordType.XENOPSD_END))
            record(RecordType.LIBXL_END, MemorySegment.NULL, down);
        else if (EmulatorState.inFrame(frame)) emulator(frame, down);
        else lost.accept("frame %s, %d bytes".formatted(type.specName(), frame.bodyLength()));
    }

    private void emulator(RecordFrame frame, ImageSink down) throws IOException {
        if (!streaming)
            throw new CorruptImage(
                    Fault.in(source)
                            .at(frame.offset())
                            .element(frame.label())
                            .problem("comes before the libxc stream")
                            .expected("the state of a device model after it"));
        down.accept(EmulatorState.record(frame, RECORDS));
    }

    private static void record(RecordType type, MemorySegment body, ImageSink down)
            throws IOException {
        down.accept(RecordFrame.of(type, RECORDS, body));
    }
}
