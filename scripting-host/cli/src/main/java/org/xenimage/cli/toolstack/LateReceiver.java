package org.xenimage.cli.toolstack;

import org.xenimage.image.io.ByteSink;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A sink into a command of xl that is started with the first byte: until then the image can be
 * refused, and nothing has happened.
 */
final class LateReceiver implements ByteSink {
    private static final String NAME = "xl restore";

    private final XlOptions xl;
    private final boolean terminal;
    private final Function<Fifo, List<String>> words;
    private Optional<Started> started = Optional.empty();

    /** What there is from the first byte on. */
    private record Started(XlProcess process, ByteSink sink) {}

    /** The command takes no more bytes. */
    static final class Gone extends IOException {
        private static final long serialVersionUID = 1L;

        Gone(IOException cause) {
            super(NAME + ": stopped reading the image: " + cause.getMessage(), cause);
        }
    }

    /**
     * A receiver that is not started.
     *
     * @param xl runs it
     * @param terminal whether it may read from our standard input
     * @param words of its command line, given the FIFO that it is to read
     */
    LateReceiver(XlOptions xl, boolean terminal, Function<Fifo, List<String>> words) {
        this.xl = xl;
        this.terminal = terminal;
        this.words = words;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public long position() {
        return started.isPresent() ? started.get().sink().position() : 0;
    }

    @Override
    public void write(MemorySegment... segments) throws IOException {
        if (started.isEmpty()) started = Optional.of(start());
        try {
            started.get().sink().write(segments);
        } catch (IOException e) {
            throw new Gone(e);
        }
    }

    private Started start() throws IOException {
        try (Fifo fifo = Fifo.create()) {
            XlProcess process = xl.start(terminal, words.apply(fifo));
            process.watch(fifo);
            return new Started(process, fifo.openToWrite(NAME));
        }
    }

    /** Closes the stream and returns the command's exit status when it ended; empty if it was never started. */
    OptionalInt letGo() throws IOException, InterruptedException {
        if (started.isEmpty()) return OptionalInt.empty();
        started.get().sink().close();
        return OptionalInt.of(started.get().process().status());
    }

    @Override
    public void close() throws IOException {
        if (started.isPresent()) started.get().sink().close();
    }
}
