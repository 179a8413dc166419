package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xenimage.image.Images;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.io.ChannelSource;
import org.xenimage.image.io.PendingFile;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageFormat;
import org.xenimage.tests.hostile.disk.SimulatedDisk;
import org.xenimage.tests.hostile.disk.SimulatedDisk.DiskFault;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Every call of the disk fails once, and the power goes at every one of them: an output is whole or
 * absent, and the input is kept.
 */
class WriteFaultTest {
    private static final Images IMAGES = Images.load();
    private static final byte[] INPUT =
            StreamBuilder.pv().memory(0, 1, 2).verifyRound(1).memory(5).complete().bytes();

    /** What is written. */
    enum Task {
        /** The same image again. */
        REWRITE,
        /** The same image, over one that exists. */
        REPLACE,
        /** A native image in the streaming form. */
        CONVERT,
        /** A native image in the seekable form, which is not written in order. */
        CONVERT_SEEKABLE
    }

    private static SimulatedDisk disk(Task task) {
        var disk = new SimulatedDisk();
        disk.put("in", INPUT);
        if (task == Task.REPLACE) disk.put("out", new byte[] {1, 2, 3});
        return disk;
    }

    private static void run(Task task, SimulatedDisk disk) throws IOException {
        try (var reader = IMAGES.open(ChannelSource.open(disk.path("in")));
                PendingFile file = PendingFile.create(disk.path("out"), task == Task.REPLACE)) {
            Rewrite rewrite = Rewrite.of(reader);
            switch (task) {
                case REWRITE, REPLACE -> rewrite.to(file.sink());
                case CONVERT -> rewrite.to(format("native-stream"), file.sink());
                case CONVERT_SEEKABLE -> rewrite.to(format("native"), file.sink());
            }
            file.deliver();
        }
    }

    private static ImageFormat format(String name) {
        return IMAGES.formats().stream()
                .filter(format -> format.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What is in the place of the output if all goes well, and how many calls that takes. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Whole(byte[] bytes, long calls) {
        static Whole of(Task task) throws IOException {
            SimulatedDisk disk = disk(task);
            run(task, disk);
            byte[] bytes = disk.bytes("out");
            if (bytes == null) throw new AssertionError("no output");
            assertTrue(bytes.length > 3);
            return new Whole(bytes, disk.calls());
        }
    }

    private static void check(Task task, Whole complete, SimulatedDisk disk, String when) {
        assertArrayEquals(INPUT, disk.bytes("in"), when);
        byte[] found = disk.bytes("out");
        byte[] before = task == Task.REPLACE ? new byte[] {1, 2, 3} : null;
        boolean absent = java.util.Arrays.equals(found, before);
        if (!absent) assertArrayEquals(complete.bytes(), found, when);
    }

    @ParameterizedTest
    @EnumSource
    void aCallThatFailsLeavesTheOutputWholeOrAbsent(Task task) throws IOException {
        Whole complete = Whole.of(task);
        for (long call = 1; call <= complete.calls(); call++) {
            SimulatedDisk disk = disk(task);
            disk.failAt(call, DiskFault.ERROR);
            boolean failed = false;
            try {
                run(task, disk);
            } catch (IOException e) {
                failed = true;
                assertTrue(!String.valueOf(e.getMessage()).contains(".xenimage-"), e::toString);
            }
            String when = task + ", call " + call + " of " + complete.calls();
            check(task, complete, disk, when);
            assertTrue(failed || disk.files().contains("out"), when);
            // A removal that fails leaves what it should have removed; nothing else is left.
            long left = disk.files().stream().filter(name -> name.startsWith(".")).count();
            assertTrue(left <= 1, when + ": " + disk.files());
            if (left == 1) assertTrue(call >= complete.calls() - 3, when + ": " + disk.files());
        }
    }

    @ParameterizedTest
    @EnumSource
    void shortAndInterruptedCallsGoOn(Task task) throws IOException {
        Whole complete = Whole.of(task);
        for (DiskFault fault : List.of(DiskFault.SHORT, DiskFault.INTERRUPTED)) {
            for (long call = 1; call <= complete.calls(); call++) {
                SimulatedDisk disk = disk(task);
                disk.failAt(call, fault);
                run(task, disk);
                String when = task + ", " + fault + " from call " + call;
                assertArrayEquals(complete.bytes(), disk.bytes("out"), when);
                assertEquals(Set.of("in", "out"), disk.files(), when);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPowerCutLeavesTheOutputWholeOrAbsent(Task task) throws IOException {
        Whole complete = Whole.of(task);
        for (long call = 1; call <= complete.calls() + 1; call++) {
            for (int chance = 0; chance < 8; chance++) {
                SimulatedDisk disk = disk(task);
                disk.failAt(call, DiskFault.ERROR);
                boolean done = false;
                try {
                    run(task, disk);
                    done = call > complete.calls();
                } catch (IOException _) {
                    // the power goes here; what is tidied up after it is lost or kept like the rest
                }
                disk.cutPower(new Random(call * 31 + chance));
                String when = task + ", power cut at call " + call + ", chance " + chance;
                check(task, complete, disk, when);
                if (done) assertArrayEquals(complete.bytes(), disk.bytes("out"), when);
            }
        }
    }

    /** The simulation would tell: a writer that forces nothing loses what it delivered. */
    @Test
    void aPowerCutLosesWhatWasNotForced() throws IOException {
        int lost = 0;
        for (int chance = 0; chance < 32; chance++) {
            SimulatedDisk disk = disk(Task.REWRITE);
            try (ChannelSink sink = ChannelSink.create(disk.path("other"))) {
                sink.write(MemorySegment.ofArray(INPUT));
            }
            Files.move(disk.path("other"), disk.path("out"), StandardCopyOption.ATOMIC_MOVE);
            disk.cutPower(new Random(chance));
            byte[] found = disk.bytes("out");
            if (found != null && found.length < INPUT.length) lost++;
        }
        assertTrue(lost > 0);
    }
}
