package org.xenimage.cli.label;

/** Text of an image for a terminal, which must not obey it. */
final class Printable {
    private Printable() {}

    static String of(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u0080-\\u009f\\u2028\\u2029]", "\ufffd");
    }
}
