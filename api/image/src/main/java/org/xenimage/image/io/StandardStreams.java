package org.xenimage.image.io;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.channels.FileChannel;

/** Standard input and output as channels: the streams that Java opens over them copy each byte once more. */
final class StandardStreams {
    private StandardStreams() {}

    @SuppressWarnings("resource") // closing the channel closes the stream, and it is the caller's
    static FileChannel input() {
        return new FileInputStream(FileDescriptor.in).getChannel();
    }

    @SuppressWarnings("resource")
    static FileChannel output() {
        return new FileOutputStream(FileDescriptor.out).getChannel();
    }
}
