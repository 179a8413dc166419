package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.verify.Finding;
import org.xenimage.image.verify.Guard;
import org.xenimage.image.verify.Reading;
import org.xenimage.image.verify.Rule;
import org.xenimage.image.verify.Severity;
import org.xenimage.image.verify.Verifier;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Images that real Xens wrote are read, verified and copied. */
class RealImageTest {
    private static final int BATCH_MAX = 1024;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"417-pv1.save", "417-pvh1.save", "417-hvm1.save", "414-pv.migrate.fwd"})
    void aCopyThroughFileOrPipeIsTheSameFileAndXenTakesIt(String name)
            throws IOException, InterruptedException {
        Path image = RealImages.file(name);
        Path copies = Files.createDirectory(folder.resolve("copies"));
        copy(ChannelSource.open(image), copies.resolve("file.xl"), ImageTransform.IDENTITY);
        copy(ChannelSource.open(image), copies.resolve("guarded.xl"), Guard.ofImage(name));
        copy(
                ChannelSource.over("pipe", FileChannel.open(image)),
                copies.resolve("pipe.xl"),
                RealImageTest::looking);
        for (String copy : List.of("file.xl", "guarded.xl", "pipe.xl")) {
            assertEquals(-1, Files.mismatch(image, copies.resolve(copy)), copy);
        }
        XenVerifier.find()
                .verify(copies, folder)
                .forEach((copy, verdict) ->
                        assertTrue(verdict.accepted(), () -> copy + ": " + verdict.reason()));
    }

    @ParameterizedTest
    @CsvSource({"417-pv1.save, 0", "417-pvh1.save, 0", "417-hvm1.save, 0", "414-pv.migrate.fwd, 1"})
    void theVerifierHasNothingToSayButOfTheGoAhead(String name, int goAheads) throws IOException {
        for (Reading reading : Reading.values()) {
            List<Finding> findings = new ArrayList<>();
            read(name, new Verifier(name, reading, findings::add));
            assertEquals(goAheads, findings.size(), findings::toString);
            for (Finding finding : findings) {
                assertEquals(Rule.STREAM_TAIL, finding.rule());
                assertEquals(Severity.NOTE, finding.severity());
            }
        }
    }

    @Test
    void aPvImageHasTheRecordsThatXenWrites() throws IOException {
        List<String> expected =
                List.of(
                        "xl header",
                        "config",
                        "site metadata",
                        "libxl header",
                        "record libxl LIBXC_CONTEXT",
                        "libxc header",
                        "record X86_PV_INFO",
                        "record X86_CPUID_POLICY",
                        "record X86_MSR_POLICY",
                        "record STATIC_DATA_END",
                        "record X86_PV_P2M_FRAMES",
                        "record PAGE_DATA",
                        "record X86_TSC_INFO",
                        "record SHARED_INFO",
                        "record X86_PV_VCPU_BASIC",
                        "record X86_PV_VCPU_EXTENDED",
                        "record X86_PV_VCPU_XSAVE",
                        "record END",
                        "record libxl END",
                        "end of the stream");
        assertEquals(expected, labels("417-pv1.save"));
        List<String> migrated = new ArrayList<>(expected);
        migrated.add("bytes after the stream");
        assertEquals(migrated, labels("414-pv.migrate.fwd"));
    }

    @ParameterizedTest
    @CsvSource({"417-pvh1.save, false", "417-hvm1.save, true"})
    void anHvmImageHasTheRecordsThatXenWrites(String name, boolean emulated) throws IOException {
        List<String> expected =
                new ArrayList<>(
                        List.of(
                                "libxc header",
                                "record X86_CPUID_POLICY",
                                "record X86_MSR_POLICY",
                                "record STATIC_DATA_END",
                                "record PAGE_DATA",
                                "record X86_TSC_INFO",
                                "record HVM_CONTEXT",
                                "record HVM_PARAMS",
                                "record END"));
        if (emulated) expected.add("record libxl EMULATOR_CONTEXT");
        expected.addAll(List.of("record libxl END", "end of the stream"));
        List<String> labels = labels(name);
        assertEquals(expected, labels.subList(labels.indexOf("libxc header"), labels.size()));
    }

    @ParameterizedTest
    @CsvSource({
        "417-pv1.save,       10240,       0",
        "414-pv.migrate.fwd, 10240,       2",
        "417-pvh1.save,      12240, 1032240",
        "417-hvm1.save,      16379, 1028101"
    })
    void theGuestHasItsPages(String name, int withContents, int entriesWithout) throws IOException {
        TreeSet<Long> pfns = new TreeSet<>();
        int[] without = {0};
        readPages(
                name,
                batch -> {
                    assertTrue(batch.count() <= BATCH_MAX);
                    for (int i = 0; i < batch.count(); i++) {
                        if (batch.type(i).hasData()) pfns.add(batch.pfn(i));
                        else without[0]++;
                    }
                });
        assertEquals(withContents, pfns.size());
        assertEquals(entriesWithout, without[0]);
    }

    /** Page tables differ: an image holds PFNs in them, a core file MFNs. */
    @ParameterizedTest
    @CsvSource({"417-pv1, 10240", "417-pvh1, 12191"})
    void pageContentsAreThoseOfACoreFileOfTheSameMoment(String name, int pages) throws IOException {
        Map<Long, ByteBuffer> expected = DumpCore.read(RealImages.file(name + ".core")).contents();
        Map<Long, PageType> compared = new HashMap<>();
        readPages(
                name + ".save",
                batch -> {
                    ByteBuffer data = batch.data().asByteBuffer();
                    int page = 0;
                    for (int i = 0; i < batch.count(); i++) {
                        if (!batch.type(i).hasData()) continue;
                        ByteBuffer found =
                                data.slice(page++ * PageBatch.PAGE_SIZE, PageBatch.PAGE_SIZE);
                        ByteBuffer core = expected.get(batch.pfn(i));
                        if (core == null) continue;
                        compared.put(batch.pfn(i), batch.type(i));
                        if (batch.type(i) == PageType.NOTAB)
                            assertEquals(-1, core.mismatch(found), "pfn " + batch.pfn(i));
                    }
                });
        assertEquals(pages, compared.size());
    }

    /** Reads every byte before it passes it on. */
    private static void looking(ImageElement element, ImageSink down) throws IOException {
        if (element instanceof PageBatch batch)
            assertEquals(batch.dataCount() * 4096L, batch.data().byteSize());
        if (element instanceof RecordFrame frame)
            assertArrayEquals(new byte[(int) frame.padding().byteSize()], bytes(frame));
        down.accept(element);
    }

    private static byte[] bytes(RecordFrame frame) throws IOException {
        return frame.padding().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private static void copy(ByteSource source, Path to, ImageTransform transform)
            throws IOException {
        try (ImageReader reader = Images.load().open(source);
                var writer = reader.format().write(ChannelSink.create(to))) {
            reader.drainTo(transform.onto(writer));
        }
    }

    /** The labels in order, one that repeats itself once. */
    private static List<String> labels(String name) throws IOException {
        List<String> labels = new ArrayList<>();
        read(
                name,
                element -> {
                    if (labels.isEmpty() || !labels.getLast().equals(element.label()))
                        labels.add(element.label());
                });
        return labels;
    }

    private interface Pages {
        void accept(PageBatch batch) throws IOException;
    }

    private static void readPages(String name, Pages pages) throws IOException {
        read(
                name,
                element -> {
                    if (element instanceof PageBatch batch) pages.accept(batch);
                });
    }

    private static void read(String name, ImageSink sink) throws IOException {
        try (ImageReader reader = Images.load().open(ChannelSource.open(RealImages.file(name)))) {
            reader.drainTo(sink);
        }
    }
}
