package org.xenimage.tools.dump;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.CorruptImage;
import org.xenimage.image.fault.Fault;
import org.xenimage.image.fault.LimitExceeded;
import org.xenimage.image.io.ByteRun;
import org.xenimage.image.layout.FieldJson;
import org.xenimage.image.layout.FieldRejected;
import org.xenimage.image.record.Layer;
import org.xenimage.image.record.RecordContext;
import org.xenimage.image.record.RecordType;
import org.xenimage.image.record.XenRecord;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * A record in a dump, which may be there twice: by its fields, and as bytes.
 *
 * <p>The digest shows which of the two was edited: the fields are unedited if they encode to bytes
 * of that digest, the body if it has that digest. What was edited wins; both may be edited only to
 * say the same. Without a digest they must say the same.
 */
final class DumpedRecord {
    private DumpedRecord() {}

    /**
     * Makes the record.
     *
     * @param from its members
     * @param source the name of the file, for messages about the record itself
     * @return a frame that stays good
     * @throws IOException if a member is missing or is not what it must be
     */
    static RecordFrame of(DumpedElement from, String source) throws IOException {
        Layer layer = layer(from);
        RecordType type = type(from, layer);
        ByteOrder order = from.order();
        long width = from.optionalUnsigned("guestWidth", 8).orElse(8L);
        if (width != 4 && width != 8)
            throw new CorruptImage(
                    from.place().field("guestWidth").expected("4 or 8").found(width));
        var context = new RecordContext(order, (int) width);
        byte[] body = body(from, type, context);
        if (body.length > RecordFrame.BODY_LENGTH_MAX)
            throw new LimitExceeded(
                    from.place()
                            .field("body")
                            .expected("at most " + RecordFrame.BODY_LENGTH_MAX + " bytes")
                            .found(Integer.toString(body.length)));
        long length = layer.recordLength(body.length);
        int gap = (int) (length - layer.headerLength() - body.length);
        byte[] padding = from.optionalBytes("padding").orElse(new byte[gap]);
        if (padding.length != gap)
            throw new CorruptImage(
                    from.place()
                            .field("padding")
                            .expected(gap + " bytes after this body")
                            .found(Integer.toString(padding.length)));
        MemorySegment all = Arena.ofAuto().allocate(length, 8);
        RecordFrame.putHeader(all, type, body.length, order);
        MemorySegment.copy(body, 0, all, ValueLayout.JAVA_BYTE, layer.headerLength(), body.length);
        MemorySegment.copy(padding, 0, all, ValueLayout.JAVA_BYTE, length - gap, gap);
        return new RecordFrame(
                source, Fault.NO_OFFSET, type, body.length, context, ByteRun.of(all.asReadOnly()));
    }

    private static Layer layer(DumpedElement from) throws CorruptImage {
        String text = from.text("layer");
        if (text.equals(Layer.LIBXL.specName())) return Layer.LIBXL;
        if (text.equals(Layer.LIBXC.specName())) return Layer.LIBXC;
        if (text.equals(Layer.XENOPSD.specName())) return Layer.XENOPSD;
        throw new CorruptImage(
                from.place()
                        .field("layer")
                        .expected("libxl, libxc or xenopsd")
                        .found(DumpedElement.quoted(text)));
    }

    private static RecordType type(DumpedElement from, Layer layer) throws CorruptImage {
        String text = from.text("type");
        Optional<RecordType> found =
                text.matches("0x[0-9a-f]{8}")
                        ? Optional.of(
                                new RecordType(layer, Integer.parseUnsignedInt(text, 2, 10, 16)))
                        : RecordType.named(layer, text);
        Fault place = from.place().field("type");
        RecordType type =
                found.orElseThrow(() ->
                        new CorruptImage(
                                place.expected(
                                                "a record type of the specification, or eight "
                                                        + "hexadecimal digits after 0x")
                                        .found(DumpedElement.quoted(text))));
        if (type.equals(RecordType.PAGE_DATA))
            throw new CorruptImage(
                    place.problem("is the type of page records, which are elements of their own"));
        return type;
    }

    private static byte[] body(DumpedElement from, RecordType type, RecordContext context)
            throws IOException {
        Optional<ObjectNode> fields = from.optionalObject("fields");
        Optional<byte[]> given = from.optionalBytes("body");
        Optional<String> digest = from.optionalText("sha256");
        if (fields.isEmpty())
            return given.orElseThrow(() ->
                    new CorruptImage(
                            from.place().field("body").problem("and fields are both missing")));
        byte[] made = encode(from, type, context, fields.get());
        if (given.isEmpty()) return made;
        byte[] body = given.get();
        if (Arrays.equals(made, body)) return body;
        boolean fieldsEdited = digest.isEmpty() || !digest.get().equals(DumpFiles.sha256(made));
        boolean bodyEdited = digest.isEmpty() || !digest.get().equals(DumpFiles.sha256(body));
        if (fieldsEdited && bodyEdited)
            throw new CorruptImage(
                    from.place()
                            .field("fields")
                            .problem("contradict body")
                            .remedy("edit only one of them, or remove one"));
        return fieldsEdited ? made : body;
    }

    private static byte[] encode(
            DumpedElement from, RecordType type, RecordContext context, ObjectNode fields)
            throws IOException {
        try {
            return XenRecord.ofFields(type, context, FieldJson.fields(FieldTree.fields(fields)))
                    .encode(context);
        } catch (FieldRejected e) {
            throw new CorruptImage(
                    from.place().field("fields." + e.path()).expected(e.allowed()).found(e.found()),
                    e);
        }
    }
}
