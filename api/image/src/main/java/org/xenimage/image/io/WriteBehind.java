package org.xenimage.image.io;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A thread that writes to a file while another thread reads and transforms.
 *
 * <p>Writes are done in the order in which they came. After one has failed the others are dropped, and {@link #drain}
 * throws the failure. For one caller at a time.
 */
final class WriteBehind implements AutoCloseable {
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().daemon().name("xenimage-write").factory());
    private PendingWrite last = PendingWrite.DONE;
    private volatile @Nullable IOException failure;

    /** What the thread does with the bytes. */
    interface Write {
        void write(MemorySegment bytes) throws IOException;
    }

    PendingWrite submit(MemorySegment bytes, Write write) {
        Future<?> pending = writer.submit(() -> attempt(bytes, write));
        last = () -> settle(pending);
        return last;
    }

    private void attempt(MemorySegment bytes, Write write) {
        if (failure != null) return;
        try {
            write.write(bytes);
        } catch (IOException e) {
            failure = e;
        }
    }

    /**
     * Waits for all writes.
     *
     * @throws IOException what the first of them that failed threw
     */
    void drain() throws IOException {
        last.await();
        IOException failed = failure;
        if (failed != null) throw new IOException(failed.getMessage(), failed);
    }

    private static void settle(Future<?> pending) throws IOException {
        try {
            pending.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the writing thread failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while writing");
        }
    }

    /** Ends the thread. Writes that nobody waited for are dropped. */
    @Override
    public void close() {
        writer.shutdownNow();
    }
}
