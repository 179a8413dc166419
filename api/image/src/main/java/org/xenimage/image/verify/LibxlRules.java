package org.xenimage.image.verify;

import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The rules of the libxl stream (libxl-migration-stream, revision 2). */
final class LibxlRules {
    private static final int OPTIONS_KNOWN = 0x3;
    private static final int EMULATOR_ID_MAX = 2;
    private static final int CONTROL_ID_MAX = 3;

    private final FindingLog findings;
    private boolean contextSeen;

    LibxlRules(FindingLog findings) {
        this.findings = findings;
    }

    void header(LibxlHeader header) {
        if ((header.options() & ~OPTIONS_KNOWN) != 0) {
            findings.unclean(
                    Rule.LIBXL_OPTIONS,
                    findings.at(header, 12, "options")
                            .expected("no bits except 0x3")
                            .found(Integer.toUnsignedLong(header.options())));
        }
    }

    void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        if (type.equals(RecordType.LIBXL_END)) {
            length(frame, 0);
            if (!contextSeen) {
                findings.error(
                        Rule.RECORD_MISSING,
                        findings.at(frame).problem("is not preceded by LIBXC_CONTEXT"));
            }
        } else if (type.equals(RecordType.LIBXC_CONTEXT)) {
            length(frame, 0);
            if (contextSeen)
                findings.error(Rule.RECORD_REPEATED, findings.at(frame).problem("appears twice"));
            contextSeen = true;
        } else if (type.equals(RecordType.EMULATOR_XENSTORE_DATA)) {
            if (emulatorHeader(frame)) xenstoreData(frame);
        } else if (type.equals(RecordType.EMULATOR_CONTEXT)) {
            emulatorHeader(frame);
        } else if (type.equals(RecordType.CHECKPOINT_END)) {
            length(frame, 0);
        } else if (type.equals(RecordType.CHECKPOINT_STATE)) {
            checkpointState(frame);
        } else {
            unknown(findings, frame);
        }
    }

    static void unknown(FindingLog findings, RecordFrame frame) {
        if (frame.type().optional()) {
            findings.warning(
                    Rule.RECORD_OPTIONAL,
                    findings.at(frame)
                            .problem("is an optional record of a type that Xen does not know")
                            .remedy(
                                    frame.type().layer() == Layer.LIBXC
                                            ? "libxc ignores it, and the image restores without it"
                                            : "libxl rejects images with records it does not know, "
                                                    + "although its specification allows it to "
                                                    + "ignore this one"));
        } else {
            findings.error(
                    Rule.RECORD_TYPE,
                    findings.at(frame, 0, "type")
                            .expected("a record of the specification")
                            .found(Integer.toUnsignedLong(frame.type().code()))
                            .remedy("a newer Xen saved this, or the stream is corrupt"));
        }
    }

    private void length(RecordFrame frame, long expected) {
        if (frame.bodyLength() != expected) {
            findings.error(
                    Rule.RECORD_LENGTH,
                    findings.at(frame, 4, "body_length")
                            .expected("0x" + Long.toHexString(expected))
                            .found(frame.bodyLength()));
        }
    }

    private boolean emulatorHeader(RecordFrame frame) throws IOException {
        if (frame.bodyLength() < 8) {
            findings.error(
                    Rule.RECORD_LENGTH,
                    findings.at(frame, 4, "body_length")
                            .expected("at least 0x8")
                            .found(frame.bodyLength()));
            return false;
        }
        int id = u32(frame, 0);
        if (Integer.compareUnsigned(id, EMULATOR_ID_MAX) > 0) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "emulator_id")
                            .expected("0 to 2")
                            .found(Integer.toUnsignedLong(id)));
        }
        return true;
    }

    private void xenstoreData(RecordFrame frame) throws IOException {
        MemorySegment data = frame.body().asSlice(8);
        if (data.byteSize() == 0) return;
        if (data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1) != 0) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8 + frame.bodyLength() - 1, "xenstore data")
                            .expected("a NUL at the end"));
            return;
        }
        long strings = 0;
        for (long at = 0; at < data.byteSize(); at++)
            if (data.get(ValueLayout.JAVA_BYTE, at) == 0) strings++;
        if (strings % 2 != 0) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 16, "xenstore data")
                            .expected("keys and values in pairs")
                            .found(strings + " strings"));
        }
    }

    private void checkpointState(RecordFrame frame) throws IOException {
        if (frame.bodyLength() != 4 && frame.bodyLength() != 8) {
            findings.error(
                    Rule.RECORD_LENGTH,
                    findings.at(frame, 4, "body_length")
                            .expected("0x4 or 0x8")
                            .found(frame.bodyLength()));
            return;
        }
        int id = u32(frame, 0);
        if (Integer.compareUnsigned(id, CONTROL_ID_MAX) > 0) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "control_id")
                            .expected("0 to 3")
                            .found(Integer.toUnsignedLong(id)));
        }
    }

    private static int u32(RecordFrame frame, long at) throws IOException {
        return frame.body()
                .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(frame.context().order()), at);
    }
}
