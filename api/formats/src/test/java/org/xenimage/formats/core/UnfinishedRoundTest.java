package org.xenimage.formats.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.formats.elf.Elf;
import org.xenimage.formats.elf.ElfFile;
import org.xenimage.formats.elf.ElfSection;
import org.xenimage.image.Images;
import org.xenimage.image.element.PageType;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.rewrite.Conversion;
import org.xenimage.image.rewrite.Conversion.Target;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.WriteOptions;
import org.xenimage.image.spi.WriteOptions.Compression;
import org.xenimage.tests.testkit.BuiltStream;
import org.xenimage.tests.testkit.StreamBuilder;
import org.xenimage.tests.testkit.StreamBuilder.Outermost;
import org.xenimage.tests.testkit.StreamPart;
import org.xenimage.tools.diff.Difference;
import org.xenimage.tools.diff.ImageContent;
import org.xenimage.tools.diff.ImageDiff;
import org.xenimage.tools.index.ImageIndex;
import org.xenimage.tools.index.PageIndex;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A checkpointed stream that ends within a round is the guest of its last checkpoint in whatever
 * debuggers open, and the native form gives the whole stream back anyway.
 */
class UnfinishedRoundTest {
    private static final long XTAB = 0xfL << 60;

    @TempDir private Path folder;

    static java.util.stream.Stream<Arguments> targets() {
        return Arrays.stream(Outermost.values())
                .flatMap(layer ->
                        java.util.stream.Stream.of(Target.NATIVE, Target.VMCORE, Target.DUMP_CORE)
                                .map(target -> Arguments.of(layer, target)));
    }

    /** A round that changes pages, brings new ones in front and behind, and takes one away. */
    private static StreamBuilder round(StreamBuilder streams, int value, long... entries) {
        for (long entry : entries) {
            boolean data = (entry & XTAB) == 0;
            ByteBuffer body =
                    ByteBuffer.allocate(16 + (data ? 4096 : 0)).order(ByteOrder.LITTLE_ENDIAN);
            body.putInt(1).putInt(0).putLong(entry);
            if (data) Arrays.fill(body.array(), 16, body.capacity(), (byte) value);
            streams.record("PAGE_DATA", 0x01, body.array());
        }
        return streams;
    }

    private static byte[] vcpu(int value) {
        byte[] body = new byte[8 + VcpuContexts.LENGTH_64];
        Arrays.fill(body, 8, body.length, (byte) value);
        return body;
    }

    private static BuiltStream stream(Outermost outermost) {
        StreamBuilder all = round(StreamBuilder.pv().from(outermost), 1, 2, 4, 6, 8).checkpoint();
        round(all, 2, 4, 5, XTAB | 6, 8, 10).checkpoint();
        round(all, 3, 4, 4, 3, 5, 6, XTAB | 8, 12, 10, 5, 2);
        all.record("SHARED_INFO", 0x07, new byte[4096]);
        return all.record("X86_PV_VCPU_BASIC", 0x04, vcpu(3)).unfinished();
    }

    @ParameterizedTest
    @MethodSource("targets")
    void isThrownAwayInWhatDebuggersOpen(Outermost outermost, Target target) throws IOException {
        BuiltStream stream = stream(outermost);
        byte[] bytes = stream.bytes();
        int from = afterSecondCheckpoint(stream);
        for (int end = from; end <= bytes.length; end += Math.max(1, (bytes.length - from) / 9)) {
            Map<Long, Byte> pages = made(Arrays.copyOf(bytes, end), outermost, target);
            pages.values().removeIf(value -> value == 0);
            assertEquals(
                    Map.of(2L, (byte) 1, 4L, (byte) 2, 5L, (byte) 2, 8L, (byte) 2, 10L, (byte) 2),
                    pages,
                    "cut at " + end);
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void aWholeLastRoundCounts(Outermost outermost, Target target) throws IOException {
        StreamBuilder all = round(StreamBuilder.pv().from(outermost), 1, 2, 4).checkpoint();
        byte[] gone = round(all, 2, 4, 5).checkpoint().unfinished().bytes();
        Map<Long, Byte> pages = made(gone, outermost, target);
        assertEquals(Map.of(2L, (byte) 1, 4L, (byte) 2, 5L, (byte) 2), pages);
        StreamBuilder ended = round(StreamBuilder.pv().from(outermost), 1, 2, 4).checkpoint();
        pages = made(round(ended, 2, 4, 5).complete().bytes(), outermost, target);
        assertEquals(Map.of(2L, (byte) 1, 4L, (byte) 2, 5L, (byte) 2), pages);
    }

    /** Whatever opens the stream by position, or compares it, sees the guest of the last checkpoint. */
    @ParameterizedTest
    @EnumSource
    void isThrownAwayWherePagesAndRecordsAreLookedUp(Outermost outermost) throws IOException {
        byte[] bytes = stream(outermost).bytes();
        int from = afterSecondCheckpoint(stream(outermost));
        Path complete = Files.write(folder.resolve("checkpoint"), Arrays.copyOf(bytes, from));
        for (int end = from; end <= bytes.length; end += Math.max(1, (bytes.length - from) / 9)) {
            Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(bytes, end));
            Path made = folder.resolve("native");
            convert(cut, made, Target.NATIVE);
            for (Path file : List.of(cut, made)) {
                String at = file.getFileName() + " cut at " + end;
                try (ImageIndex index = ImageIndex.open(Images.load(), ChannelSource.open(file))) {
                    assertEquals(
                            Map.of(
                                    2L, (byte) 1, 4L, (byte) 2, 5L, (byte) 2, 8L, (byte) 2, 10L,
                                    (byte) 2),
                            contents(index.pages()),
                            at);
                    assertEquals(PageType.XTAB, index.pages().type(6), at);
                    List<RecordFrame> frames =
                            index.elements().stream()
                                    .filter(RecordFrame.class::isInstance)
                                    .map(RecordFrame.class::cast)
                                    .toList();
                    for (RecordFrame frame : frames)
                        if (frame.type().equals(RecordType.X86_PV_VCPU_BASIC))
                            assertEquals(0x11, frame.body().get(ValueLayout.JAVA_BYTE, 600), at);
                    assertEquals(2, count(frames, RecordType.CHECKPOINT), at);
                    assertTrue(index.first(StreamEnd.class).isPresent(), at);
                    // that an incomplete record follows is no round yet
                    if (end == from) assertFalse(index.unfinishedRound(), at);
                    if (end == bytes.length) assertTrue(index.unfinishedRound(), at);
                }
                try (ImageReader one = Images.load().open(ChannelSource.open(file));
                        ImageReader other = Images.load().open(ChannelSource.open(complete));
                        ImageContent first = ImageDiff.read(one);
                        ImageContent second = ImageDiff.read(other)) {
                    ImageDiff diff = ImageDiff.compare(first, second);
                    List<Difference> found = new ArrayList<>(diff.differences());
                    // what native images say of themselves
                    found.removeIf(one2 -> one2.part() == Difference.Part.METADATA);
                    assertEquals(List.of(), found, at);
                    assertEquals(Map.of(), diff.pageCounts(), at);
                    if (end == bytes.length) assertTrue(first.unfinishedRound(), at);
                    assertFalse(second.unfinishedRound(), at);
                }
            }
        }
    }

    private static long count(List<RecordFrame> frames, RecordType type) {
        return frames.stream().filter(frame -> frame.type().equals(type)).count();
    }

    private static Map<Long, Byte> contents(PageIndex pages) throws IOException {
        Map<Long, Byte> found = new TreeMap<>();
        MemorySegment page = Arena.ofAuto().allocate(4096);
        for (long pfn = pages.next(0); pfn >= 0; pfn = pages.next(pfn + 1))
            if (pages.read(pfn, page)) found.put(pfn, page.get(ValueLayout.JAVA_BYTE, 0));
        return found;
    }

    private static int afterSecondCheckpoint(BuiltStream stream) {
        int at = 0;
        int checkpoints = 0;
        for (StreamPart part : stream.parts()) {
            at += part.length();
            if (part.label().equals("record CHECKPOINT") && ++checkpoints == 2) return at;
        }
        throw new AssertionError("there are " + checkpoints + " checkpoints");
    }

    /** The first byte of every page of a file made of a stream; of a native one the stream is got back. */
    private Map<Long, Byte> made(byte[] stream, Outermost outermost, Target target)
            throws IOException {
        Path source = Files.write(folder.resolve("source"), stream);
        Path made = folder.resolve("made");
        convert(source, made, target);
        if (target == Target.NATIVE) {
            Path back = folder.resolve("back");
            switch (outermost) {
                case XL -> convert(made, back, Target.XL);
                case LIBVIRT -> convert(made, back, Target.LIBVIRT);
                case XENOPSD -> convert(made, back, Target.XENOPSD);
                case LIBXL -> convert(made, back, Target.LIBXL);
                case LIBXC -> convert(made, back, Target.NATIVE);
            }
            Path same = outermost == Outermost.LIBXC ? made : source;
            assertArrayEquals(Files.readAllBytes(same), Files.readAllBytes(back));
        }
        if (target == Target.VMCORE) return loads(Files.readAllBytes(made));
        try (FileChannel channel = FileChannel.open(made)) {
            ElfFile file = ElfFile.open("made", channel);
            MemorySegment context = bytes(file, file.require(".xen_prstatus"));
            assertEquals(0x11, context.get(ValueLayout.JAVA_BYTE, 520), "a register");
            MemorySegment shared = bytes(file, file.require(".xen_shared_info"));
            assertEquals(0x5a, shared.get(ValueLayout.JAVA_BYTE, 0), "shared info");
            Map<Long, Byte> pages = new TreeMap<>();
            MemorySegment map = bytes(file, file.require(".xen_p2m"));
            for (long at = 0; at < map.byteSize(); at += 16)
                pages.put(
                        map.get(Elf.U64, at),
                        first(file, file.require(".xen_pages").offset() + at / 16 * 4096));
            return pages;
        }
    }

    private static Map<Long, Byte> loads(byte[] bytes) {
        Map<Long, Byte> pages = new TreeMap<>();
        ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < file.getShort(56); i++) {
            int header = (int) file.getLong(32) + 56 * i;
            if (file.getInt(header) != Elf.PT_LOAD) continue;
            long offset = file.getLong(header + 8);
            long physical = file.getLong(header + 24);
            for (long at = 0; at < file.getLong(header + 32); at += 4096)
                pages.put((physical + at) >>> 12, bytes[(int) (offset + at)]);
        }
        return pages;
    }

    private static byte first(ElfFile file, long offset) throws IOException {
        MemorySegment one = Arena.ofAuto().allocate(1);
        file.read(offset, one);
        return one.get(ValueLayout.JAVA_BYTE, 0);
    }

    private static MemorySegment bytes(ElfFile file, ElfSection section) throws IOException {
        return file.readSection(section);
    }

    private static void convert(Path source, Path made, Target target) throws IOException {
        Files.deleteIfExists(made);
        Images images = Images.load();
        try (ImageReader reader = images.open(ChannelSource.open(source));
                PendingFile file = PendingFile.create(made, false)) {
            Conversion conversion = Conversion.plan(images, reader.format(), target);
            WriteOptions options = WriteOptions.DEFAULT.withCompression(Compression.NONE);
            Rewrite.of(reader)
                    .unguarded()
                    .with(_ -> options)
                    .allowingLoss()
                    .to(conversion, file.sink());
            file.deliver();
        }
    }
}
