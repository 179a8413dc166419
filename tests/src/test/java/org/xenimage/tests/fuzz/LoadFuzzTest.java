package org.xenimage.tests.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;

import org.junit.jupiter.params.provider.MethodSource;
import org.xenimage.tests.hostile.CommandCheck;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The reader of dumps that people edit, by the command that makes images of them. */
class LoadFuzzTest {
    private static final byte[] PAGES = new byte[4 * 4096];

    static Stream<byte[]> loadSeeds() throws IOException {
        Path folder = Files.createTempDirectory("xenimage-seeds");
        List<byte[]> seeds = new ArrayList<>();
        for (byte[] image : Stream.concat(SeedImages.xl(), SeedImages.libxc()).toList()) {
            Files.write(folder.resolve("IN"), image);
            CommandCheck.run(folder, "dump IN DIR");
            seeds.add(Files.readAllBytes(folder.resolve("DIR/image.json")));
            CommandCheck.clean(folder);
        }
        Files.delete(folder.resolve("IN"));
        Files.delete(folder);
        return seeds.stream();
    }

    @MethodSource("loadSeeds")
    @FuzzTest
    void load(byte[] input) throws IOException {
        Path folder = FuzzedImage.FOLDER;
        CommandCheck.clean(folder);
        Path dump = Files.createDirectories(folder.resolve("DIR"));
        try {
            Files.write(dump.resolve("image.json"), input);
            Files.write(dump.resolve("pages.bin"), PAGES);
            String fault = CommandCheck.run(folder, "load DIR OUT");
            if (!fault.isEmpty()) throw new AssertionError(fault);
        } finally {
            CommandCheck.clean(folder);
        }
    }
}
