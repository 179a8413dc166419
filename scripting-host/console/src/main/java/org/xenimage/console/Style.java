package org.xenimage.console;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/** Colours of a terminal, or none. */
enum Style {
    /** What is wrong. */
    ERROR(AttributedStyle.DEFAULT.foreground(AttributedStyle.RED)),
    /** Success and additions. */
    GOOD(AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN)),
    /** What needs attention. */
    NOTICE(AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW)),
    /** A value. */
    VALUE(AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN)),
    /** What matters less. */
    FAINT(AttributedStyle.DEFAULT.faint()),
    /** A heading. */
    STRONG(AttributedStyle.BOLD);

    @SuppressWarnings("ImmutableEnumChecker") // a style of JLine does not change
    private final AttributedStyle style;

    Style(AttributedStyle style) {
        this.style = style;
    }

    String on(String text, boolean colours) {
        return colours && !text.isEmpty() ? new AttributedString(text, style).toAnsi() : text;
    }
}
