package org.xenimage.pipeline;

import java.io.IOException;

/** A bulk run must not begin or continue, whatever its images are; nothing was written. */
public final class BulkRefused extends IOException {
    private static final long serialVersionUID = 1L;

    BulkRefused(String message) {
        super(message);
    }
}
