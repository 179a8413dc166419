package org.xenimage.pipeline;

import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ChannelSink;
import org.xenimage.image.seal.Sha256;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;

/**
 * An output on its way to the disk, digested in passing. Its writer does not close it: it is synced
 * to disk after.
 *
 * <p>A format that is written by position gets the file itself; what it wrote is not known here then, and is checked by
 * the sums that the format keeps.
 */
final class OutputBytes implements ByteSink {
    private final ChannelSink sink;
    private final Optional<MessageDigest> digest;

    private OutputBytes(ChannelSink sink, Optional<MessageDigest> digest) {
        this.sink = sink;
        this.digest = digest;
    }

    static OutputBytes create(Path file, boolean byPosition) throws IOException {
        return new OutputBytes(
                ChannelSink.create(file),
                byPosition ? Optional.empty() : Optional.of(Sha256.begin()));
    }

    @Override
    public String name() {
        return sink.name();
    }

    @Override
    public long position() {
        return sink.position();
    }

    @Override
    public void write(MemorySegment... segments) throws IOException {
        if (digest.isPresent())
            for (MemorySegment segment : segments) digest.get().update(segment.asByteBuffer());
        sink.write(segments);
    }

    @Override
    public Optional<FileChannel> file() {
        return digest.isPresent() ? Optional.empty() : sink.file();
    }

    @Override
    public void close() {}

    /** {@return the SHA-256 of what was written, where that went forwards} */
    Optional<String> digest() {
        return digest.map(Sha256::text);
    }

    /** Forces the file to the disk and closes it. */
    void finish() throws IOException {
        sink.force();
        sink.close();
    }

    void abandon() throws IOException {
        sink.close();
    }
}
