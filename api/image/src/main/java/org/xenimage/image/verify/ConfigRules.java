package org.xenimage.image.verify;

import com.fasterxml.jackson.databind.JsonNode;

import org.xenimage.image.element.Config;
import org.xenimage.image.element.GuestType;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageEntry;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.page.PfnSet;
import org.xenimage.image.record.RecordType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * What the config of an xl file says against what its stream has: the guest's type, vCPUs, memory
 * and device model.
 *
 * <p>libxl makes the domain as the config says and then lets libxc fill it from the stream
 * ({@code tools/libs/light/libxl_create.c}, {@code tools/libs/guest/xg_sr_restore*.c}). It refuses
 * another type of guest, a vCPU that the domain does not have, and a page for which it has no
 * memory. Fewer vCPUs or pages than the config says are allowed: a vCPU may be offline, and a
 * guest may have given memory back.
 *
 * <p>What makes a restore fail is an error to a judge; to a receiver it is a warning if the image
 * came so, and an error if it was edited into it. Pages are counted for a judge only, within the
 * bounds of {@link PfnSet}.
 */
final class ConfigRules {
    /** {@code LIBXL_MAXMEM_CONSTANT}, and the ROMs that a device model adds, in KiB. */
    private static final long EXTRA = 4 << 10;

    private static final long EXTRA_OF_EMULATOR = 16 << 10;
    private static final long KIB_OF_PAGE = PageBatch.PAGE_SIZE / 1024;
    private static final int VCPUS_MAX = 8192;
    private static final int HVM_CPU = 2;
    private static final List<String> TYPES = List.of("pv", "hvm", "pvh");

    /** {@code emulator_id}: of no known device model, of qemu-traditional, of upstream QEMU. */
    private static final List<String> EMULATORS = List.of("", "qemu_xen_traditional", "qemu_xen");

    private final FindingLog findings;
    private Optional<JsonNode> config = Optional.empty();
    private boolean asItCame;
    private final BitSet vcpus = new BitSet();
    private Optional<PfnSet> pages = Optional.empty();
    private boolean emulator;
    private boolean emulatorReported;

    ConfigRules(FindingLog findings) {
        this.findings = findings;
    }

    /** Takes the config, whose tree fits into the heap. */
    void config(Config element, JsonNode tree) {
        config = Optional.of(tree);
        asItCame = element.offset() != Fault.NO_OFFSET;
        if (findings.reading() == Reading.VERIFY) pages = Optional.of(new PfnSet());
        String type = text("c_info", "type");
        JsonNode build = tree.path("b_info");
        for (String other : TYPES) {
            if (type.isEmpty() || other.equals(type) || !build.has("type." + other)) continue;
            refused(
                    findings.at(element)
                            .field("b_info.type." + other)
                            .expected("type.%s, as c_info.type says".formatted(type))
                            .found("type." + other)
                            .remedy("libxl does not make such a domain"));
        }
    }

    void header(LibxcHeader header) {
        String type = text("c_info", "type");
        Optional<GuestType> guest = header.guestType();
        if (!TYPES.contains(type) || guest.isEmpty()) return;
        GuestType wanted = type.equals("pv") ? GuestType.PV : GuestType.HVM;
        if (guest.get() == wanted) return;
        refused(
                findings.at(header, 24, "type")
                        .expected("%s, as c_info.type of the config is %s".formatted(wanted, type))
                        .found(guest.get().toString())
                        .remedy("no Xen restores it"));
    }

    void pages(PageBatch batch) throws IOException {
        if (pages.isEmpty()) return;
        try {
            for (int i = 0; i < batch.count(); i++) {
                long entry = batch.entry(i);
                if (populated(entry)) pages.get().add(new PageEntry(entry).pfn());
            }
        } catch (LimitExceeded e) {
            pages = Optional.empty();
        } catch (CorruptImage e) {
            return; // the rules of PAGE_DATA tell
        }
    }

    /** Whether a receiver gives the guest memory for a page. */
    private static boolean populated(long entry) {
        int type = new PageEntry(entry).typeCode();
        return type != PageType.XTAB.code() && type != PageType.BROKEN.code();
    }

    void record(RecordFrame frame) throws IOException {
        if (config.isEmpty()) return;
        RecordType type = frame.type();
        if (type.equals(RecordType.X86_PV_VCPU_BASIC) && frame.bodyLength() > 8) {
            vcpu(Integer.toUnsignedLong(frame.body().get(u32(frame), 0)));
        } else if (type.equals(RecordType.HVM_CONTEXT)) {
            context(frame);
        } else if (type.equals(RecordType.END)) {
            asItCame &= frame.offset() != Fault.NO_OFFSET;
            vcpus(frame);
            memory(frame);
        } else if (type.equals(RecordType.EMULATOR_CONTEXT) && frame.bodyLength() >= 8) {
            emulator = true;
            emulator(frame);
        } else if (type.equals(RecordType.LIBXL_END)) {
            noEmulator(frame);
        }
    }

    private static ValueLayout.OfInt u32(RecordFrame frame) {
        return ValueLayout.JAVA_INT_UNALIGNED.withOrder(frame.context().order());
    }

    private void vcpu(long id) {
        if (id < VCPUS_MAX) vcpus.set((int) id);
    }

    /** Takes the vCPUs of the entries that have a whole descriptor; whether all is right is for other rules. */
    private void context(RecordFrame frame) throws IOException {
        MemorySegment body = frame.body();
        ByteOrder order = frame.context().order();
        ValueLayout.OfShort u16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
        for (long at = 0; body.byteSize() - at >= 8; ) {
            int type = Short.toUnsignedInt(body.get(u16, at));
            if (type == 0) return;
            if (type == HVM_CPU) vcpu(Short.toUnsignedLong(body.get(u16, at + 2)));
            at += 8 + Integer.toUnsignedLong(body.get(u32(frame), at + 4));
        }
    }

    private void vcpus(RecordFrame end) {
        long configured = number("b_info", "max_vcpus");
        if (configured <= 0 || vcpus.isEmpty()) return;
        if (vcpus.length() > configured) {
            refused(
                    findings.at(end)
                            .field("vCPUs")
                            .expected(
                                    "ids below %d, the max_vcpus of the config"
                                            .formatted(configured))
                            .found("a context of vCPU %d".formatted(vcpus.length() - 1))
                            .remedy("no Xen restores it"));
        } else if (vcpus.cardinality() < configured) {
            findings.note(
                    Rule.CONTRADICTION,
                    findings.at(end)
                            .field("vCPUs")
                            .expected(
                                    "%d contexts, the max_vcpus of the config"
                                            .formatted(configured))
                            .found(Integer.toString(vcpus.cardinality()))
                            .remedy("a vCPU without one was offline and stays offline"));
        }
    }

    private void memory(RecordFrame end) {
        if (pages.isEmpty()) return;
        long there = pages.get().size() * KIB_OF_PAGE;
        long most = number("b_info", "max_memkb");
        long extra = text("c_info", "type").equals("hvm") ? EXTRA_OF_EMULATOR : EXTRA;
        long target = number("b_info", "target_memkb");
        if (most > 0 && there - extra > most) {
            memory(
                    end,
                    "at most %d KiB plus the domain's own pages, the max_memkb of the config"
                            .formatted(most),
                    there,
                    "Xen allocates no memory for the others, so the restore fails");
        } else if (target > 0 && there < target / 2) {
            memory(
                    end,
                    "about %d KiB, the target_memkb of the config".formatted(target),
                    there,
                    "the guest returned memory, or pages are missing");
        }
    }

    private void memory(RecordFrame end, String expected, long there, String remedy) {
        findings.warning(
                Rule.CONTRADICTION,
                findings.at(end)
                        .field("pages")
                        .expected(expected)
                        .found("%d KiB".formatted(there))
                        .remedy(remedy));
    }

    private void emulator(RecordFrame frame) throws IOException {
        String configured = text("b_info", "device_model_version");
        int id = frame.body().get(u32(frame), 0);
        boolean known = id > 0 && id < EMULATORS.size();
        if (!known || emulatorReported || !EMULATORS.contains(configured) || configured.isEmpty())
            return;
        if (EMULATORS.get(id).equals(configured)) return;
        emulatorReported = true;
        findings.warning(
                Rule.CONTRADICTION,
                findings.at(frame, 8, "emulator_id")
                        .expected(
                                "that of %s, the device_model_version of the config"
                                        .formatted(configured))
                        .found("%d, that of %s".formatted(id, EMULATORS.get(id)))
                        .remedy("the device model does not accept the state of a different one"));
    }

    private void noEmulator(RecordFrame end) {
        if (emulator || !text("c_info", "type").equals("hvm")) return;
        findings.warning(
                Rule.CONTRADICTION,
                findings.at(end)
                        .problem("is not preceded by EMULATOR_CONTEXT")
                        .expected("one, as c_info.type of the config is hvm")
                        .remedy("the device model has no state to start from"));
    }

    /** What makes a restore fail. */
    private void refused(Fault fault) {
        if (findings.reading() == Reading.RESTORE && asItCame)
            findings.warning(Rule.CONTRADICTION, fault);
        else findings.error(Rule.CONTRADICTION, fault);
    }

    private String text(String object, String key) {
        return config.map(tree -> tree.path(object).path(key).asText("")).orElse("");
    }

    /** A number of the config that means something; libxl's "not set" is all ones. */
    private long number(String object, String key) {
        return config.map(tree -> tree.path(object).path(key))
                .filter(value -> value.isIntegralNumber() && value.canConvertToLong())
                .map(JsonNode::longValue)
                .orElse(-1L);
    }
}
