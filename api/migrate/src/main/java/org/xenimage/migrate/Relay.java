package org.xenimage.migrate;

import org.xenimage.image.Images;
import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.io.ByteSink;
import org.xenimage.image.io.ByteSource;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.spi.ImageReader;
import org.xenimage.image.spi.ImageWriter;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Stands in a migration between the sender and the receiver: the image passes through a transform, everything else
 * passes as it is.
 *
 * <p>Two threads serve it. One calls {@link #passImage}, then {@link #passRest}; the other {@link #passAnswers}, from the
 * beginning on, since the sender waits for the receiver's banner. Bytes are passed on as they come; none is waited for
 * beyond an element, and none at all after the end of the image, where the sender waits for the receiver in turn.
 *
 * <p>If the transform or the image fails, the end of the image was not passed on: close the byte sink then, and the
 * receiver gives up; close what leads to the sender, and the sender goes on with its guest. {@link #state} tells whose
 * the guest is, from any thread. This class closes nothing.
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
     * @param images the formats that there are
     * @param sender where the image comes from
     * @param receiver where it goes
     */
    public Relay(Images images, ByteSource sender, ByteSink receiver) {
        this.images = images;
        this.sender = sender;
        this.receiver = receiver;
    }

    /** {@return where the migration stands} */
    public RelayState state() {
        synchronized (lock) {
            return state;
        }
    }

    /**
     * Passes the image on through a transform. When it returns, the image's end is with the receiver, and the transform
     * has ended.
     *
     * @param transform which may refuse the image up to and within its {@code atEnd}
     * @throws IOException if the image is at fault or refused, or an end went away; its end was not passed on then
     */
    public void passImage(ImageTransform transform) throws IOException {
        boolean passed = false;
        try {
            // Closing these would close what they stand on, which is the caller's.
            @SuppressWarnings("resource")
            ImageReader reader = images.open(sender);
            @SuppressWarnings("resource")
            ImageWriter writer = reader.format().write(receiver);
            HeldEnd end = HeldEnd.pass(reader, transform, new Counted(writer));
            passed = true;
            ended(end.senderGone());
        } finally {
            if (!passed) refused();
        }
    }

    /** Counts what was passed on, for the state. */
    private final class Counted implements ImageSink {
        private final ImageSink down;

        Counted(ImageSink down) {
            this.down = down;
        }

        @Override
        public void accept(ImageElement element) throws IOException {
            down.accept(element);
            synchronized (lock) {
                if (element instanceof RecordFrame frame
                        && frame.type().equals(RecordType.CHECKPOINT_END)) checkpoints++;
                if (!(state instanceof RelayState.Misunderstood))
                    state = new RelayState.Passing(receiver.position(), checkpoints);
            }
        }

        @Override
        public void end() throws IOException {
            down.end();
        }
    }

    /**
     * Passes on what the sender says after the image, until it closes: its go-ahead, and whatever else.
     *
     * @throws IOException if one of the ends went away
     */
    public void passRest() throws IOException {
        var goAhead = new MessageMatch(HandshakeMessage.GO_AHEAD);
        MemorySegment room = Arena.ofAuto().allocate(REST_STEP);
        for (long read = sender.readSome(room); read > 0; read = sender.readSome(room)) {
            MemorySegment some = room.asSlice(0, read);
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
        byte[] room = new byte[ANSWER_STEP];
        var seen = new Seen();
        for (int read = from.read(room); read > 0; read = from.read(room)) {
            seen.look(room, read);
            to.write(room, 0, read);
            to.flush();
        }
    }

    /** Recognises the receiver's messages in what passes; changes nothing of it. */
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
            if (!state.imagePassed()) state = new RelayState.Ended(state.bytes(), senderGone);
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
