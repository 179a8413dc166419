package org.xenimage.pipeline;

import java.io.IOException;

/** A bulk run cannot begin or continue, independently of its images; nothing was written. */
public final class BulkRefused extends IOException {
    private static final long serialVersionUID = 1L;

    BulkRefused(String message) {
        super(message);
    }
}
