package org.xenimage.image.io;

import java.io.IOException;

/**
 * A file could not be written, in code that does not know its name: the code that opened the file
 * adds the name, with {@link #to}.
 */
public final class WriteFailed extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure of the operating system.
     *
     * @param cause that it gave
     */
    public WriteFailed(IOException cause) {
        super(cause.getMessage(), cause);
    }

    /**
     * The failure with the name of the file.
     *
     * @param name for messages
     * @return what to throw
     */
    public IOException to(String name) {
        return new IOException(name + ": " + getMessage(), this);
    }
}
