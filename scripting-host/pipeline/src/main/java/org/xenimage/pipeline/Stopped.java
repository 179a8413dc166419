package org.xenimage.pipeline;

import java.io.IOException;

/** The run is to end; the image at hand is dropped. */
final class Stopped extends IOException {
    private static final long serialVersionUID = 1L;

    Stopped() {
        super("the run was stopped");
    }
}
