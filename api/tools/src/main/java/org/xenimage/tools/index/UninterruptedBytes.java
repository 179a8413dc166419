package org.xenimage.tools.index;

import org.xenimage.image.io.RandomAccessBytes;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads on a separate thread: a file channel is closed when a thread that reads from it is
 * interrupted, and an interactive session is interrupted by Ctrl-C.
 */
final class UninterruptedBytes implements RandomAccessBytes, AutoCloseable {
    private final RandomAccessBytes bytes;
    private final ExecutorService reading =
            Executors.newSingleThreadExecutor(task -> {
                Thread thread = new Thread(task, "image reading");
                thread.setDaemon(true);
                return thread;
            });

    UninterruptedBytes(RandomAccessBytes bytes) {
        this.bytes = bytes;
    }

    @Override
    public long length() throws IOException {
        return get(bytes::length);
    }

    @Override
    public long read(long position, MemorySegment into) throws IOException {
        return get(() -> bytes.read(position, into));
    }

    private <T> T get(Callable<T> task) throws IOException {
        Future<T> future = reading.submit(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof IOException io) throw io;
                    throw new IllegalStateException("reading an image", e.getCause());
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        reading.shutdown();
    }
}
