package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.xenimage.pipeline.BulkRequest;
import org.xenimage.pipeline.BulkRun;
import org.xenimage.pipeline.BulkSummary;
import org.xenimage.pipeline.BulkWatcher;
import org.xenimage.pipeline.ImageOutcome;
import org.xenimage.script.HostOptions;
import org.xenimage.script.PolicyHost;
import org.xenimage.script.policy.Operation;
import org.xenimage.script.policy.RunContext;
import org.xenimage.tests.hostile.disk.SimulatedDisk;
import org.xenimage.tests.hostile.disk.SimulatedDisk.DiskFault;
import org.xenimage.tests.testkit.StreamBuilder;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A bulk run of two images, of whose calls of the disk each fails once, and that the power leaves at each: the
 * inputs are kept, every output is whole or absent, and the same line with resume delivers the rest.
 */
class BulkFaultTest {
    private static final Map<String, byte[]> IMAGES =
            Map.of(
                    "a.save", StreamBuilder.pv().memory(0, 1).complete().bytes(),
                    "sub/b.save", StreamBuilder.hvm().memory(2).complete().bytes());

    private static SimulatedDisk disk() {
        var disk = new SimulatedDisk();
        disk.putFolder("in");
        disk.putFolder("in/sub");
        IMAGES.forEach((name, bytes) -> disk.put("in/" + name, bytes));
        return disk;
    }

    private static BulkSummary run(SimulatedDisk disk) throws IOException, InterruptedException {
        var request =
                new BulkRequest(
                        List.of(disk.path("in")),
                        disk.path("out"),
                        List.of(),
                        RunContext.of(
                                Operation.REWRITE,
                                "bulk",
                                "me",
                                Instant.parse("2026-01-31T12:00:00Z")),
                        Optional.empty(),
                        1,
                        Set.of(BulkRequest.Choice.RESUME));
        try (PolicyHost host = PolicyHost.open(HostOptions.defaults());
                BulkRun run = BulkRun.open(request, host)) {
            return run.run(BulkWatcher.NONE);
        }
    }

    /** Inputs kept; outputs whole or absent. */
    private static void check(SimulatedDisk disk, String when) {
        IMAGES.forEach((name, bytes) -> {
            assertArrayEquals(bytes, disk.bytes("in/" + name), when + ": in/" + name);
            byte[] out = disk.bytes("out/" + name);
            if (out != null) assertArrayEquals(bytes, out, when + ": out/" + name);
        });
    }

    private static void resumes(SimulatedDisk disk, String when)
            throws IOException, InterruptedException {
        disk.failAt(-1, DiskFault.ERROR);
        try {
            BulkSummary summary = run(disk);
            assertEquals(0, summary.count(ImageOutcome.Status.FAILED), when);
        } catch (IOException e) {
            throw new AssertionError(when + ": resume: " + e.getMessage(), e);
        }
        check(disk, when);
        for (String name : IMAGES.keySet())
            assertTrue(disk.files().contains("out/" + name), when + ": " + disk.files());
    }

    private static long calls() throws IOException, InterruptedException {
        SimulatedDisk disk = disk();
        assertEquals(2, run(disk).count(ImageOutcome.Status.DELIVERED));
        check(disk, "no fault");
        return disk.calls();
    }

    @Test
    void aCallThatFailsIsMadeUpForByTheNextRun() throws IOException, InterruptedException {
        long calls = calls();
        for (long call = 1; call <= calls; call++) {
            SimulatedDisk disk = disk();
            disk.failAt(call, DiskFault.ERROR);
            String when = "call " + call + " of " + calls;
            try {
                run(disk);
            } catch (IOException e) {
                assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), when);
            }
            check(disk, when);
            resumes(disk, when);
        }
    }

    @Test
    void afterAPowerCutTheNextRunDeliversTheRest() throws IOException, InterruptedException {
        long calls = calls();
        for (long call = 1; call <= calls + 1; call++) {
            for (int chance = 0; chance < 2; chance++) {
                SimulatedDisk disk = disk();
                disk.failAt(call, DiskFault.ERROR);
                try {
                    run(disk);
                } catch (IOException _) {
                    // the power goes here
                }
                disk.cutPower(new Random(call * 31 + chance));
                String when = "power cut at call " + call + " of " + calls + ", chance " + chance;
                check(disk, when);
                resumes(disk, when);
            }
        }
    }

    @Test
    void shortAndInterruptedCallsGoOn() throws IOException, InterruptedException {
        long calls = calls();
        for (DiskFault fault : List.of(DiskFault.SHORT, DiskFault.INTERRUPTED)) {
            for (long call = 1; call <= calls; call += 3) {
                SimulatedDisk disk = disk();
                disk.failAt(call, fault);
                assertEquals(
                        2,
                        run(disk).count(ImageOutcome.Status.DELIVERED),
                        fault + " from call " + call);
                check(disk, fault + " from call " + call);
            }
        }
    }
}
