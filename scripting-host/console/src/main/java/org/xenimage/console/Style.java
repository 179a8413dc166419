package org.xenimage.console;

/** Colours of a terminal, or none. */
enum Style {
    /** What is wrong. */
    ERROR("31"),
    /** What is right, and what was added. */
    GOOD("32"),
    /** What wants attention. */
    NOTICE("33"),
    /** A value. */
    VALUE("36"),
    /** What matters less. */
    FAINT("2"),
    /** A heading. */
    STRONG("1");

    private final String code;

    Style(String code) {
        this.code = code;
    }

    String on(String text, boolean colours) {
        return colours && !text.isEmpty() ? "\033[" + code + "m" + text + "\033[0m" : text;
    }
}
