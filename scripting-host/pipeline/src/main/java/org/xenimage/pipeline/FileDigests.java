package org.xenimage.pipeline;

import org.xenimage.image.seal.Sha256;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** Digests of files. For one thread: its buffer is used over and over. */
final class FileDigests {
    private static final int STEP = 1 << 20;

    private final ByteBuffer buffer = ByteBuffer.allocate(STEP);

    /** Asked between the steps of long work. */
    @FunctionalInterface
    interface Stop {
        /**
         * Ends the work by throwing, if it is to end.
         *
         * @throws IOException to end it
         */
        void check() throws IOException;
    }

    ImageOutcome.Digest of(Path file, Stop stop) throws IOException {
        MessageDigest digest = Sha256.begin();
        long size = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            int read;
            while ((read = channel.read(buffer.clear())) >= 0) {
                digest.update(buffer.flip());
                size += read;
                stop.check();
            }
        }
        return new ImageOutcome.Digest(size, Sha256.text(digest));
    }
}
