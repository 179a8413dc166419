package org.xenimage.sample;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.image.element.Config;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.LibvirtHeader;
import org.xenimage.image.element.LibxcHeader;
import org.xenimage.image.element.LibxlHeader;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.SiteMetadata;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.element.TrailingBytes;
import org.xenimage.image.element.XenopsdHeader;
import org.xenimage.image.element.XlHeader;
import org.xenimage.image.layout.FieldValue;
import org.xenimage.image.record.CpuidPolicy;
import org.xenimage.image.record.EmulatorContext;
import org.xenimage.image.record.HvmContext;
import org.xenimage.image.record.HvmEntry;
import org.xenimage.image.record.HvmEntryType;
import org.xenimage.image.record.HvmParams;
import org.xenimage.image.record.P2mFrames;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.SharedInfo;
import org.xenimage.image.record.VcpuBasic;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Verifier;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

class SampleImageTest {
    private static final long WRITABLE = 2;

    static Stream<SampleImage> small() {
        return Arrays.stream(SampleGuest.values())
                .flatMap(guest ->
                        Stream.of(1, 4, 33, 65)
                                .flatMap(memory ->
                                        Stream.of(1, 4)
                                                .map(vcpus ->
                                                        SampleImage.of(guest)
                                                                .withMemoryMiB(memory)
                                                                .withVcpus(vcpus))));
    }

    @ParameterizedTest
    @MethodSource("small")
    void theVerifierFindsNothing(SampleImage sample) throws IOException {
        List<Finding> findings = new ArrayList<>();
        sample.writeTo(new Verifier("a sample", Reading.VERIFY, findings::add));
        assertEquals(List.of(), findings);
    }

    @ParameterizedTest
    @EnumSource
    void mostVcpusFitInEightMebibytes(SampleGuest guest) throws IOException {
        SampleImage sample = SampleImage.of(guest).withMemoryMiB(8).withVcpus(guest.vcpusMax());
        List<Finding> findings = new ArrayList<>();
        sample.writeTo(new Verifier("a sample", Reading.VERIFY, findings::add));
        assertEquals(List.of(), findings);
        assertEquals(guest.vcpusMax(), roots(KeptImage.of(sample)).size());
    }

    @ParameterizedTest
    @CsvSource({"HVM, 64", "PVH, 128"})
    void tooManyVcpusForTheMemoryAreRefusedBeforeAnyElement(SampleGuest guest, int vcpus) {
        SampleImage sample = SampleImage.of(guest).withMemoryMiB(1).withVcpus(vcpus);
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                sample.writeTo(element -> {
                                    throw new AssertionError(element.label());
                                }));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.startsWith("1 MiB is too little"), message);
        String remedy = message.replaceFirst(".*; use at least (\\d+) MiB", "$1");
        assertEquals(7, sample.withMemoryMiB(Integer.parseInt(remedy)).markers().size());
    }

    @ParameterizedTest
    @CsvSource({"0, 1, a", "1048577, 1, a", "64, 0, a", "64, 33, a", "64, 1, 'a b'", "64, 1, ''"})
    void optionsOutOfRangeAreRefused(int memory, int vcpus, String name) {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new SampleImage(
                                SampleGuest.PV, memory, vcpus, 1, name, true, SampleToolstack.XL));
    }

    @ParameterizedTest
    @MethodSource("small")
    void everyVcpuReachesTheMarkersThroughTheDirectMap(SampleImage sample) throws IOException {
        KeptImage image = KeptImage.of(sample);
        List<Marker> markers = sample.markers();
        assertEquals(7, markers.size());
        assertEquals(2, markers.stream().filter(Marker::split).count());
        for (long root : roots(image)) {
            for (Marker marker : markers) {
                long address = GuestMemory.direct(marker.pfn()) + marker.offset();
                byte[] found = image.read(root, address, marker.text().length());
                assertEquals(marker.text(), new String(found, StandardCharsets.US_ASCII));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("small")
    void noMarkerStandsElsewhere(SampleImage sample) throws IOException {
        KeptImage image = KeptImage.of(sample);
        Set<Long> found = new HashSet<>();
        for (long pfn : image.types().keySet()) {
            if (!image.hasPage(pfn)) continue;
            String text = latin1(image.page(pfn));
            if (text.contains(Marker.PREFIX)) found.add(pfn);
        }
        Set<Long> expected = new HashSet<>();
        for (Marker marker : sample.markers()) {
            if (marker.offset() + Marker.PREFIX.length() <= PageBatch.PAGE_SIZE)
                expected.add(marker.pfn());
        }
        assertEquals(expected, found);
    }

    @ParameterizedTest
    @MethodSource("small")
    void everyRamPageIsReachedThroughTheDirectMap(SampleImage sample) throws IOException {
        KeptImage image = KeptImage.of(sample);
        long root = roots(image).getFirst();
        long end = (long) sample.memoryMiB() << 8;
        for (long pfn = 0; pfn < end; pfn++) {
            var physical = image.walk(root, GuestMemory.direct(pfn));
            assertEquals(
                    image.hasPage(pfn), physical.isPresent(), "PFN 0x" + Long.toHexString(pfn));
            if (physical.isPresent()) assertEquals(pfn << 12, physical.get());
        }
        assertTrue(image.walk(root, GuestMemory.direct(end)).isEmpty());
    }

    @ParameterizedTest
    @MethodSource("small")
    void everyEntryNamesPagesThatExistAndHaveTheFittingType(SampleImage sample) throws IOException {
        KeptImage image = KeptImage.of(sample);
        boolean pv = sample.guest() == SampleGuest.PV;
        for (long root : allRoots(image)) {
            assertEquals(pv ? PageType.L4TAB_PIN : PageType.NOTAB, image.type(root));
            image.eachEntry(
                    root,
                    4,
                    (level, slot, entry, large) -> {
                        long pfn = (entry & KeptImage.FRAME_MASK) >>> 12;
                        long count = large ? 1L << (9 * (level - 1)) : 1;
                        for (long i = 0; i < count; i++) assertTrue(image.hasPage(pfn + i));
                        assertFalse(pv && large, "a PV guest has no large pages");
                        assertFalse(pv && level == 4 && slot >= 256 && slot <= 271);
                        if (!pv) return;
                        int below = image.type(pfn).code() & 7;
                        if (level > 1) assertEquals(level - 1, below);
                        else if (below != 0) assertEquals(0, entry & WRITABLE);
                    });
        }
    }

    @ParameterizedTest
    @MethodSource("small")
    void batchesAscendAndHoldUpTo1024Pages(SampleImage sample) throws IOException {
        KeptImage image = KeptImage.of(sample);
        assertTrue(image.ascending());
        List<Integer> batches = image.batches();
        assertEquals(
                Set.of(),
                Set.copyOf(
                        batches.subList(0, batches.size() - 1).stream()
                                .filter(count -> count != 1024)
                                .toList()));
        assertTrue(batches.getLast() <= 1024);
    }

    @ParameterizedTest
    @EnumSource
    void aVcpuStandsInTheKernelOnAStack(SampleGuest guest) throws IOException {
        SampleImage sample = SampleImage.of(guest).withVcpus(3);
        KeptImage image = KeptImage.of(sample);
        List<Long> roots = roots(image);
        for (int vcpu = 0; vcpu < 3; vcpu++) {
            FieldValue.Group registers = registers(image, vcpu);
            long root = roots.get(vcpu);
            // after the hypercall: syscall, or vmmcall
            byte[] before = image.read(root, registers.unsigned("rip") - 3, 3);
            String hypercall = HexFormat.of().formatHex(before);
            assertEquals(guest == SampleGuest.PV ? "530f05" : "0f01d9", hypercall);
            long returned = guest == SampleGuest.PV ? 16 : 0;
            long address = word(image.read(root, registers.unsigned("rsp") + returned, 8));
            assertEquals(GuestMemory.KERNEL + KernelContents.WAIT, address);
        }
    }

    @Test
    void theProcessHasItsOwnMemory() throws IOException {
        for (SampleGuest guest : SampleGuest.values()) {
            SampleImage sample = SampleImage.of(guest);
            KeptImage image = KeptImage.of(sample);
            Marker own = sample.markers().getFirst();
            long root = roots(image).getFirst();
            long data = GuestMemory.USER_CODE + PageBatch.PAGE_SIZE;
            assertEquals(own.pfn() << 12, image.walk(root, data).orElseThrow());
            assertTrue(image.walk(root, GuestMemory.USER_STACK).isPresent());
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "64", "300"})
    void theP2mOfAPvGuestHangsTogether(int memory) throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(SampleGuest.PV).withMemoryMiB(memory));
        var frames = (P2mFrames) image.record(RecordType.X86_PV_P2M_FRAMES);
        long pages = (long) memory << 8;
        assertEquals(pages - 1, frames.endPfn());
        List<Long> mfns = new ArrayList<>();
        for (long frame : frames.pfns()) {
            assertEquals(PageType.NOTAB, image.type(frame));
            for (int i = 0; i < 512; i++) mfns.add(image.word(frame, 8L * i));
        }
        assertEquals(pages, new HashSet<>(mfns.subList(0, (int) pages)).size());
        assertTrue(mfns.stream().skip(pages).allMatch(beyond -> beyond == -1));

        FieldValue.Group arch = ((SharedInfo) image.record(RecordType.SHARED_INFO)).fields();
        assertEquals(pages, arch.unsigned("arch.max_pfn"));
        long top = mfns.indexOf(arch.unsigned("arch.pfn_to_mfn_frame_list_list"));
        long list = mfns.indexOf(image.word(top, 0));
        for (int i = 0; i < frames.pfns().size() && i < 512; i++) {
            assertEquals(frames.pfns().get(i), (long) mfns.indexOf(image.word(list, 8L * i)));
        }
        long root = mfns.indexOf(arch.unsigned("arch.p2m_cr3") >>> 12);
        assertEquals(PageType.L4TAB_PIN, image.type(root));
        long linear = arch.unsigned("arch.p2m_vaddr");
        for (int i = 0; i < frames.pfns().size(); i++) {
            long address = linear + (long) i * PageBatch.PAGE_SIZE;
            assertEquals(frames.pfns().get(i) << 12, image.walk(root, address).orElseThrow());
        }
    }

    @Test
    void theStartInfoOfAPvGuestNamesItsRings() throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(SampleGuest.PV));
        long startInfo = registers(image, 0).unsigned("rdx");
        assertEquals(PageType.NOTAB, image.type(startInfo));
        assertTrue(latin1(image.page(startInfo)).startsWith("xen-3.0-x86_64\0"));
        assertEquals(64 << 8, image.word(startInfo, 32));
        for (int ring : List.of(56, 72)) {
            assertEquals(PageType.NOTAB, image.type(image.word(startInfo, ring)));
        }
    }

    @Test
    void descriptorTablesOfAPvGuestAreNotMappedForWriting() throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(SampleGuest.PV).withVcpus(2));
        Set<Long> tables = new HashSet<>();
        for (XenRecord record : image.records(RecordType.X86_PV_VCPU_BASIC)) {
            tables.add(((VcpuBasic) record).fields().unsigned("gdt_frames[0]"));
        }
        assertEquals(2, tables.size());
        for (long root : allRoots(image)) {
            image.eachEntry(
                    root,
                    4,
                    (level, _, entry, _) -> {
                        long pfn = (entry & KeptImage.FRAME_MASK) >>> 12;
                        if (tables.contains(pfn)) assertEquals(0, entry & WRITABLE);
                        if (tables.contains(pfn)) assertEquals(1, level);
                    });
        }
        for (long table : tables) {
            // a 64-bit code segment where the code selector of the registers leads
            assertEquals(0x00affb000000ffffL, image.word(table, 0x10));
        }
    }

    @Test
    void anHvmGuestHasTheEntriesThatXenWrites() throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(SampleGuest.HVM).withVcpus(2));
        var context = (HvmContext) image.record(RecordType.HVM_CONTEXT);
        assertEquals(
                List.of(
                        1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 14, 14, 16, 16, 18,
                        18, 19, 19, 0),
                context.entries().stream().map(HvmEntry::typecode).toList());
        var emulator = (EmulatorContext) image.record(RecordType.EMULATOR_CONTEXT);
        assertTrue(emulator.state().toString().startsWith("5145564d00000003"));
    }

    @Test
    void aPvhGuestHasNoEmulatorAndItsConfigSaysSo() throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(SampleGuest.PVH));
        assertEquals(List.of(), image.records(RecordType.EMULATOR_CONTEXT));
        JsonNode config = image.config().json();
        assertEquals("pvh", config.at("/c_info/type").asText());
    }

    @ParameterizedTest
    @EnumSource(names = {"HVM", "PVH"})
    void theParametersOfAnHvmGuestNamePagesThatExist(SampleGuest guest) throws IOException {
        KeptImage image = KeptImage.of(SampleImage.of(guest));
        var params = (HvmParams) image.record(RecordType.HVM_PARAMS);
        for (String name : List.of("STORE_PFN", "IOREQ_PFN", "BUFIOREQ_PFN", "CONSOLE_PFN")) {
            long pfn = params.value(name).orElseThrow();
            assertTrue(image.hasPage(pfn), name);
        }
        long identity = params.value("IDENT_PT").orElseThrow() >>> 12;
        assertEquals(0x004000e7000000e7L, image.word(identity, 0));
        if (guest == SampleGuest.HVM) assertEquals(PageType.XTAB, image.type(0xa0));
    }

    @Test
    void memoryAboveTheHoleGoesOnAtFourGibibytes() {
        SampleImage sample = SampleImage.of(SampleGuest.PVH).withMemoryMiB(5 * 1024);
        var memory = new HvmMemory(sample);
        assertTrue(memory.ram(0xeffff));
        assertFalse(memory.ram(0xf0000));
        assertTrue(memory.ram(0x100000));
        assertTrue(memory.ram(0x14ffff));
        assertFalse(memory.ram(0x150000));
        long ram =
                memory.extents().stream()
                        .filter(extent -> extent.type().hasData() && memory.ram(extent.first()))
                        .mapToLong(Extent::count)
                        .sum();
        assertEquals(memory.pages(), ram);
    }

    @ParameterizedTest
    @EnumSource
    void extentsOfATebibyteAreNamedWithoutMakingThem(SampleGuest guest) {
        SampleImage sample = SampleImage.of(guest).withMemoryMiB(SampleImage.MEMORY_MAX);
        assertEquals(7, sample.markers().size());
    }

    @Test
    void theConfigIsThatOfTheGuest() throws IOException {
        SampleImage sample =
                SampleImage.of(SampleGuest.HVM).withName("web-1").withVcpus(2).withMemoryMiB(5);
        JsonNode config = KeptImage.of(sample).config().json();
        assertEquals("web-1", config.at("/c_info/name").asText());
        assertEquals(sample.uuid().toString(), config.at("/c_info/uuid").asText());
        assertEquals(5120, config.at("/b_info/max_memkb").asInt());
        assertEquals("xenbr0", config.at("/nics/0/bridge").asText());
        assertTrue(config.at("/nics/0/mac").asText().startsWith("00:16:3e:"));
        assertEquals("xvda", config.at("/disks/0/vdev").asText());
        JsonNode bare = KeptImage.of(sample.withDevices(false)).config().json();
        assertFalse(bare.has("nics") || bare.has("disks"));
    }

    @Test
    void theCpuHasWhatTheRegistersUse() throws IOException {
        for (SampleGuest guest : SampleGuest.values()) {
            KeptImage image = KeptImage.of(SampleImage.of(guest).withMemoryMiB(4));
            var policy = (CpuidPolicy) image.record(RecordType.X86_CPUID_POLICY);
            assertEquals("AuthenticAMD", policy.vendor().orElseThrow());
            assertEquals("Xenimage sample CPU", policy.brand().orElseThrow().strip());
            assertTrue(
                    policy.features().containsAll(List.of("xsave", "avx", "lm", "nx", "syscall")),
                    () -> policy.features().toString());
        }
    }

    @Test
    void theLogBeginsWithTheBannerAndANoteNamesTheTables() throws IOException {
        for (SampleGuest guest : SampleGuest.values()) {
            SampleImage sample = SampleImage.of(guest);
            KeptImage image = KeptImage.of(sample);
            boolean banner = false;
            boolean note = false;
            for (long pfn : image.types().keySet()) {
                if (!image.hasPage(pfn)) continue;
                String text = latin1(image.page(pfn));
                banner |= text.startsWith("Linux version 6.1.0-xenimage (");
                note |= text.contains("VMCOREINFO\0\0OSRELEASE=6.1.0-xenimage\nPAGESIZE=4096\n");
            }
            assertTrue(banner && note, guest::name);
        }
    }

    @Test
    void theSeedChangesPagesRegistersAndUuid() throws IOException {
        for (SampleGuest guest : SampleGuest.values()) {
            SampleImage sample = SampleImage.of(guest).withMemoryMiB(4);
            SampleImage other = sample.withSeed(2);
            assertNotEquals(sample.uuid(), other.uuid());
            KeptImage image = KeptImage.of(sample);
            KeptImage changed = KeptImage.of(other);
            assertNotEquals(
                    registers(image, 0).unsigned("rbx"), registers(changed, 0).unsigned("rbx"));
            long differing =
                    image.types().keySet().stream()
                            .filter(image::hasPage)
                            .filter(pfn -> image.page(pfn).mismatch(changed.page(pfn)) >= 0)
                            .count();
            assertTrue(differing > 400, () -> differing + " pages differ");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "PV, bbeaa79361bf46bf5e977bf6dde908d89bd850514cae529187f899d0a52aac04",
        "HVM, 17ce8f1bf3e3ca3dc584f62888b5741799fc5584d73547b1e26e454481b9c526",
        "PVH, 78df8f7bf25e325cda087c818872734f12689db985ba3f853b62b69b44404aea",
    })
    void theSameOptionsGiveTheSameBytes(SampleGuest guest, String golden)
            throws IOException, NoSuchAlgorithmException {
        SampleImage sample = SampleImage.of(guest).withMemoryMiB(4).withVcpus(2);
        byte[] first = Digest.of(sample);
        assertArrayEquals(first, Digest.of(sample));
        assertEquals(golden, HexFormat.of().formatHex(first));
    }

    /** The SHA-256 of all bytes that the elements hold. */
    private record Digest(MessageDigest digest) implements ImageSink {
        static byte[] of(SampleImage sample) throws IOException, NoSuchAlgorithmException {
            var digest = new Digest(MessageDigest.getInstance("SHA-256"));
            sample.writeTo(digest);
            return digest.digest.digest();
        }

        @Override
        public void accept(ImageElement element) throws IOException {
            switch (element) {
                case Config config -> add(config.bytes().all());
                case RecordFrame frame -> add(frame.bytes().all());
                case PageBatch batch -> add(batch.bytes().all());
                case XlHeader header -> add(header.mandatoryFlags() + " " + header.optionalFlags());
                case LibvirtHeader header -> add(Integer.toString(header.version()));
                case XenopsdHeader header -> add(header.encode());
                case LibxlHeader header -> add(header.version() + " " + header.options());
                case LibxcHeader header -> add(header.version() + " " + header.type());
                case SiteMetadata metadata -> add(metadata.bytes().all());
                case StreamEnd end -> add(end.ending().name());
                case TrailingBytes trailing -> add(trailing.bytes().all());
            }
        }

        private void add(String text) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
        }

        private void add(MemorySegment bytes) {
            digest.update(bytes.asByteBuffer());
        }
    }

    /** The PFN of each vCPU's page table. */
    private static List<Long> roots(KeptImage image) {
        List<Long> roots = new ArrayList<>();
        for (XenRecord record : image.records(RecordType.X86_PV_VCPU_BASIC)) {
            roots.add(((VcpuBasic) record).fields().unsigned("ctrlreg[3]") >>> 12);
        }
        for (XenRecord record : image.records(RecordType.HVM_CONTEXT)) {
            for (HvmEntry entry : ((HvmContext) record).entries(HvmEntryType.CPU)) {
                roots.add(((FieldValue.Group) entry.body()).unsigned("cr3") >>> 12);
            }
        }
        return roots;
    }

    /** Those, and what the process of a PV guest runs on. */
    private static Set<Long> allRoots(KeptImage image) {
        Set<Long> roots = new HashSet<>(roots(image));
        for (XenRecord record : image.records(RecordType.X86_PV_VCPU_BASIC)) {
            long user = ((VcpuBasic) record).fields().unsigned("ctrlreg[1]");
            if ((user & 1) != 0) roots.add(user >>> 12);
        }
        return roots;
    }

    private static FieldValue.Group registers(KeptImage image, int vcpu) {
        List<XenRecord> basic = image.records(RecordType.X86_PV_VCPU_BASIC);
        if (!basic.isEmpty()) return ((VcpuBasic) basic.get(vcpu)).fields().group("user_regs");
        var context = (HvmContext) image.record(RecordType.HVM_CONTEXT);
        return (FieldValue.Group) context.entries(HvmEntryType.CPU).get(vcpu).body();
    }

    private static long word(byte[] bytes) {
        return MemorySegment.ofArray(bytes).get(GuestMemory.U64, 0);
    }

    private static String latin1(MemorySegment bytes) {
        byte[] all = bytes.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
        return new String(all, StandardCharsets.ISO_8859_1);
    }
}
