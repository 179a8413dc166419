package org.xenimage.tools.dump;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.section.SectionLayout;
import org.xenimage.image.section.SectionRegistry;
import org.xenimage.image.section.SiteSection;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * A section of a site in a dump, which may be there twice: by its fields, and as bytes.
 *
 * <p>The dump has the schema of the fields too, so the fields mean the same wherever it is loaded. As with a
 * {@link DumpedRecord}, the digest shows which of the two was edited, and what was edited wins.
 */
final class DumpedSection {
    private DumpedSection() {}

    /**
     * What a dump shows of the fields.
     *
     * @param section with its content
     * @param known the schemas of the site
     * @return the fields, if they are described and encode to the same bytes again
     */
    static Optional<JsonNode> fields(SiteSection section, SectionRegistry known) {
        Optional<JsonNode> fields = known.fields(section);
        if (fields.isEmpty() || section.head().length() > DumpFiles.FIELDS_BODY_MAX)
            return Optional.empty();
        SectionLayout layout = known.layout(section.head()).orElseThrow();
        try {
            JsonNode again = FieldTree.fields(FieldTree.readable(fields.get()));
            return layout.encode(again).mismatch(section.content()) < 0 ? fields : Optional.empty();
        } catch (IllegalArgumentException _) {
            // Such as a text that looks like a number of 64 bits: the bytes stand for it.
            return Optional.empty();
        }
    }

    /**
     * Makes the section.
     *
     * @param from its members
     * @return the section
     * @throws IOException if a member is missing or is not what it must be
     */
    static SiteSection of(DumpedElement from) throws IOException {
        String name = from.text("name");
        String type = from.text("type");
        Optional<JsonNode> mandatory = from.find("mandatory");
        if (mandatory.isPresent() && !mandatory.get().isBoolean())
            throw from.refused("mandatory", "true or false", mandatory.get());
        try {
            return SiteSection.of(
                    name,
                    type,
                    mandatory.isPresent() && mandatory.get().asBoolean(),
                    MemorySegment.ofArray(content(from)));
        } catch (IllegalArgumentException e) {
            throw new CorruptImage(from.place().problem(String.valueOf(e.getMessage())), e);
        }
    }

    private static byte[] content(DumpedElement from) throws IOException {
        Optional<ObjectNode> fields = from.optionalObject("fields");
        Optional<byte[]> given = bytes(from);
        Optional<String> digest = from.optionalText("sha256");
        Optional<ObjectNode> schema = from.optionalObject("schema");
        if (fields.isEmpty())
            return given.orElseThrow(() ->
                    new CorruptImage(
                            from.place().field("base64").problem("and fields are both missing")));
        byte[] made = encode(from, schema, fields.get());
        if (given.isEmpty()) return made;
        byte[] bytes = given.get();
        if (Arrays.equals(made, bytes)) return bytes;
        boolean fieldsEdited = digest.isEmpty() || !digest.get().equals(DumpFiles.sha256(made));
        boolean bytesEdited = digest.isEmpty() || !digest.get().equals(DumpFiles.sha256(bytes));
        if (fieldsEdited && bytesEdited)
            throw new CorruptImage(
                    from.place()
                            .field("fields")
                            .problem("contradict base64")
                            .remedy("edit only one of them, or remove one"));
        return fieldsEdited ? made : bytes;
    }

    private static Optional<byte[]> bytes(DumpedElement from) throws CorruptImage {
        Optional<String> text = from.optionalText("base64");
        try {
            return text.map(given -> Base64.getDecoder().decode(given));
        } catch (IllegalArgumentException e) {
            throw new CorruptImage(
                    from.place()
                            .field("base64")
                            .expected("bytes in base64")
                            .found(DumpedElement.quoted(text.orElse(""))),
                    e);
        }
    }

    private static byte[] encode(DumpedElement from, Optional<ObjectNode> schema, ObjectNode fields)
            throws CorruptImage {
        Fault place = from.place();
        if (schema.isEmpty())
            throw new CorruptImage(
                    place.field("fields")
                            .problem("have no schema that describes them")
                            .remedy("add the member schema, or give the content as base64"));
        SectionLayout layout;
        try {
            layout = SectionLayout.of(schema.get());
        } catch (ImageException e) {
            Fault fault = e.fault();
            throw new CorruptImage(
                    place.field(fault.field().isEmpty() ? "schema" : "schema." + fault.field())
                            .problem(fault.problem()),
                    e);
        }
        try {
            return layout.encode(FieldTree.fields(fields)).toArray(ValueLayout.JAVA_BYTE);
        } catch (IllegalArgumentException e) {
            throw new CorruptImage(
                    place.field("fields").problem(String.valueOf(e.getMessage())), e);
        }
    }
}
