package org.xenimage.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A few of the mutants that {@code tests/mutants/run} makes by the hundred thousand. */
class MutantTest {
    private static final int COUNT = 100;

    @TempDir private Path folder;

    @ParameterizedTest
    @EnumSource
    void aBrokenImageIsTakenOrRefusedInOneLine(Mutants.Format format) throws IOException {
        var mutants = new Mutants(format, folder, 1);
        List<String> faults = new ArrayList<>();
        for (int number = 0; number < COUNT && faults.size() < 5; number++) {
            String fault = mutants.fault(number);
            if (!fault.isEmpty()) faults.add(fault);
        }
        assertTrue(faults.isEmpty(), () -> String.join("\n", faults));
    }
}
