package org.xenimage.image.verify;

/** How bad a finding is. */
public enum Severity {
    /** Worth knowing; the image is in order. */
    NOTE,
    /** Against the specification or against custom, but a receiver ignores it. */
    WARNING,
    /** A receiver must refuse the image, or the sender broke the specification. */
    ERROR
}
