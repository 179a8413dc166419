package org.xenimage.image.foreign;

import org.jspecify.annotations.Nullable;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.HeapBounds;

import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads the XML of an image, as hostile input, with the JDK's parser.
 *
 * <p>The text is UTF-8. A document type definition is refused, with everything that it could
 * declare: entities, external ones too, and default attributes; nothing is fetched. Nesting and the
 * number of an element's attributes are bounded by the JDK's own limits, the length of one text and
 * what all of it takes by the heap. Names are kept with their prefixes.
 */
public final class BoundedXml {
    private static final String FORMAT = "XML";

    /** What the parser says: where, and what. */
    private static final Pattern MESSAGE =
            Pattern.compile(
                    "(?s)ParseError at \\[row,col\\]:\\[(\\d+),(\\d+)\\]\\s*Message: (?:JAXP\\d+: *)?(.*)");

    private BoundedXml() {}

    /** Is told of the elements in the order of the text. */
    public interface Visitor {
        /**
         * An element begins.
         *
         * @param name with its prefix
         * @param attributes by name, in the order of the text
         */
        void start(String name, SequencedMap<String, String> attributes);

        /**
         * Some text, or all of it, between two tags.
         *
         * @param part with references resolved
         */
        void text(String part);

        /** The element that began last and has not ended ends. */
        void end();
    }

    /**
     * Reads a text to its end.
     *
     * @param text in UTF-8; NULs at its end do not count
     * @param place of the text, for messages
     * @param budget of what the visitor keeps
     * @param visitor told of each element
     * @throws ImageException a {@link CorruptImage} if the text is not well-formed or has a document type definition,
     *     a {@link LimitExceeded} if it is larger than the bounds
     */
    public static void walk(MemorySegment text, Fault place, TreeBudget budget, Visitor visitor)
            throws ImageException {
        LibraryCall.decodeInMemory(
                place,
                FORMAT,
                () -> {
                    try (Reader reader = reader(text)) {
                        events(factory().createXMLStreamReader(reader), place, budget, visitor);
                    } catch (XMLStreamException e) {
                        throw malformed(place, e);
                    }
                    return true;
                });
    }

    private static XMLInputFactory factory() {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_NAMESPACE_AWARE, false);
        factory.setXMLResolver((_, _, _, _) -> {
            throw new XMLStreamException("it refers to another document");
        });
        return factory;
    }

    private static void events(XMLStreamReader xml, Fault place, TreeBudget budget, Visitor visitor)
            throws XMLStreamException, ImageException {
        long run = 0;
        while (xml.hasNext()) {
            switch (xml.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    run = 0;
                    var attributes = new LinkedHashMap<String, String>();
                    take(budget, place, xml.getLocalName().length());
                    for (int i = 0; i < xml.getAttributeCount(); i++) {
                        String name =
                                qualified(xml.getAttributePrefix(i), xml.getAttributeLocalName(i));
                        String value = xml.getAttributeValue(i);
                        take(budget, place, name.length() + (long) value.length());
                        attributes.put(name, value);
                    }
                    visitor.start(qualified(xml.getPrefix(), xml.getLocalName()), attributes);
                }
                case XMLStreamConstants.CHARACTERS,
                        XMLStreamConstants.CDATA,
                        XMLStreamConstants.SPACE -> {
                    run += xml.getTextLength();
                    if (run > budget.bounds().text())
                        throw new LimitExceeded(
                                place.problem("has a text that is too long")
                                        .expected(
                                                "at most %d characters"
                                                        .formatted(budget.bounds().text()))
                                        .remedy(budget.bounds().remedy()));
                    take(budget, place, xml.getTextLength());
                    visitor.text(xml.getText());
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    run = 0;
                    visitor.end();
                }
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                        throw new CorruptImage(
                                place.problem("has a document type definition")
                                        .expected("XML without one, as libvirt writes it"));
                default -> {
                    // Comments and processing instructions say nothing.
                }
            }
        }
    }

    /** The parser takes the prefixes of attributes off their names, and leaves those of elements. */
    private static String qualified(@Nullable String prefix, String name) {
        return prefix == null || prefix.isEmpty() ? name : prefix + ":" + name;
    }

    private static void take(TreeBudget budget, Fault place, long characters) throws LimitExceeded {
        if (budget.take(HeapBounds.TREE_VALUE + 2 * characters)) return;
        throw new LimitExceeded(
                place.problem("is too large to hold in memory")
                        .expected(
                                "values that take at most %d MiB together"
                                        .formatted(budget.bounds().trees() >> 20))
                        .found("more")
                        .remedy(budget.bounds().remedy()));
    }

    private static ImageException malformed(Fault place, XMLStreamException e) {
        String said = String.valueOf(e.getMessage());
        Matcher parts = MESSAGE.matcher(said);
        String reason =
                parts.matches()
                        ? "line %s, column %s: %s"
                                .formatted(parts.group(1), parts.group(2), parts.group(3).strip())
                        : LibraryCall.reason(e);
        return said.contains("limit")
                ? new LimitExceeded(place.problem("is too large: " + reason))
                : new CorruptImage(place.problem("is not valid XML: " + reason), e);
    }

    private static Reader reader(MemorySegment text) {
        long length = text.byteSize();
        while (length > 0 && text.get(ValueLayout.JAVA_BYTE, length - 1) == 0) length--;
        return new InputStreamReader(
                new SegmentStream(text.asSlice(0, length)),
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
    }
}
