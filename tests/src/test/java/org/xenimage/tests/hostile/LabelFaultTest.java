package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.PageBatch;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.seal.SigningKey;
import org.xenimage.image.seal.Statement;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.image.spi.ImageLabel;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.tests.hostile.disk.SimulatedDisk;
import org.xenimage.tests.hostile.disk.SimulatedDisk.DiskFault;
import org.xenimage.tests.testkit.ForgedImage;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Metadata and signatures are written in place: whichever call of the disk fails, and wherever the power goes, the
 * file has the old label or the new one, and the content that it had.
 */
class LabelFaultTest {
    private static final Images IMAGES = Images.load();
    private static final Statement.Draft DRAFT =
            new Statement.Draft("sign", List.of(), "2026-01-31T12:00:00Z", "host", "me");

    /** What is changed in place. */
    enum InPlaceChange {
        METADATA,
        SIGNATURE
    }

    /** What a reader sees of a file. */
    private record Seen(ObjectNode metadata, int statements, List<Integer> content) {
        static Seen of(SimulatedDisk disk) throws IOException {
            try (FileChannel channel =
                    FileChannel.open(disk.path("image"), StandardOpenOption.READ)) {
                ImageLabel label = label(channel);
                return new Seen(
                        label.metadata().deepCopy(),
                        label.provenance().statements().size(),
                        contentOf(disk));
            }
        }
    }

    @TempDir private Path folder;

    private static ImageFormat format() {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals("native"))
                .findFirst()
                .orElseThrow();
    }

    private static ImageLabel label(FileChannel channel) throws IOException {
        return format().label("image", channel).orElseThrow();
    }

    private static List<Integer> contentOf(SimulatedDisk disk) throws IOException {
        List<Integer> content = new ArrayList<>();
        try (ImageReader reader = IMAGES.open(ChannelSource.open(disk.path("image")))) {
            while (reader.advance(element -> content.add(hash(element)))) {}
        }
        return content;
    }

    private static int hash(ImageElement element) throws IOException {
        return switch (element) {
            case RecordFrame frame -> hash(frame.bytes().all());
            case PageBatch batch -> hash(batch.bytes().all());
            default -> element.label().hashCode();
        };
    }

    private static int hash(MemorySegment bytes) {
        return java.util.Arrays.hashCode(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    private static byte[] image() throws IOException {
        var disk = new SimulatedDisk();
        disk.put("in", StreamBuilder.pv().memory(0, 1).verifyRound(1).complete().bytes());
        try (var reader = IMAGES.open(ChannelSource.open(disk.path("in")));
                PendingFile file = PendingFile.create(disk.path("image"), false)) {
            Rewrite.of(reader).to(format(), file.sink());
            file.deliver();
        }
        byte[] made = disk.bytes("image");
        if (made == null) throw new AssertionError("no image");
        return new ForgedImage(made).withoutRoom().bytes();
    }

    private static SimulatedDisk disk(byte[] image) {
        var disk = new SimulatedDisk();
        disk.put("image", image);
        return disk;
    }

    private static void run(InPlaceChange change, SimulatedDisk disk, SigningKey key)
            throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        disk.path("image"), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            switch (change) {
                case METADATA ->
                        label(channel)
                                .changeMetadata(
                                        metadata -> metadata.putObject("site").put("owner", "ada"));
                case SIGNATURE -> label(channel).sign(DRAFT, key);
            }
        }
    }

    private static void isOneOf(Seen before, Seen after, SimulatedDisk disk, String when)
            throws IOException {
        Seen found;
        try {
            found = Seen.of(disk);
        } catch (IOException e) {
            throw new AssertionError(when + ": " + e.getMessage(), e);
        }
        assertTrue(found.equals(before) || found.equals(after), when + ": " + found);
    }

    @ParameterizedTest
    @EnumSource
    void theFileHasTheOldLabelOrTheNewOne(InPlaceChange change) throws IOException {
        byte[] image = image();
        SigningKey key = SigningKey.make(folder.resolve("key"));
        Seen before = Seen.of(disk(image));
        SimulatedDisk complete = disk(image);
        run(change, complete, key);
        long calls = complete.calls();
        Seen after = Seen.of(complete);
        assertEquals(before.content(), after.content());
        assertTrue(!before.equals(after));
        for (long call = 1; call <= calls + 1; call++) {
            SimulatedDisk disk = disk(image);
            disk.failAt(call, DiskFault.ERROR);
            boolean done = false;
            try {
                run(change, disk, key);
                done = true;
            } catch (IOException _) {
                // the disk is full here, or broken
            }
            String when = change + ", call " + call + " of " + calls;
            disk.failAt(-1, DiskFault.ERROR);
            isOneOf(before, after, disk, when + ", failed");
            for (int chance = 0; chance < 8; chance++) {
                SimulatedDisk cut = disk(image);
                cut.failAt(call, DiskFault.ERROR);
                try {
                    run(change, cut, key);
                } catch (IOException _) {
                    // the power goes here
                }
                cut.failAt(-1, DiskFault.ERROR);
                cut.cutPower(new Random(call * 31 + chance));
                isOneOf(before, after, cut, when + ", power cut " + chance);
                if (done) assertEquals(after, Seen.of(cut), when + ", power cut at the end");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shortAndInterruptedCallsGoOn(InPlaceChange change) throws IOException {
        byte[] image = image();
        SigningKey key = SigningKey.make(folder.resolve("key"));
        SimulatedDisk complete = disk(image);
        run(change, complete, key);
        for (DiskFault fault : List.of(DiskFault.SHORT, DiskFault.INTERRUPTED)) {
            for (long call = 1; call <= complete.calls(); call++) {
                SimulatedDisk disk = disk(image);
                disk.failAt(call, fault);
                run(change, disk, key);
                assertArrayEquals(
                        complete.bytes("image"),
                        disk.bytes("image"),
                        change + ", " + fault + " from call " + call);
            }
        }
    }
}
