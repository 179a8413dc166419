package org.xenimage.image.fault;

import java.io.IOException;

/**
 * An image, its source or a policy is at fault.
 *
 * <p>Each failure carries a {@link Fault}: where it is (source, byte offset, element, field), what was expected, what
 * was found, and what to do about it. The set of failures is closed, so that a program can tell the kinds apart by a
 * {@code switch} without a default. A failure of the machine (disk full, broken pipe) stays a plain
 * {@link IOException}.
 */
public abstract sealed class ImageException extends IOException
        permits TruncatedImage,
                CorruptImage,
                UnsupportedFormat,
                UnsupportedVersion,
                UnsupportedRecord,
                LimitExceeded,
                KeyRefused,
                PolicyRejected,
                PolicyFailed {
    private static final long serialVersionUID = 1L;

    /** Kept out of the serial form: a fault is for the reader of a message, not for another process. */
    private final transient Fault fault;

    ImageException(Fault fault) {
        super(fault.message());
        this.fault = fault;
    }

    ImageException(Fault fault, Throwable cause) {
        super(fault.message(), cause);
        this.fault = fault;
    }

    /** With lines of source below the one line of the fault. */
    ImageException(Fault fault, String code, Throwable cause) {
        super(fault.message() + code, cause);
        this.fault = fault;
    }

    /** {@return where the failure is, what was expected and found, and the remedy} */
    public final Fault fault() {
        return fault;
    }
}
