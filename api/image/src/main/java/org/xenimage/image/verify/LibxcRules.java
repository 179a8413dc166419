package org.xenimage.image.verify;

import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Set;

/**
 * The rules of the libxc stream (libxc-migration-stream, revision 3), and what its receiver in Xen
 * ({@code tools/libs/guest/xg_sr_restore*.c}) insists on beyond them.
 *
 * <p>HVM_PARAMS after HVM_CONTEXT is not a finding although the specification forbids it: that is the order in which
 * every Xen writes them, and the receiver keeps the context until the end.
 */
final class LibxcRules {
    /** The last PFN that an x86 address can reach: 52 bits less the 12 of a page. */
    private static final long PFN_LAST = (1L << 40) - 1;

    private static final int VCPU_ID_LIMIT = 8192;
    private static final int VCPU_HEADER = 8;

    private final FindingLog findings;
    private int version = LibxcHeader.VERSION_MAX;
    private boolean pv;
    private boolean pagesSeen;
    private boolean withinLibxl;
    private int guestWidth = 8;
    private long p2mEnd = PFN_LAST;
    private final Set<RecordType> seen = new HashSet<>();
    private final BitSet vcpus = new BitSet();
    private final CoreRules core;
    private final ExtendedStateRules extendedState;

    LibxcRules(FindingLog findings) {
        this.findings = findings;
        this.core = new CoreRules(findings);
        this.extendedState = new ExtendedStateRules(findings);
    }

    /** The stream is inside a libxl stream, so it must have what that of a dump-core may lack. */
    void withinLibxl() {
        withinLibxl = true;
    }

    void header(LibxcHeader header) {
        version = header.version();
        pv = header.guestType().filter(GuestType.PV::equals).isPresent();
        if ((header.options() & ~1) != 0 || header.reserved16() != 0 || header.reserved32() != 0) {
            findings.unclean(
                    Rule.LIBXC_OPTIONS,
                    findings.at(header, 16, "options and reserved fields")
                            .expected("no bits except bit 0 of options")
                            .found(
                                    "options 0x%04x, reserved 0x%04x 0x%08x"
                                            .formatted(
                                                    header.options() & 0xffff,
                                                    header.reserved16() & 0xffff,
                                                    header.reserved32())));
        }
        if (header.domainReserved() != 0) {
            findings.unclean(
                    Rule.LIBXC_DOMAIN,
                    findings.at(header, 30, "reserved")
                            .expected("0")
                            .found(Short.toUnsignedLong(header.domainReserved())));
        }
    }

    void record(RecordFrame frame) throws IOException {
        RecordType type = frame.type();
        if (type.ofCore() && !withinLibxl) {
            core.record(frame);
            return;
        }
        if (!type.known()) {
            LibxlRules.unknown(findings, frame);
            return;
        }
        switch (type.code()) {
            case 0x00 -> end(frame);
            case 0x01 -> pages(batch(frame));
            case 0x02 -> pvInfo(frame);
            case 0x03 -> p2mFrames(frame);
            case 0x04, 0x05, 0x06, 0x0c -> vcpu(frame);
            case 0x07 -> sharedInfo(frame);
            case 0x08 -> tscInfo(frame);
            case 0x09 -> hvmContext(frame);
            case 0x0a -> hvmParams(frame);
            case 0x0b ->
                    findings.error(
                            Rule.RECORD_DEPRECATED,
                            findings.at(frame)
                                    .problem("was used in development only")
                                    .remedy("no Xen restores it"));
            case 0x0d -> exactLength(frame, 0);
            case 0x0e -> {
                exactLength(frame, 0);
                complete(frame);
            }
            case 0x0f ->
                    findings.error(
                            Rule.RECORD_MISPLACED,
                            findings.at(frame)
                                    .problem(
                                            "is sent from a secondary to its primary and is never part of an image"));
            case 0x10 -> staticDataEnd(frame);
            case 0x11 -> {
                policy(frame, 24);
                extendedState.policy(frame);
            }
            case 0x12 -> policy(frame, 16);
            default -> throw new IllegalStateException("a known record without a rule: " + type);
        }
        seen.add(type);
    }

    void pages(PageBatch batch) throws IOException {
        if (core.is()) {
            core.pages(batch);
        } else {
            if (pv && !seen.contains(RecordType.X86_PV_P2M_FRAMES))
                before(batch, RecordType.X86_PV_P2M_FRAMES);
            if (!pagesSeen) staticDataBefore(batch);
        }
        pagesSeen = true;
        try {
            entries(batch);
            batch.dataCount();
        } catch (CorruptImage e) {
            Rule rule = "count".equals(e.fault().field()) ? Rule.PAGE_COUNT : Rule.RECORD_LENGTH;
            findings.error(rule, findings.named(e.fault()));
        }
    }

    private void entries(PageBatch batch) throws IOException {
        int count = batch.count();
        if (findings.reading() == Reading.VERIFY) {
            int reserved =
                    batch.bytes()
                            .first(PageBatch.FIXED_LENGTH)
                            .get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(batch.order()), 12);
            if (reserved != 0) reserved(batch, 12, Integer.toUnsignedLong(reserved));
        }
        long last = pv ? p2mEnd : PFN_LAST;
        int beyond = 0;
        int firstBeyond = 0;
        for (int i = 0; i < count; i++) {
            long entry = batch.entry(i);
            int code = new PageEntry(entry).typeCode();
            if (code >= 5 && code <= 8) {
                findings.error(
                        Rule.PAGE_TYPE,
                        entryFault(batch, i)
                                .expected("a page type of the specification")
                                .found(PageType.of(entry).code()));
            }
            if ((entry & PageBatch.RESERVED_MASK) != 0) {
                findings.unclean(
                        Rule.PAGE_RESERVED,
                        entryFault(batch, i).expected("bits 59-52 zero").found(entry));
            }
            if (new PageEntry(entry).pfn() > last && beyond++ == 0) firstBeyond = i;
        }
        if (beyond > 0) outOfRange(batch, firstBeyond, beyond, last);
    }

    /**
     * PFNs beyond the p2m, reported once per record. No Xen restores them, so a verifier reports an
     * error, and so does the guard after a policy that made them; but an image that already has
     * them is passed on unchanged.
     */
    private void outOfRange(PageBatch batch, int first, int count, long last) throws IOException {
        Fault fault =
                entryFault(batch, first)
                        .expected("a PFN up to 0x" + Long.toHexString(last))
                        .found(
                                "0x%x, and %d more in this record"
                                        .formatted(batch.pfn(first), count - 1))
                        .remedy("no Xen restores it");
        boolean asItCame =
                findings.reading() == Reading.RESTORE && batch.offset() != Fault.NO_OFFSET;
        if (asItCame) findings.warning(Rule.PAGE_RANGE, fault);
        else findings.error(Rule.PAGE_RANGE, fault);
    }

    /** PAGE_DATA that was made as a record is checked as PAGE_DATA. */
    private static PageBatch batch(RecordFrame frame) {
        return new PageBatch(
                frame.label(),
                frame.offset(),
                frame.bodyLength(),
                frame.context().order(),
                frame.bytes());
    }

    private Fault entryFault(PageBatch batch, int index) {
        return findings.at(batch, PageBatch.FIXED_LENGTH + 8L * index, "pfn[" + index + "]");
    }

    private void pvInfo(RecordFrame frame) throws IOException {
        if (misplaced(frame, true) || !exactLength(frame, 8)) return;
        once(frame);
        int width = u8(frame, 0);
        int levels = u8(frame, 1);
        if (!((width == 8 && levels == 4) || (width == 4 && levels == 3))) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "guest_width, pt_levels")
                            .expected("8 and 4, or 4 and 3")
                            .found(width + " and " + levels));
        } else {
            guestWidth = width;
        }
        MemorySegment body = frame.body();
        for (int at = 2; at < 8; at++) {
            if (body.get(ValueLayout.JAVA_BYTE, at) == 0) continue;
            reserved(frame, 8L + at, Byte.toUnsignedLong(body.get(ValueLayout.JAVA_BYTE, at)));
            return;
        }
    }

    private void p2mFrames(RecordFrame frame) throws IOException {
        if (misplaced(frame, true)) return;
        if (!seen.contains(RecordType.X86_PV_INFO)) before(frame, RecordType.X86_PV_INFO);
        staticDataBefore(frame);
        if (frame.bodyLength() < 8) {
            lengthError(frame, "at least 0x8");
            return;
        }
        long start = u32(frame, 0);
        long end = u32(frame, 4);
        if (start > end) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "p2m_start_pfn")
                            .expected("at most p2m_end_pfn, 0x" + Long.toHexString(end))
                            .found(start));
            return;
        }
        long perFrame = PageBatch.PAGE_SIZE / guestWidth;
        long frames = end / perFrame - start / perFrame + 1;
        if (!exactLength(frame, 8 + 8 * frames)) return;
        p2mEnd = end;
        MemorySegment body = frame.body();
        for (long i = 0; i < frames; i++) {
            long pfn =
                    body.get(
                            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(frame.context().order()),
                            8 + 8 * i);
            if (Long.compareUnsigned(pfn, end) <= 0) continue;
            findings.error(
                    Rule.PAGE_RANGE,
                    findings.at(frame, 16 + 8 * i, "p2m_pfn[" + i + "]")
                            .expected("a PFN up to 0x" + Long.toHexString(end))
                            .found(pfn));
            return;
        }
    }

    private void vcpu(RecordFrame frame) throws IOException {
        if (misplaced(frame, true)) return;
        if (!pagesSeen && !core.is()) before(frame, RecordType.PAGE_DATA);
        if (frame.bodyLength() < VCPU_HEADER) {
            lengthError(frame, "at least 0x8");
            return;
        }
        long id = u32(frame, 0);
        if (id >= VCPU_ID_LIMIT) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "vcpu_id").expected("below 0x2000").found(id));
        }
        if (u32(frame, 4) != 0) reserved(frame, 12, u32(frame, 4));
        long context = frame.bodyLength() - VCPU_HEADER;
        RecordType type = frame.type();
        if (context == 0) {
            empty(frame);
        } else if (type.equals(RecordType.X86_PV_VCPU_BASIC)) {
            exactLength(frame, VCPU_HEADER + (guestWidth == 8 ? 5168 : 2800));
            if (id < VCPU_ID_LIMIT) vcpus.set((int) id);
        } else if (type.equals(RecordType.X86_PV_VCPU_EXTENDED) && context > 128) {
            lengthError(frame, "at most 0x88");
        } else if (type.equals(RecordType.X86_PV_VCPU_XSAVE)) {
            if (context < 16) lengthError(frame, "at least 0x18");
            else extendedState.vcpu(frame, id, u64(frame, VCPU_HEADER + 8));
        } else if (type.equals(RecordType.X86_PV_VCPU_MSRS) && context % 16 != 0) {
            lengthError(frame, "0x8 and a multiple of 0x10");
        }
    }

    private void sharedInfo(RecordFrame frame) {
        if (misplaced(frame, true)) return;
        if (!seen.contains(RecordType.X86_PV_INFO)) before(frame, RecordType.X86_PV_INFO);
        exactLength(frame, PageBatch.PAGE_SIZE);
    }

    private void tscInfo(RecordFrame frame) throws IOException {
        if (!exactLength(frame, 24)) return;
        if (u32(frame, 0) > 3) {
            findings.error(
                    Rule.RECORD_FIELD,
                    findings.at(frame, 8, "mode").expected("0 to 3").found(u32(frame, 0)));
        }
        if (u32(frame, 20) != 0) reserved(frame, 28, u32(frame, 20));
    }

    private void hvmContext(RecordFrame frame) throws IOException {
        if (misplaced(frame, false)) return;
        if (frame.bodyLength() == 0) {
            lengthError(frame, "above 0");
            return;
        }
        boolean asItCame =
                findings.reading() == Reading.RESTORE && frame.offset() != Fault.NO_OFFSET;
        if (asItCame && !extendedState.hasPolicy()) return;
        try {
            if (frame.decode() instanceof HvmContext context) extendedState.hvm(frame, context);
        } catch (ImageException e) {
            if (!asItCame) findings.error(Rule.RECORD_FIELD, findings.named(e.fault()));
        }
    }

    private void hvmParams(RecordFrame frame) throws IOException {
        if (misplaced(frame, false)) return;
        if (frame.bodyLength() < 8) {
            lengthError(frame, "at least 0x8");
            return;
        }
        long count = u32(frame, 0);
        if (u32(frame, 4) != 0) reserved(frame, 12, u32(frame, 4));
        if (count == 0) empty(frame);
        exactLength(frame, 8 + 16 * count);
    }

    private void staticDataEnd(RecordFrame frame) {
        onlyVersion3(frame);
        once(frame);
        exactLength(frame, 0);
    }

    private void policy(RecordFrame frame, int entry) {
        onlyVersion3(frame);
        if (frame.bodyLength() == 0 || frame.bodyLength() % entry != 0) {
            lengthError(frame, "a multiple of 0x" + Integer.toHexString(entry) + " above 0");
        }
    }

    private void end(RecordFrame frame) {
        exactLength(frame, 0);
        complete(frame);
    }

    /** At END and at each CHECKPOINT the guest can be built. */
    private void complete(RecordFrame frame) {
        if (core.is()) {
            core.end(frame);
            return;
        }
        Set<RecordType> needed =
                pv
                        ? Set.of(
                                RecordType.X86_PV_INFO,
                                RecordType.X86_PV_P2M_FRAMES,
                                RecordType.SHARED_INFO)
                        : Set.of(RecordType.HVM_CONTEXT, RecordType.HVM_PARAMS);
        needed.stream()
                .filter(type -> !seen.contains(type))
                .sorted((a, b) -> Integer.compare(a.code(), b.code()))
                .forEach(type -> missing(frame, type.toString()));
        if (!pagesSeen) missing(frame, RecordType.PAGE_DATA.toString());
        if (pv && !vcpus.get(0)) missing(frame, "X86_PV_VCPU_BASIC of vCPU 0");
    }

    private void missing(RecordFrame frame, String record) {
        findings.error(
                Rule.RECORD_MISSING,
                findings.at(frame)
                        .problem("is not preceded by " + record)
                        .remedy("no Xen restores it"));
    }

    private void staticDataBefore(ImageElement element) {
        if (version >= 3 && !seen.contains(RecordType.STATIC_DATA_END))
            before(element, RecordType.STATIC_DATA_END);
    }

    private void before(ImageElement element, RecordType needed) {
        findings.error(
                Rule.RECORD_ORDER,
                findings.at(element)
                        .problem("comes before any " + needed)
                        .remedy("a receiver needs " + needed + " first"));
    }

    private boolean misplaced(RecordFrame frame, boolean forPv) {
        if (pv == forPv) return false;
        findings.error(
                Rule.RECORD_MISPLACED,
                findings.at(frame)
                        .problem(
                                "is for "
                                        + (forPv ? "PV" : "HVM")
                                        + " guests; this one is "
                                        + (pv ? "PV" : "HVM")));
        return true;
    }

    private void once(RecordFrame frame) {
        if (seen.contains(frame.type())) {
            findings.error(Rule.RECORD_REPEATED, findings.at(frame).problem("appears twice"));
        }
    }

    private void onlyVersion3(RecordFrame frame) {
        if (version < 3) {
            findings.error(
                    Rule.RECORD_MISPLACED,
                    findings.at(frame).problem("belongs to version 3; this stream is version 2"));
        }
    }

    private boolean exactLength(RecordFrame frame, long expected) {
        if (frame.bodyLength() == expected) return true;
        lengthError(frame, "0x" + Long.toHexString(expected));
        return false;
    }

    private void lengthError(RecordFrame frame, String expected) {
        findings.error(
                Rule.RECORD_LENGTH,
                findings.at(frame, 4, "body_length").expected(expected).found(frame.bodyLength()));
    }

    private void empty(RecordFrame frame) {
        findings.warning(
                Rule.RECORD_EMPTY,
                findings.at(frame).problem("has no content").remedy("a restore ignores it"));
    }

    private void reserved(ImageElement element, long bytes, long found) {
        findings.unclean(
                Rule.RECORD_RESERVED,
                findings.at(element, bytes, "reserved").expected("0").found(found));
    }

    private static int u8(RecordFrame frame, long at) throws IOException {
        return Byte.toUnsignedInt(frame.body().get(ValueLayout.JAVA_BYTE, at));
    }

    private static long u32(RecordFrame frame, long at) throws IOException {
        return Integer.toUnsignedLong(
                frame.body()
                        .get(
                                ValueLayout.JAVA_INT_UNALIGNED.withOrder(frame.context().order()),
                                at));
    }

    private static long u64(RecordFrame frame, long at) throws IOException {
        return frame.body()
                .get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(frame.context().order()), at);
    }
}
