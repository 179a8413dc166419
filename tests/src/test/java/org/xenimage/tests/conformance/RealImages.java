package org.xenimage.tests.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/**
 * Images that real Xens saved. The folder that the environment variable {@code XENIMAGE_IMAGES}
 * names holds them as they are, or packed with zstd; without it the tests that need them are
 * skipped. A packed one is unpacked once, into the module's {@code target}.
 */
public final class RealImages {
    private static final Path UNPACKED = Path.of("target", "real-images");

    private RealImages() {}

    /**
     * Finds an image; the test is skipped where there is none.
     *
     * @param name of the unpacked file
     * @return the unpacked file
     */
    public static Path file(String name) {
        String images = System.getenv("XENIMAGE_IMAGES");
        assumeTrue(images != null, "XENIMAGE_IMAGES is not set");
        Path folder = Path.of(Objects.requireNonNull(images));
        Path plain = folder.resolve(name);
        if (Files.exists(plain)) return plain;
        Path packed = folder.resolve(name + ".zst");
        assumeTrue(Files.exists(packed), () -> "neither " + plain + " nor " + packed);
        try {
            return unpacked(packed, UNPACKED.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized Path unpacked(Path packed, Path to) throws IOException {
        if (Files.exists(to)) return to;
        Files.createDirectories(UNPACKED);
        Path part = UNPACKED.resolve(to.getFileName() + ".part");
        Process zstd =
                new ProcessBuilder(
                                "zstd",
                                "-q",
                                "-f",
                                "-d",
                                "--long=27",
                                "-o",
                                part.toString(),
                                packed.toString())
                        .inheritIO()
                        .start();
        try {
            assertEquals(0, zstd.waitFor(), "zstd could not unpack " + packed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return Files.move(part, to, StandardCopyOption.ATOMIC_MOVE);
    }
}
