package org.xenimage.cli.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;

/**
 * Which program a process runs: the folder of the distribution, and the checksums of its jars as the build recorded
 * them. A client and a worker of different ones do not work together.
 */
final class Installation {
    /** Set by the launcher: the folder of the distribution. */
    static final String HOME = "xenimage.home";

    private static final int SUMS_MAX = 1 << 20;

    private Installation() {}

    /** The folder of the distribution. */
    static Path home() {
        return Path.of(System.getProperty(HOME, ""));
    }

    /** A text that is equal for equal programs. */
    static String id() throws IOException {
        Path sums = home().resolve("cache/sums");
        byte[] recorded;
        try (var in = Files.newInputStream(sums)) {
            recorded = in.readNBytes(SUMS_MAX);
        }
        var digest = new CRC32();
        digest.update(recorded);
        return home() + " " + recorded.length + " " + digest.getValue();
    }
}
