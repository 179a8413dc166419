package org.xenimage.formats.xenopsd;

import org.xenimage.formats.libxc.LibxcStream;
import org.xenimage.formats.libxc.RecordStream;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.fault.UnsupportedVersion;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The frames of a suspend image being read: after the one of type Libxc, the libxc stream up to its END. */
final class XenopsdStream {
    private enum State {
        SIGNATURE,
        FRAMES,
        LIBXC,
        ENDED
    }

    private final RecordStream records;
    private final LibxcStream libxc;
    private State state = State.SIGNATURE;
    private boolean configSeen;

    XenopsdStream(RecordStream records) {
        this.records = records;
        this.libxc = new LibxcStream(records);
    }

    boolean advance(ImageSink sink) throws IOException, RecordStream.SenderGone {
        switch (state) {
            case SIGNATURE -> {
                MemorySegment bytes = records.header(XenopsdHeader.LENGTH, "xenopsd signature");
                if (!XenopsdHeader.recognises(bytes))
                    throw new CorruptImage(
                            records.fault(0, "xenopsd signature").expected("\"XenSavedDomv2-\""));
                state = State.FRAMES;
                sink.accept(new XenopsdHeader(0));
            }
            case FRAMES -> frame(sink);
            case LIBXC -> {
                switch (libxc.advance(sink)) {
                    case MORE -> {}
                    case CHECKPOINT -> records.checkpointed();
                    case END -> state = State.FRAMES;
                }
            }
            case ENDED -> {
                return false;
            }
        }
        return true;
    }

    private void frame(ImageSink sink) throws IOException {
        RecordStream.Framed framed = records.nextOfXenopsd();
        RecordType type = framed.type();
        if (type.equals(RecordType.XENOPSD_LIBXL) || type.equals(RecordType.XENOPSD_LIBXC_LEGACY))
            throw new UnsupportedVersion(
                    records.fault(framed.offset(), "record " + type)
                            .problem("announces a stream of another kind")
                            .expected("Libxc")
                            .remedy(
                                    "XenServer 6.5 or older saved this; its legacy stream is not read:"
                                            + " convert it with Xen's convert-legacy-stream"));
        if (type.equals(RecordType.XENOPS) && !configSeen) {
            configSeen = true;
            sink.accept(config(framed));
            return;
        }
        if (type.equals(RecordType.XENOPSD_LIBXC)) state = State.LIBXC;
        if (type.equals(RecordType.XENOPSD_END)) state = State.ENDED;
        sink.accept(
                new RecordFrame(
                        records.source().name(),
                        framed.offset(),
                        type,
                        framed.bodyLength(),
                        RecordContext.X86_64,
                        framed.bytes()));
    }

    private Config config(RecordStream.Framed framed) throws IOException {
        if (framed.bodyLength() > Config.LENGTH_MAX)
            throw new LimitExceeded(
                    records.fault(framed.offset() + 8, "record " + framed.type())
                            .field("length")
                            .expected("at most 0x" + Integer.toHexString(Config.LENGTH_MAX))
                            .found(framed.bodyLength()));
        int header = Layer.XENOPSD.headerLength();
        byte[] body =
                framed.bytes()
                        .all()
                        .asSlice(header, framed.bodyLength())
                        .toArray(ValueLayout.JAVA_BYTE);
        return new Config(
                framed.offset() + header, ByteRun.of(MemorySegment.ofArray(body).asReadOnly()));
    }
}
