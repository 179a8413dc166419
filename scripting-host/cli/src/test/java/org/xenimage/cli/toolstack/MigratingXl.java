package org.xenimage.cli.toolstack;

import org.xenimage.migrate.HandshakeMessage;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * The sender of a migration, as {@code tools/xl/xl_migrate.c} has it: waits for the banner, sends
 * the image, waits for the receiver's word, gives the guest away, waits for the report.
 */
final class MigratingXl {
    /** What xl says in the end, in its own words. */
    enum Verdict {
        /** The guest runs at the receiver, and is destroyed here. */
        SUCCESSFUL,
        /** No banner came; the guest was not touched. */
        NO_BANNER,
        /** The guest is resumed here. */
        RESUMING,
        /** The receiver could not start the guest and gave it back. */
        RESUMED_AFTER_REPORT,
        /** xl does not know whose the guest is. */
        FAILED_BADLY
    }

    private final OutputStream send;
    private final InputStream receive;

    MigratingXl(OutputStream send, InputStream receive) {
        this.send = send;
        this.receive = receive;
    }

    /** Sends an image, all of it or its beginning, and closes as xl does. */
    Verdict migrate(byte[] image, int sent) throws IOException {
        try (OutputStream stream = send) {
            if (!reads(HandshakeMessage.BANNER)) return Verdict.NO_BANNER;
            try {
                stream.write(image, 0, sent);
                stream.flush();
            } catch (IOException e) {
                return Verdict.RESUMING;
            }
            if (sent < image.length) return Verdict.RESUMING;
            if (!reads(HandshakeMessage.READY)) return Verdict.RESUMING;
            stream.write(HandshakeMessage.GO_AHEAD.bytes());
            stream.flush();
            if (!reads(HandshakeMessage.REPORT)) return Verdict.FAILED_BADLY;
            int status = receive.read();
            if (status < 0) return Verdict.FAILED_BADLY;
            if (status == 0) return Verdict.SUCCESSFUL;
            return reads(HandshakeMessage.GO_AHEAD)
                    ? Verdict.RESUMED_AFTER_REPORT
                    : Verdict.FAILED_BADLY;
        }
    }

    private boolean reads(HandshakeMessage message) throws IOException {
        byte[] expected = message.bytes();
        return Arrays.equals(expected, receive.readNBytes(expected.length));
    }
}
