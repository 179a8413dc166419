package org.xenimage.image.verify;

import org.xenimage.image.element.ImageElement;
import org.xenimage.image.element.ImageSink;
import org.xenimage.image.element.ImageTransform;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.ImageException;

import java.io.IOException;
import java.util.Optional;

/**
 * Lets a well-formed image through and refuses any other at its first error: order, mandatory records, lengths, page
 * counts, the range of the p2m.
 *
 * <p>Put one after a reader, so that a bad image is reported as such, and one after each policy, so
 * that what the policy broke is reported as the policy's fault. Warnings and notes pass. An element
 * is checked before it is passed on.
 */
public final class Guard implements ImageTransform {
    /** Says whose fault a finding is. */
    @FunctionalInterface
    public interface Refusal {
        /**
         * Makes the failure.
         *
         * @param finding an error
         * @return what to throw
         */
        ImageException refuse(Finding finding);
    }

    private final Verifier verifier;
    private final Refusal refusal;
    private Optional<Finding> error = Optional.empty();

    /**
     * A guard.
     *
     * @param source the name of the image, for messages
     * @param refusal makes the failure of an error
     */
    public Guard(String source, Refusal refusal) {
        this.refusal = refusal;
        this.verifier = new Verifier(source, Reading.RESTORE, this::note);
    }

    /**
     * A guard after a reader: everything that it finds is the image's fault.
     *
     * @param source the name of the image, for messages
     * @return the guard
     */
    public static Guard ofImage(String source) {
        return new Guard(source, finding -> new CorruptImage(finding.fault()));
    }

    @Override
    public void accept(ImageElement element, ImageSink down) throws IOException {
        verifier.accept(element);
        refuse();
        down.accept(element);
    }

    @Override
    public void atEnd(ImageSink down) throws IOException {
        verifier.end();
        refuse();
    }

    private void note(Finding finding) {
        if (finding.severity() == Severity.ERROR && error.isEmpty()) error = Optional.of(finding);
    }

    private void refuse() throws ImageException {
        if (error.isPresent()) throw refusal.refuse(error.get());
    }
}
