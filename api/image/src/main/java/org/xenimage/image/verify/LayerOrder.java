package org.xenimage.image.verify;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.record.RecordType;

/**
 * The order of the layers: which headers, records and ends may follow one another (both specifications, Overview;
 * {@code tools/libs/light/libxl_stream_read.c}).
 *
 * <p>An element out of place is reported and does not change the state of the stream.
 */
final class LayerOrder {
    private enum State {
        START("at the start"),
        XL("after the toolstack's header"),
        XENOPSD("among the frames of xenopsd"),
        LIBXL("among the libxl records"),
        CONTEXT("right after LIBXC_CONTEXT or Libxc"),
        LIBXC("among the libxc records"),
        CHECKPOINT("between CHECKPOINT and CHECKPOINT_END"),
        RESUMED("right after CHECKPOINT_END"),
        ENDED("after END"),
        OVER("after the end of the stream");

        private final String place;

        State(String place) {
            this.place = place;
        }
    }

    private final FindingLog findings;
    private State state = State.START;
    private boolean withinLibxl;
    private boolean withinXenopsd;
    private boolean libxcSeen;
    private boolean configSeen;
    private boolean metadataSeen;
    private boolean checkpointed;

    LayerOrder(FindingLog findings) {
        this.findings = findings;
    }

    void xlHeader(XlHeader header) {
        move(header, state == State.START, State.XL);
    }

    void libvirtHeader(LibvirtHeader header) {
        move(header, state == State.START, State.XL);
    }

    void xenopsdHeader(XenopsdHeader header) {
        move(header, state == State.START, State.XENOPSD);
        withinXenopsd = true;
    }

    void config(Config config) {
        State place = withinXenopsd ? State.XENOPSD : State.XL;
        move(config, state == place && !configSeen, place);
        configSeen = true;
    }

    void metadata(SiteMetadata metadata) {
        move(metadata, state == State.XL && !metadataSeen, State.XL);
        metadataSeen = true;
    }

    void libxlHeader(LibxlHeader header) {
        if (state == State.XL && !configSeen) {
            findings.error(Rule.XL_CONFIG, findings.at(header).problem("comes before any config"));
        }
        move(header, state == State.START || state == State.XL, State.LIBXL);
        withinLibxl = true;
    }

    void libxcHeader(LibxcHeader header) {
        move(header, state == State.START || state == State.CONTEXT, State.LIBXC);
    }

    void record(RecordFrame frame) {
        switch (frame.type().layer()) {
            case LIBXL -> libxlRecord(frame);
            case XENOPSD -> xenopsdFrame(frame);
            case XL, LIBVIRT, LIBXC -> libxcRecord(frame, frame.type());
        }
    }

    private void xenopsdFrame(RecordFrame frame) {
        RecordType type = frame.type();
        if (type.equals(RecordType.XENOPSD_END)) {
            move(frame, state == State.XENOPSD && libxcSeen, State.ENDED);
        } else if (type.equals(RecordType.XENOPSD_LIBXC)) {
            move(frame, state == State.XENOPSD && !libxcSeen, State.CONTEXT);
            libxcSeen = true;
        } else {
            move(frame, state == State.XENOPSD, State.XENOPSD);
        }
    }

    private void libxlRecord(RecordFrame frame) {
        RecordType type = frame.type();
        if (type.equals(RecordType.LIBXL_END)) {
            move(frame, state == State.LIBXL, State.ENDED);
        } else if (type.equals(RecordType.LIBXC_CONTEXT)) {
            move(frame, state == State.LIBXL, State.CONTEXT);
        } else if (type.equals(RecordType.CHECKPOINT_END)) {
            checkpointed |= state == State.CHECKPOINT;
            move(frame, state == State.CHECKPOINT, State.RESUMED);
        } else if (type.equals(RecordType.CHECKPOINT_STATE)) {
            move(frame, state == State.RESUMED, State.RESUMED);
        } else {
            move(frame, state == State.LIBXL || state == State.CHECKPOINT, state);
        }
    }

    /** A libxc record, or a batch of pages, which is one too. */
    void libxcRecord(ImageElement element, RecordType type) {
        State next = State.LIBXC;
        if (type.equals(RecordType.END)) {
            next = withinXenopsd ? State.XENOPSD : withinLibxl ? State.LIBXL : State.ENDED;
        } else if (type.equals(RecordType.CHECKPOINT)) {
            if (withinLibxl) next = State.CHECKPOINT;
            else checkpointed = true;
        }
        move(element, state == State.LIBXC || state == State.RESUMED, next);
    }

    void streamEnd(StreamEnd end) {
        boolean complete =
                switch (end.ending()) {
                    case COMPLETE -> state == State.ENDED;
                    case SENDER_GONE -> checkpointed;
                };
        if (!complete) unfinished(findings.at(end));
        state = State.OVER;
    }

    void trailing(TrailingBytes trailing) {
        move(trailing, state == State.OVER, State.OVER);
    }

    /** No element follows. */
    void end() {
        if (state != State.ENDED && state != State.OVER)
            unfinished(findings.nowhere("end of the stream"));
    }

    private void unfinished(Fault fault) {
        findings.error(
                Rule.STREAM_END,
                fault.problem("is " + state.place)
                        .expected("END of each layer before it")
                        .remedy("no Xen restores it"));
    }

    private void move(ImageElement element, boolean placed, State next) {
        if (placed) {
            state = next;
        } else {
            findings.error(
                    Rule.STREAM_ORDER,
                    findings.at(element).problem("is not allowed " + state.place));
        }
    }
}
