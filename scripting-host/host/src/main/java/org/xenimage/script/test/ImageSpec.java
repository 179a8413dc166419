package org.xenimage.script.test;

import java.nio.file.Path;

/** The image that a test runs policies over. */
sealed interface ImageSpec permits SampleSpec, ImageSpec.FromFile {
    /**
     * An image that is there.
     *
     * @param file as the case names it, from where the case is
     */
    record FromFile(Path file) implements ImageSpec {}
}
