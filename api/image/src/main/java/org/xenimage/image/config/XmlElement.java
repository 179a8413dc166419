package org.xenimage.image.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an element stands in a text that is known to be well-formed XML without a document type
 * definition; offsets are bytes. Its depth is what the parser allowed.
 */
final class XmlElement {
    private final String name;
    private final int start;
    private final List<Attribute> attributes = new ArrayList<>();
    private final List<XmlElement> children = new ArrayList<>();
    private int attributesEnd;
    private int tagEnd;
    private boolean empty;
    private int contentEnd;
    private int end;

    /**
     * An attribute.
     *
     * @param name of it
     * @param lead where the white space in front of it begins
     * @param value the first byte within the quotation marks
     * @param end behind the closing quotation mark
     */
    record Attribute(String name, int lead, int value, int end) {}

    private XmlElement(String name, int start) {
        this.name = name;
        this.start = start;
    }

    /** Finds the elements of a text; returns the root. */
    static XmlElement scan(byte[] text) {
        var scan = new Scan(text);
        scan.upToTag();
        return scan.element();
    }

    private static final class Scan {
        private final byte[] text;
        private int at;

        Scan(byte[] text) {
            this.text = text;
        }

        /** Goes to the next tag, over text, comments, sections of text and instructions. */
        void upToTag() {
            while (true) {
                while (text[at] != '<') at++;
                if (starts("<!--")) past("-->");
                else if (starts("<![CDATA[")) past("]]>");
                else if (starts("<?")) past("?>");
                else return;
            }
        }

        private boolean starts(String with) {
            if (at + with.length() > text.length) return false;
            for (int i = 0; i < with.length(); i++)
                if (text[at + i] != with.charAt(i)) return false;
            return true;
        }

        private void past(String end) {
            at += 2;
            while (!starts(end)) at++;
            at += end.length();
        }

        XmlElement element() {
            int start = at++;
            var element = new XmlElement(name(), start);
            element.attributesEnd = at;
            tag(element);
            element.tagEnd = at;
            element.contentEnd = at;
            if (!element.empty) {
                upToTag();
                while (text[at + 1] != '/') {
                    element.children.add(element());
                    upToTag();
                }
                element.contentEnd = at;
                while (text[at] != '>') at++;
                at++;
            }
            element.end = at;
            return element;
        }

        private void tag(XmlElement element) {
            while (true) {
                int lead = at;
                space();
                if (text[at] == '>') {
                    at++;
                    return;
                }
                if (text[at] == '/') {
                    at += 2;
                    element.empty = true;
                    return;
                }
                String attribute = name();
                space();
                at++; // the equals sign
                space();
                byte quote = text[at++];
                int value = at;
                while (text[at] != quote) at++;
                at++;
                element.attributes.add(new Attribute(attribute, lead, value, at));
                element.attributesEnd = at;
            }
        }

        private String name() {
            int from = at;
            while (" \t\r\n=/>".indexOf(text[at]) < 0) at++;
            return new String(text, from, at - from, StandardCharsets.UTF_8);
        }

        private void space() {
            while (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')
                at++;
        }
    }

    /** The quotation mark that the text uses for its first attribute; libvirt's, if it has none. */
    char quote(byte[] text) {
        if (!attributes.isEmpty()) return (char) text[attributes.getFirst().end() - 1];
        for (XmlElement child : children) if (!child.attributes.isEmpty()) return child.quote(text);
        return '\'';
    }

    String name() {
        return name;
    }

    int start() {
        return start;
    }

    List<Attribute> attributes() {
        return attributes;
    }

    /** Behind the last attribute, or behind the name. */
    int attributesEnd() {
        return attributesEnd;
    }

    /** Behind the first tag. */
    int tagEnd() {
        return tagEnd;
    }

    /** Whether the first tag is the last one too. */
    boolean empty() {
        return empty;
    }

    /** Where the last tag begins. */
    int contentEnd() {
        return contentEnd;
    }

    /** Behind the last tag. */
    int end() {
        return end;
    }

    List<XmlElement> children() {
        return children;
    }

    List<XmlElement> children(String wanted) {
        return children.stream().filter(child -> child.name.equals(wanted)).toList();
    }
}
