package org.xenimage.migrate;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.element.StreamEnd;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.rewrite.Rewrite;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;
import org.xenimage.image.spi.ReadOptions;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Relays a migration between the sender and the receiver: the image passes through a
 * {@link Rewrite}, and everything else passes unchanged.
 *
 * <p>Two threads serve it. One calls {@link #openImage}, {@link #passImage}, then
 * {@link #passRest}; the other {@link #passAnswers}, from the beginning, since the sender waits for
 * the receiver's banner. Bytes are passed on as they arrive. The relay never waits for bytes beyond
 * the current element, and not for any after the end of the image, because there the sender waits
 * for the receiver.
 *
 * <p>If a transform or the image fails, the receiver has nothing that it would start a guest from.
 * First close the connection to the sender, which then resumes its guest; then call
 * {@link #refuse}. {@link #state} shows who owns the guest, from any thread. Nothing else here
 * closes anything.
 */
public final class Relay {
    private static final int ANSWER_STEP = 8192;
    private static final int REST_STEP = 64 * 1024;

    private final Images images;
    private final ByteSource sender;
    private final ByteSink receiver;
    private final Object lock = new Object();
    private RelayState state = new RelayState.Waiting();
    private long checkpoints;
    private Optional<ImageWriter> writer = Optional.empty();
    private boolean agreed;
    private boolean stopped;

    /** What the receiver says next. */
    private enum Answer {
        BANNER,
        READY,
        REPORT,
        STATUS,
        ANYTHING
    }

    /**
     * A relay in a migration that has not begun.
     *
     * @param images the available formats
     * @param sender where the image comes from
     * @param receiver where it goes
     */
    public Relay(Images images, ByteSource sender, ByteSink receiver) {
        this.images = images;
        this.sender = sender;
        this.receiver = receiver;
    }

    /** {@return the state of the migration} */
    public RelayState state() {
        synchronized (lock) {
            return state;
        }
    }

    /**
     * Opens the image that the sender sends.
     *
     * @param options such as keys, for an image that is encrypted
     * @return the image; closing it leaves the sender open, from which {@link #passRest} reads on
     * @throws IOException if it is not an image; nothing was sent to the receiver then
     */
    public ImageReader openImage(ReadOptions options) throws IOException {
        boolean opened = false;
        try {
            ImageReader reader = images.open(sender.leftOpen(), options);
            opened = true;
            return reader;
        } finally {
            if (!opened) refused();
        }
    }

    /**
     * Passes the image on through a rewrite, in the format in which it came. When it returns, the
     * transforms have ended and all of the image is with the receiver. Nothing is read after the
     * end of the image: that would wait for the sender, which waits for the receiver.
     *
     * @param image a rewrite of what {@link #openImage} opened, which may refuse it up to and
     *     within the {@code atEnd} of its transforms
     * @throws IOException if the image is at fault or refused, an end went away, or {@link #stop} was called; the
     *     receiver cannot start the guest then
     */
    public void passImage(Rewrite image) throws IOException {
        boolean passed = false;
        try {
            // refuse() closes it, after the sender's pipe was closed; the receiver is the caller's.
            @SuppressWarnings("resource")
            ImageWriter opened = image.writer(image.source().format(), receiver);
            synchronized (lock) {
                writer = Optional.of(opened);
            }
            var passage = new Passage(opened);
            image.upToEnd().into(passage);
            passed = true;
            ended(passage.senderGone);
        } finally {
            if (!passed) refused();
        }
    }

    /** Counts what is passed on, for the state; asks before the end is. */
    private final class Passage implements ImageSink {
        private final ImageSink down;
        private boolean senderGone;

        Passage(ImageSink down) {
            this.down = down;
        }

        @Override
        public void accept(ImageElement element) throws IOException {
            down.accept(element);
            if (element instanceof StreamEnd end)
                senderGone = end.ending() == StreamEnd.Ending.SENDER_GONE;
            synchronized (lock) {
                if (element instanceof RecordFrame frame
                        && frame.type().equals(RecordType.CHECKPOINT_END)) checkpoints++;
                if (!(state instanceof RelayState.Misunderstood))
                    state = new RelayState.Passing(receiver.position(), checkpoints);
            }
        }

        @Override
        public void end() throws IOException {
            synchronized (lock) {
                if (stopped) throw new IOException("stopped before the image was complete");
                agreed = true;
            }
            down.end();
        }
    }

    /**
     * Asks the relay to stop, from any thread: the end of the image is not passed on any more.
     *
     * @return false if it is too late: the image is approved, and the two ends now decide who owns
     *     the guest, for which they need this relay
     */
    public boolean stop() {
        synchronized (lock) {
            stopped = !agreed;
            return stopped;
        }
    }

    /**
     * Tells the receiver that the image is refused, as far as the stream allows, and closes the
     * connection to it. To be called after {@link #passImage} failed; waits for a receiver that
     * does not read.
     *
     * @throws IOException if the receiver has gone away
     */
    public void refuse() throws IOException {
        Optional<ImageWriter> opened;
        synchronized (lock) {
            opened = writer;
        }
        if (opened.isPresent()) opened.get().close();
        else receiver.close();
    }

    /**
     * Passes on everything that the sender sends after the image, such as its go-ahead, until it
     * closes.
     *
     * @throws IOException if one of the ends went away
     */
    public void passRest() throws IOException {
        var goAhead = new MessageMatch(HandshakeMessage.GO_AHEAD);
        MemorySegment buffer = Arena.ofAuto().allocate(REST_STEP);
        for (long read = sender.readSome(buffer); read > 0; read = sender.readSome(buffer)) {
            MemorySegment some = buffer.asSlice(0, read);
            // Noted before: from the first byte on the receiver may start the guest.
            if (!goAhead.complete() && !goAhead.differs()) {
                byte[] bytes = some.toArray(ValueLayout.JAVA_BYTE);
                goAhead.take(bytes, 0, bytes.length);
                if (goAhead.complete()) givenAway();
            }
            receiver.write(some);
        }
    }

    /**
     * Passes on what the receiver says, byte for byte, until it closes.
     *
     * @param from the receiver
     * @param to the sender
     * @throws IOException if one of the ends went away
     */
    public void passAnswers(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[ANSWER_STEP];
        var seen = new Seen();
        for (int read = from.read(buffer); read > 0; read = from.read(buffer)) {
            seen.look(buffer, read);
            to.write(buffer, 0, read);
            to.flush();
        }
    }

    /** Recognises the receiver's messages in the bytes that pass, without changing them. */
    private final class Seen {
        private Answer expected = Answer.BANNER;
        private MessageMatch match = new MessageMatch(HandshakeMessage.BANNER);
        private int bytes;

        void look(byte[] some, int length) {
            int at = 0;
            while (at < length && expected != Answer.ANYTHING) {
                if (expected == Answer.STATUS) {
                    reported(Byte.toUnsignedInt(some[at]));
                    expected = Answer.ANYTHING;
                    return;
                }
                int taken = match.take(some, at, length);
                at += taken;
                bytes += taken;
                if (match.differs()) {
                    misunderstood(bytes);
                    expected = Answer.ANYTHING;
                } else if (match.complete()) {
                    next();
                }
            }
        }

        private void next() {
            switch (expected) {
                case BANNER -> {
                    expected = Answer.READY;
                    match = new MessageMatch(HandshakeMessage.READY);
                }
                case READY -> {
                    received();
                    expected = Answer.REPORT;
                    match = new MessageMatch(HandshakeMessage.REPORT);
                }
                case REPORT -> expected = Answer.STATUS;
                case STATUS, ANYTHING -> {}
            }
        }
    }

    private void misunderstood(int bytes) {
        synchronized (lock) {
            if (state instanceof RelayState.Waiting) state = new RelayState.Misunderstood(bytes);
        }
    }

    private void ended(boolean senderGone) {
        synchronized (lock) {
            // The receiver may have been faster.
            if (!state.imagePassed()) state = new RelayState.Ended(receiver.position(), senderGone);
        }
    }

    private void refused() {
        synchronized (lock) {
            if (!(state instanceof RelayState.Misunderstood))
                state = new RelayState.Refused(state.bytes(), checkpoints);
        }
    }

    private void received() {
        synchronized (lock) {
            state = new RelayState.Received(state.bytes());
        }
    }

    private void givenAway() {
        synchronized (lock) {
            state = new RelayState.GivenAway(state.bytes());
        }
    }

    private void reported(int status) {
        synchronized (lock) {
            state = new RelayState.Reported(state.bytes(), status);
        }
    }
}
