package org.xenimage.console;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

import java.util.Optional;
import java.util.stream.Stream;

/** Colours of a terminal, or none. */
enum Style {
    /** What is wrong. */
    ERROR('\ue0e0', AttributedStyle.DEFAULT.foreground(AttributedStyle.RED)),
    /** Success and additions. */
    GOOD('\ue0e1', AttributedStyle.DEFAULT.foreground(AttributedStyle.GREEN)),
    /** What needs attention. */
    NOTICE('\ue0e2', AttributedStyle.DEFAULT.foreground(AttributedStyle.YELLOW)),
    /** A value. */
    VALUE('\ue0e3', AttributedStyle.DEFAULT.foreground(AttributedStyle.CYAN)),
    /** What matters less. */
    FAINT('\ue0e4', AttributedStyle.DEFAULT.faint()),
    /** A heading. */
    STRONG('\ue0e5', AttributedStyle.BOLD);

    @SuppressWarnings("ImmutableEnumChecker") // a style of JLine does not change
    private final AttributedStyle style;

    private final char mark;

    Style(char mark, AttributedStyle style) {
        this.mark = mark;
        this.style = style;
    }

    /** Ends a styled text; what begins one is a character for private use before it. */
    static final char END = '\ue0ff';

    /** A text with the marks of this style around it, for a {@link StyledWriter}. */
    String on(String text, boolean colours) {
        return colours && !text.isEmpty() ? mark + text + END : text;
    }

    /** A text as a terminal shows it in this style. */
    String ansi(String text) {
        return text.isEmpty() ? text : new AttributedString(text, style).toAnsi();
    }

    static Optional<Style> begunBy(char mark) {
        return Stream.of(values()).filter(style -> style.mark == mark).findFirst();
    }
}
