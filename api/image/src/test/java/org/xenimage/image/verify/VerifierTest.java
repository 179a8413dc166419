package org.xenimage.image.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.xenimage.image.verify.Elements.hvm;
import static org.xenimage.image.verify.Elements.libxcHeader;
import static org.xenimage.image.verify.Elements.libxlHeader;
import static org.xenimage.image.verify.Elements.pages;
import static org.xenimage.image.verify.Elements.pv;
import static org.xenimage.image.verify.Elements.record;
import static org.xenimage.image.verify.Elements.trailing;
import static org.xenimage.image.verify.Elements.tsc;
import static org.xenimage.image.verify.Elements.vcpu;
import static org.xenimage.image.verify.Elements.wire;
import static org.xenimage.image.verify.Elements.xlHeader;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Each rule finds what breaks it, and nothing else. */
class VerifierTest {
    /** What a receiver ignores and only a judge reports. */
    private static final Set<Rule> FOR_A_JUDGE =
            Set.of(
                    Rule.BYTE_ORDER,
                    Rule.LIBXL_OPTIONS,
                    Rule.LIBXC_OPTIONS,
                    Rule.LIBXC_DOMAIN,
                    Rule.RECORD_PADDING,
                    Rule.RECORD_RESERVED,
                    Rule.PAGE_RESERVED);

    /** READABLE, PROVENANCE and PARTIAL are not here: whoever opens an image looks at these. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"READABLE", "PROVENANCE", "PARTIAL", "CORE_MAP", "CORE_COUNT"})
    void aBreakOfOneRuleIsFoundAsThatRuleAlone(Rule rule) {
        List<Finding> findings = broken(rule).findings(Reading.VERIFY);
        assertEquals(Set.of(rule), rules(findings), findings::toString);
        findings.forEach(
                finding -> assertEquals("test.save", finding.fault().source(), finding::toString));
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"READABLE", "PROVENANCE", "PARTIAL", "CORE_MAP", "CORE_COUNT"})
    void aReceiverIgnoresByteOrderReservedBitsAndPadding(Rule rule) {
        assertEquals(FOR_A_JUDGE.contains(rule), broken(rule).findings(Reading.RESTORE).isEmpty());
    }

    @Test
    void wellFormedImagesHaveNoFindings() {
        assertEquals(List.of(), pv().findings(Reading.VERIFY));
        assertEquals(List.of(), hvm().findings(Reading.VERIFY));
    }

    @Test
    void identifiersAreStableAndEachRuleHasItsOwn() {
        Set<String> ids = new TreeSet<>();
        for (Rule rule : Rule.values()) {
            assertTrue(ids.add(rule.id()), rule.id());
            assertEquals(
                    rule.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'), rule.id());
            assertFalse(rule.text().isBlank());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,  4096, false",
        "1, 4096, false",
        "4, 4096, false",
        "5, 4096, true",
        "6, 4096, true",
        "7,  4096, true",
        "8, 4096, true",
        "9, 4096, false",
        "12, 4096, false",
        "13,    0, false",
        "14,   0, false",
        "15,   0, false"
    })
    void pageTypesOfTheSpecificationPassAndNoOthers(int type, int contents, boolean refused) {
        var batch =
                org.xenimage.image.element.PageBatch.of(
                        ByteOrder.LITTLE_ENDIAN,
                        new long[] {(long) type << 60},
                        MemorySegment.ofArray(new byte[contents]));
        Set<Rule> rules = rules(pv().with("record PAGE_DATA", batch).findings(Reading.RESTORE));
        assertEquals(refused, rules.contains(Rule.PAGE_TYPE));
        assertEquals(refused, !rules.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"15, true", "16, false"})
    void aPfnOfAPvGuestLiesWithinItsP2m(long pfn, boolean allowed) {
        assertEquals(
                allowed,
                pv().with("record PAGE_DATA", pages(pfn)).findings(Reading.RESTORE).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"0xffffffffff, true", "0x10000000000, false"})
    void aPfnOfAnHvmGuestLiesWithinWhatAnAddressCanReach(String pfn, boolean allowed) {
        Elements image = hvm().with("record PAGE_DATA", pages(Long.decode(pfn)));
        assertEquals(allowed, image.findings(Reading.RESTORE).isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "X86_PV_VCPU_BASIC,       0, RECORD_EMPTY",
        "X86_PV_VCPU_BASIC,    5160, RECORD_LENGTH",
        "X86_PV_VCPU_EXTENDED,    0, RECORD_EMPTY",
        "X86_PV_VCPU_EXTENDED,  136, RECORD_LENGTH",
        "X86_PV_VCPU_XSAVE,       8, RECORD_LENGTH",
        "X86_PV_VCPU_MSRS,       24, RECORD_LENGTH"
    })
    void aVcpuRecordHasTheLengthOfItsContext(String type, int context, Rule rule) {
        RecordType record =
                RecordType.named(org.xenimage.image.record.Layer.LIBXC, type).orElseThrow();
        Elements image = pv().after("record X86_PV_VCPU_BASIC", vcpu(record, context));
        assertEquals(Set.of(rule), rules(image.findings(Reading.RESTORE)));
    }

    @Test
    void anEmptyVcpuRecordIsNoVcpu() {
        Elements image =
                pv().with("record X86_PV_VCPU_BASIC", vcpu(RecordType.X86_PV_VCPU_BASIC, 0));
        assertTrue(rules(image.findings(Reading.RESTORE)).contains(Rule.RECORD_MISSING));
    }

    @Test
    void aNarrowGuestHasNarrowRecords() {
        RecordFrame info = record(RecordType.X86_PV_INFO, wire().u8(4).u8(3).u16(0).u32(0));
        Elements narrow = pv().with("record X86_PV_INFO", info);
        assertEquals(Set.of(Rule.RECORD_LENGTH), rules(narrow.findings(Reading.VERIFY)));
        Elements fitting =
                narrow.with("record X86_PV_VCPU_BASIC", vcpu(RecordType.X86_PV_VCPU_BASIC, 2800));
        assertEquals(List.of(), fitting.findings(Reading.VERIFY));
    }

    @Test
    void version2InfersTheEndOfStaticData() {
        Elements image =
                pv().with("libxc header", libxcHeader(2, 1, 0, 0))
                        .without("record X86_CPUID_POLICY")
                        .without("record X86_MSR_POLICY")
                        .without("record STATIC_DATA_END");
        assertEquals(List.of(), image.findings(Reading.VERIFY));
    }

    @Test
    void version3RecordsDoNotBelongInVersion2() {
        Elements image = pv().with("libxc header", libxcHeader(2, 1, 0, 0));
        List<Finding> findings = image.findings(Reading.RESTORE);
        assertEquals(3, findings.size());
        assertEquals(Set.of(Rule.RECORD_MISPLACED), rules(findings));
    }

    @Test
    void everyMandatoryRecordIsMissedAtEnd() {
        for (String label :
                List.of("record SHARED_INFO", "record X86_PV_VCPU_BASIC", "record PAGE_DATA")) {
            assertTrue(
                    rules(pv().without(label).findings(Reading.RESTORE))
                            .contains(Rule.RECORD_MISSING),
                    label);
        }
        for (String label :
                List.of("record HVM_CONTEXT", "record HVM_PARAMS", "record PAGE_DATA")) {
            assertEquals(
                    Set.of(Rule.RECORD_MISSING),
                    rules(hvm().without(label).findings(Reading.RESTORE)),
                    label);
        }
    }

    @Test
    void aCheckpointedStreamMayEndAfterACheckpoint() {
        Elements gone =
                pv().with("record END", record(RecordType.CHECKPOINT))
                        .with("record libxl END", record(RecordType.CHECKPOINT_END))
                        .with(
                                "end of the stream",
                                new StreamEnd(-1, StreamEnd.Ending.SENDER_GONE, Elements.NONE));
        List<Finding> findings = gone.findings(Reading.VERIFY);
        assertEquals(List.of(Severity.NOTE), findings.stream().map(Finding::severity).toList());
        Elements never = gone.without("record libxl CHECKPOINT_END");
        assertTrue(errors(never).contains(Rule.STREAM_END));
    }

    @Test
    void coloStatesStandRightAfterACheckpoint() {
        RecordFrame state = record(RecordType.CHECKPOINT_STATE, wire().u32(0).u32(0));
        Elements remus =
                pv().before("record END", record(RecordType.CHECKPOINT))
                        .before("record END", record(RecordType.CHECKPOINT_END));
        assertEquals(List.of(), remus.findings(Reading.VERIFY));
        assertEquals(List.of(), remus.before("record END", state).findings(Reading.VERIFY));
        assertEquals(Set.of(Rule.STREAM_ORDER), errors(remus.before("record CHECKPOINT", state)));
        assertEquals(Set.of(Rule.STREAM_ORDER), errors(pv().before("record libxl END", state)));
    }

    @Test
    void theGoAheadAfterTheStreamIsANoteAndAnythingElseAWarning() {
        String goAhead = "domain is yours, you are cleared to unpause\0";
        Elements complete = pv().after("end of the stream", trailing(goAhead));
        Elements pieces =
                pv().after("end of the stream", trailing(goAhead.substring(9)))
                        .after("end of the stream", trailing(goAhead.substring(0, 9)));
        Elements more = pv().after("end of the stream", trailing(goAhead + "x"));
        assertEquals(Severity.NOTE, complete.findings(Reading.VERIFY).getFirst().severity());
        assertEquals(Severity.NOTE, pieces.findings(Reading.VERIFY).getFirst().severity());
        assertEquals(Severity.WARNING, more.findings(Reading.VERIFY).getFirst().severity());
    }

    @Test
    void pageDataMadeAsARecordIsJudgedAsPages() {
        RecordFrame pages =
                record(RecordType.PAGE_DATA, wire().u32(1).u32(0).u64(0xf000_0000_0000_0010L));
        Elements image = pv().after("record PAGE_DATA", pages);
        assertEquals(Set.of(Rule.PAGE_RANGE), rules(image.findings(Reading.RESTORE)));
    }

    /** Xen writes none of these, but other readers of dump-cores read them. */
    @Test
    void whatOtherReadersReadOfADumpCoreIsAWarning() {
        RecordFrame invalid = record(RecordType.CORE_INVALID, wire().u64(3));
        RecordFrame unplaced = record(RecordType.CORE_UNPLACED, wire().fill(0, 4096));
        RecordFrame unbacked = record(RecordType.CORE_UNBACKED, wire().u64(9));
        assertEquals(Set.of(Rule.CORE), rules(core(5, 1, pages(1, 5), invalid)));
        for (Elements map :
                List.of(
                        core(2, 1, pages(5, 1)),
                        core(3, 1, pages(1), pages(1), pages(2)),
                        core(5, 1, pages(1), invalid, pages(5)),
                        core(2, 1, pages(1, 5), unplaced),
                        core(2, 1, pages(1, 5), unbacked)))
            assertEquals(Set.of(Rule.CORE, Rule.CORE_MAP), rules(map));
        for (Elements count : List.of(core(3, 1, pages(1, 5)), core(2, 2, pages(1, 5))))
            assertEquals(Set.of(Rule.CORE, Rule.CORE_COUNT), rules(count));
    }

    /** Its records excuse what is missing in a file of its own, not in the stream of a save. */
    @Test
    void aSaveIsNotExcusedAsADumpCore() {
        Elements disguised =
                pv().without("record SHARED_INFO")
                        .after("record X86_PV_INFO", record(RecordType.CORE_NOTES, wire().u64(0)));
        assertEquals(Set.of(Rule.RECORD_MISSING), errors(disguised));
    }

    private static Set<Rule> rules(Elements image) {
        List<Finding> findings = image.findings(Reading.VERIFY);
        assertEquals(findings, image.findings(Reading.RESTORE));
        assertTrue(
                findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR),
                findings::toString);
        return rules(findings);
    }

    /** The stream of a dump-core of an HVM guest with one context. */
    private static Elements core(long pages, long vcpus, ImageElement... body) {
        List<ImageElement> all = new ArrayList<>();
        all.add(libxcHeader(3, 2, 0, 0));
        all.add(
                record(
                        RecordType.CORE_NOTES,
                        wire().u32(4)
                                .u32(32)
                                .u32(0x2000001)
                                .u32(0x006e6558)
                                .u64(0xf00febeeL)
                                .u64(vcpus)
                                .u64(pages)
                                .u64(4096)));
        all.add(record(RecordType.CORE_CONTEXTS, wire().fill(0, 5168)));
        all.addAll(List.of(body));
        all.add(record(RecordType.END));
        all.add(new StreamEnd(-1, StreamEnd.Ending.COMPLETE, Elements.NONE));
        return new Elements(all);
    }

    /** A well-formed image except for one rule. */
    private static Elements broken(Rule rule) {
        return switch (rule) {
            case XL_FLAGS ->
                    pv().with("xl header", xlHeader(ByteOrder.LITTLE_ENDIAN, 4, Elements.NONE));
            case XL_CONFIG -> pv().with("config", new Config(-1, bytes((byte) '[', (byte) 0)));
            case XL_TAIL ->
                    pv().with("xl header", xlHeader(ByteOrder.LITTLE_ENDIAN, 0, bytes((byte) 7)));
            case LIBVIRT_HEADER ->
                    pv().with(
                                    "xl header",
                                    new LibvirtHeader(
                                            0,
                                            ByteOrder.LITTLE_ENDIAN,
                                            LibvirtHeader.VERSION,
                                            bytes(new byte[39], (byte) 1),
                                            Elements.NONE))
                            .with("config", xml("<domain type='xen'/>"));
            case BYTE_ORDER ->
                    pv().with("xl header", xlHeader(ByteOrder.BIG_ENDIAN, 0, Elements.NONE));
            case STREAM_ORDER ->
                    pv().before("record END", record(RecordType.EMULATOR_CONTEXT, wire().u64(0)));
            case LIBXL_OPTIONS -> pv().with("libxl header", libxlHeader(4));
            case LIBXC_OPTIONS -> pv().with("libxc header", libxcHeader(3, 1, 2, 0));
            case LIBXC_DOMAIN -> pv().with("libxc header", libxcHeader(3, 1, 0, 1));
            case RECORD_TYPE -> pv().before("record END", record(RecordType.libxc(0x13)));
            case RECORD_OPTIONAL -> pv().before("record END", record(RecordType.libxc(0x80000001)));
            case RECORD_PADDING -> hvm().with("record libxl EMULATOR_CONTEXT", unclean());
            case RECORD_LENGTH ->
                    pv().with("record SHARED_INFO", record(RecordType.SHARED_INFO, wire().u64(0)));
            case RECORD_RESERVED -> pv().with("record X86_TSC_INFO", tsc(1));
            case RECORD_MISPLACED ->
                    pv().before("record END", record(RecordType.HVM_PARAMS, wire().u64(0)));
            case RECORD_REPEATED -> pv().twice("record X86_PV_INFO");
            case RECORD_ORDER -> pv().swapped("record X86_PV_INFO", "record X86_PV_P2M_FRAMES");
            case RECORD_MISSING -> pv().without("record SHARED_INFO");
            case RECORD_FIELD ->
                    hvm().with(
                                    "record libxl EMULATOR_CONTEXT",
                                    record(RecordType.EMULATOR_CONTEXT, wire().u32(3).u32(0)));
            case RECORD_EMPTY ->
                    hvm().after("record HVM_PARAMS", record(RecordType.HVM_PARAMS, wire().u64(0)));
            case RECORD_DEPRECATED ->
                    hvm().before("record END", record(RecordType.TOOLSTACK, wire().u64(0)));
            case PAGE_COUNT ->
                    hvm().after(
                                    "record PAGE_DATA",
                                    record(RecordType.PAGE_DATA, wire().u32(0).u32(0).u64(0)));
            case PAGE_TYPE ->
                    hvm().after(
                                    "record PAGE_DATA",
                                    record(
                                            RecordType.PAGE_DATA,
                                            wire().u32(1).u32(0).u64(5L << 60)));
            case PAGE_RESERVED -> pv().with("record PAGE_DATA", pages(0, 1L << 52));
            case PAGE_RANGE -> pv().with("record PAGE_DATA", pages(Elements.LAST_PFN + 1));
            case STREAM_END -> pv().without("record libxl END");
            case STREAM_TAIL -> pv().after("end of the stream", trailing("x"));
            case EXTENDED_STATE -> ExtendedStateTest.pv(1 << 26, 7);
            case CONTRADICTION -> pv().with("config", ContradictionTest.config("hvm", 1, 0));
            case CORE -> core(2, 1, pages(1, 5));
            case READABLE, PROVENANCE, PARTIAL, CORE_MAP, CORE_COUNT ->
                    throw new IllegalArgumentException("not a rule for elements");
        };
    }

    /** An EMULATOR_CONTEXT of one byte, with a byte of its padding set. */
    private static RecordFrame unclean() {
        byte[] bytes = wire().u32(3).u32(9).u32(2).u32(0).fill(1, 2).pad().toArray();
        return new RecordFrame(
                "test.save",
                -1,
                RecordType.EMULATOR_CONTEXT,
                9,
                RecordContext.X86_64,
                bytes(bytes));
    }

    private static Config xml(String text) {
        return new Config(-1, bytes((text + "\0").getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void theConfigIsInTheLanguageOfItsToolstack() {
        LibvirtHeader libvirt = LibvirtHeader.plain();
        Elements whole = pv().with("xl header", libvirt).with("config", xml("<domain/>"));
        assertEquals(Set.of(), rules(whole.findings(Reading.VERIFY)));
        assertEquals(Set.of(Rule.XL_CONFIG), errors(pv().with("xl header", libvirt)));
        assertEquals(Set.of(Rule.XL_CONFIG), errors(pv().with("config", xml("<domain/>"))));
    }

    private static ByteRun bytes(byte[] first, byte last) {
        byte[] all = Arrays.copyOf(first, first.length + 1);
        all[first.length] = last;
        return bytes(all);
    }

    private static ByteRun bytes(byte... bytes) {
        return ByteRun.of(MemorySegment.ofArray(bytes));
    }

    private static Set<Rule> errors(Elements image) {
        return rules(
                image.findings(Reading.RESTORE).stream()
                        .filter(finding -> finding.severity() == Severity.ERROR)
                        .toList());
    }

    private static Set<Rule> rules(List<Finding> findings) {
        return findings.stream().map(Finding::rule).collect(Collectors.toSet());
    }
}
