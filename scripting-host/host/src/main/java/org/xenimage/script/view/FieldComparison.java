package org.xenimage.script.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.xenimage.image.element.RecordFrame;
import org.xenimage.image.fault.ImageException;
import org.xenimage.image.record.XenRecord;
import org.xenimage.image.seal.Sha256;
import org.xenimage.script.engine.ScriptRefusal;
import org.xenimage.script.policy.FeatureChange;
import org.xenimage.script.tree.TreeDiff;
import org.xenimage.script.tree.TreeEdit;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Two records of a type, field by field. */
public final class FieldComparison {
    /** A longer run of bytes is described by its digest. */
    private static final int BYTES_SHOWN = 64;

    /** A longer record is compared as bytes. */
    private static final long DECODED_MAX = 16 << 20;

    private FieldComparison() {}

    /**
     * Compares the bodies of two records.
     *
     * @param before a record
     * @param after another one of the same type
     * @return the fields that differ, by name; of records that cannot be decoded, their bytes
     * @throws IOException if a record cannot be read
     */
    public static List<Change> between(RecordFrame before, RecordFrame after) throws IOException {
        if (before.body().mismatch(after.body()) < 0) return List.of();
        if (Math.max(before.bodyLength(), after.bodyLength()) <= DECODED_MAX) {
            try {
                List<Change> changes = between(before.decode(), after.decode());
                if (!changes.isEmpty()) return changes;
            } catch (ImageException | ScriptRefusal e) {
                // As bytes.
            }
        }
        return List.of(new Change("bytes", Optional.of(bytes(before)), Optional.of(bytes(after))));
    }

    static List<Change> between(XenRecord before, XenRecord after) {
        List<Change> changes = new ArrayList<>();
        for (TreeEdit edit :
                TreeDiff.compare(
                                TypedFields.tree(before.fields()), TypedFields.tree(after.fields()))
                        .edits())
            changes.add(
                    new Change(
                            "fields." + edit.path(),
                            edit.before(),
                            edit.after(),
                            FeatureChange.of(before, after, edit.path())));
        return changes;
    }

    /**
     * The bytes of a record.
     *
     * @param record to describe
     * @return its length, and all of a short run, the digest of a long one
     * @throws IOException if it cannot be read
     */
    public static JsonNode bytes(RecordFrame record) throws IOException {
        return bytes(record.body().toArray(ValueLayout.JAVA_BYTE));
    }

    static ObjectNode bytes(byte[] bytes) {
        return bytes(
                MemorySegment.ofArray(bytes),
                bytes.length <= BYTES_SHOWN ? "" : Sha256.text(bytes));
    }

    /** As {@link #bytes(byte[])}, of bytes whose digest is known. */
    static ObjectNode bytes(MemorySegment bytes, String sha256) {
        ObjectNode described = JsonNodeFactory.instance.objectNode();
        described.put("length", bytes.byteSize());
        if (bytes.byteSize() <= BYTES_SHOWN)
            return described.put(
                    "hex", HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE)));
        return described.put("sha256", sha256);
    }
}
