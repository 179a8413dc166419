package org.xenimage.formats.xenimage.v1.chunk;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Encodes content chunks on several threads and hands them out in order.
 *
 * <p>At most {@link #AHEAD} chunks wait. Not safe for use by several threads.
 */
public final class ChunkRun implements Closeable {
    private static final int AHEAD = 4;

    /** Takes chunks in order. */
    public interface Taker {
        void take(MemorySegment chunk) throws IOException;
    }

    private final ExecutorService workers =
            Executors.newFixedThreadPool(
                    Math.max(1, Math.min(AHEAD, Runtime.getRuntime().availableProcessors())),
                    Thread.ofPlatform().daemon().name("xenimage-chunk-", 0).factory());
    private final Chunk.WriteChoice choice;
    private final String section;
    private final Taker taker;
    private final Deque<Encoded> waiting = new ArrayDeque<>();
    private final Deque<Chunk.Encoder> free = new ArrayDeque<>();
    private Chunk.Encoder current;

    /** A chunk on its way. */
    private record Encoded(Chunk.Encoder encoder, Future<MemorySegment> chunk) {}

    public ChunkRun(Chunk.WriteChoice choice, String section, Taker taker) {
        this.choice = choice;
        this.section = section;
        this.taker = taker;
        this.current = new Chunk.Encoder(choice, section);
    }

    /** {@return a buffer for a piece of content; fill it and call {@link #submit}} */
    public MemorySegment input() {
        return current.input();
    }

    /** Encodes the first bytes of {@link #input}. */
    public void submit(long position, int length) throws IOException {
        Chunk.Encoder encoder = current;
        waiting.add(new Encoded(encoder, workers.submit(() -> encoder.encode(position, length))));
        if (waiting.size() > AHEAD) take();
        Chunk.Encoder next = free.poll();
        current = next != null ? next : new Chunk.Encoder(choice, section);
    }

    public void flush() throws IOException {
        while (!waiting.isEmpty()) take();
    }

    private void take() throws IOException {
        Encoded first = waiting.remove();
        try {
            taker.take(first.chunk().get());
            free.add(first.encoder());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while compressing", e);
        } catch (ExecutionException e) {
            throw new IOException("a chunk could not be compressed", e);
        }
    }

    @Override
    public void close() {
        workers.close();
        current.close();
        free.forEach(Chunk.Encoder::close);
        waiting.forEach(encoded -> encoded.encoder().close());
    }
}
